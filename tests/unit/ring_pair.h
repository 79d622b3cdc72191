// A ring with both its ends in one process, and payloads that prove where they came from.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

#include "baleen/limits.h"
#include "baleen/ring_reader.h"
#include "ring/segment.h"
#include "ring/writer.h"

namespace baleen::test {

constexpr uint64_t run_id = 0x1122334455667788;

struct RingPair {
    explicit RingPair(uint64_t capacity_bytes = limits::ring_bytes_min)
        : ring(create(capacity_bytes)), writer(ring.view) {}

    static ring::NewRing create(uint64_t capacity_bytes) {
        auto created = ring::create_ring(capacity_bytes, run_id, 3, 8);
        EXPECT_TRUE(created) << created.error().message;
        return std::move(*created);
    }
    ring::Reader open() { return ring::Reader::open(ring.fd.get()); }
    ring::SegmentHeader& header() { return *ring.view.header; }

    ring::NewRing ring;
    ring::Writer writer;
};

template <uint32_t size>
struct Payload {
    std::array<uint8_t, size> bytes;
};

// Byte i of the payload of frame `sequence`: a cheap mix, so that no shifted or mixed frame passes.
inline uint8_t payload_byte(uint64_t sequence, uint64_t i) {
    return static_cast<uint8_t>((sequence * 0x9e3779b97f4a7c15 + i * 0x2545f4914f6cdd1d) >> 56);
}

template <uint32_t size>
bool write_frame(ring::Writer& writer, uint64_t sequence) {
    auto* payload = writer.reserve<Payload<size>>(ring::FrameType::flow, 7);
    if (payload == nullptr) return false;
    for (uint32_t i = 0; i < size; i++) payload->bytes[i] = payload_byte(sequence, i);
    return true;
}

// Sizes odd and even, from one byte to the largest that fits into a frame.
inline constexpr std::array write_functions = {
    write_frame<1>,   write_frame<7>,   write_frame<8>,    write_frame<9>,   write_frame<48>,
    write_frame<144>, write_frame<333>, write_frame<1000>, write_frame<4080>};
inline constexpr std::array<uint32_t, 9> payload_sizes = {1, 7, 8, 9, 48, 144, 333, 1000, 4080};
static_assert(write_functions.size() == payload_sizes.size());
static_assert(ring::frame_bytes(4080) == limits::frame_bytes_max);

// 64 bytes in the ring, so that the smallest one holds exactly 2048.
inline constexpr auto write_64 = write_frame<48>;
inline constexpr uint64_t frames_64 = limits::ring_bytes_min / 64;

inline std::vector<uint64_t> from_to(uint64_t first, uint64_t end) {
    std::vector<uint64_t> out(end - first);
    std::iota(out.begin(), out.end(), first);
    return out;
}

inline bool is_whole(const ring::Frame& frame) {
    for (uint32_t i = 0; i < frame.header.payload_bytes; i++)
        if (frame.payload[i] != payload_byte(frame.header.sequence, i)) return false;
    return frame.header.type == static_cast<uint16_t>(ring::FrameType::flow) &&
           frame.header.version == 7;
}

// Sequence numbers of all frames that are there now; each must be whole.
inline std::vector<uint64_t> drain(ring::Reader& reader) {
    std::vector<uint64_t> out;
    for (ring::Frame frame; reader.next(frame);) {
        EXPECT_TRUE(is_whole(frame)) << frame.header.sequence;
        out.push_back(frame.header.sequence);
    }
    return out;
}

}  // namespace baleen::test
