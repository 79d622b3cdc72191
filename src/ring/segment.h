// A shared segment: a sealed memfd, mapped; for rings the data is mapped twice back to back.
//
// Why sealed against resizing: a peer that shrinks the file would turn the other side's next access
// into SIGBUS. A reader refuses a segment without these seals.
#pragma once

#include <cstdint>

#include "baleen/ring.h"
#include "baleen/stats.h"
#include "base/file_descriptor.h"
#include "base/mapping.h"
#include "base/result.h"

namespace baleen::ring {

// Both ends of a ring see it like this. `data` can be read contiguously from any offset below the
// capacity.
struct RingView {
    base::Mapping mapping;
    SegmentHeader* header = nullptr;
    uint8_t* data = nullptr;
    uint64_t capacity_bytes = 0;  // copied: the header is the peer's to overwrite
};

struct NewRing {
    base::FileDescriptor fd;
    RingView view;
};

base::Result<NewRing> create_ring(uint64_t capacity_bytes, uint64_t run_id, uint32_t worker,
                                  uint32_t worker_count);

// Maps a ring made by somebody else; every field of its header is checked before it is believed.
base::Result<RingView> open_ring(int fd);

struct StatsView {
    base::Mapping mapping;
    stats::Segment* segment = nullptr;
};

struct NewStats {
    base::FileDescriptor fd;
    StatsView view;
};

base::Result<NewStats> create_stats();
base::Result<StatsView> open_stats(int fd);

}  // namespace baleen::ring
