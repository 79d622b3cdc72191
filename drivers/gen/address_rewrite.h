// Moves the hosts of a captured frame to another network, checksums included.
//
// The bits behind the prefix stay, so that hosts stay distinct as far as it leaves them room.
// Multicast and broadcast addresses stay as they are, and so does what is inside of tunnels and
// ARP.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace baleen::gen {

struct Prefix {
    uint8_t ip_version = 4;
    uint32_t bits = 0;
    std::array<uint8_t, 16> network{};  // in network order, from the first byte on
};
base::Result<Prefix> parse_prefix(std::string_view text);

// Where a frame's addresses and the checksums over them are; offsets from its first byte.
struct AddressPlaces {
    uint8_t ip_version = 0;  // 0: no IP packet with whole addresses
    uint8_t is_udp = 0;
    uint16_t src = 0, dst = 0;
    uint16_t ip_checksum = 0;         // 0: none
    uint16_t transport_checksum = 0;  // 0: none
};
AddressPlaces find_addresses(std::span<const uint8_t> ethernet_frame);

void rewrite(uint8_t* frame, const AddressPlaces& places, const Prefix& prefix);

}  // namespace baleen::gen
