// What is known of a rule's steps before any byte is seen: which choices can matter to later steps.
//
// A step that may match at several places makes a choice, and a choice reaches the steps behind it
// only through the position and the variables. Where neither is read again, the first match is as
// good as any, and what fails later fails for good. This is what keeps a judgement of independent
// steps linear.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "ruleset/image.h"

namespace baleen::match {

// The longest rule of the public sets has 25.
inline constexpr uint32_t steps_max = 256;

inline bool has(const ruleset::Step& step, uint32_t flag) { return (step.flags & flag) != 0; }

// Several matches are possible, and each of them counts.
inline bool chooses(const ruleset::Step& step) {
    const bool searches =
        step.kind == ruleset::StepKind::literal || step.kind == ruleset::StepKind::regex;
    return searches && !has(step, ruleset::negated);
}

// Of what is behind a step:
struct StepPlan {
    bool reads_position = false;  // before it is moved to a place that does not depend on it
    bool is_settled = true;       // nothing that is read depends on a choice
    uint16_t variables_read = 0;  // before they are set: a bit each
};
static_assert(ruleset::variables_max <= 16);

// One for each step of the image. Steps that several rules share have what holds for all of them.
base::Result<std::vector<StepPlan>> plan_steps(const ruleset::Image& image);

}  // namespace baleen::match
