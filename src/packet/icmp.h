// ICMP in a table of flows: which messages answer each other, and what stands in place of ports.
//
// Source: the mapping of the Community ID specification v1, which took it from Zeek. A request has
// its own type as source port and the type of its reply as destination port, so that both
// directions meet in one flow. A message without a reply has type and code; `one_way_port` keeps
// its flow one-directional.
#pragma once

#include <cstdint>

namespace baleen::packet::icmp {

inline constexpr int no_counterpart = -1;

// The type that answers `type`, for ICMP (RFC 792, 950, 1256).
constexpr int counterpart_v4(uint8_t type) {
    switch (type) {
        case 0: return 8;  // echo reply, echo
        case 8: return 0;
        case 9: return 10;  // router advertisement, solicitation
        case 10: return 9;
        case 13: return 14;  // timestamp
        case 14: return 13;
        case 15: return 16;  // information
        case 16: return 15;
        case 17: return 18;  // address mask
        case 18: return 17;
        default: return no_counterpart;
    }
}

// The same for ICMPv6 (RFC 4443, 2710, 4861, 4620, 6275).
constexpr int counterpart_v6(uint8_t type) {
    switch (type) {
        case 128: return 129;  // echo
        case 129: return 128;
        case 130: return 131;  // multicast listener query, report
        case 131: return 130;
        case 133: return 134;  // router solicitation, advertisement
        case 134: return 133;
        case 135: return 136;  // neighbour solicitation, advertisement
        case 136: return 135;
        case 139: return 140;  // node information
        case 140: return 139;
        case 144: return 145;  // home agent address discovery
        case 145: return 144;
        default: return no_counterpart;
    }
}

// Types and codes have 8 bits. A bit above them marks the sender of a one-way message, so that the
// same message in the other direction is another flow, and no mix-up of type and code can join two
// flows.
inline constexpr uint16_t one_way_port = 0x0100;

struct PortPair {
    uint16_t src;
    uint16_t dst;
};

constexpr PortPair ports(bool is_v6, uint8_t type, uint8_t code) {
    const int answer = is_v6 ? counterpart_v6(type) : counterpart_v4(type);
    if (answer == no_counterpart) return {static_cast<uint16_t>(one_way_port | type), code};
    return {type, static_cast<uint16_t>(answer)};
}

// Messages that quote the packet they are about: RFC 792 (destination unreachable, source quench,
// redirect, time exceeded, parameter problem); RFC 4443 section 2.1 (types below 5 of the error
// half).
constexpr bool is_error(bool is_v6, uint8_t type) {
    if (is_v6) return type >= 1 && type <= 4;
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

}  // namespace baleen::packet::icmp
