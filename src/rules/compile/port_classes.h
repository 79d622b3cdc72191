// Ports in classes by which rules may concern their traffic, so that a packet is scanned for few
// patterns beside its own.
#pragma once

#include <cstdint>
#include <vector>

#include "baleen/ruleset.h"
#include "rules/range_set.h"

namespace baleen::rules::compile {

// A rule and the ports at which it may hit.
struct PortMember {
    uint32_t rule;
    PortSet ports;
};

struct PortClassing {
    ruleset::PortClasses class_of;
    std::vector<std::vector<uint32_t>> rules;  // by class, ascending
    std::vector<uint32_t> port_counts;
};

// Ports with the same rules are one class, and so are those whose rules differ by so little that it
// adds less than two percent to all that is looked for. If that leaves more than `class_max` classes
// (at most ruleset::class_count_max), those are put together, two at a time, that cost the least:
// each has to be scanned for the other's rules as well, as often as its ports are used.
PortClassing divide_ports(const std::vector<PortMember>& members, uint32_t class_max);

}  // namespace baleen::rules::compile
