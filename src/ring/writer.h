// The worker's end of a ring: reserve, fill in place, publish once per poll.
//
// Must hold: reserve() never waits, but where wait_when_full() has allowed it. When the reader lags
// so far that a frame does not fit, the frame is dropped, counted, and its sequence number skipped,
// so that the reader sees the gap.
#pragma once

#include <cstdint>

#include "ring/segment.h"

namespace baleen::ring {

class Writer {
public:
    explicit Writer(RingView& view)
        : header_(view.header), data_(view.data), capacity_bytes_(view.capacity_bytes) {}

    // From now on called again and again while a frame does not fit; false: it is dropped.
    using Wait = bool (*)(const void* context);
    void wait_when_full(Wait wait, const void* context) {
        wait_ = wait;
        wait_context_ = context;
    }

    // Room for one frame of T, or of its first `bytes`, or nullptr. The frame is complete as soon
    // as those are filled.
    template <class T>
    T* reserve(FrameType type, uint16_t version, uint32_t bytes = sizeof(T)) {
        static_assert(frame_bytes(sizeof(T)) <= limits::frame_bytes_max);
        return reinterpret_cast<T*>(reserve_bytes(bytes, type, version));
    }

    // Makes all frames reserved so far visible to the reader. Leaves the shared line alone if there
    // are none.
    void publish() {
        if (sequence_ == published_sequence_) return;
        published_sequence_ = sequence_;
        // ORDER: release, so that the frames' bytes are seen by a reader that sees the new head.
        header_->frames_written.store(frames_written_, std::memory_order_relaxed);
        header_->frames_dropped.store(frames_dropped_, std::memory_order_relaxed);
        header_->head_bytes.store(head_bytes_, std::memory_order_release);
    }

    void close() {
        publish();
        header_->closed.store(1, std::memory_order_release);
    }

    // Asks for the lines that the next frames will be written to: they have been the reader's since
    // the ring was at this place the last time.
    void prefetch(uint32_t bytes) const {
        constexpr uint32_t line_bytes = 64;
        for (uint32_t at = 0; at < bytes; at += line_bytes)
            __builtin_prefetch(data_ + ((head_bytes_ + at) & (capacity_bytes_ - 1)), 1);
    }

    // Bytes that can be written now; looks at the reader's position.
    uint64_t free_bytes();
    bool reader_has_all() const {
        return header_->tail_bytes.load(std::memory_order_acquire) == head_bytes_;
    }
    bool store_failed() const {
        return header_->reader_state.load(std::memory_order_relaxed) ==
               static_cast<uint32_t>(ReaderState::store_failed);
    }

    uint64_t frames_written() const { return frames_written_; }
    uint64_t frames_dropped() const { return frames_dropped_; }
    uint64_t capacity_bytes() const { return capacity_bytes_; }

private:
    uint8_t* reserve_bytes(uint32_t payload_bytes, FrameType type, uint16_t version) {
        const uint64_t bytes = frame_bytes(payload_bytes);
        // The reader's line is only looked at when what was seen of it last does not suffice.
        const bool fits =
            capacity_bytes_ - (head_bytes_ - tail_seen_bytes_) >= bytes || make_room(bytes);
        const uint64_t sequence = sequence_++;
        if (!fits) [[unlikely]] {
            frames_dropped_++;
            return nullptr;
        }
        auto* frame = reinterpret_cast<FrameHeader*>(data_ + (head_bytes_ & (capacity_bytes_ - 1)));
        *frame = {payload_bytes, static_cast<uint16_t>(type), version, sequence};
        head_bytes_ += bytes;
        frames_written_++;
        return reinterpret_cast<uint8_t*>(frame + 1);
    }

    bool make_room(uint64_t bytes);

    SegmentHeader* header_;
    uint8_t* data_;
    uint64_t capacity_bytes_;
    uint64_t head_bytes_ = 0;
    uint64_t tail_seen_bytes_ = 0;
    uint64_t sequence_ = 0;
    uint64_t published_sequence_ = 0;
    uint64_t frames_written_ = 0;
    uint64_t frames_dropped_ = 0;
    Wait wait_ = nullptr;
    const void* wait_context_ = nullptr;
};

}  // namespace baleen::ring
