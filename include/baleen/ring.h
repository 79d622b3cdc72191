// The shared-memory ring between one worker (writer) and the control process (reader).
//
// Owns: the layout of a ring segment. One segment is one memfd: a header of `header_bytes`, then
// `capacity_bytes` of frames. Both sides map the data twice back to back, so that a frame that
// crosses the end is contiguous for them. docs/formats.md has the byte table.
//
// Why positions in bytes that only grow: head - tail is the fill level without a spare slot, and a
// 64-bit position at 100 GB/s lasts for 5.8 years.
//
// Must hold: a frame is published by one release store of `head_bytes`; the reader frees by one
// release store of `tail_bytes`, and only what it has stored safely. A reader that dies loses
// nothing: the next one resumes at `tail_bytes`, and (run, worker, sequence) tells it what was
// delivered twice.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace baleen::ring {

inline constexpr uint64_t segment_magic = 0x31474e524e4c4142;  // "BALNRNG1" in memory order
inline constexpr uint32_t segment_version = 1;
inline constexpr uint32_t header_bytes = 4096;
inline constexpr uint32_t frame_align_bytes = 8;

// Two lines: adjacent-line prefetchers pull pairs, so 64 bytes apart would still be shared.
inline constexpr uint32_t line_pair_bytes = 128;

enum class FrameType : uint16_t {
    flow = 1,         // payload: record::FlowRecord
    match = 2,        // payload: record::MatchEvent and its texts
    application = 3,  // payload: record::AppEvent and its fields
};

struct FrameHeader {
    uint32_t payload_bytes;  // the frame takes align_up(16 + payload_bytes, 8) bytes of the ring
    uint16_t type;           // FrameType; a reader skips what it does not know
    uint16_t version;        // of the payload's layout
    uint64_t sequence;       // counts every frame made, delivered or dropped: a gap is a drop
};
static_assert(sizeof(FrameHeader) == 16);
static_assert(std::has_unique_object_representations_v<FrameHeader>);

// Why a reader does not take frames at the moment; told to the writer, so that a drop has its true
// name.
enum class ReaderState : uint32_t {
    reading = 0,
    store_failed = 1,
};

struct SegmentHeader {
    // Written once, before the segment is handed out.
    uint64_t magic;
    uint32_t version;
    uint32_t header_bytes;
    uint64_t capacity_bytes;  // power of two, multiple of the page size
    uint64_t run_id;
    uint32_t worker;
    uint32_t worker_count;

    // The writer's line.
    alignas(line_pair_bytes) std::atomic<uint64_t> head_bytes;
    std::atomic<uint64_t> frames_written;
    std::atomic<uint64_t> frames_dropped;
    std::atomic<uint32_t> closed;  // 1: no frame will follow

    // The reader's line.
    alignas(line_pair_bytes) std::atomic<uint64_t> tail_bytes;
    std::atomic<uint64_t> frames_consumed;
    std::atomic<uint32_t> reader_state;  // ReaderState
};

static_assert(std::atomic<uint64_t>::is_always_lock_free && sizeof(std::atomic<uint64_t>) == 8);
static_assert(std::is_standard_layout_v<SegmentHeader>);
static_assert(sizeof(SegmentHeader) == 384 && sizeof(SegmentHeader) <= header_bytes);
static_assert(offsetof(SegmentHeader, capacity_bytes) == 16);
static_assert(offsetof(SegmentHeader, head_bytes) == 128);
static_assert(offsetof(SegmentHeader, tail_bytes) == 256);

constexpr uint64_t frame_bytes(uint32_t payload_bytes) {
    return (sizeof(FrameHeader) + uint64_t{payload_bytes} + frame_align_bytes - 1) &
           ~uint64_t{frame_align_bytes - 1};
}

}  // namespace baleen::ring
