#include "drivers/gen/pacer.h"

#include <gtest/gtest.h>

#include "drivers/gen/rate.h"

namespace baleen::gen {
namespace {

constexpr double ticks_per_s = 1e9;
constexpr uint64_t start = 1'000'000;

// Packets taken when asked every `step` ticks from one time to another.
uint64_t take_all(Pacer& pacer, uint64_t from, uint64_t to, uint64_t step) {
    uint64_t taken = 0;
    for (uint64_t now = from; now <= to; now += step) taken += pacer.take(start + now);
    return taken;
}

TEST(Pacer, GivesTheRateAskedFor) {
    for (const double rate : {10.0, 1000.0, 1e6, 14.88e6}) {
        Pacer pacer(rate, ticks_per_s, start, UINT64_MAX);
        const uint64_t taken = take_all(pacer, 0, 1'000'000'000, 500);
        EXPECT_NEAR(static_cast<double>(taken), rate, 2) << rate;
        EXPECT_EQ(pacer.forfeited(), 0u);
    }
}

TEST(Pacer, NeverGivesMoreThanABurst) {
    Pacer pacer(1e6, ticks_per_s, start, UINT64_MAX);
    EXPECT_EQ(pacer.take(start), 0u);
    EXPECT_EQ(pacer.take(start + 10'000'000), Pacer::burst);
}

// 10 ms away at 1 M packets/s: 10,000 are owed, and come at four times the rate, not at once.
TEST(Pacer, CatchesUpAtFourTimesTheRate) {
    Pacer pacer(1e6, ticks_per_s, start, UINT64_MAX);
    const uint64_t away = 10'000'000;
    const uint64_t soon = take_all(pacer, away, away + 1'000'000, 1000);
    EXPECT_NEAR(static_cast<double>(soon), 4000 + Pacer::burst, 3);
    const uint64_t later = take_all(pacer, away + 1'001'000, away + 20'000'000, 1000);
    EXPECT_EQ(soon + later, 30'000u) << "all of it, in the end";
    EXPECT_EQ(pacer.forfeited(), 0u);
}

TEST(Pacer, ForfeitsWhatIsOwedForLongerThanATenthOfASecond) {
    Pacer pacer(1e6, ticks_per_s, start, UINT64_MAX);
    pacer.take(start + 200'000'000);
    EXPECT_EQ(pacer.forfeited(), 100'000u);
}

TEST(Pacer, EndsWhenEveryPacketIsTakenOrForfeited) {
    Pacer pacer(1e6, ticks_per_s, start, 100'000);
    const uint64_t taken = take_all(pacer, 0, 50'000'000, 1000);
    EXPECT_FALSE(pacer.is_done());
    // Away until long after the last one was due: what is kept is sent after that.
    const uint64_t late = take_all(pacer, 300'000'000, 400'000'000, 1000);
    EXPECT_TRUE(pacer.is_done());
    EXPECT_EQ(taken + late + pacer.forfeited(), 100'000u);
    EXPECT_EQ(pacer.take(start + 900'000'000), 0u);
}

TEST(Pacer, GivesAgainWhatWasGivenBack) {
    Pacer pacer(1000, ticks_per_s, start, 1);
    EXPECT_EQ(pacer.take(start + 1'000'001), 1u);
    EXPECT_TRUE(pacer.is_done());
    pacer.give_back(1);
    EXPECT_FALSE(pacer.is_done());
    EXPECT_EQ(pacer.take(start + 2'000'002), 1u);
}

TEST(Pacer, TakesAClockThatIsAFewTicksBehind) {
    Pacer pacer(1e6, ticks_per_s, start, UINT64_MAX);
    EXPECT_EQ(pacer.take(start - 100), 0u);
    EXPECT_EQ(pacer.forfeited(), 0u);
}

TEST(Rate, IsReadAsPeopleWriteIt) {
    EXPECT_EQ(parse_rate("1Mpps")->packets_per_s, 1e6);
    EXPECT_EQ(parse_rate("1.5kpps")->packets_per_s, 1500);
    EXPECT_EQ(parse_rate("1000pps")->packets_per_s, 1000);
    EXPECT_EQ(parse_rate("10Gbit")->bits_per_s, 10e9);
    EXPECT_EQ(parse_rate("10Gbit/s")->bits_per_s, 10e9);
    for (const char* text : {"", "1M", "Mpps", "0pps", "-1pps", "1Xpps", "10GB"})
        EXPECT_FALSE(parse_rate(text)) << text;
}

// RFC 2544 appendix B.
TEST(Rate, OfALinkCountsPreambleAndGap) {
    EXPECT_NEAR(parse_rate("10Mbit")->packets_per_s_of(64), 14880, 1);
    EXPECT_NEAR(parse_rate("10Mbit")->packets_per_s_of(1518), 812, 1);
    EXPECT_NEAR(link_bits_per_s(14880.95, 64), 10e6, 10);
    EXPECT_EQ(parse_rate("1kpps")->packets_per_s_of(1518), 1000);
}

}  // namespace
}  // namespace baleen::gen
