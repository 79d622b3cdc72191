// Baleen's own rule files: TOML, a [variables] table and one [[rule]] after another
// (docs/rules.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_set.h"

namespace baleen::rules {

struct NativeRules {
    std::vector<Rule> rules;
    std::vector<Problem> problems;  // all of them, with line and column
    size_t invalid = 0;             // rules that have at least one
};

// Where the text is not TOML, each [[rule]] is read by itself, so that the error costs one rule.
NativeRules parse_native(std::string_view text, const std::string& file, Variables variables);

}  // namespace baleen::rules
