// Wall-clock time for packet time stamps without a system call: the time-stamp counter, scaled to
// ns.
//
// Owns: the scale. One thread refines it now and then (recalibrate), others read it (now_ns).
// Must hold: reading never waits. A reader that meets a refinement half done takes the scale before
// it. The counter is invariant on every CPU that DPDK's poll-mode drivers support (constant_tsc,
// nonstop_tsc).
#pragma once

#include <x86intrin.h>

#include <array>
#include <atomic>
#include <cstdint>

namespace baleen::base {

class TscClock {
public:
    // Takes 20 ms: two readings of the system clock, about 50 ns apart from the truth each, make an
    // error of 5 parts per million, which the first recalibrations remove.
    TscClock();

    // Corrects the scale by the system clock; called about once a second by one thread.
    void recalibrate();

    int64_t now_ns() const { return to_ns(__rdtsc()); }

    int64_t to_ns(uint64_t tsc) const {
        const Scale& scale = scales_[current_.load(std::memory_order_acquire)];
        const auto ticks = static_cast<double>(static_cast<int64_t>(tsc - scale.tsc));
        return scale.ns + static_cast<int64_t>(ticks * scale.ns_per_tick);
    }

    // How far the scale before the last correction was off, and how long the reading took.
    uint64_t error_ns() const { return error_ns_.load(std::memory_order_relaxed); }

    double ns_per_tick() const {
        return scales_[current_.load(std::memory_order_acquire)].ns_per_tick;
    }

private:
    struct Scale {
        uint64_t tsc;
        int64_t ns;
        double ns_per_tick;
    };

    // Readers use scales_[current_]; the next one is written where no reader has been for eight
    // seconds.
    static constexpr uint32_t scale_count = 8;
    std::array<Scale, scale_count> scales_{};
    std::atomic<uint32_t> current_{0};
    std::atomic<uint64_t> error_ns_{0};
    uint64_t start_tsc_;
    int64_t start_monotonic_ns_;
};

}  // namespace baleen::base
