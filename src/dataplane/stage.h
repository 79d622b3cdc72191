// The stages of a poll, for whoever watches a worker's time (src/measure/stage_times.h).
//
// Why an observer and not a clock in the worker: a time-stamp counter read at every stage costs
// about 1 ns a packet, which a worker that nobody watches shall not pay.
#pragma once

#include <cstdint>

namespace baleen::dataplane {

enum class Stage : uint8_t {
    rx,        // receive and release: what the source costs
    parse,     // parser, checksums, capture filter
    flow,      // fragments, hash, look-up, accounting; records of flows that a packet has ended
    protocol,  // what flows say, where that is wanted
    match,     // streams and patterns, where there are rules
    capture,   // packets for the disk, and for the history, where that is wanted
    record,    // the sweep: flows that have ended by themselves are told
    ring,      // records made visible, statistics published
    count
};

struct Unobserved {
    void done(Stage) {}
};

}  // namespace baleen::dataplane
