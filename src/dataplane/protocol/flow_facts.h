// What flows' records tell of their applications: the first different values of the fields whose
// place is the flow, until they end.
//
// Owns: one worker's memory for them, taken at start. A flow without any costs nothing but its
// place. Must hold: no more than record::application_bytes_max of one flow; what finds no room is
// left out.
#pragma once

#include <cstdint>
#include <span>

#include "baleen/record.h"
#include "dataplane/stream/kept_bytes.h"

namespace baleen::protocol {

// Of one flow.
struct Facts {
    application::AppProto app_proto;
    uint16_t is_full;  // 1: nothing more finds room, or has found any for long
    uint32_t events;   // that it has made
    stream::Kept fields;
};

class FlowFacts {
public:
    static base::Result<FlowFacts> create(uint64_t bytes);

    // The fields of one of its events, of which this keeps its share.
    void add(Facts& facts, std::span<const uint8_t> fields);
    void write(const Facts& facts, record::Application& section);
    void release(Facts& facts) {
        kept_.release(facts.fields);
        facts = {};
    }

    uint64_t left_out() const { return left_out_; }

private:
    stream::KeptBytes kept_;
    uint64_t left_out_ = 0;  // values, for want of memory
};

}  // namespace baleen::protocol
