// A NIC's clock followed by simulated readings: wrong rate, drift, slow readings, a clock that is
// set.
#include "base/device_clock.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "tests/unit/random.h"
#include "tests/unit/times.h"

namespace baleen::base {
namespace {

using test::second_ns;
constexpr int64_t start_ns = 1'790'000'000 * second_ns;

// A counter of 1 GHz less `parts_per_million`, started at an odd value.
struct Device {
    double parts_per_million = 0;
    uint64_t ticks_at(int64_t ns) const {
        const auto since = static_cast<double>(ns - start_ns);
        return 0x123456789abcu + static_cast<uint64_t>(since * (1 - parts_per_million * 1e-6));
    }
};

ClockReading read(const Device& device, int64_t at_ns, int64_t before_ns, int64_t after_ns) {
    return {device.ticks_at(at_ns), at_ns - before_ns, at_ns + after_ns};
}

TEST(DeviceClock, ConvertsExactlyWhenTheRateIsConstant) {
    const Device device{30};
    DeviceClock clock;
    EXPECT_FALSE(clock.is_ready());
    for (int i = 0; i < 200; i++) clock.add(read(device, start_ns + i * second_ns, 500, 500));
    ASSERT_TRUE(clock.is_ready());
    for (int i = 0; i < 10; i++) {
        const int64_t at_ns = start_ns + 200 * second_ns + i * second_ns / 10;
        EXPECT_NEAR(static_cast<double>(clock.to_ns(device.ticks_at(at_ns)) - at_ns), 0, 20);
    }
    EXPECT_NEAR(clock.ns_per_tick(), 1.00003, 1e-8);
    EXPECT_GE(clock.error_ns(), 500u) << "half the reading is part of the bound";
    EXPECT_LE(clock.error_ns(), 550u);
}

TEST(DeviceClock, StaysWithinItsErrorWhileTheRateDriftsAndReadingsAreUneven) {
    test::Random random;
    const auto below = [&](uint64_t limit) { return static_cast<int64_t>(random.below(limit)); };
    DeviceClock clock;
    double ticks = 1e12;
    int64_t now_ns = start_ns;
    // 50 ppm off, and every second 5 ppb more: a crystal that warms up.
    for (int i = 0; i < 600; i++) {
        const double rate = 1 - (50 + i * 0.005) * 1e-6;
        const auto at = static_cast<uint64_t>(ticks);
        clock.add({at, now_ns - 300 - below(1500), now_ns + 300 + below(1500)});
        const auto middle = static_cast<uint64_t>(ticks + rate * 5e8);
        if (i > 2) {
            const int64_t off_ns = std::abs(clock.to_ns(middle) - (now_ns + second_ns / 2));
            ASSERT_LE(off_ns, 3 * static_cast<int64_t>(clock.error_ns()) + 200) << i;
            ASSERT_LE(i > 60 ? off_ns : 0, 8000) << i;
        }
        ticks += rate * 1e9;
        now_ns += second_ns;
    }
    EXPECT_LE(clock.error_ns(), 10'000u);
}

TEST(DeviceClock, LeavesOutReadingsDuringWhichItsThreadWasPutAside) {
    const Device device{-10};
    DeviceClock clock;
    for (int i = 0; i < 20; i++) {
        clock.add(read(device, start_ns + i * second_ns, 400, 400));
        // 3 ms between the device and the second look at the system's clock.
        if (i % 4 == 3)
            clock.add(read(device, start_ns + i * second_ns + second_ns / 2, 400, 3'000'000));
    }
    const int64_t at_ns = start_ns + 20 * second_ns;
    EXPECT_NEAR(static_cast<double>(clock.to_ns(device.ticks_at(at_ns)) - at_ns), 0, 50);
    EXPECT_LE(clock.error_ns(), 500u);
}

TEST(DeviceClock, FollowsASystemClockThatIsSet) {
    const Device device{20};
    DeviceClock clock;
    for (int i = 0; i < 30; i++) clock.add(read(device, start_ns + i * second_ns, 400, 400));
    const int64_t jump_ns = 3600 * second_ns;
    for (int i = 30; i < 33; i++) {
        auto reading = read(device, start_ns + i * second_ns, 400, 400);
        reading.before_ns += jump_ns;
        reading.after_ns += jump_ns;
        clock.add(reading);
    }
    const int64_t at_ns = start_ns + 33 * second_ns;
    EXPECT_NEAR(static_cast<double>(clock.to_ns(device.ticks_at(at_ns)) - at_ns - jump_ns), 0, 50);
}

}  // namespace
}  // namespace baleen::base
