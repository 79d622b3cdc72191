#include "filter/literal.h"

#include <gtest/gtest.h>

#include "tests/unit/random.h"
#include "tests/unit/times.h"

namespace baleen::filter {
namespace {

using test::second_ns;
// 2024-05-01T12:00:00Z, as `date -u -d ... +%s` says.
constexpr int64_t noon_s = 1'714'564'800;

std::string refusal_of(FieldType type, std::string_view text) {
    const auto literal = parse_literal(type, text);
    EXPECT_FALSE(literal) << text;
    return literal ? "" : literal.error().message;
}

void expect_range(FieldType type, std::string_view text, uint64_t low, uint64_t high) {
    const auto literal = parse_literal(type, text);
    ASSERT_TRUE(literal) << text << ": " << literal.error().message;
    EXPECT_EQ(literal->low, low) << text;
    EXPECT_EQ(literal->high, high) << text;
}

void expect_number(FieldType type, std::string_view text, uint64_t value) {
    expect_range(type, text, value, value);
}

TEST(NumberLiteral, ReadsDecimalsSuffixesAndHexadecimals) {
    constexpr auto type = FieldType::number;
    expect_number(type, "0", 0);
    expect_number(type, "443", 443);
    expect_number(type, "10k", 10'000);
    expect_number(type, "2M", 2'000'000);
    expect_number(type, "1MB", 1'000'000);
    expect_number(type, "1MiB", 1 << 20);
    expect_number(type, "0x0", 0);
    expect_number(type, "0x1f", 31);
    expect_number(type, "0xFF", 255);
    expect_number(type, "0xffffffffffffffff", UINT64_MAX);
    // Flow ids have 53 bits, and all of them count.
    expect_number(type, "9007199254740991", (uint64_t{1} << 53) - 1);
}

TEST(NumberLiteral, ReadsRangesWithBothEnds) {
    constexpr auto type = FieldType::number;
    expect_range(type, "80..90", 80, 90);
    expect_range(type, "80..80", 80, 80);
    expect_range(type, "0x10..0x1f", 16, 31);
    expect_range(type, "1k..1M", 1000, 1'000'000);
    expect_range(FieldType::duration, "1s..1m", second_ns, 60 * second_ns);
    expect_range(FieldType::time, "2024-05-01..2024-05-02", (noon_s - 43'200) * second_ns,
                 (noon_s + 43'200) * second_ns);
    expect_range(FieldType::protocol, "tcp..udp", 6, 17);
}

TEST(NumberLiteral, RefusesWhatIsNoNumber) {
    for (const auto text : {"", "-1", "ten", "0x", "0xg", "0x10000000000000000", "0x-1", "0x 1",
                            "1 2", "10.0.0.1", "1e400", "nan", "inf", "1s", "tcp"}) {
        const auto message = refusal_of(FieldType::number, text);
        EXPECT_TRUE(message.starts_with("'" + std::string(text) + "' is not a number")) << message;
    }
}

TEST(NumberLiteral, RefusesRangesThatLackAnEndOrRunBackwards) {
    EXPECT_EQ(refusal_of(FieldType::number, "90..80"), "'90..80' runs backwards");
    EXPECT_EQ(refusal_of(FieldType::duration, "1m..1s"), "'1m..1s' runs backwards");
    for (const auto text : {"..", "80..", "..90", "1..2..3", "80..x"})
        EXPECT_NE(refusal_of(FieldType::number, text).find("is not a number"), std::string::npos)
            << text;
}

TEST(ProtocolLiteral, ReadsNamesInAnyCaseAndNumbers) {
    expect_number(FieldType::protocol, "tcp", 6);
    expect_number(FieldType::protocol, "UDP", 17);
    expect_number(FieldType::protocol, "icmpv6", 58);
    expect_number(FieldType::protocol, "ipv6-icmp", 58);
    expect_number(FieldType::protocol, "Sctp", 132);
    expect_number(FieldType::protocol, "47", 47);
    expect_number(FieldType::protocol, "0x11", 17);
    for (const auto text : {"", "tcpp", "-6", "http"})
        EXPECT_NE(refusal_of(FieldType::protocol, text).find("is not a protocol"),
                  std::string::npos);
}

TEST(ReasonLiteral, ReadsNamesOnly) {
    expect_number(FieldType::reason, "idle_timeout", 1);
    expect_number(FieldType::reason, "active_timeout", 2);
    expect_number(FieldType::reason, "end_of_flow", 3);
    expect_number(FieldType::reason, "forced_end", 4);
    expect_number(FieldType::reason, "lack_of_resources", 5);
    for (const auto text : {"", "1", "idle", "timeout"})
        EXPECT_NE(refusal_of(FieldType::reason, text).find("is not an end reason"),
                  std::string::npos);
}

TEST(DurationLiteral, ReadsUnitsAndAsksForThem) {
    expect_number(FieldType::duration, "30s", 30 * second_ns);
    expect_number(FieldType::duration, "1.5ms", 1'500'000);
    expect_number(FieldType::duration, "0ns", 0);
    EXPECT_NE(refusal_of(FieldType::duration, "30").find("needs a unit"), std::string::npos);
    EXPECT_NE(refusal_of(FieldType::duration, "30x").find("unknown unit 'x'"), std::string::npos);
}

TEST(TextLiteral, StaysAsItIs) {
    const auto literal = parse_literal(FieldType::text, "10..20 'x");
    ASSERT_TRUE(literal);
    EXPECT_EQ(literal->text, "10..20 'x");
    EXPECT_EQ(parse_literal(FieldType::text, "")->text, "");
}

void expect_time(std::string_view text, int64_t time_ns) {
    const auto time = parse_time_ns(text);
    ASSERT_TRUE(time) << text << ": " << time.error().message;
    EXPECT_EQ(*time, time_ns) << text;
}

TEST(TimeLiteral, ReadsRfc3339) {
    expect_time("1970-01-01", 0);
    expect_time("1970-01-01T00:00:00Z", 0);
    expect_time("2024-05-01", (noon_s - 43'200) * second_ns);
    expect_time("2024-05-01T12:00:00Z", noon_s * second_ns);
    expect_time("2024-05-01t12:00:00z", noon_s * second_ns);
    expect_time("2024-05-01 12:00:00", noon_s * second_ns);
    expect_time("2024-05-01T12:00", noon_s * second_ns);
    expect_time("2024-02-29T00:00:00Z", 1'709'164'800 * second_ns);
    expect_time("2016-12-31T23:59:60Z", 1'483'228'800 * second_ns);  // a leap second
    expect_time("2200-12-31T23:59:59Z", 7'289'654'399 * second_ns);
}

TEST(TimeLiteral, ReadsFractionsToTheNanosecond) {
    expect_time("2024-05-01T12:00:00.5Z", noon_s * second_ns + 500'000'000);
    expect_time("2024-05-01T12:00:00.123456789Z", noon_s * second_ns + 123'456'789);
    expect_time("2024-05-01T12:00:00.000000001", noon_s * second_ns + 1);
    expect_time("2024-05-01T12:00:00.1234567899", noon_s * second_ns + 123'456'789);
}

TEST(TimeLiteral, ReadsZones) {
    for (const auto text :
         {"2024-05-01T12:00:00+00:00", "2024-05-01T14:00:00+02:00", "2024-05-01T14:00:00+0200",
          "2024-05-01T14:00:00+02", "2024-05-01T02:30:00-09:30", "2024-05-02T00:00:00+12:00",
          "2024-04-30T22:00:00-14:00", "2024-05-01T12:00:00-00:00"})
        expect_time(text, noon_s * second_ns);
    expect_time("1970-01-01T00:00:00.5Z", second_ns / 2);
    expect_time("1970-01-01T00:00:00+01:00", 0);  // before 1970: there is no earlier time
}

TEST(TimeLiteral, ReadsSecondsSince1970) {
    expect_time("0", 0);
    expect_time("1714564800", noon_s * second_ns);
    expect_time("1714564800.5", noon_s * second_ns + 500'000'000);
    expect_time("9000000000", 9'000'000'000 * second_ns);
}

TEST(TimeLiteral, ReadsFractionsOfSecondsSince1970ToTheNanosecond) {
    expect_time("1714564800.000001", noon_s * second_ns + 1000);
    expect_time("1714564800.123456789", noon_s * second_ns + 123'456'789);
}

TEST(TimeLiteral, RefusesWhatIsNoTime) {
    for (const auto text : {"",
                            "-1",
                            "9000000001",
                            "inf",
                            "1e30",
                            "now",
                            "2024-05",
                            "2024-5-1",
                            "2024-13-01",
                            "2024-00-01",
                            "2024-02-30",
                            "2023-02-29",
                            "2024-05-00",
                            "2024-05-32",
                            "1969-12-31",
                            "2201-01-01",
                            "2024-05-01T",
                            "2024-05-01T12",
                            "2024-05-01T24:00:00Z",
                            "2024-05-01T12:60:00Z",
                            "2024-05-01T12:00:61Z",
                            "2024-05-01T12:00:00.",
                            "2024-05-01T12:00:00+",
                            "2024-05-01T12:00:00+2",
                            "2024-05-01T12:00:00ZZ",
                            "2024-05-01T12:00:00 Z",
                            "2024-05-01X12:00:00",
                            "2024/05/01",
                            "2024-05-01T1a:00:00",
                            "20240501T120000Z",
                            "2024--1-01",
                            "+024-05-01"}) {
        const auto time = parse_time_ns(text);
        ASSERT_FALSE(time) << text << " was read as " << *time;
        EXPECT_TRUE(time.error().message.starts_with("'" + std::string(text) + "' is not a time"))
            << time.error().message;
    }
}

TEST(TimeLiteral, RefusesNotANumber) {
    for (const auto text : {"nan", "-nan", "NaN", "nan(1)"}) EXPECT_FALSE(parse_time_ns(text));
}

TEST(TimeLiteral, RefusesSignsAmongTheDigitsAndImpossibleZones) {
    for (const auto text : {"2024-05-01T-0:00:00Z", "2024-05-01T12:-0:00Z", "2024-05-01T12:00:-0Z",
                            "2024-05-01T12:00:00+-0:00", "2024-05-01T12:00:00+99:00",
                            "2024-05-01T12:00:00+00:99", "2024-05-01T12:00:00+02:"})
        EXPECT_FALSE(parse_time_ns(text)) << text;
}

TEST(Literals, SurviveAnyText) {
    test::Random random;
    constexpr std::string_view alphabet = "0123456789abcdefxT:./-+kMGBsZ ";
    constexpr FieldType types[] = {FieldType::number,  FieldType::duration, FieldType::time,
                                   FieldType::address, FieldType::protocol, FieldType::reason};
    for (int i = 0; i < 50'000; i++) {
        std::string text(random.below(24), ' ');
        for (char& c : text) c = random.pick(alphabet);
        const FieldType type = random.pick(types);
        const auto literal = parse_literal(type, text);
        if (!literal) {
            ASSERT_FALSE(literal.error().message.empty());
            continue;
        }
        ASSERT_LE(literal->low, literal->high) << text;
        ASSERT_LE(literal->prefix_bits, 128u) << text;
    }
}

}  // namespace
}  // namespace baleen::filter
