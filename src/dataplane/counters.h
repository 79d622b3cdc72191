// One thread's counters: plain memory while a poll runs, published to the statistics segment in
// between.
//
// Why not atomics on the packet path: a plain add stays in a register or L1; the copy costs about
// 60 stores and happens once per millisecond.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "baleen/stats.h"

namespace baleen::dataplane {

class Counters {
public:
    uint64_t& operator[](stats::Counter which) { return values_[static_cast<uint32_t>(which)]; }
    std::array<uint64_t, stats::counter_count>& values() { return values_; }

    void publish(stats::WorkerStats& to, uint64_t flows_active, int64_t clock_ns) const {
        const uint64_t sequence = to.sequence.load(std::memory_order_relaxed);
        to.sequence.store(sequence + 1, std::memory_order_relaxed);
        // ORDER: the odd value is seen before any new counter, the even one after all of them.
        std::atomic_thread_fence(std::memory_order_release);
        for (uint32_t i = 0; i < stats::counter_count; i++)
            to.counters[i].store(values_[i], std::memory_order_relaxed);
        to.flows_active.store(flows_active, std::memory_order_relaxed);
        to.clock_ns.store(clock_ns, std::memory_order_relaxed);
        to.sequence.store(sequence + 2, std::memory_order_release);
    }

private:
    std::array<uint64_t, stats::counter_count> values_{};
};

}  // namespace baleen::dataplane
