// Literals: windows, case, the end of the buffer, and which match later steps hang on.
#include <gtest/gtest.h>

#include "dataplane/match/literal_search.h"
#include "tests/support/guarded_bytes.h"
#include "tests/unit/judge_run.h"
#include "tests/unit/random.h"

namespace baleen::match {
namespace {

using ruleset::negated;
using ruleset::relative;
using test::check_cases;
using test::literal;
constexpr auto nocase = ruleset::nocase;
constexpr auto at_end = ruleset::at_end;

TEST(JudgeLiteral, IsFoundWithinItsWindow) {
    check_cases({
        {"anywhere", {literal("bc")}, "abcd", 3},
        {"nowhere", {literal("x")}, "abcd", -1},
        {"the whole buffer", {literal("abcd")}, "abcd", 4},
        {"longer than the buffer", {literal("abcde")}, "abcd", -1},
        {"in no bytes", {literal("a")}, "", -1},
        {"offset at its place", {literal("b").from(1)}, "abcb", 2},
        {"offset behind its place", {literal("b").from(2)}, "abcb", 4},
        {"offset at the last byte", {literal("b").from(3)}, "abcb", 4},
        {"offset at the end", {literal("b").from(4)}, "abcb", -1},
        {"offset beyond the end", {literal("b").from(5)}, "abcb", -1},
        {"depth as long as needed", {literal("bc").length(3)}, "abcd", 3},
        {"depth one too short", {literal("bc").length(2)}, "abcd", -1},
        {"depth counts from offset", {literal("cd").from(1).length(3)}, "abcd", 4},
        {"and ends with it", {literal("cd").from(1).length(2)}, "abcd", -1},
        {"depth beyond the end", {literal("cd").length(1000)}, "abcd", 4},
        {"depth of nothing", {literal("a").length(0)}, "abcd", -1},
        {"negative depth", {literal("a").length(-1)}, "abcd", -1},
        {"a window before the buffer is cut", {literal("ab").from(-3).length(5)}, "abcd", 2},
        {"and its end stays", {literal("ab").from(-3).length(4)}, "abcd", -1},
        {"a window far before it", {literal("a").from(-10).length(5)}, "abcd", -1},
        {"zeros are bytes", {literal(std::string_view("\0b", 2))}, std::string("a\0b", 3), 3},
    });
}

TEST(JudgeLiteral, CountsFromThePositionIfRelative) {
    const auto a = literal("a");
    check_cases({
        {"behind it", {a, literal("b").with(relative)}, "ab", 2},
        {"not before it", {a, literal("b").with(relative)}, "ba", -1},
        {"not upon it", {a, literal("a").with(relative)}, "a", -1},
        {"at a distance", {a, literal("c").with(relative).from(1)}, "abc", 3},
        {"too near", {a, literal("b").with(relative).from(1)}, "abc", -1},
        {"distance back", {literal("bc"), literal("ab").with(relative).from(-3)}, "abc", 2},
        {"within", {a, literal("c").with(relative).length(2)}, "abc", 3},
        {"not within", {a, literal("c").with(relative).length(1)}, "abc", -1},
        {"within counts from distance",
         {a, literal("d").with(relative).from(1).length(2)},
         "abcd",
         4},
        {"at first from the start", {literal("b").with(relative).from(1)}, "abb", 2},
        {"back before the buffer, cut",
         {literal("ab"), literal("a").with(relative).from(-5).length(4)},
         "ab",
         1},
        {"back before the buffer, too short",
         {literal("ab"), literal("a").with(relative).from(-5).length(3)},
         "ab",
         -1},
    });
}

TEST(JudgeLiteral, GoesOnToTheMatchThatLaterStepsHangOn) {
    const auto next_to = [](std::string_view text) {
        return literal(text).with(relative).length(static_cast<int64_t>(text.size()));
    };
    check_cases({
        {"the second one", {literal("a"), next_to("b")}, "axab", 4},
        {"overlapping itself", {literal("aa"), next_to("b")}, "aaab", 4},
        {"the last of many",
         {literal("a"), literal("b").with(relative).length(5), next_to("c")},
         "abxabbxabbbc",
         12},
        {"back over a negated one",
         {literal("a"), literal("x").with(relative | negated).length(1), next_to("b")},
         "axbab",
         5},
        {"back over one that is not relative",
         {literal("a"), literal("z"), literal("a"), next_to("b")},
         "aabz",
         3},
        {"but not to a fitting place before an absolute one",
         {literal("a"), literal("z"), next_to("b")},
         "abz",
         -1},
        {"a place is no worse for having failed in another step",
         {literal("a"), literal("b").with(relative), literal("c").with(relative).length(1)},
         "abbac"
         "bc",
         7},
    });
}

TEST(JudgeLiteral, ComparesLettersOfEitherCase) {
    check_cases({
        {"letters", {literal("GeT").with(nocase)}, "xgEt", 4},
        {"only if asked", {literal("GeT")}, "xgEt", -1},
        {"not what only differs by the same bit", {literal("@[").with(nocase)}, "`{", -1},
        {"nor the other way round", {literal("`{").with(nocase)}, "@[", -1},
        {"nor bytes beyond ASCII", {literal("\xe4").with(nocase)}, "\xc4", -1},
        {"first and last are no letters", {literal("/Ab/").with(nocase)}, "//aB/", 5},
    });
}

TEST(JudgeLiteral, EndsWhereTheBufferEnds) {
    check_cases({
        {"at the end", {literal("b").with(at_end)}, "bab", 3},
        {"elsewhere", {literal("b").with(at_end)}, "ba", -1},
        {"in a window that reaches it", {literal("b").with(at_end).from(1).length(2)}, "bab", 3},
        {"in one that does not", {literal("b").with(at_end).from(1).length(1)}, "bbb", -1},
        {"in one that begins too late", {literal("ab").with(at_end).from(2)}, "bab", -1},
        {"behind the position", {literal("a"), literal("b").with(at_end | relative)}, "ab", 2},
        {"not across it", {literal("a"), literal("ab").with(at_end | relative)}, "ab", -1},
        {"longer than all", {literal("abc").with(at_end)}, "bc", -1},
        {"negated", {literal("b").with(at_end | negated)}, "bba", 0},
    });
}

TEST(JudgeLiteral, HoldsNegatedWithoutAMatchInTheWindow) {
    check_cases({
        {"none", {literal("x").with(negated)}, "abc", 0},
        {"one", {literal("b").with(negated)}, "abc", -1},
        {"one outside", {literal("c").with(negated).length(2)}, "abc", 0},
        {"in no bytes", {literal("a").with(negated)}, "", 0},
        {"a window beyond the buffer", {literal("a").with(negated).from(9)}, "aaa", 0},
        {"the position stays",
         {literal("a"), literal("x").with(negated | relative), literal("b").with(relative)},
         "ab",
         2},
    });
}

// An empty one has a place between any two bytes of its window.
TEST(JudgeLiteral, MayBeEmpty) {
    check_cases({
        {"in bytes", {literal("").from(2)}, "abc", 2},
        {"at their end", {literal("").from(3)}, "abc", 3},
        {"beyond", {literal("").from(4)}, "abc", -1},
        {"wherever needed", {literal(""), literal("c").with(relative).length(1)}, "abc", 3},
        {"at the end", {literal("").with(at_end)}, "abc", 3},
        {"in no bytes", {literal("")}, "", 0},
        {"in a window that ends before it begins", {literal("").length(-1)}, "abc", -1},
    });
}

TEST(JudgeLiteral, TakesNumbersOfAnySize) {
    constexpr int64_t lots = INT64_MAX;
    constexpr int64_t less = INT64_MIN;
    check_cases({
        {"offset", {literal("a").from(lots)}, "aaa", -1},
        {"offset before all", {literal("a").from(less)}, "aaa", 1},
        {"depth", {literal("a").from(1).length(lots)}, "aaa", 2},
        {"negative depth", {literal("a").from(1).length(less)}, "aaa", -1},
        {"the sum of both", {literal("a").from(lots).length(lots)}, "aaa", -1},
        {"a window that is all before", {literal("").from(less).length(lots)}, "aaa", -1},
        {"distance", {literal("a"), literal("a").with(relative).from(lots)}, "aaa", -1},
        {"negative distance", {literal("a"), literal("a").with(relative).from(less)}, "aaa", 1},
        {"2^32 is not 0", {literal("a").from(int64_t{1} << 32)}, "aaa", -1},
    });
}

// Against the obvious loop, at every alignment, with no byte readable behind the buffer.
TEST(FindLiteral, EqualsComparingAtEveryPlace) {
    test::Random random;
    test::GuardedBytes room(128);
    for (int i = 0; i < 50'000; i++) {
        const std::string_view letters = random.one_in(2) ? "ab" : "aAbB@`";
        std::string hay(random.below(100), '\0');
        std::string needle(1 + random.below(random.one_in(4) ? 40 : 4), '\0');
        for (char& c : hay) c = random.pick(letters);
        for (char& c : needle) c = random.pick(letters);
        if (random.one_in(3) && hay.size() >= needle.size())
            hay.replace(random.below(hay.size() - needle.size() + 1), needle.size(), needle);
        const bool any_case = random.one_in(2);
        const auto same = [&](char a, char b) {
            return any_case ? std::tolower(a) == std::tolower(b) : a == b;
        };
        const auto found = std::search(hay.begin(), hay.end(), needle.begin(), needle.end(), same);
        const size_t expected =
            found == hay.end() ? not_found : static_cast<size_t>(found - hay.begin());
        Work work(1 << 20);
        const uint8_t* const bytes = room.put(test::bytes_of(hay));
        ASSERT_EQ(find_literal({bytes, hay.size()}, test::bytes_of(needle), any_case, work),
                  expected)
            << needle << " in " << hay;
    }
}

}  // namespace
}  // namespace baleen::match
