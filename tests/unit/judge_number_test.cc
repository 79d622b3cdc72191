// is_data_at, byte_test, byte_jump, byte_extract.
#include <gtest/gtest.h>

#include "tests/unit/judge_run.h"

namespace baleen::match {
namespace {

using ruleset::Compare;
using ruleset::JumpOrigin;
using ruleset::negated;
using ruleset::relative;
using test::byte_extract;
using test::byte_jump;
using test::byte_test;
using test::check_cases;
using test::is_data_at;
using test::literal;
using test::StepDraft;
constexpr auto little = ruleset::little_endian;

// The byte at the position, and nothing else.
StepDraft here(std::string_view text) {
    return literal(text).with(relative).length(static_cast<int64_t>(text.size()));
}

TEST(JudgeIsDataAt, CountsBytesBehindTheOrigin) {
    check_cases({
        {"as many", {is_data_at(3)}, "abc", 0},
        {"one more", {is_data_at(4)}, "abc", -1},
        {"none", {is_data_at(0)}, "", 0},
        {"fewer than none", {is_data_at(-5)}, "", 0},
        {"behind a match", {literal("a"), is_data_at(2).with(relative)}, "abc", 1},
        {"too many behind it", {literal("a"), is_data_at(3).with(relative)}, "abc", -1},
        {"behind another match", {literal("a"), is_data_at(1).with(relative | negated)}, "aba", 3},
        {"negated", {is_data_at(4).with(negated)}, "abc", 0},
        {"negated, and they are there", {is_data_at(3).with(negated)}, "abc", -1},
        {"any number", {is_data_at(INT64_MAX).with(negated)}, "abc", 0},
        {"any number back", {literal("a"), is_data_at(INT64_MIN).with(relative)}, "abc", 1},
    });
}

TEST(JudgeByteTest, ReadsBinaryNumbers) {
    const std::string bytes("\x01\x02\x03\x04\x05\x06\x07\x88\x99", 9);
    const auto equals = [](uint32_t count, int64_t value, int64_t offset = 0) {
        return byte_test(count, Compare::equal, value, offset);
    };
    check_cases({
        {"big", {equals(2, 0x0102)}, bytes, 0},
        {"little", {equals(2, 0x0201).with(little)}, bytes, 0},
        {"three bytes", {equals(3, 0x030405, 2)}, bytes, 0},
        {"eight bytes", {equals(8, 0x0102030405060788)}, bytes, 0},
        {"eight bytes, little",
         {byte_test(8, Compare::greater, INT64_MAX, 0).with(little)},
         bytes,
         0},
        {"the last byte", {equals(1, 0x99, 8)}, bytes, 0},
        {"one beyond", {equals(1, 0x99, 9).with(negated)}, bytes, -1},
        {"half beyond", {equals(2, 0, 8).with(negated)}, bytes, -1},
        {"before", {equals(1, 0, -1).with(negated)}, bytes, -1},
        {"far off", {equals(1, 0, INT64_MAX).with(negated)}, bytes, -1},
        {"far before", {equals(1, 0, INT64_MIN).with(negated)}, bytes, -1},
        {"no bytes are 0", {equals(0, 0, 9)}, bytes, 0},
        {"also there inside only", {equals(0, 0, 10)}, bytes, -1},
        {"mask", {equals(1, 0x8, 7).mask(0xf0)}, bytes, 0},
        {"a mask of nothing", {equals(1, 0, 7).mask(0)}, bytes, 0},
        {"relative", {literal("\x02"), equals(1, 3).with(relative)}, bytes, 2},
        {"relative, back", {literal("\x02"), equals(1, 1, -2).with(relative)}, bytes, 2},
        {"it moves nothing", {equals(1, 2, 1), here("\x01")}, bytes, 1},
    });
}

TEST(JudgeByteTest, Compares) {
    const std::string five("\x05", 1);
    const auto test = [](Compare compare, int64_t value) { return byte_test(1, compare, value); };
    check_cases({
        {"less", {test(Compare::less, 6)}, five, 0},
        {"not less", {test(Compare::less, 5)}, five, -1},
        {"less or equal", {test(Compare::less_equal, 5)}, five, 0},
        {"equal", {test(Compare::equal, 5)}, five, 0},
        {"greater or equal", {test(Compare::greater_equal, 5)}, five, 0},
        {"not greater", {test(Compare::greater, 5)}, five, -1},
        {"greater", {test(Compare::greater, 4)}, five, 0},
        {"greater than less than nothing", {test(Compare::greater, -1)}, five, 0},
        {"a bit in common", {test(Compare::bits_and, 4)}, five, 0},
        {"none in common", {test(Compare::bits_and, 2)}, five, -1},
        {"different", {test(Compare::bits_xor, 4)}, five, 0},
        {"not different", {test(Compare::bits_xor, 5)}, five, -1},
        {"negated", {test(Compare::equal, 5).with(negated)}, five, -1},
        {"negated, no bit in common", {test(Compare::bits_and, 2).with(negated)}, five, 0},
    });
}

// A number as strtoull reads it.
TEST(JudgeByteTest, ReadsText) {
    const auto equals = [](uint32_t count, int64_t value, uint8_t base) {
        return byte_test(count, Compare::equal, value).text(base);
    };
    check_cases({
        {"decimal", {equals(3, 123, 10)}, "123", 0},
        {"only these bytes", {equals(2, 12, 10)}, "123", 0},
        {"what follows is ignored", {equals(5, 12, 10)}, "12abc", 0},
        {"space before it", {equals(6, 12, 10)}, " \t\r\n12", 0},
        {"no digit", {equals(3, 0, 10)}, "abc", -1},
        {"only space", {equals(3, 0, 10)}, "   ", -1},
        {"hex", {equals(4, 0xbeef, 16)}, "BeEf", 0},
        {"hex with its prefix", {equals(4, 0x1f, 16)}, "0x1f", 0},
        {"a prefix without a digit is the number 0", {equals(3, 0, 16)}, "0xg", 0},
        {"octal", {equals(3, 0755, 8)}, "755", 0},
        {"an 8 is no octal digit", {equals(3, 7, 8)}, "789", 0},
        {"by prefix: hex", {equals(4, 16, 0)}, "0X10", 0},
        {"by prefix: octal", {equals(3, 8, 0)}, "010", 0},
        {"by prefix: decimal", {equals(2, 10, 0)}, "10", 0},
        {"by prefix: 0", {equals(1, 0, 0)}, "0", 0},
        {"a sign", {equals(3, 12, 10)}, "+12", 0},
        {"too large is the largest",
         {byte_test(23, Compare::greater, INT64_MAX).text(10)},
         "99999999999999999999999",
         0},
        {"beyond the buffer", {equals(4, 123, 10)}, "123", -1},
        {"all digits there are", {equals(0, 12345, 10)}, "12345x", 0},
        {"also at the end", {equals(0, 12345, 10)}, "12345", 0},
        {"or none", {equals(0, 0, 10)}, "", -1},
    });
}

TEST(JudgeByteJump, MovesThePosition) {
    const std::string bytes(
        "\x03"
        "abcdef",
        7);
    const auto jump = [] { return byte_jump(1); };
    check_cases({
        {"from behind the number", {jump(), here("d")}, bytes, 5},
        {"from the start", {jump().jump_from(JumpOrigin::start), here("c")}, bytes, 4},
        {"from the end",
         {jump().multiply(0).post_offset(-1).jump_from(JumpOrigin::end), here("f")},
         bytes,
         7},
        {"times", {jump().multiply(2).jump_from(JumpOrigin::start), here("f")}, bytes, 7},
        {"aligned", {jump().with(ruleset::align), here("e")}, bytes, 6},
        {"aligned already",
         {byte_jump(1).multiply(4).mask(1).with(ruleset::align), here("e")},
         bytes,
         6},
        {"with an offset behind", {jump().post_offset(-2), here("b")}, bytes, 3},
        {"of a relative number",
         {literal("\x03"), byte_jump(1, -1).with(relative), here("d")},
         bytes,
         5},
        {"no number", {byte_jump(1, 7)}, bytes, -1},
    });
}

TEST(JudgeByteJump, EndsInsideOfTheBuffer) {
    const auto jump = [](int64_t post_offset) { return byte_jump(1).post_offset(post_offset); };
    const std::string zero("\0ab", 3);
    check_cases({
        {"the last byte", {jump(1)}, zero, 0},
        {"behind it", {jump(2)}, zero, -1},
        {"behind it, allowed", {jump(2).with(ruleset::may_reach_end)}, zero, 0},
        {"further", {jump(3).with(ruleset::may_reach_end)}, zero, -1},
        {"the first byte", {jump(-1)}, zero, 0},
        {"before it", {jump(-2)}, zero, -1},
        {"before it, stopped", {jump(-2).with(ruleset::stops_at_start), here("a")}, zero, -1},
        {"to the start",
         {jump(-9).with(ruleset::stops_at_start), literal("a").with(relative).from(1).length(1)},
         zero,
         2},
        {"too far for any number",
         {byte_jump(8).multiply(UINT64_MAX).with(ruleset::align)},
         std::string(9, '\xff'),
         -1},
        {"whatever is subtracted",
         {byte_jump(8).multiply(UINT64_MAX).post_offset(INT64_MIN).with(ruleset::stops_at_start)},
         std::string(9, '\xff'),
         -1},
    });
}

TEST(JudgeByteJump, CountsFromTheLastDigitOfAText) {
    check_cases({
        {"all of it", {byte_jump(2).text(10), here("c")}, "02abc", 5},
        {"less of it", {byte_jump(3).text(10), here("b")}, "2 abc", 4},
    });
}

TEST(JudgeByteExtract, KeepsANumberForLaterSteps) {
    const std::string bytes(
        "\x02"
        "abcd",
        5);
    const auto extract = [] { return byte_extract(1, 0, 0); };
    const auto equals = [](int64_t value) { return byte_test(1, Compare::equal, value, 1, 0); };
    check_cases({
        {"an offset", {extract(), literal("c").from(1, 0).length(1)}, bytes, 4},
        {"a depth", {extract(), literal("b").from(1).length(0, 0)}, bytes, 3},
        {"a depth too short", {extract(), literal("c").from(1).length(0, 0)}, bytes, -1},
        {"a distance", {extract(), here("c").from(0, 0)}, bytes, 4},
        {"bytes that follow", {extract(), is_data_at(2).from(2, 0).with(relative)}, bytes, 0},
        {"too many", {extract(), is_data_at(3).from(3, 0).with(relative)}, bytes, -1},
        {"a value to compare with", {extract(), equals(0x61 - 2)}, bytes, 0},
        {"a value that differs", {extract(), equals(0x61)}, bytes, -1},
        {"where a number is", {extract(), byte_test(1, Compare::equal, 'b').from(0, 0)}, bytes, 0},
        {"times", {extract().multiply(2), literal("d").from(0, 0)}, bytes, 5},
        {"rounded up", {extract().round_up_to(4), literal("d").from(0, 0)}, bytes, 5},
        {"the position behind the number", {extract(), here("a")}, bytes, 2},
        {"or as far as it is long",
         {byte_extract(1, 2, 0).with(ruleset::steps_by_count), here("a")},
         bytes,
         2},
        {"which may be beyond the end, and back",
         {literal("d"), byte_extract(1, -1, 0).with(relative | ruleset::steps_by_count),
          literal("d").with(relative).from(-2)},
         bytes,
         5},
        {"more than 64 bits are the largest number",
         {byte_extract(8, 0, 0).multiply(UINT64_MAX), byte_test(1, Compare::less, 0, 0, 0),
          literal("\xff").from(0, 0).with(negated)},
         std::string(9, '\xff'),
         0},
    });
}

// Values belong to the choice they were read after.
TEST(JudgeByteExtract, IsReadAgainAfterAnotherChoice) {
    const auto extract = byte_extract(1, 0, 0).with(relative);
    const auto equals = byte_test(1, Compare::equal, 0, 0, 0).with(relative);
    check_cases({
        {"the second",
         {literal("a"), extract, literal("b").with(relative), equals},
         std::string("a\x02"
                     "a\x05"
                     "b\x05",
                     6),
         5},
        {"the second is what it was at first",
         {literal("a"), extract, literal("b").with(relative), equals},
         std::string("a\x02"
                     "a\0b\0",
                     6),
         5},
        {"a value from before is back",
         {byte_extract(1, 0, 0), literal("a"), equals, byte_extract(1, 1, 0).with(relative),
          here("c")},
         "\x07"
         "a\x07\x09x"
         "a\x07\x09"
         "c",
         9},
    });
}

}  // namespace
}  // namespace baleen::match
