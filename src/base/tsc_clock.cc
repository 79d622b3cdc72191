#include "base/tsc_clock.h"

#include <cstdlib>
#include <ctime>

namespace baleen::base {
namespace {

int64_t read_clock_ns(clockid_t which) {
    timespec now{};
    ::clock_gettime(which, &now);
    return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

TscClock::TscClock() {
    start_tsc_ = __rdtsc();
    start_monotonic_ns_ = read_clock_ns(CLOCK_MONOTONIC_RAW);
    const timespec wait{0, 20'000'000};
    ::nanosleep(&wait, nullptr);
    recalibrate();
    recalibrate();  // the first one had nothing to compare with
}

void TscClock::recalibrate() {
    const int64_t monotonic_ns = read_clock_ns(CLOCK_MONOTONIC_RAW);
    const uint64_t tsc = __rdtsc();
    const int64_t real_ns = read_clock_ns(CLOCK_REALTIME);
    const auto reading_ticks = static_cast<double>(__rdtsc() - tsc);
    const double ns_per_tick = static_cast<double>(monotonic_ns - start_monotonic_ns_) /
                               static_cast<double>(tsc - start_tsc_);
    const int64_t off_ns = std::abs(to_ns(tsc) - real_ns);
    error_ns_.store(
        static_cast<uint64_t>(off_ns) + static_cast<uint64_t>(reading_ticks * ns_per_tick),
        std::memory_order_relaxed);
    const uint32_t next = (current_.load(std::memory_order_relaxed) + 1) % scale_count;
    scales_[next] = {tsc, real_ns, ns_per_tick};
    // ORDER: release, so that a reader of the index sees the scale.
    current_.store(next, std::memory_order_release);
}

}  // namespace baleen::base
