// Which patterns go into which databases, and which database each group has.
//
// A pattern's number stands for an expression and the rules of one database that hang on it: the
// list holds exactly those that look at this kind of data (packets, streams) in this group, so
// that a hit needs no further thought about scopes. Equal lists have one number, and groups with
// the same rules have one database.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "baleen/ruleset.h"
#include "rules/compile/database.h"
#include "rules/compile/groups.h"
#include "rules/compile/plan.h"

namespace baleen::rules::compile {

struct Layout {
    std::vector<DatabaseSource> databases;
    std::vector<ruleset::Group> groups;  // in the order of Grouping::groups
    std::vector<ruleset::Pattern> patterns;
    std::vector<uint32_t> pattern_rules;
    std::vector<uint32_t> rule_lists;
};

// `number_of`: of a rule in the image, by its index.
Layout lay_out(std::span<const Rule> rules, std::span<const RulePlan> plans,
               const Grouping& grouping, std::span<const uint32_t> number_of);

}  // namespace baleen::rules::compile
