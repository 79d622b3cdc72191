// Expressions: options, what they see, which match later steps hang on, and what PCRE2 refuses.
#include <gtest/gtest.h>

#include "tests/unit/judge_run.h"

namespace baleen::match {
namespace {

using ruleset::negated;
using ruleset::relative;
using test::check_cases;
using test::JudgeRun;
using test::literal;
using test::regex;

TEST(JudgeRegex, TakesItsOptions) {
    check_cases({
        {"none", {regex("a.c")}, "xabc", 4},
        {"a dot is no newline", {regex("a.c")}, "a\nc", -1},
        {"unless s", {regex("a.c").with(ruleset::dot_all)}, "a\nc", 3},
        {"a carriage return is none", {regex("a.c")}, "a\rc", 3},
        {"case", {regex("ABC")}, "abc", -1},
        {"i", {regex("ABC").with(ruleset::nocase)}, "abc", 3},
        {"^ is the start", {regex("^b")}, "a\nb", -1},
        {"m", {regex("^b").with(ruleset::multi_line)}, "a\nb", 3},
        {"spaces count", {regex("a b")}, "ab", -1},
        {"x", {regex("a b # c").with(ruleset::extended)}, "ab", 2},
        {"A", {regex("b").with(ruleset::anchored)}, "ab", -1},
        {"A at its place", {regex("a").with(ruleset::anchored)}, "ab", 1},
        {"$ before a final newline", {regex("a$")}, "a\n", 1},
        {"E", {regex("a$").with(ruleset::dollar_end_only)}, "a\n", -1},
        {"greedy", {regex("a+")}, "aaa", 3},
        {"G", {regex("a+").with(ruleset::ungreedy)}, "aaa", 1},
        {"bytes, not letters", {regex("^..$")}, "\xc3\xa4", 2},
        {"a zero is a byte", {regex("a\\x00b")}, std::string("a\0b", 3), 3},
        {"in no bytes", {regex("^$")}, "", 0},
    });
}

TEST(JudgeRegex, SeesTheBufferFromThePositionOnIfRelative) {
    check_cases({
        {"^ is the position", {literal("a"), regex("^b").with(relative)}, "ab", 2},
        {"nothing is behind it", {literal("a"), regex("(?<=a)b").with(relative)}, "ab", -1},
        {"not even a word", {literal("a"), regex("\\bb").with(relative)}, "ab", 2},
        {"it is", {literal("a"), regex("(?<=a)b")}, "ab", 2},
        {"A is the position",
         {literal("a"), regex("b").with(relative | ruleset::anchored)},
         "acb",
         -1},
        {"at the end", {literal("b"), regex("^$").with(relative)}, "ab", 2},
        {"and beyond it",
         {test::byte_extract(2, 0, 0).with(ruleset::steps_by_count), literal("").from(0).length(0),
          test::byte_extract(2, 0, 0),
          test::byte_extract(1, -1, 0).with(relative | ruleset::steps_by_count),
          regex("").with(relative)},
         "ab",
         -1},
    });
}

TEST(JudgeRegex, TriesEveryStartForLaterSteps) {
    const auto then = [](std::string_view text) {
        return literal(text).with(relative).length(static_cast<int64_t>(text.size()));
    };
    check_cases({
        {"a later start", {regex("a."), then("b")}, "axxayb", 6},
        {"only the preferred match of each", {regex("a+"), then("a")}, "aaa", -1},
        {"which may be the short one", {regex("a|ab"), then("c")}, "abc", -1},
        {"a start within a match", {regex("a.b|.c"), then("d")}, "axbcd", 5},
        {"even where PCRE knows better for itself", {regex(".*?a"), then("b")}, "aab", 3},
        {"and over newlines", {regex(".*?a").with(ruleset::dot_all), then("b")}, "a\nab", 4},
        {"but not where it may not begin", {regex("^.*?a"), then("b")}, "aab", -1},
        {"nor where anchored", {regex("a").with(ruleset::anchored), then("b")}, "aab", -1},
        {"empty matches", {regex("x*"), then("b")}, "aab", 3},
        {"\\K moves the start, not the end", {regex("a\\Kb"), then("c")}, "abxabc", 6},
        {"every line", {regex("^a").with(ruleset::multi_line), then("b")}, "a\nab", 4},
    });
}

TEST(JudgeRegex, HoldsNegatedWithoutAnyMatch) {
    check_cases({
        {"none", {regex("x+").with(negated)}, "abc", 0},
        {"one", {regex("b+").with(negated)}, "abc", -1},
        {"the position stays",
         {literal("a"), regex("x").with(negated | relative), literal("b").with(relative)},
         "ab",
         2},
        {"only from the position on", {literal("b"), regex("a").with(negated | relative)}, "ab", 2},
    });
}

TEST(JudgeRegex, IsRefusedWithTheRuleAndTheReason) {
    EXPECT_EQ(JudgeRun({regex("a(b")}).error(),
              "rule 1:1: 'a(b' is no expression: at byte 3, missing closing parenthesis");
    EXPECT_NE(JudgeRun({regex("(*UTF)a")}).error(), "");
    EXPECT_EQ(JudgeRun({regex("a(b)")}).error(), "");
}

}  // namespace
}  // namespace baleen::match
