// One entry of xdp.shunt: traffic that the kernel keeps away from the capture.
//
//   10.0.0.0/8   2001:db8::/32   192.0.2.1                     a prefix, of either end
//   tcp 10.0.0.1:443 10.0.0.2:50000 vlan 7                     a flow, both directions of it
//   udp [2001:db8::1]:53 [2001:db8::2]:4000   icmp 10.0.0.1 10.0.0.2
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace baleen::config {

using ShuntAddress = std::array<uint8_t, 16>;  // network order, IPv4 as ::ffff:a.b.c.d

struct Shunt {
    static constexpr uint16_t vlan_any = 0xffff;

    std::string text;  // as the user wrote it
    bool is_flow = false;

    // A prefix: the network, in `a`.
    uint32_t prefix_bits = 0;  // of the IPv6 form: 96 more than an IPv4 prefix has

    // A flow: its two ends.
    ShuntAddress a{};
    ShuntAddress b{};
    uint16_t a_port = 0;  // 0 where the protocol has none
    uint16_t b_port = 0;
    uint16_t vlan_id = vlan_any;
    uint8_t protocol = 0;
};

base::Result<Shunt> parse_shunt(const std::string& text);

// All entries; on error the first sentence that one of them deserves, twice the same one included.
base::Result<std::vector<Shunt>> parse_shunts(const std::vector<std::string>& texts);

}  // namespace baleen::config
