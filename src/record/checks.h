// What checks of events have in common: events come out of memory that another process writes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

#include "baleen/record.h"
#include "packet/ip.h"
#include "record/names.h"

namespace baleen::record {

inline constexpr uint64_t flow_id_end = uint64_t{1} << 53;

inline bool is_icmp(uint8_t protocol) {
    return protocol == packet::protocol::icmp || protocol == packet::protocol::icmpv6;
}

// ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
inline bool is_mapped(const uint8_t address[16]) {
    constexpr std::array<uint8_t, 12> prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return std::memcmp(address, prefix.data(), prefix.size()) == 0;
}

// In place of ports, ICMP has type and code, which are bytes; others without ports have zero.
inline bool ports_fit(uint8_t protocol, uint16_t src_port, uint16_t dst_port) {
    if (protocol_has_ports(protocol)) return true;
    const uint16_t largest = is_icmp(protocol) ? UINT8_MAX : 0;
    return src_port <= largest && dst_port <= largest;
}

inline bool vlan_ids_fit(std::span<const uint16_t> ids) {
    constexpr uint16_t vlan_id_end = 4096;
    const auto is_id = [](uint16_t id) { return id < vlan_id_end; };
    // Outermost first: none stands behind one that is absent.
    const auto absent = std::ranges::find_if_not(ids, is_id);
    return std::all_of(absent, ids.end(), [](uint16_t id) { return id == vlan_absent; });
}

}  // namespace baleen::record
