// Expressions that begin with a run of bytes: fewer starts are tried, and nothing is missed.
#include <gtest/gtest.h>

#include <random>

#include "dataplane/match/leading_run.h"
#include "tests/unit/judge_run.h"

namespace baleen::match {
namespace {

using test::JudgeRun;
using test::literal;
using test::regex;

size_t run_bytes(std::string_view expression, uint32_t options = 0) {
    return leading_run(expression, options, nullptr).count();
}

TEST(LeadingRun, IsThatOfAnOpenQuantifier) {
    EXPECT_EQ(run_bytes("[^\\r\\n]*(?:a|b)"), 254);
    EXPECT_EQ(run_bytes("[]a-c[:digit:]]+?x"), 14);
    EXPECT_EQ(run_bytes("[\\]x]*+x"), 2);
    EXPECT_EQ(run_bytes("\\d{2,}x"), 10);
    EXPECT_EQ(run_bytes(".*x"), 255);
    EXPECT_EQ(run_bytes(".*x", PCRE2_DOTALL), 256);
    EXPECT_EQ(run_bytes("[a]*x", PCRE2_CASELESS), 2);
    EXPECT_EQ(run_bytes("[a]*(?<=b)\\x7c(?!c)[|]"), 1);
}

TEST(LeadingRun, IsLeftAloneWhereStartsMayDiffer) {
    for (const char* expression :
         {"", "a*x", "[a]", "[a]?x", "[a]{2}x", "[a]{,2}x", "[a]{2,3}x", "[a]*x|y", "([a]*)x",
          "[a]*\\Gx", "[a]*(*SKIP)x", "[a]*(?i)x", "[a]*(?#|)x", "[a]*\\Q|\\E", "[a", "\\"})
        EXPECT_EQ(run_bytes(expression), 0) << expression;
    EXPECT_EQ(run_bytes("[a]*x", PCRE2_EXTENDED), 0);
}

// Behind an empty group the same expression begins with nothing that is known.
TEST(LeadingRun, ChangesNoVerdict) {
    std::mt19937 random(1);
    uint32_t hits = 0;
    for (const std::string expression : {"[ab]*c", "[ab]+?c", "[^c]*+c", "[ab]{2,}(?:a|cd?)",
                                         ".*?(?<=b)c", "[abc]*\\bc", "\\w+ "}) {
        for (const bool followed : {false, true}) {
            std::vector<test::StepDraft> steps = {regex(expression)};
            std::vector<test::StepDraft> plain = {regex("(?:)" + expression)};
            if (followed)
                for (auto* one : {&steps, &plain})
                    one->push_back(literal("d").from(1).with(ruleset::relative));
            const JudgeRun run(steps), reference(plain);
            for (int i = 0; i < 400; i++) {
                // Long runs reach the low limit, so that starts are tried one by one.
                std::string buffer;
                while (buffer.size() < random() % 300)
                    buffer +=
                        std::string(random() % 60, "ab"[random() % 2]) + "aabbcd \n"[random() % 8];
                const Judgement judged = run.judge(buffer), expected = reference.judge(buffer);
                ASSERT_EQ(judged.verdict, expected.verdict) << expression << " in " << buffer;
                ASSERT_EQ(judged.match_end, expected.match_end) << expression << " in " << buffer;
                hits += judged.verdict == Verdict::hit ? 1 : 0;
            }
        }
    }
    EXPECT_GT(hits, 1000u);
}

TEST(LeadingRun, MakesALongRunCheap) {
    const std::string line(60'000, 'a');
    const Judgement judged = JudgeRun({regex("[^\\n]*(?:q|\\bsh\\b)")}).judge(line);
    EXPECT_EQ(judged.verdict, Verdict::miss);
    EXPECT_LT(judged.work, 60'000u);
}

}  // namespace
}  // namespace baleen::match
