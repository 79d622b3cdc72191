// Numbers of chunks on their way from one thread to one other, in order.
//
// Must hold: never more of them than there are chunks, so that push() cannot find it full.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>

namespace baleen::capture {

class SlotRing {
public:
    explicit SlotRing(uint32_t slot_count)
        : mask_(std::bit_ceil(slot_count) - 1), slots_(new uint32_t[mask_ + 1]) {}

    void push(uint32_t slot) {
        const uint32_t head = head_.load(std::memory_order_relaxed);
        slots_[head & mask_] = slot;
        // ORDER: the slot, and what it stands for, before it is seen.
        head_.store(head + 1, std::memory_order_release);
    }
    bool take(uint32_t& slot) {
        const uint32_t tail = tail_.load(std::memory_order_relaxed);
        if (head_.load(std::memory_order_acquire) == tail) return false;
        slot = slots_[tail & mask_];
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }
    // By either side; the other one may be about to change it.
    uint32_t size() const {
        // ORDER: the tail first, which never passes the head.
        const uint32_t tail = tail_.load(std::memory_order_acquire);
        return head_.load(std::memory_order_acquire) - tail;
    }

private:
    const uint32_t mask_;
    std::unique_ptr<uint32_t[]> slots_;
    alignas(128) std::atomic<uint32_t> head_{0};
    alignas(128) std::atomic<uint32_t> tail_{0};
};

}  // namespace baleen::capture
