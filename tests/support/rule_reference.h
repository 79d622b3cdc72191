// What a rule's steps mean (rules/payload_step.h), said a second time and as simply as possible:
// every match of every step is tried. For comparison with the data plane's judge.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tests/support/ruleset_builder.h"

namespace baleen::test {

struct ReferenceVerdict {
    bool hit;
    uint64_t match_end;  // of the last literal or expression, in the first way to satisfy the steps
};

// None: there are too many ways, or an expression that PCRE2 refuses.
std::optional<ReferenceVerdict> judge_by_reference(const std::vector<StepDraft>& steps,
                                                   std::span<const uint8_t> buffer);

}  // namespace baleen::test
