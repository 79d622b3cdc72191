// A ring that is emptied by the thread that fills it, outside of the clock.
#pragma once

#include "baleen/ring_reader.h"
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

    void drain() {
        ring::Frame frame;
        uint64_t frames = 0;
        while (reader_.next(frame)) frames++;
        reader_.release(frames);
    }

private:
    explicit OwnRing(ring::NewRing ring)
        : ring_(std::move(ring)), reader_(ring::Reader::open(ring_.fd.get())) {}

    ring::NewRing ring_;
    ring::Reader reader_;
};

}  // namespace baleen::measure
