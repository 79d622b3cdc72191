// The largest hosts, ports, protocols, pairs, or values of a field, within a span of time; and the
// tree of protocols.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/store/aggregate.h"

namespace baleen::store {

struct TopRow {
    std::string key;                 // bytes; ties are ordered by it
    std::vector<std::string> texts;  // what it says (Grouping::texts_of)
    Sums sums;
};

struct Top {
    std::vector<TopRow> rows;
    // Of all other keys, and of what has none. A record with several values counts at each, so rows
    // and others add up to more than the total.
    Sums others;
    Sums total;
    AnswerInfo info;
};

base::Result<Top> find_top(const Scope& scope, const Grouping& by, Measure measure, size_t limit);

// IP version, protocol, application: each level adds up to the one above.
struct ProtocolNode {
    std::string name;
    Sums sums;
    std::vector<ProtocolNode> children;  // the largest first
};
struct Hierarchy {
    ProtocolNode root;
    AnswerInfo info;
};
base::Result<Hierarchy> find_hierarchy(const Scope& scope, Measure measure);

}  // namespace baleen::store
