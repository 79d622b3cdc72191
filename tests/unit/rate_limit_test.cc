// Rate limits of rules, against what Suricata's documentation says of threshold and
// detection_filter.
#include "control/rate_limit.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/match_builder.h"

namespace baleen::control {
namespace {

using record::Match;
using ruleset::RateKind;
using ruleset::RateTrack;
using test::MatchBuilder;

bool keeps(RateLimiter& limiter, Match match) { return limiter.keeps(match.event); }

struct Case {
    std::string_view sentence;
    RateKind kind;
    uint32_t count, seconds;
    std::vector<double> times_s;
    std::string_view kept;  // '!': kept, '.': not
};

const Case cases[] = {
    {"limit keeps the first ones of a window", RateKind::limit, 2, 60, {0, 1, 2, 59.9}, "!!.."},
    {"the next window begins with the event after it",
     RateKind::limit,
     1,
     60,
     {0, 59.9, 60, 100, 119.9, 120},
     "!.!..!"},
    {"limit counts from its first event, not by the clock",
     RateKind::limit,
     1,
     10,
     {5, 14, 15, 24, 25},
     "!.!.!"},
    {"threshold keeps every n-th", RateKind::threshold, 3, 60, {0, 1, 2, 3, 4, 5, 6}, "..!..!."},
    {"threshold of one keeps all", RateKind::threshold, 1, 60, {0, 1, 70}, "!!!"},
    {"threshold begins anew with the window",
     RateKind::threshold,
     2,
     10,
     {0, 11, 12, 22, 23},
     "..!.!"},
    {"both keeps one of a window, the n-th",
     RateKind::both,
     3,
     60,
     {0, 1, 2, 3, 4, 5, 61, 62, 63},
     "..!.....!"},
    {"both of one is limit of one", RateKind::both, 1, 60, {0, 1, 60, 61}, "!.!."},
    {"exceeded keeps all beyond the count",
     RateKind::exceeded,
     2,
     60,
     {0, 1, 2, 3, 60, 61, 62},
     "..!!..!"},
    {"none keeps all", RateKind::none, 1, 1, {0, 0, 0}, "!!!"},
    {"a late event counts in the window that is there",
     RateKind::limit,
     2,
     60,
     {10, 5, 0, 69},
     "!!.."},
};

TEST(RateLimiter, LimitsAsSuricataDoes) {
    for (const Case& c : cases) {
        RateLimiter limiter;
        std::string kept;
        for (const double time_s : c.times_s)
            kept += keeps(limiter, MatchBuilder().limit(c.kind, c.count, c.seconds).after_s(time_s))
                        ? '!'
                        : '.';
        EXPECT_EQ(kept, c.kept) << c.sentence;
    }
}

// Which of these the second event shares a window with.
TEST(RateLimiter, TracksWhatTheRuleSays) {
    const auto shares = [](RateTrack track, const char* src, const char* dst) {
        RateLimiter limiter;
        const auto event = [&] { return MatchBuilder().limit(RateKind::limit, 1, 60, track); };
        EXPECT_TRUE(keeps(limiter, event().from("10.0.0.1").to("10.0.0.2")));
        return !keeps(limiter, event().from(src).to(dst));
    };
    EXPECT_TRUE(shares(RateTrack::by_src, "10.0.0.1", "10.0.0.3"));
    EXPECT_FALSE(shares(RateTrack::by_src, "10.0.0.2", "10.0.0.1"));
    EXPECT_TRUE(shares(RateTrack::by_dst, "10.0.0.3", "10.0.0.2"));
    EXPECT_FALSE(shares(RateTrack::by_dst, "10.0.0.1", "10.0.0.3"));
    EXPECT_TRUE(shares(RateTrack::by_both, "10.0.0.1", "10.0.0.2"));
    EXPECT_TRUE(shares(RateTrack::by_both, "10.0.0.2", "10.0.0.1")) << "a pair has no direction";
    EXPECT_FALSE(shares(RateTrack::by_both, "10.0.0.1", "10.0.0.3"));
    EXPECT_TRUE(shares(RateTrack::by_rule, "2001:db8::1", "2001:db8::2"));
}

TEST(RateLimiter, LimitsEachRuleByItself) {
    RateLimiter limiter;
    const auto event = [](uint32_t id, uint32_t gid) {
        return MatchBuilder().rule(id, "", gid).limit(RateKind::limit, 1, 60);
    };
    EXPECT_TRUE(keeps(limiter, event(1, 1)));
    EXPECT_FALSE(keeps(limiter, event(1, 1)));
    EXPECT_TRUE(keeps(limiter, event(2, 1)));
    EXPECT_TRUE(keeps(limiter, event(1, 2)));
    EXPECT_TRUE(keeps(limiter, MatchBuilder().rule(1, "")));
    EXPECT_EQ(limiter.suppressed(), (std::map<RateLimiter::RuleId, uint64_t>{{{1, 1}, 1}}));
}

TEST(RateLimiter, TellsAllHitsSinceTheEventKept) {
    RateLimiter limiter;
    const auto suppressed_at = [&](double time_s, uint32_t by_worker) -> std::optional<uint32_t> {
        Match match =
            MatchBuilder().limit(RateKind::limit, 1, 10).after_s(time_s).suppressed(by_worker);
        if (!limiter.keeps(match.event)) return std::nullopt;
        return match.event.suppressed;
    };
    EXPECT_EQ(suppressed_at(0, 3), 3u);
    EXPECT_EQ(suppressed_at(1, 0), std::nullopt);
    EXPECT_EQ(suppressed_at(2, 5), std::nullopt);
    EXPECT_EQ(suppressed_at(11, 1), 8u) << "two events, the five that one told, and its own one";
    EXPECT_EQ(suppressed_at(30, 0), 0u);
}

// What is delivered again after a store that failed is judged as before.
TEST(RateLimiter, ForgetsWhatWasNotCommitted) {
    test::Random random;
    for (int round = 0; round < 200; round++) {
        RateLimiter limiter(8);
        const auto any_event = [&] {
            const auto kind = static_cast<RateKind>(random.between(1, 4));
            const std::string src = "10.0.0." + std::to_string(random.below(20));
            return MatchBuilder()
                .rule(static_cast<uint32_t>(random.below(3)), "")
                .from(src)
                .limit(kind, static_cast<uint32_t>(random.between(1, 3)), 5)
                .after_s(static_cast<double>(random.below(60)));
        };
        for (int i = 0; i < 50; i++) keeps(limiter, any_event());
        limiter.commit();
        const auto suppressed = limiter.suppressed();
        const uint64_t passed = limiter.passed_unlimited();
        std::vector<Match> batch;
        for (int i = 0; i < 50; i++) batch.push_back(any_event());
        const auto judge = [&] {
            std::string out;
            for (Match match : batch) {
                out += limiter.keeps(match.event) ? '!' : '.';
                out += std::to_string(match.event.suppressed);
            }
            return out;
        };
        const std::string first = judge();
        limiter.roll_back();
        EXPECT_EQ(limiter.suppressed(), suppressed);
        EXPECT_EQ(limiter.passed_unlimited(), passed);
        EXPECT_EQ(judge(), first);
    }
}

TEST(RateLimiter, LetsEventsPassWhenAllPlacesAreInUse) {
    RateLimiter limiter(4);
    const auto event = [](int host, double time_s) {
        return MatchBuilder()
            .from("10.0.0." + std::to_string(host))
            .limit(RateKind::limit, 1, 60)
            .after_s(time_s);
    };
    for (int host = 1; host <= 4; host++) EXPECT_TRUE(keeps(limiter, event(host, 0)));
    for (int i = 0; i < 3; i++) EXPECT_TRUE(keeps(limiter, event(5, 1))) << "not limited";
    EXPECT_EQ(limiter.passed_unlimited(), 3u);
    EXPECT_FALSE(keeps(limiter, event(4, 2))) << "those with a place are";
    EXPECT_TRUE(keeps(limiter, event(5, 60))) << "a window that has passed gives its place";
    EXPECT_FALSE(keeps(limiter, event(5, 61)));
    EXPECT_EQ(limiter.passed_unlimited(), 3u);
}

TEST(RateLimiter, TakesNoMoreThanItsPlaces) {
    test::Random random;
    constexpr uint32_t places = 100, rules = 50;
    RateLimiter limiter(places, rules);
    uint64_t dropped = 0;
    for (int i = 0; i < 50'000; i++) {
        const std::string src = "2001:db8::" + std::to_string(random.below(9999));
        const auto event = MatchBuilder()
                               .rule(static_cast<uint32_t>(random.below(200)), "")
                               .from(src)
                               .limit(RateKind::threshold, 2, 5)
                               .after_s(i / 100.0);
        dropped += keeps(limiter, event) ? 0 : 1;
        if (i % 1000 == 0) limiter.commit();
        ASSERT_LE(limiter.size(), places);
    }
    EXPECT_LE(limiter.suppressed().size(), rules);
    uint64_t counted = limiter.suppressed_uncounted();
    for (const auto& [rule, count] : limiter.suppressed()) counted += count;
    EXPECT_EQ(counted, dropped) << "none is forgotten";
    EXPECT_GT(limiter.suppressed_uncounted(), 0u);
    EXPECT_EQ(limiter.suppressed_events(), counted);
}

TEST(RateLimiter, SurvivesTheEndOfTime) {
    RateLimiter limiter;
    const auto event = [](int64_t time_ns) {
        return MatchBuilder().at(time_ns).limit(RateKind::limit, 1, UINT32_MAX);
    };
    EXPECT_TRUE(keeps(limiter, event(INT64_MAX - 1)));
    EXPECT_FALSE(keeps(limiter, event(INT64_MAX - 1)));
    EXPECT_FALSE(keeps(limiter, event(0)));
}

}  // namespace
}  // namespace baleen::control
