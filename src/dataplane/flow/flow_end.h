// Who wants to know that a flow is about to be told and freed.
//
// Why a call out of the flow stage, where stages never call one another: a flow may end in the
// middle of a batch, because a later packet of the batch takes its key over or its place. What
// other stages keep of it has to be brought to its end before the record is made, which tells of
// it. Only flows that somebody watches cost the call; who listens is the worker's to decide.
#pragma once

#include <cstdint>

namespace baleen::flow {

class FlowEndListener {
public:
    // Packets of the batch at work that have been counted in it (FlowPlace) come before its end.
    virtual void ending(uint32_t flow) = 0;

protected:
    ~FlowEndListener() = default;
};

}  // namespace baleen::flow
