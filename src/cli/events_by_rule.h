// `baleen events --by rule`: what each rule found, counted over the events of a query.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "record/match.h"

namespace baleen::cli {

class RuleTally {
public:
    void add(const record::Match& match);

    // Most hits first, a line each.
    void append_table(std::string& out) const;
    void append_csv(std::string& out) const;
    void append_json(std::string& out) const;

private:
    struct Count {
        std::string name, classtype;  // of the newest event
        uint8_t severity = 0;
        uint64_t events = 0;
        uint64_t suppressed = 0;
        std::unordered_set<uint64_t> flows;
        int64_t first_ns = INT64_MAX;
        int64_t last_ns = INT64_MIN;

        uint64_t hits() const { return events + suppressed; }
    };
    using RuleId = std::pair<uint32_t, uint32_t>;  // gid, id
    using Entry = std::pair<const RuleId, Count>;

    std::vector<const Entry*> in_order() const;

    std::map<RuleId, Count> counts_;
};

}  // namespace baleen::cli
