#include <gtest/gtest.h>

#include "drivers/source.h"

namespace baleen::drivers {
namespace {

constexpr int64_t second_ns = 1'000'000'000;

TEST(SourceClock, FollowsTimeStampsThatGoForward) {
    SourceClock clock;
    EXPECT_EQ(clock.advance(5 * second_ns), 5 * second_ns);
    EXPECT_EQ(clock.advance(7 * second_ns), 7 * second_ns);
    EXPECT_EQ(clock.now_ns(), 7 * second_ns);
}

TEST(SourceClock, StandsStillForDisorder) {
    SourceClock clock;
    clock.advance(SourceClock::reorder_ns + 10 * second_ns);
    EXPECT_EQ(clock.advance(10 * second_ns), SourceClock::reorder_ns + 10 * second_ns);
    EXPECT_EQ(clock.advance(SourceClock::reorder_ns + 11 * second_ns),
              SourceClock::reorder_ns + 11 * second_ns);
}

TEST(SourceClock, GoesOnFromWhereItWasWhenTheTimeBaseChanges) {
    SourceClock clock;
    const int64_t first = 10 * SourceClock::reorder_ns;
    clock.advance(first);
    EXPECT_EQ(clock.advance(second_ns), first);
    EXPECT_EQ(clock.advance(3 * second_ns), first + 2 * second_ns);
}

TEST(SourceClock, OvercomesADamagedStampFarInTheFuture) {
    SourceClock clock;
    clock.advance(second_ns);
    const int64_t damaged = int64_t{1} << 62;
    EXPECT_EQ(clock.advance(damaged), damaged);
    EXPECT_EQ(clock.advance(2 * second_ns), damaged);
    EXPECT_EQ(clock.advance(4 * second_ns), damaged + 2 * second_ns);
}

TEST(SourceClock, NeverGoesBackWhateverTheStamps) {
    SourceClock clock;
    int64_t before = 0;
    uint64_t state = 1;
    for (int i = 0; i < 100'000; i++) {
        state = state * 6364136223846793005 + 1442695040888963407;
        const int64_t now = clock.advance(static_cast<int64_t>(state >> (2 + i % 40)));
        ASSERT_GE(now, before);
        before = now;
    }
}

}  // namespace
}  // namespace baleen::drivers
