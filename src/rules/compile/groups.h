// Groups of traffic, by protocol, side and class of port, and the rules that may concern each.
//
// Must hold: if the header of a rule can match a packet, the rule is in the group of the packet.
// The opposite is not needed: whoever has found a pattern looks at the header all the same.
//
// Ports. The class is that of the server's end: the destination port of a packet to the server, the
// source port of one to the client. A rule that is to match a packet to the server needs that port
// among its destination ports (or, if it takes both directions, among its source ports); one to the
// client, the other way round. The side says who began the flow, and a rule without a flow
// condition does not care: `any -> 80` also takes a packet to port 80 that its flow's server sends,
// and that packet's group goes by its source port, where the rule has `any`. So it is in every
// group to the client.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "baleen/ruleset.h"
#include "rules/rule.h"

namespace baleen::rules::compile {

// ruleset::protocol_bit()s of packets that the rule may concern.
uint8_t protocols_of(const Rule& rule);
bool concerns_side(const Rule& rule, ruleset::Side side);
// Of traffic of this protocol.
bool looks_at_packets(const Rule& rule, ruleset::Protocol protocol);
bool looks_at_streams(const Rule& rule, ruleset::Protocol protocol);
// Where the port of the server's end has to be.
PortSet server_ports(const Rule& rule, ruleset::Side side);

struct RuleGroup {
    ruleset::Protocol protocol;
    ruleset::Side side;
    uint32_t port_count;          // of its class; 0 if ports do not tell
    std::vector<uint32_t> rules;  // indexes, ascending
};

struct Grouping {
    std::vector<RuleGroup> groups;
    // As in an image.
    std::vector<uint16_t> group_of;
    std::array<ruleset::PortClasses, ruleset::port_table_count> port_classes;
};

// Of the rules `used` of `rules`.
Grouping group_rules(std::span<const Rule> rules, std::span<const uint32_t> used,
                     uint32_t class_max);

}  // namespace baleen::rules::compile
