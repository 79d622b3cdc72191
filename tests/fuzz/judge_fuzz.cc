// Bytes as lots that draw a rule's steps and a buffer: the judge says what the reference says, with
// and without PCRE2's JIT compiler.
#include <cstdint>
#include <memory>

#include "base/assert.h"
#include "dataplane/match/judge.h"
#include "tests/support/drawn_rule.h"
#include "tests/support/guarded_bytes.h"
#include "tests/support/rule_reference.h"

using namespace baleen;

namespace {

// As many bytes for a lot as its limit has; zeros once all are used up.
class Lots {
public:
    Lots(const uint8_t* data, size_t size) : next_(data), end_(data + size) {}

    uint64_t below(uint64_t limit) {
        uint64_t drawn = 0;
        for (uint64_t rest = limit - 1; rest > 0 && next_ != end_; rest >>= 8)
            drawn = drawn << 8 | *next_++;
        return drawn % limit;
    }

private:
    const uint8_t* next_;
    const uint8_t* end_;
};

void judge_and_compare(const ruleset::Image& image, bool use_jit, std::span<const uint8_t> buffer,
                       const test::ReferenceVerdict& expected) {
    static const std::unique_ptr<match::Scratch> scratch = std::move(*match::Scratch::create());
    auto judge = match::Judge::create(image, {.use_jit = use_jit});
    BALEEN_ASSERT(judge);
    const match::Judgement judgement = judge->judge(image.rules()[0], buffer, *scratch);
    BALEEN_ASSERT(judgement.verdict == (expected.hit ? match::Verdict::hit : match::Verdict::miss));
    BALEEN_ASSERT(judgement.match_end == expected.match_end);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static test::GuardedBytes room(64);
    Lots lots(data, size);
    const test::Lot below = [&](uint64_t limit) { return lots.below(limit); };
    const auto taste = static_cast<test::Taste>(below(3));
    const std::string text = test::draw_buffer(below, 40, taste == test::Taste::chains ? 4 : 99);
    const std::span<const uint8_t> buffer(
        room.put({reinterpret_cast<const uint8_t*>(text.data()), text.size()}), text.size());
    test::RuleDraft rule(1);
    for (const test::StepDraft& step : test::draw_steps(below, 8, taste)) rule.step(step);
    const auto expected = test::judge_by_reference(rule.steps, buffer);
    if (!expected) return 0;
    test::RulesetBuilder builder;
    builder.add(rule);
    const test::ImageBytes bytes = builder.build();
    const auto image = ruleset::Image::open(bytes.span());
    BALEEN_ASSERT(image);
    judge_and_compare(*image, true, buffer, *expected);
    judge_and_compare(*image, false, buffer, *expected);
    return 0;
}
