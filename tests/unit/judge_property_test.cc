// The judge against the reference (tests/support/rule_reference.h), over drawn rules.
#include <gtest/gtest.h>

#include "tests/support/drawn_rule.h"
#include "tests/support/rule_reference.h"
#include "tests/unit/judge_run.h"
#include "tests/unit/random.h"

namespace baleen::match {
namespace {

using test::JudgeRun;
using test::StepDraft;
using test::Taste;

std::string describe(const std::vector<StepDraft>& steps, std::string_view buffer) {
    std::string text;
    for (const StepDraft& step : steps) text += test::describe(step) + "\n";
    return text + "over " + ::testing::PrintToString(buffer);
}

struct Seen {
    int hits = 0;
    int misses = 0;
};

// Many rules in one ruleset, several buffers for each, with and without PCRE2's JIT compiler.
void compare(test::Random& random, size_t steps_max, size_t bytes_max, Taste taste, Seen& seen) {
    constexpr size_t rule_count = 100;
    const test::Lot below = [&](uint64_t limit) { return random.below(limit); };
    std::vector<std::vector<StepDraft>> rules;
    for (size_t i = 0; i < rule_count; i++)
        rules.push_back(test::draw_steps(below, steps_max, taste));
    const JudgeRun compiled = JudgeRun::of_rules(rules);
    const JudgeRun interpreted = JudgeRun::of_rules(rules, {.use_jit = false});
    ASSERT_EQ(compiled.error(), "");
    for (size_t i = 0; i < 6 * rule_count; i++) {
        const auto& steps = rules[i / 6];
        const std::string buffer =
            test::draw_buffer(below, bytes_max, taste == Taste::chains ? 4 : SIZE_MAX);
        const auto expected = test::judge_by_reference(steps, test::bytes_of(buffer));
        if (!expected) continue;
        for (const JudgeRun* run : {&compiled, &interpreted}) {
            const Judgement judgement = run->judge(buffer, i / 6);
            ASSERT_EQ(judgement.verdict, expected->hit ? Verdict::hit : Verdict::miss)
                << describe(steps, buffer);
            ASSERT_EQ(judgement.match_end, expected->match_end) << describe(steps, buffer);
        }
        (expected->hit ? seen.hits : seen.misses)++;
    }
}

TEST(JudgeProperty, EqualsTheReference) {
    test::Random random;
    Seen seen;
    for (int i = 0; i < 80 && !HasFatalFailure(); i++)
        compare(random, 3, 12, Taste::anything, seen);
    for (int i = 0; i < 40 && !HasFatalFailure(); i++)
        compare(random, 7, 24, Taste::anything, seen);
    EXPECT_GT(seen.hits, 5000);
    EXPECT_GT(seen.misses, 5000);
}

TEST(JudgeProperty, EqualsTheReferenceOnChains) {
    test::Random random;
    Seen seen;
    for (int i = 0; i < 200 && !HasFatalFailure(); i++) compare(random, 6, 16, Taste::chains, seen);
    EXPECT_GT(seen.hits, 5000);
    EXPECT_GT(seen.misses, 5000);
}

TEST(JudgeProperty, EqualsTheReferenceWithNumbersOfAnySize) {
    test::Random random;
    Seen seen;
    for (int i = 0; i < 60 && !HasFatalFailure(); i++) compare(random, 4, 16, Taste::hostile, seen);
    EXPECT_GT(seen.hits, 1000);
    EXPECT_GT(seen.misses, 1000);
}

}  // namespace
}  // namespace baleen::match
