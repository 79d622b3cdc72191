// A worker with everything in front of it, a writer behind it, and what limits them: the disk, and
// a copy of each byte.
//
// The worker waits for the writer, as it does where packets come from a file, so that what is
// measured is what the two sustain.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace baleen::measure {

struct CaptureCase {
    std::string directory;  // or a device, such as /dev/null
    uint32_t frame_bytes = 900;
    uint32_t flows = 100'000;
    int64_t slice_ns = 2'000'000'000;
    uint64_t memory_bytes = 256ull << 20;
};

struct CaptureFigures {
    double seconds = 0;
    uint64_t packets = 0;     // written in that time
    uint64_t file_bytes = 0;  // the same, as they stand in files
};
base::Result<CaptureFigures> measure_capture(const CaptureCase& wanted);

// Bytes a second that a core copies, in packets of that size, out of its cache into as much memory.
double copy_rate(const CaptureCase& wanted);

// The share of a core that the index takes at a million packets a second, each the only one of its
// flow in its chunk: the most that there can be to note. `directory`: where its files are made.
base::Result<double> index_core_share(const CaptureCase& wanted);

}  // namespace baleen::measure
