// From one rule of a Suricata or Snort 3 file to a Rule that means exactly the same, or to the
// keywords that stand in the way. Never to one that means something else.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/networks.h"
#include "rules/rule.h"
#include "rules/rule_text.h"

namespace baleen::rules {

// classtype to priority.
using Severities = std::map<std::string, uint32_t, std::less<>>;

struct Imported {
    // None if the rule is invalid (then there is a problem) or refused.
    std::optional<Rule> rule;
    std::string problem;
    // Keywords that cannot be expressed, sorted. With a rule: it is a prefilter without them.
    std::vector<std::string> refused;
    // It asks for nothing but payload, packet headers and the state of the flow.
    bool payload_only = false;
    uint32_t gid = 1;
    uint32_t id = 0;
};

Imported import_rule(const RuleLine& line, Dialect dialect, bool prefilter, Networks& networks,
                     const Severities& severities);

// By how the rules are written; Suricata where nothing tells.
Dialect detect_dialect(const std::vector<RuleLine>& rules);

}  // namespace baleen::rules
