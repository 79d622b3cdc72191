// The real time of a counter that belongs to a device, such as the clock a NIC stamps packets with.
//
// Owns: a straight line through the last readings of both clocks (least squares), and how far off
// it may be. One thread adds readings about once a second, others convert (to_ns).
// Why a line over a minute and not the last reading: a reading is off by up to its own length (some
// microseconds over PCIe), while the rates of two clocks change by parts per billion in a minute.
// Must hold: converting never waits; a reader that meets a new fit half done takes the one before.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace baleen::base {

// Both clocks at one moment: the device was read between the two readings of the system's clock.
struct ClockReading {
    uint64_t ticks;
    int64_t before_ns;
    int64_t after_ns;
};

class DeviceClock {
public:
    // Fits anew. Readings that took far longer than others (a thread was put aside meanwhile) are
    // left out. A system clock that has been set begins a new line.
    void add(const ClockReading& reading);

    // From the second reading on.
    bool is_ready() const { return count_.load(std::memory_order_relaxed) >= 2; }

    int64_t to_ns(uint64_t ticks) const {
        const Line& line = lines_[current_.load(std::memory_order_acquire)];
        const auto since = static_cast<double>(static_cast<int64_t>(ticks - line.ticks));
        return line.ns + static_cast<int64_t>(since * line.ns_per_tick);
    }
    double ns_per_tick() const {
        return lines_[current_.load(std::memory_order_acquire)].ns_per_tick;
    }
    // No reading in use lies farther from the line, half its own length included.
    uint64_t error_ns() const { return error_ns_.load(std::memory_order_relaxed); }

private:
    struct Line {
        uint64_t ticks = 0;
        int64_t ns = 0;
        double ns_per_tick = 0;
    };
    struct Point {
        uint64_t ticks;
        int64_t ns;
        int64_t half_ns;  // half of what the reading took
    };

    bool is_slow(int64_t half_ns) const;
    void fit();

    static constexpr uint32_t point_count_max = 64;  // about a minute
    // Readers use lines_[current_]; the next one is written where no reader has been for eight
    // readings.
    static constexpr uint32_t line_count = 8;

    std::array<Point, point_count_max> points_;
    std::atomic<uint32_t> count_{0};
    uint32_t next_ = 0;
    uint32_t slow_in_a_row_ = 0;
    std::array<Line, line_count> lines_;
    std::atomic<uint32_t> current_{0};
    std::atomic<uint64_t> error_ns_{0};
};

}  // namespace baleen::base
