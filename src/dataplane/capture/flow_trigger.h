// A rule has chosen a flow: its packets out of the past are wanted as well.
//
// Shape: the worker writes a few of these, the writer takes them up. Where they come faster than
// the writer can search, some are left out and counted.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace baleen::capture {

struct FlowTrigger {
    uint64_t flow_id;
    uint64_t sequence;  // the newest chunk of the history with packets of it
    uint32_t flow;      // its entry there
    uint32_t packets;   // of that chunk that are past; later ones are written by the worker
};

class FlowTriggers {
public:
    // Worker. False: too many wait.
    bool push(const FlowTrigger& trigger) {
        const uint32_t head = head_.load(std::memory_order_relaxed);
        if (head - tail_.load(std::memory_order_acquire) == count_max) return false;
        triggers_[head % count_max] = trigger;
        // ORDER: the trigger before it is seen.
        head_.store(head + 1, std::memory_order_release);
        return true;
    }
    // Writer.
    bool take(FlowTrigger& trigger) {
        const uint32_t tail = tail_.load(std::memory_order_relaxed);
        if (tail == head_.load(std::memory_order_acquire)) return false;
        trigger = triggers_[tail % count_max];
        tail_.store(tail + 1, std::memory_order_release);
        return true;
    }

private:
    static constexpr uint32_t count_max = 1024;
    std::array<FlowTrigger, count_max> triggers_;
    alignas(128) std::atomic<uint32_t> head_{0};
    alignas(128) std::atomic<uint32_t> tail_{0};
};

}  // namespace baleen::capture
