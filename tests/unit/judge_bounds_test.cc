// What a judgement costs: bounded work on input that is made to be expensive, and no memory.
//
// Work is counted in units (src/dataplane/match/work.h), which are the same on every machine.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <set>

#include "dataplane/match/epochs.h"
#include "dataplane/match/failures.h"
#include "tests/unit/judge_run.h"
#include "tests/unit/random.h"

// The sanitizers have a malloc() of their own.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BALEEN_COUNTS_MALLOC 0
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BALEEN_COUNTS_MALLOC 0
#endif
#ifndef BALEEN_COUNTS_MALLOC
#define BALEEN_COUNTS_MALLOC 1
#endif

#if BALEEN_COUNTS_MALLOC
namespace {
std::atomic<uint64_t> malloc_calls{0};
}
extern "C" {
// NOLINTBEGIN(readability-identifier-naming): names of the C library.
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* block, size_t bytes);
// NOLINTEND(readability-identifier-naming)
// In front of the C library's own, for PCRE2 and operator new as well.
void* malloc(size_t bytes) {
    malloc_calls++;
    return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
    malloc_calls++;
    return __libc_calloc(count, bytes);
}
void* realloc(void* block, size_t bytes) {
    malloc_calls++;
    return __libc_realloc(block, bytes);
}
}
#endif

