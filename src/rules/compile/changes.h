// What a reload changes.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "rules/rule.h"

namespace baleen::rules::compile {

// Same in all but the place where it is written.
bool same_content(const Rule& a, const Rule& b);

// (gid, id) of rules, ascending.
struct RuleChanges {
    using Id = std::pair<uint32_t, uint32_t>;
    std::vector<Id> added;
    std::vector<Id> removed;
    std::vector<Id> changed;

    bool none() const { return added.empty() && removed.empty() && changed.empty(); }
    bool operator==(const RuleChanges&) const = default;
};

// Ids are unique within each, as a RuleSet has them.
RuleChanges find_changes(std::span<const Rule> before, std::span<const Rule> after);

}  // namespace baleen::rules::compile
