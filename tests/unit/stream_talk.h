// Two hosts whose segments go through a reassembler, and what it makes of them.
//
// Numbers are positions: 0 is the first byte after the sender's SYN, so a SYN stands at -1. What
// was delivered reads as text, with a gap of 5 bytes as <5>.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

#include "dataplane/stream/reassembler.h"
#include "packet/ip.h"

namespace baleen::test {

// Keeps what is delivered, and checks what holds of all chunks.
struct StreamRecorder {
    void operator()(const stream::Chunk& chunk) {
        ASSERT_FALSE(chunk.bytes.empty());
        ASSERT_LT(chunk.direction, 2u);
        uint64_t& end = ends[chunk.direction];
        ASSERT_GE(chunk.offset, end) << "delivered twice";
        EXPECT_EQ(chunk.after_gap, chunk.offset > end);
        std::string& text = texts[chunk.direction];
        if (chunk.offset > end) text += "<" + std::to_string(chunk.offset - end) + ">";
        text.append(chunk.bytes.begin(), chunk.bytes.end());
        order += static_cast<char>('0' + chunk.direction);
        end = chunk.offset + chunk.bytes.size();
    }

    std::array<std::string, 2> texts;
    std::array<uint64_t, 2> ends{};
    std::string order;  // directions of the chunks
};

inline constexpr stream::StreamSettings usual_stream_settings = {
    .contexts_max = 4, .buffer_bytes = 64 << 10, .buffer_bytes_per_direction = 32 << 10};

class StreamTalk {
public:
    explicit StreamTalk(const stream::StreamSettings& settings = usual_stream_settings,
                        std::array<uint32_t, 2> isns = {1'000'000, 5'000'000})
        : reassembler_(std::move(*stream::Reassembler::create(settings))),
          isns_(isns),
          handle_(reassembler_.acquire()) {}

    StreamTalk& open() { return syn(0).syn(1, packet::tcp::ack).ack(0, 0); }
    StreamTalk& syn(uint32_t from, uint16_t flags = 0, std::string_view data = {}) {
        return send(from, packet::tcp::syn | flags, -1, data);
    }
    // Without an acknowledgement, so that none fills in for a hole.
    StreamTalk& data(uint32_t from, int64_t at, std::string_view bytes) {
        return send(from, 0, at, bytes);
    }
    // Only the first bytes of what was sent were captured.
    StreamTalk& cut(uint32_t from, int64_t at, std::string_view captured, uint32_t wire_bytes) {
        return send(from, 0, at, captured, 0, wire_bytes);
    }
    StreamTalk& ack(uint32_t from, int64_t acknowledged, std::string_view bytes = {},
                    int64_t at = 0) {
        return send(from, packet::tcp::ack, at, bytes, acknowledged);
    }
    StreamTalk& fin(uint32_t from, int64_t at, std::string_view bytes = {}) {
        return send(from, packet::tcp::fin, at, bytes);
    }
    StreamTalk& rst(uint32_t from, int64_t at, std::string_view bytes = {}) {
        return send(from, packet::tcp::rst, at, bytes);
    }
    StreamTalk& send(uint32_t from, uint16_t flags, int64_t at, std::string_view captured,
                     int64_t acknowledged = 0, uint32_t wire_bytes = 0) {
        flow::Segment segment{};
        segment.sequence = isns_[from] + 1 + static_cast<uint32_t>(at);
        segment.acknowledgement = isns_[1 - from] + 1 + static_cast<uint32_t>(acknowledged);
        segment.payload = std::max(wire_bytes, static_cast<uint32_t>(captured.size()));
        segment.flags = flags;
        // A copy of its own, gone after the call: nothing may keep a pointer to a packet.
        const std::string copy(captured);
        reassembler_.take(handle_, from, segment,
                          {reinterpret_cast<const uint8_t*>(copy.data()), copy.size()}, recorder_);
        offered_ += captured.size();
        expect_conservation();
        return *this;
    }
    StreamTalk& stop(uint32_t direction) {
        reassembler_.stop(handle_, direction);
        expect_conservation();
        return *this;
    }
    StreamTalk& flush() {
        reassembler_.flush(handle_, recorder_);
        expect_conservation();
        return *this;
    }
    // The next connection.
    StreamTalk& renew() {
        reassembler_.release(handle_);
        handle_ = reassembler_.acquire();
        recorder_ = {};
        expect_conservation();
        return *this;
    }

    const std::string& text(uint32_t direction) const { return recorder_.texts[direction]; }
    const StreamRecorder& recorder() const { return recorder_; }
    const stream::Direction& state(uint32_t direction) const {
        return reassembler_.direction(handle_, direction);
    }
    stream::StreamStats stats() const { return reassembler_.stats(); }
    stream::Reassembler& reassembler() { return reassembler_; }

    void expect_conservation() const {
        const stream::StreamStats told = stats();
        EXPECT_EQ(offered_, told.delivered_bytes + told.repeated_bytes + told.unwanted_bytes +
                                told.refused_bytes + told.discarded_bytes + told.buffered_bytes);
    }

private:
    stream::Reassembler reassembler_;
    std::array<uint32_t, 2> isns_;
    uint32_t handle_;
    StreamRecorder recorder_;
    uint64_t offered_ = 0;
};

}  // namespace baleen::test
