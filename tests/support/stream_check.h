// A reassembler and what has to hold of it, segment by segment: equality with the model where the
// budget is ample, and where it is not, that every byte delivered is the first copy of it.
#pragma once

#include <array>
#include <string>
#include <unordered_map>

#include "dataplane/stream/reassembler.h"
#include "packet/ip.h"
#include "tests/support/stream_model.h"

namespace baleen::test {

class StreamCheck {
public:
    enum class Budget { ample, short_of_blocks };

    // Short of blocks, both sides have sent their SYN, and send no other.
    StreamCheck(Budget budget, uint64_t depth_bytes, std::array<uint32_t, 2> isns);

    // Empty, or what does not hold.
    std::string take(const StreamSegment& segment);
    std::string flush();
    // Position of the next byte.
    int64_t next(uint32_t direction) const;
    bool is_exact() const { return budget_ == Budget::ample; }
    const stream::StreamStats stats() const { return reassembler_.stats(); }

private:
    void give(const StreamSegment& segment);
    void see(const stream::Chunk& chunk);
    void remember_first_copies(const StreamSegment& segment);
    std::string verdict();

    Budget budget_;
    std::array<uint32_t, 2> isns_;
    stream::Reassembler reassembler_;
    uint32_t handle_;
    StreamModel model_;
    uint64_t offered_ = 0;
    std::array<std::string, 2> texts_;
    std::array<size_t, 2> compared_{};
    std::array<uint64_t, 2> ends_{};
    std::array<std::unordered_map<int64_t, char>, 2> first_copies_;
    std::string broken_;
};

// `draw(n)` gives one of 0 ... n - 1. Most segments lie near to what is next.
template <class Draw>
StreamSegment draw_segment(const StreamCheck& check, Draw&& draw) {
    StreamSegment segment;
    segment.direction = static_cast<uint32_t>(draw(2));
    const int64_t next = check.next(segment.direction);
    const auto near = [&](int64_t to) { return to + static_cast<int64_t>(draw(61)) - 24; };
    const auto far = [&] { return (draw(2) == 0 ? -1 : 1) * (int64_t{1} << 30); };
    segment.at = draw(3) == 0 ? next : near(next);
    const uint64_t kind = draw(64);
    if (kind == 0) segment.flags |= packet::tcp::rst;
    if (kind == 1) segment.flags |= packet::tcp::fin;
    if (kind <= 3 && check.is_exact()) segment.flags |= packet::tcp::syn;
    if (kind == 3) segment.at = -1;
    if (kind == 4) segment.at += far();
    if (draw(2) == 0) {
        segment.flags |= packet::tcp::ack;
        segment.acknowledged = near(check.next(1 - segment.direction));
        if (kind == 5) segment.acknowledged += far();
    }
    const size_t bytes = draw(24) + (draw(80) == 0 ? 3000 : 0);
    const char first = draw(6) == 0 ? 'A' : 'a';  // another copy
    for (size_t i = 0; i < bytes; i++)
        segment.captured += static_cast<char>(
            first +
            static_cast<char>(static_cast<uint64_t>(segment.at + (int64_t{1} << 40)) + i) % 23);
    segment.wire_bytes = static_cast<uint32_t>(bytes + (draw(8) == 0 ? draw(20) : 0));
    return segment;
}

}  // namespace baleen::test
