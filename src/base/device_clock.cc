#include "base/device_clock.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace baleen::base {
namespace {

// Farther from the line than this, the system clock has been set; NTP slews by 0.5 ms a second at
// most (adjtimex(2)).
constexpr int64_t step_ns = 5'000'000;
// So many slow readings in a row are what readings take now.
constexpr uint32_t slow_readings_max = 8;

}  // namespace

bool DeviceClock::is_slow(int64_t half_ns) const {
    const uint32_t count = count_.load(std::memory_order_relaxed);
    if (count < 2 || slow_in_a_row_ >= slow_readings_max) return false;
    int64_t best = INT64_MAX;
    for (uint32_t i = 0; i < count; i++) best = std::min(best, points_[i].half_ns);
    return half_ns > 4 * best + 1000;
}

void DeviceClock::add(const ClockReading& reading) {
    const int64_t half_ns = (reading.after_ns - reading.before_ns) / 2;
    const Point point{reading.ticks, reading.before_ns + half_ns, half_ns};
    if (half_ns < 0) return;  // the clock was set back in between
    if (is_slow(half_ns)) {
        slow_in_a_row_++;
        return;
    }
    slow_in_a_row_ = 0;
    if (is_ready() && std::abs(to_ns(point.ticks) - point.ns) > step_ns) {
        count_.store(0, std::memory_order_relaxed);
        next_ = 0;
    }
    points_[next_] = point;
    next_ = (next_ + 1) % point_count_max;
    const uint32_t count = count_.load(std::memory_order_relaxed);
    count_.store(std::min(count + 1, point_count_max), std::memory_order_relaxed);
    fit();
}

// Least squares with the newest point as origin, so that differences stay small enough for a
// double: a minute is 6e10 ns, its square 4e21, of which a double keeps 16 digits.
void DeviceClock::fit() {
    const uint32_t count = count_.load(std::memory_order_relaxed);
    const Point& origin = points_[(next_ + point_count_max - 1) % point_count_max];
    double sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;
    for (uint32_t i = 0; i < count; i++) {
        const auto x = static_cast<double>(static_cast<int64_t>(points_[i].ticks - origin.ticks));
        const auto y = static_cast<double>(points_[i].ns - origin.ns);
        sum_x += x, sum_y += y, sum_xx += x * x, sum_xy += x * y;
    }
    const double n = count;
    const double spread = n * sum_xx - sum_x * sum_x;
    const Line& old = lines_[current_.load(std::memory_order_relaxed)];
    Line line{origin.ticks, origin.ns, old.ns_per_tick};
    if (spread > 0) {
        line.ns_per_tick = (n * sum_xy - sum_x * sum_y) / spread;
        line.ns += std::llround((sum_y - line.ns_per_tick * sum_x) / n);
    }
    int64_t error_ns = 0;
    for (uint32_t i = 0; i < count; i++) {
        const auto x = static_cast<double>(static_cast<int64_t>(points_[i].ticks - line.ticks));
        const int64_t told = line.ns + std::llround(x * line.ns_per_tick);
        error_ns = std::max(error_ns, std::abs(told - points_[i].ns) + points_[i].half_ns);
    }
    const uint32_t next = (current_.load(std::memory_order_relaxed) + 1) % line_count;
    lines_[next] = line;
    // ORDER: release, so that a reader of the index sees the line.
    current_.store(next, std::memory_order_release);
    error_ns_.store(static_cast<uint64_t>(error_ns), std::memory_order_relaxed);
}

}  // namespace baleen::base
