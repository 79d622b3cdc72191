// Frames of made-up flows: every flow in turn, half of them UDP and half TCP.
//
// Owns: a slot for each flow that is alive. A new flow takes the place of the oldest one. What is
// written is a function of the options and of the calls alone.
#pragma once

#include <cstdint>
#include <vector>

#include "drivers/gen/frame_templates.h"

namespace baleen::gen {

// 8 bytes each: 128 MiB at most.
inline constexpr uint64_t flows_max = 1 << 24;

struct SyntheticOptions {
    uint64_t flows = 1000;  // alive at a time, of this object
    FrameMix mix;
    Payload payload = Payload::zeros;
    uint64_t seed = 1;
    // Of several objects that share the numbers of flows, which one this is.
    uint64_t share = 0;
    uint64_t share_count = 1;
};

class SyntheticFrames {
public:
    explicit SyntheticFrames(const SyntheticOptions& options);

    // Writes the next frame to `room`, which has frame_bytes_max: its length without the frame
    // check sequence.
    uint32_t next(uint8_t* room);

    // So many of the oldest flows end, and others begin in their places.
    void begin_flows(uint64_t count);

    uint64_t flows_begun() const { return ordinals_used_; }
    uint32_t length_max() const { return length_max_; }

private:
    struct Slot {
        uint32_t ordinal;   // of the flow among those of this object
        uint32_t sequence;  // TCP: of the next byte; 0: no packet was sent yet
    };

    const FrameMix mix_;
    const FrameTemplates templates_;
    const uint64_t seed_, share_, share_count_;
    uint32_t length_max_ = 0;
    std::vector<Slot> slots_;
    size_t next_slot_ = 0, oldest_slot_ = 0;
    uint64_t ordinals_used_ = 0;
    uint64_t frames_ = 0, rounds_ = 0;
    uint32_t order_at_ = 0;
};

}  // namespace baleen::gen
