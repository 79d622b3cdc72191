// Judges a few steps over a few bytes.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "dataplane/match/judge.h"
#include "tests/support/ruleset_builder.h"

namespace baleen::test {

inline std::span<const uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// A ruleset, opened, and a judge of it.
class JudgeRun {
public:
    explicit JudgeRun(const std::vector<StepDraft>& steps, match::JudgeOptions options = {})
        : JudgeRun(build({steps}), options) {}
    static JudgeRun of_rules(const std::vector<std::vector<StepDraft>>& rules,
                             match::JudgeOptions options = {}) {
        return JudgeRun(build(rules), options);
    }

    const std::string& error() const { return error_; }
    match::Judgement judge(std::span<const uint8_t> buffer, match::Scratch& scratch,
                           size_t rule = 0) const {
        return judge_->judge(image_->rules()[rule], buffer, scratch);
    }
    match::Judgement judge(std::string_view buffer, size_t rule = 0) const {
        return judge(bytes_of(buffer), scratch(), rule);
    }

    static match::Scratch& scratch() {
        static const std::unique_ptr<match::Scratch> made = std::move(*match::Scratch::create());
        return *made;
    }

private:
    JudgeRun(ImageBytes bytes, match::JudgeOptions options) : bytes_(std::move(bytes)) {
        auto image = ruleset::Image::open(bytes_.span());
        EXPECT_TRUE(image) << image.error().message;
        image_.emplace(*image);
        auto judge = match::Judge::create(*image_, options);
        if (judge) judge_.emplace(std::move(*judge));
        else error_ = judge.error().message;
    }
    static ImageBytes build(const std::vector<std::vector<StepDraft>>& rules) {
        RulesetBuilder builder;
        for (const auto& steps : rules) {
            RuleDraft rule(1);
            for (const StepDraft& step : steps) rule.step(step);
            builder.add(rule);
        }
        return builder.build();
    }

    ImageBytes bytes_;
    std::optional<ruleset::Image> image_;
    std::optional<match::Judge> judge_;
    std::string error_;
};

// Where the last match ends, or -1: no hit.
inline int64_t hit_end(const std::vector<StepDraft>& steps, std::string_view buffer) {
    const JudgeRun run(steps);
    EXPECT_EQ(run.error(), "");
    const match::Judgement judgement = run.judge(buffer);
    EXPECT_NE(judgement.verdict, match::Verdict::gave_up);
    return judgement.verdict == match::Verdict::hit ? static_cast<int64_t>(judgement.match_end)
                                                    : -1;
}

struct JudgeCase {
    const char* says;
    std::vector<StepDraft> steps;
    std::string buffer;
    int64_t expected;  // hit_end()
};

inline void check_cases(const std::vector<JudgeCase>& cases) {
    for (const JudgeCase& one : cases)
        EXPECT_EQ(hit_end(one.steps, one.buffer), one.expected) << one.says;
}

}  // namespace baleen::test
