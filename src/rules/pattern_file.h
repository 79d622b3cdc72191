// Files of bare patterns, a line each: ID:/EXPRESSION/FLAGS, as Hyperscan's own tools read them.
//
// Each becomes a rule without conditions on headers, looked for in the streams of TCP and in the
// packets of all other protocols: what measurements want.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_set.h"

namespace baleen::rules {

// Flags: i, s and m as in PCRE; H (one match is enough) says what holds anyway. The gid of a rule
// is the number of its file, from 1: ids are unique within a file only.
RuleSet load_patterns(const std::vector<std::string>& paths);

// One file that is read already.
void load_pattern_text(std::string_view text, const std::string& file, uint32_t gid, RuleSet& set);

}  // namespace baleen::rules
