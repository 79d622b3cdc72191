// For every rule: the pattern that stands for it, or why there is none, or why the rule is dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rules/compile/choice.h"
#include "rules/compile/options.h"
#include "rules/rule.h"

namespace baleen::rules::compile {

struct RulePlan {
    std::optional<Candidate> pattern;
    bool judged_at_end = false;
    // Why there is no pattern, if the rule looks at payload at all.
    std::string without_pattern;
    // The expression is too large or slow for Hyperscan. Rare bytes may still stand for the rule.
    std::string too_much;
    // Why the rule is left out; empty: it is not.
    std::string dropped;
};

// What is wrong with the rule whatever Hyperscan says; empty: nothing.
std::string find_rule_problem(const Rule& rule);

// `problems` by rule, as find_rule_problem() says: these are dropped.
std::vector<RulePlan> plan_rules(std::span<const Rule> rules, std::span<const std::string> problems,
                                 const CompileOptions& options, const hs_platform_info_t& platform);

}  // namespace baleen::rules::compile
