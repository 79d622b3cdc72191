// What the configuration says of matching, for one worker.
#pragma once

#include <cstdint>

#include "dataplane/stream/stream.h"

namespace baleen::match {

struct MatchSettings {
    stream::StreamSettings streams;
    uint64_t state_bytes = 0;  // Hyperscan's, of all open streams of one generation
    uint64_t kept_bytes = 0;   // of streams, for rules that are judged
    uint32_t events_per_flow = 0;
    uint32_t events_per_second = 0;  // of one rule, on the source clock
    uint32_t excerpt_bytes = 0;
    bool profile = false;  // measure what groups and rules cost
};

}  // namespace baleen::match
