// What other stages have to do with the end of a flow, and with its record.
//
// Why calls out of the flow stage, where stages never call one another: a flow may end in the
// middle of a batch, because a later packet of the batch takes its key over or its place. What
// other stages keep of it has to be brought to its end before the record is made, which tells of
// it. Who listens is the worker's to decide.
#pragma once

#include <cstdint>

#include "baleen/record.h"

namespace baleen::flow {

class FlowEndListener {
public:
    // A part of the flow is about to be told (active timeout), and the flow goes on. Packets of the
    // batch at work that have been counted in it (FlowPlace) belong to the part.
    virtual void telling(uint32_t flow) = 0;
    // The flow is about to be told for the last time and freed. Packets of the batch at work that
    // have been counted in it come before its end.
    virtual void ending(uint32_t flow) = 0;
    // It has been told: its index will be another flow's.
    virtual void ended(uint32_t flow) { (void)flow; }

protected:
    ~FlowEndListener() = default;
};

// Who knows what to write into a record's section where a flow has record::has_application.
class ApplicationSource {
public:
    virtual void write_section(uint32_t flow, record::Application& section) = 0;
    // What the flow speaks, as far as it is known by now.
    virtual application::AppProto app_proto(uint32_t flow) const = 0;

protected:
    ~ApplicationSource() = default;
};

}  // namespace baleen::flow
