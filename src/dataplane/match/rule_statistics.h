// What rules and groups of ports have come to, over all workers and all rulesets of a run.
//
// Owns: the sums of rulesets that are no longer in use, by the rules' numbers. Read by the main
// thread while workers count on; a number may be a moment old.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>

#include "dataplane/match/generation.h"

namespace baleen::match {

class RuleStatistics {
public:
    // Of a ruleset that all workers have left.
    void keep(const Generation& generation);

    // One JSON object: `rules` (those that were looked at or hit) and, of the newest ruleset,
    // `groups`. docs/formats.md has its fields.
    std::string to_json(const std::vector<std::unique_ptr<Generation>>& in_use) const;

private:
    struct Sum {
        std::string name;
        uint64_t hits = 0, flows = 0, events = 0, judged = 0, judged_ticks = 0;
    };
    using Sums = std::map<std::pair<uint32_t, uint32_t>, Sum>;  // by (gid, id)
    static void add(const Generation& generation, Sums& sums);

    Sums kept_;
};

}  // namespace baleen::match
