#include "dataplane/match/step_plan.h"

#include <fmt/format.h>

namespace baleen::match {
namespace {

using ruleset::Step;
using ruleset::StepKind;

uint16_t bit(int32_t variable) {
    return variable < 0 ? uint16_t{0}
                        : static_cast<uint16_t>(1u << static_cast<uint32_t>(variable));
}
uint16_t variables_of(const Step& step) {
    return static_cast<uint16_t>(bit(step.from.variable) | bit(step.value.variable));
}

bool extracts(const Step& step) { return step.kind == StepKind::byte_extract; }
bool counts_on(const Step& step) { return extracts(step) && has(step, ruleset::steps_by_count); }
bool reads_position(const Step& step) { return has(step, ruleset::relative) || counts_on(step); }
bool moves(const Step& step) {
    return chooses(step) || extracts(step) || step.kind == StepKind::byte_jump;
}

// From the last step to the first: what is still read.
void find_reads(std::span<const Step> steps, std::span<StepPlan> plans) {
    StepPlan behind;
    for (size_t i = steps.size(); i-- > 0;) {
        const Step& step = steps[i];
        plans[i].reads_position |= behind.reads_position;
        plans[i].variables_read |= behind.variables_read;
        behind.reads_position = reads_position(step) || (behind.reads_position && !moves(step));
        if (extracts(step)) behind.variables_read &= static_cast<uint16_t>(~bit(step.variable));
        behind.variables_read |= variables_of(step);
    }
}

// From the first step to the last: what depends on a choice.
void find_settled(std::span<const Step> steps, std::span<StepPlan> plans) {
    bool position = false;
    uint16_t variables = 0;
    for (size_t i = 0; i < steps.size(); i++) {
        const Step& step = steps[i];
        const bool place = (has(step, ruleset::relative) && position) ||
                           (variables & bit(step.from.variable)) != 0;
        if (chooses(step)) position = true;
        else if (counts_on(step)) position = position || place;
        else if (moves(step)) position = place;
        if (extracts(step)) {
            variables &= static_cast<uint16_t>(~bit(step.variable));
            if (place) variables |= bit(step.variable);
        }
        const bool matters =
            (position && plans[i].reads_position) || (variables & plans[i].variables_read) != 0;
        plans[i].is_settled = plans[i].is_settled && !matters;
    }
}

}  // namespace

base::Result<std::vector<StepPlan>> plan_steps(const ruleset::Image& image) {
    std::vector<StepPlan> plans(image.steps().size());
    for (const ruleset::Rule& rule : image.rules()) {
        const auto steps = image.steps(rule.steps);
        if (steps.size() > steps_max)
            return base::Error{fmt::format("rule {}:{} has {} steps, {} are the most", rule.gid,
                                           rule.id, steps.size(), steps_max)};
        const auto part = std::span(plans).subspan(rule.steps.first, rule.steps.count);
        find_reads(steps, part);
    }
    // Reads of all rules first, so that shared steps are settled for none if not for all.
    for (const ruleset::Rule& rule : image.rules())
        find_settled(image.steps(rule.steps),
                     std::span(plans).subspan(rule.steps.first, rule.steps.count));
    return plans;
}

}  // namespace baleen::match
