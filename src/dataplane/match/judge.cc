#include "dataplane/match/judge.h"

#include <utility>

#include "base/assert.h"
#include "dataplane/match/trial.h"

namespace baleen::match {

struct Scratch::State {
    TrialMemory trial;
    std::unique_ptr<ExpressionScratch> expressions;
};

Scratch::Scratch(std::unique_ptr<State> state) : state_(std::move(state)) {}
Scratch::~Scratch() = default;

base::Result<std::unique_ptr<Scratch>> Scratch::create() {
    auto expressions = ExpressionScratch::create();
    if (!expressions) return expressions.error();
    auto state = std::make_unique<State>();
    state->expressions = std::move(*expressions);
    return std::unique_ptr<Scratch>(new Scratch(std::move(state)));
}

uint64_t Scratch::arena_bytes_for_test() const {
    return state_->expressions->arena_bytes_for_test();
}

Judge::Judge(const ruleset::Image& image, std::vector<StepPlan> plans, Expressions expressions)
    : image_(image), plans_(std::move(plans)), expressions_(std::move(expressions)) {}

base::Result<Judge> Judge::create(const ruleset::Image& image, JudgeOptions options) {
    auto plans = plan_steps(image);
    if (!plans) return plans.error();
    auto expressions = Expressions::compile(image, *plans, options.use_jit);
    if (!expressions) return expressions.error();
    return Judge(image, std::move(*plans), std::move(*expressions));
}

Judgement Judge::judge(const ruleset::Rule& rule, std::span<const uint8_t> buffer,
                       Scratch& scratch) const {
    if (buffer.size() > buffer_bytes_max) return {.verdict = Verdict::gave_up};
    const auto plans = std::span(plans_).subspan(rule.steps.first, rule.steps.count);
    auto& [trial_memory, expressions] = *scratch.state_;
    return Trial(image_, rule, plans, expressions_, buffer, trial_memory, *expressions).run();
}

}  // namespace baleen::match
