// Whether a packet, or a direction of a flow, is one that a rule looks at: protocol, addresses,
// ports, the state of the flow, and what the rule asks of a packet's headers.
//
// Why two forms: what is found in a stream has come in many packets, so only what all of them share
// can be asked. Must hold: `rule` is of `image`; what it refers to is sorted (baleen/ruleset.h).
#pragma once

#include "packet/batch.h"
#include "packet/ip.h"
#include "ruleset/image.h"

namespace baleen::match {

// What a flow is at the time of the packet.
struct FlowFacts {
    ruleset::Side side;  // of the sender
    bool is_established;
};

// Of the number in the IP header.
inline ruleset::Protocol protocol_of(uint8_t number) {
    namespace protocol = packet::protocol;
    switch (number) {
        case protocol::tcp: return ruleset::Protocol::tcp;
        case protocol::udp: return ruleset::Protocol::udp;
        case protocol::icmp:
        case protocol::icmpv6: return ruleset::Protocol::icmp;
        default: return ruleset::Protocol::other;
    }
}

// `key` is that of a packet: from its sender to its receiver. A packet without ports (ICMP, later
// fragments) is only looked at by rules for all ports.
bool concerns_flow(const ruleset::Image& image, const ruleset::Rule& rule,
                   const packet::FlowKey& key, FlowFacts facts);

// All of the above, and the header tests. The packet has been counted in a flow.
bool concerns_packet(const ruleset::Image& image, const ruleset::Rule& rule,
                     const packet::Packet& packet, const packet::Layers& layers,
                     const packet::FlowKey& key, FlowFacts facts);

// It concerns all packets and flows of its protocols.
bool has_no_conditions(const ruleset::Image& image, const ruleset::Rule& rule);

}  // namespace baleen::match
