// What a writer has written, and what it could not.
#pragma once

#include <cstdint>

namespace baleen::capture {

struct OutputTotals {
    uint64_t packets = 0;
    uint64_t packet_bytes = 0;  // captured
    uint64_t file_bytes = 0;    // of chunks as they are stored, with their padding
    uint64_t files = 0;
    uint64_t failures = 0;  // writes, and attempts to begin a file
};

}  // namespace baleen::capture
