// Link types as capture files number them (LINKTYPE_ values,
// https://www.tcpdump.org/linktypes.html).
//
// Owns: the names of those Baleen reads IP out of. Any other value may stand in a LinkType as well;
// its packets are counted as not_ip.link_type.
#pragma once

#include <cstdint>

namespace baleen::packet {

enum class LinkType : uint16_t {
    null = 0,      // BSD loopback, 4-byte family in the writer's byte order
    ethernet = 1,  // IEEE 802.3
    ppp = 9,       // RFC 1661, with or without HDLC framing
    raw_bsd = 12,  // raw IP as some systems number it (DLT_RAW)
    raw_openbsd = 14,
    ppp_hdlc = 50,  // RFC 1662
    raw = 101,      // raw IP, version in the first nibble
    cisco_hdlc = 104,
    loop = 108,  // OpenBSD loopback, 4-byte family in network order
    linux_sll = 113,
    raw_ipv4 = 228,
    raw_ipv6 = 229,
    linux_sll2 = 276,
};

}  // namespace baleen::packet