namespace baleen::match {
namespace {

using ruleset::relative;
using test::byte_extract;
using test::JudgeRun;
using test::literal;
using test::regex;
using test::StepDraft;

std::string repeated(std::string_view text, size_t times) {
    std::string result;
    for (size_t i = 0; i < times; i++) result += text;
    return result;
}

struct Expensive {
    const char* says;
    std::vector<StepDraft> steps;
    std::string buffer;
    Verdict verdict;
    uint64_t work_max;
};

void check(const std::vector<Expensive>& cases) {
    for (const Expensive& one : cases) {
        const Judgement judgement = JudgeRun(one.steps).judge(one.buffer);
        EXPECT_EQ(judgement.verdict, one.verdict) << one.says;
        EXPECT_LE(judgement.work, one.work_max) << one.says;
    }
}

// Without the short cuts each of these would take the number of choices to the power of the steps.
TEST(JudgeBounds, TriesNoCombinationTwice) {
    const auto next = [](std::string_view text) { return literal(text).with(relative); };
    const auto near = [](std::string_view text, int64_t bytes) {
        return literal(text).with(relative).length(bytes);
    };
    const std::string as(1000, 'a');
    const std::string many_as(60'000, 'a');
    check({
        {"one after another, anywhere",
         {literal("a"), next("a"), next("a"), next("a"), next("a"), next("b")},
         many_as,
         Verdict::miss,
         10'000},
        {"one after another, near",
         {literal("a"), near("a", 10), near("a", 10), near("a", 10), near("a", 10), near("b", 1)},
         as,
         Verdict::miss,
         100'000},
        {"another absent from the whole buffer",
         {literal("a"), next("a"), next("a"), literal("b")},
         many_as,
         Verdict::miss,
         5000},
        {"expressions",
         {regex("a"), regex("a").with(relative), regex("a").with(relative),
          regex("^b").with(relative)},
         std::string(60, 'a'),
         Verdict::miss,
         10'000},
        {"with a variable that is always the same",
         {literal("a"), byte_extract(1, 0, 0).with(relative), next("a"), next("a"),
          next("b").from(0, 0)},
         std::string(20'000, 'a'),
         Verdict::miss,
         100'000},
    });
}

TEST(JudgeBounds, GivesUpBeyondItsWork) {
    std::string counted;
    for (int i = 0; i < 3000; i++) counted += {'a', static_cast<char>(i), static_cast<char>(i / 7)};
    const auto next = [](std::string_view text) { return literal(text).with(relative); };
    const uint64_t scans = 6 * counted.size() / Work::expression_bytes_per_unit;
    check({
        {"values that differ",
         {literal("a"), byte_extract(2, 0, 0).with(relative), next("a"), next("a").length(3000),
          next("\xff\xfe\xfd").from(0, 0).length(70'000)},
         counted,
         Verdict::gave_up,
         work_units_max + scans + 1000},
        {"an expression that matches from everywhere to the end",
         {regex(".*b").with(ruleset::dot_all), literal("c").with(relative).length(1)},
         std::string(20'000, 'a') + "b",
         Verdict::gave_up,
         work_units_max + 10'000},
        {"candidates that are nearly matches",
         {literal("a" + std::string(3000, 'a') + "b" + std::string(3000, 'a'))},
         std::string(60'000, 'a'),
         Verdict::gave_up,
         work_units_max + 10'000},
        {"an expression that is exponential by itself",
         {regex("^(a+)+$")},
         std::string(40, 'a') + "b",
         Verdict::gave_up,
         2 * work_units_max},
        {"one that is from each of its starts, a little",
         {regex("(a+)+[bc]")},
         repeated("aaaaaaaaaaaa\n", 5000),
         Verdict::gave_up,
         2 * work_units_max},
        {"one that looks to the end from every start",
         {regex("a.*[bc]")},
         std::string(60'000, 'a'),
         Verdict::gave_up,
         2 * work_units_max},
    });
    const JudgeRun interpreted({regex("^(a+)+$")}, {.use_jit = false});
    EXPECT_EQ(interpreted.judge(std::string(40, 'a') + "b").verdict, Verdict::gave_up);
}

// A single long way is no reason to give up, though it takes more calls than the low limit has.
TEST(JudgeBounds, FollowsAnExpressionThroughTheBuffer) {
    const std::string way = "foo" + std::string(60'000, 'x');
    for (const bool use_jit : {true, false}) {
        const JudgeRun run({regex("foo.*ba[rz]")}, {.use_jit = use_jit});
        EXPECT_EQ(run.judge(way + "bar").verdict, Verdict::hit);
        EXPECT_EQ(run.judge(way + "bay").verdict, Verdict::miss);
        const JudgeRun groups({regex("^(?:fo|o|xx)*z")}, {.use_jit = use_jit});
        EXPECT_EQ(groups.judge("foo" + std::string(3000, 'x') + "z").verdict, Verdict::hit);
        EXPECT_EQ(groups.judge("foo" + std::string(3001, 'x') + "z").verdict, Verdict::miss);
    }
    // In starts beyond those that are tried at once.
    for (const size_t before : {4095, 4096, 4097, 20'000, 65'536}) {
        const JudgeRun run({regex("[fg]oo+\\d")});
        EXPECT_EQ(run.judge(std::string(before, 'f') + "foo1").match_end, before + 4);
        EXPECT_EQ(run.judge(std::string(before, 'f') + "foo").verdict, Verdict::miss);
    }
}

// Nor is a large buffer that needs one look.
TEST(JudgeBounds, LooksThroughLargeBuffers) {
    std::vector<StepDraft> steps;
    for (int i = 0; i < 12; i++) steps.push_back(literal("needle").with(ruleset::nocase));
    steps.push_back(regex("needle\\d"));
    std::string buffer = repeated("haystack ", 1'000'000);
    buffer += "NEEDLE needle1";
    const Judgement judgement = JudgeRun(steps).judge(buffer);
    EXPECT_EQ(judgement.verdict, Verdict::hit);
    EXPECT_EQ(judgement.match_end, buffer.size());
}

TEST(JudgeBounds, RefusesARuleOfTooManySteps) {
    EXPECT_EQ(JudgeRun(std::vector(steps_max, literal("a"))).error(), "");
    EXPECT_EQ(JudgeRun(std::vector(steps_max + 1, literal("a"))).error(),
              "rule 1:1 has 257 steps, 256 are the most");
}

// What has been added and not been pushed out is found, and nothing else ever is.
TEST(Failures, KnowWhatWasAdded) {
    test::Random random;
    const auto failures = std::make_unique<Failures>();
    for (int round = 0; round < 3; round++) {
        failures->clear();
        constexpr uint32_t count = 20'000;
        const auto state = [](uint32_t i) {
            return Failures::State{2 * (i % 7), 2 * (i % 11), 2 * i};
        };
        for (uint32_t i = 0; i < count; i++) failures->add(state(i));
        EXPECT_TRUE(failures->has(state(count - 1)));
        // A position has one step and one epoch, and is even.
        for (int i = 0; i < 500'000; i++) {
            auto other = state(static_cast<uint32_t>(random.below(count)));
            const auto more = static_cast<uint32_t>(random.below(20));
            switch (random.below(3)) {
                case 0: other.step += 1 + more; break;
                case 1: other.epoch += 1 + static_cast<uint32_t>(random.below(1 << 30)); break;
                default: other.position += 2 + 2 * more;
            }
            ASSERT_FALSE(failures->has(other)) << other.step << ' ' << other.epoch;
        }
    }
    failures->clear();
    EXPECT_FALSE(failures->has({2 * (19'999 % 7), 2 * (19'999 % 11), 2 * 19'999}));
}

TEST(Failures, KnowThatALaterSearchFailsAsWell) {
    const auto failures = std::make_unique<Failures>();
    failures->clear();
    failures->add_search({3, 1, 100});
    EXPECT_TRUE(failures->has_search({3, 1, 100}));
    EXPECT_TRUE(failures->has_search({3, 1, 101}));
    EXPECT_FALSE(failures->has_search({3, 1, 99}));
    EXPECT_FALSE(failures->has_search({3, 2, 101}));
    EXPECT_FALSE(failures->has_search({4, 1, 101}));
    failures->add_search({3, 1, 50});
    EXPECT_TRUE(failures->has_search({3, 1, 60}));
    failures->clear();
    EXPECT_FALSE(failures->has_search({3, 1, 101}));
}

TEST(Epochs, StandForTheVariables) {
    const auto epochs = std::make_unique<Epochs>();
    for (int round = 0; round < 2; round++) {
        epochs->clear();
        const uint32_t one = epochs->after(0, 0, 1);
        const uint32_t two = epochs->after(0, 0, 2);
        const uint32_t other = epochs->after(0, 1, 1);
        const uint32_t both = epochs->after(one, 1, 1);
        EXPECT_EQ(std::set({0u, one, two, other, both}).size(), 5);
        EXPECT_EQ(epochs->after(0, 0, 1), one);
        EXPECT_EQ(epochs->after(one, 1, 1), both);
    }
    std::set<uint32_t> seen;
    for (uint64_t value = 1; value < 100'000; value++)
        EXPECT_TRUE(seen.insert(epochs->after(0, 0, value * value)).second);
    for (uint32_t before = 1; before < 100'000; before++)
        EXPECT_TRUE(seen.insert(epochs->after(before, 0, 7)).second);
}

#if BALEEN_COUNTS_MALLOC
TEST(JudgeBounds, NeedsNoMemoryBeyondItsScratch) {
    const std::vector<StepDraft> steps = {
        literal("a").with(ruleset::nocase), byte_extract(1, 0, 0).with(relative),
        regex("(?:(a)|(b))*c").with(relative), regex("(a+)+x").with(ruleset::negated),
        literal("z").with(relative)};
    const std::string buffers[] = {"", std::string(3000, 'a'), repeated("abc", 2000),
                                   repeated("abaabc", 500) + "z"};
    for (const bool use_jit : {true, false}) {
        const JudgeRun run(steps, {.use_jit = use_jit});
        auto scratch = std::move(*Scratch::create());
        // Not even the first time.
        const uint64_t calls_before = malloc_calls;
        for (int i = 0; i < 50; i++)
            for (const std::string& buffer : buffers) run.judge(test::bytes_of(buffer), *scratch);
        EXPECT_EQ(malloc_calls, calls_before) << "with JIT: " << use_jit;
        const uint64_t arena_bytes = scratch->arena_bytes_for_test();
        for (int i = 0; i < 50; i++)
            for (const std::string& buffer : buffers) run.judge(test::bytes_of(buffer), *scratch);
        EXPECT_EQ(scratch->arena_bytes_for_test(), arena_bytes);
    }
}
#endif

// An interpreted expression that needs more frames than there may be, again and again.
TEST(JudgeBounds, OutlivesTheInterpretersHeapLimit) {
    const JudgeRun run({regex("^(?:(a)|b)*$")}, {.use_jit = false});
    const std::string deep(2'000'000, 'a');
    for (int i = 0; i < 20; i++) EXPECT_EQ(run.judge(deep + "c").verdict, Verdict::gave_up);
    EXPECT_EQ(run.judge("abab").verdict, Verdict::hit);
}

}  // namespace
}  // namespace baleen::match
