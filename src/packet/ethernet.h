// Link layers: Ethernet (IEEE 802.3), VLAN tags (802.1Q clause 9), LLC/SNAP (IEEE 802.2, RFC 1042),
// MPLS, PPP.
//
// Owns: numbers and offsets only. The walk over them is in parse_link.cc.
#pragma once

#include <cstdint>

namespace baleen::packet {

namespace ethernet {
inline constexpr uint32_t header_bytes = 14;  // two addresses of 6, EtherType of 2
inline constexpr uint32_t type_offset = 12;
inline constexpr uint32_t vlan_tag_bytes = 4;     // TCI of 2, then the next EtherType
inline constexpr uint32_t service_tag_bytes = 4;  // 802.1ah: I-TCI, then the customer's frame
inline constexpr uint32_t fabric_path_tag_bytes = 2;
inline constexpr uint16_t vlan_id_mask = 0x0fff;  // 802.1Q 9.6: the low 12 bits of the TCI
inline constexpr uint16_t length_field_max =
    1500;  // IEEE 802.3 3.2.6: a length up to here, a type from 1536
}  // namespace ethernet

namespace ethertype {
inline constexpr uint16_t ipv4 = 0x0800;
inline constexpr uint16_t arp = 0x0806;
inline constexpr uint16_t rarp = 0x8035;
inline constexpr uint16_t vlan = 0x8100;          // 802.1Q customer tag
inline constexpr uint16_t vlan_service = 0x88a8;  // 802.1ad service tag
inline constexpr uint16_t vlan_legacy = 0x9100;   // QinQ before 802.1ad
inline constexpr uint16_t ipv6 = 0x86dd;
inline constexpr uint16_t mpls = 0x8847;            // RFC 3032 section 5
inline constexpr uint16_t mpls_multicast = 0x8848;  // RFC 5332: upstream-assigned labels
inline constexpr uint16_t pppoe_session = 0x8864;   // RFC 2516
inline constexpr uint16_t service_tag = 0x88e7;     // 802.1ah I-TAG, in front of another Ethernet
inline constexpr uint16_t vn_tag = 0x8926;          // Cisco VN-Tag
inline constexpr uint16_t e_tag = 0x893f;           // 802.1BR
inline constexpr uint16_t fabric_path = 0x8903;  // Cisco FabricPath, in front of an Ethernet frame
inline constexpr uint16_t nsh = 0x894f;          // RFC 8300
inline constexpr uint16_t ethernet = 0x6558;     // an Ethernet frame, in GRE and GENEVE
}  // namespace ethertype

namespace llc {
inline constexpr uint32_t header_bytes = 3;
inline constexpr uint32_t snap_bytes = 5;  // OUI of 3, type of 2
inline constexpr uint8_t sap_snap = 0xaa;
inline constexpr uint8_t sap_ip = 0x06;
inline constexpr uint8_t control_ui = 0x03;
}  // namespace llc

namespace mpls {  // RFC 3032 section 2.1: label 20, traffic class 3, bottom of stack 1, TTL 8
inline constexpr uint32_t entry_bytes = 4;
inline constexpr uint32_t label_shift = 12;
inline constexpr uint32_t bottom_of_stack = 0x100;
inline constexpr uint32_t control_word_bytes = 4;  // RFC 4385
}  // namespace mpls

namespace pppoe {  // RFC 2516 section 4: version 4, type 4, code 8, session 16, length 16
inline constexpr uint32_t header_bytes = 6;
inline constexpr uint32_t session_offset = 2;
inline constexpr uint8_t version_and_type = 0x11;
inline constexpr uint8_t code_session = 0;
}  // namespace pppoe

namespace ppp {  // IANA "PPP DLL Protocol Numbers"
inline constexpr uint16_t address_and_control = 0xff03;
inline constexpr uint16_t protocol_ipv4 = 0x0021;
inline constexpr uint16_t protocol_ipv6 = 0x0057;
inline constexpr uint16_t protocol_mpls = 0x0281;
}  // namespace ppp

// RFC 8300 sections 2.2, 6.7: version, flags and TTL, length in words (6 bits), next protocol
namespace nsh {
inline constexpr uint32_t header_bytes_min = 8;
inline constexpr uint16_t length_mask = 0x003f;
inline constexpr uint32_t next_protocol_offset = 3;
inline constexpr uint8_t next_ipv4 = 1;
inline constexpr uint8_t next_ipv6 = 2;
inline constexpr uint8_t next_ethernet = 3;
inline constexpr uint8_t next_nsh = 4;
inline constexpr uint8_t next_mpls = 5;
}  // namespace nsh

namespace cisco_hdlc {  // address, control, EtherType
inline constexpr uint32_t header_bytes = 4;
inline constexpr uint32_t protocol_offset = 2;
}  // namespace cisco_hdlc

namespace linux_sll {
inline constexpr uint32_t header_bytes = 16;
inline constexpr uint32_t protocol_offset = 14;
inline constexpr uint32_t header2_bytes = 20;  // version 2
inline constexpr uint32_t protocol2_offset = 0;
inline constexpr uint16_t protocol_llc = 0x0004;  // ETH_P_802_2
}  // namespace linux_sll

// Address families in the 4-byte header of BSD loopback captures: AF_INET is 2 everywhere, AF_INET6
// is not.
namespace loopback {
inline constexpr uint32_t header_bytes = 4;
inline constexpr uint32_t family_ipv4 = 2;
constexpr bool is_ipv6_family(uint32_t family) {
    return family == 10 || family == 23 || family == 24 || family == 28 || family == 30;
}
}  // namespace loopback

}  // namespace baleen::packet
