// What a reassembler has to make of a connection's segments, byte by byte and without any limit:
// a map of positions. Knows the rules of reassembler.h and none of its means.
//
// Positions are 64-bit, so nothing here wraps: 0 is the first byte after the sender's SYN.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "dataplane/stream/stream.h"

namespace baleen::test {

struct StreamSegment {
    uint32_t direction = 0;
    uint16_t flags = 0;        // of TCP
    int64_t at = 0;            // position of its number
    int64_t acknowledged = 0;  // position in the other direction
    std::string captured;
    uint32_t wire_bytes = 0;  // captured.size() or more

    std::string describe() const;
};

class StreamModel {
public:
    explicit StreamModel(uint64_t depth_bytes) : depth_bytes_(depth_bytes) {}

    void take(const StreamSegment& segment);
    void flush();

    // As test::StreamRecorder writes it, with a gap of 5 bytes as <5>.
    const std::string& text(uint32_t direction) const { return sides_[direction].text; }
    // Empty: it is what the model has.
    std::string difference(uint32_t direction, const stream::Direction& told) const;
    std::string difference(const stream::StreamStats& told) const;

    int64_t next(uint32_t direction) const { return sides_[direction].next; }

private:
    struct Side {
        int64_t begin = 0;
        int64_t next = 0;
        uint16_t flags = 0;
        std::map<int64_t, char> buffered;
        std::optional<int64_t> fin;
        uint64_t gaps = 0;
        uint64_t gap_bytes = 0;
        uint64_t pending_gap = 0;
        std::string text;

        bool has(uint16_t flag) const { return (flags & flag) != 0; }
        bool is_fresh() const { return next == begin && buffered.empty(); }
    };

    void take_bytes(Side& side, int64_t at, const StreamSegment& segment);
    bool begin(Side& side, int64_t at);
    int64_t limit(const Side& side) const;
    void drain(Side& side);
    void skip(Side& side, int64_t to);
    void settle(Side& side);

    uint64_t depth_bytes_;
    std::array<Side, 2> sides_;
    stream::StreamStats stats_;
};

}  // namespace baleen::test
