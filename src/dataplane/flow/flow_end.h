// Who wants to know that a flow is about to be told and freed.
//
// Why a call out of the flow stage, where stages never call one another: a flow may end in the
// middle of a batch, because a later packet of the batch takes its key over or its place. What other
// stages keep of it has to be brought to its end before the record is made, which tells of it. Only
// flows that somebody watches cost the call; who listens is the worker's to decide.
#pragma once

#include <cstdint>

namespace baleen::flow {

class FlowEndListener {
public:
    // `accounted`: bits of the batch's lanes whose packets have been counted so far; those among
    // them of this flow come before its end. 0 outside of a batch.
    virtual void ending(uint32_t flow, uint64_t accounted) = 0;

protected:
    ~FlowEndListener() = default;
};

}  // namespace baleen::flow
