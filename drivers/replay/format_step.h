// One step through a capture file, and the bounds that both formats share.
//
// The formats are state machines over bytes: each is shown the bytes from its own position on and
// takes one record at a time. They know nothing of files, pipes or mappings, so that the fuzzer
// feeds them directly.
//
// Must hold for both: never read beyond the bytes shown; time stamps are 0 ... 2^62 ns; packets
// point into the bytes shown.
#pragma once

#include <cstdint>

namespace baleen::drivers {

// What one step found at the start of the bytes shown.
enum class Step {
    packet,     // one packet; `consumed_bytes` to go on
    skipped,    // something that is not a packet
    need_more,  // the record goes beyond the bytes shown
    failed,     // the bytes are not what the format says; `failure` has the sentence
};

struct StepResult {
    Step step;
    uint64_t consumed_bytes = 0;
};

inline constexpr int64_t time_ns_max = int64_t{1} << 62;

}  // namespace baleen::drivers
