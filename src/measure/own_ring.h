// A ring that is emptied without being read.
//
// Why: its reader has a core of its own, and leaves this one's caches alone. Read here, outside of
// the clock, what it tells would push out what the next batch needs.
#pragma once

#include "ring/segment.h"
#include "ring/writer.h"

namespace baleen::measure {

class OwnRing {
public:
    static constexpr uint64_t bytes = 64 << 20;

    static base::Result<OwnRing> create() {
        auto ring = ring::create_ring(bytes, 1, 0, 1);
        if (!ring) return ring.error();
        return OwnRing(std::move(*ring));
    }

    ring::Writer writer() { return ring::Writer(ring_.view); }

    // All that has been published.
    void drain() {
        ring::SegmentHeader& header = *ring_.view.header;
        header.tail_bytes.store(header.head_bytes.load(std::memory_order_relaxed),
                                std::memory_order_relaxed);
    }

private:
    explicit OwnRing(ring::NewRing ring) : ring_(std::move(ring)) {}

    ring::NewRing ring_;
};

}  // namespace baleen::measure
