// Tunnel headers: numbers and offsets only. The walk over them is in parse_tunnel.cc.
#pragma once

#include <cstdint>

namespace baleen::packet {

namespace gre {  // RFC 2784 section 2, RFC 2890; version 1: RFC 2637 section 4.1
inline constexpr uint32_t header_bytes_min = 4;
inline constexpr uint32_t option_bytes = 4;  // checksum and offset, key, sequence number
inline constexpr uint16_t checksum_present = 0x8000;
inline constexpr uint16_t routing_present = 0x4000;  // RFC 1701; RFC 2784 section 2.3: refuse
inline constexpr uint16_t key_present = 0x2000;
inline constexpr uint16_t sequence_present = 0x1000;
inline constexpr uint16_t acknowledgment_present = 0x0080;  // version 1
inline constexpr uint16_t version_mask = 0x0007;
inline constexpr uint32_t nvgre_id_shift = 8;  // RFC 7637 section 3.2: VSID 24, FlowID 8
inline constexpr uint16_t protocol_ppp = 0x880b;
inline constexpr uint16_t protocol_erspan = 0x88be;  // types I and II
inline constexpr uint16_t protocol_erspan_3 = 0x22eb;
inline constexpr uint16_t protocol_wccp = 0x883e;
inline constexpr uint32_t wccp_header_bytes = 4;  // draft-param-wccp-v2rev1, redirect header
}  // namespace gre

namespace erspan {  // draft-foschiano-erspan-03 sections 4.1, 4.2
inline constexpr uint32_t header_bytes_2 = 8;
inline constexpr uint32_t header_bytes_3 = 12;
inline constexpr uint32_t subheader_bytes_3 = 8;  // where the O bit says so
inline constexpr uint32_t session_offset = 2;
inline constexpr uint16_t session_mask = 0x03ff;
inline constexpr uint32_t flags_offset_3 = 10;
inline constexpr uint16_t frame_type_mask_3 = 0x7c00;  // P 1, FT 5, Hw 6, D 1, Gra 2, O 1
inline constexpr uint16_t frame_type_ip_3 = 2 << 10;
inline constexpr uint16_t subheader_present_3 = 0x0001;
}  // namespace erspan

namespace etherip {  // RFC 3378 section 3: version 3, reserved
inline constexpr uint32_t header_bytes = 2;
inline constexpr uint8_t version_byte = 0x30;
}  // namespace etherip

namespace vxlan {  // RFC 7348 section 5; draft-ietf-nvo3-vxlan-gpe section 3
inline constexpr uint32_t header_bytes = 8;
inline constexpr uint8_t id_present = 0x08;
inline constexpr uint8_t next_protocol_present = 0x04;  // not insisted on, see parse_tunnel.cc
inline constexpr uint32_t next_protocol_offset = 3;
inline constexpr uint32_t id_offset = 4;   // 24 bits, then 8 reserved
inline constexpr uint8_t next_absent = 0;  // the others are those of nsh (ethernet.h)
}  // namespace vxlan

namespace geneve {  // RFC 8926 section 3.4
inline constexpr uint32_t header_bytes_min = 8;
inline constexpr uint8_t version_mask = 0xc0;
inline constexpr uint8_t option_words_mask = 0x3f;
inline constexpr uint32_t protocol_offset = 2;
inline constexpr uint32_t id_offset = 4;
}  // namespace geneve

namespace gtp_u {  // 3GPP TS 29.281 section 5.1, 5.2
inline constexpr uint32_t header_bytes_min = 8;
inline constexpr uint32_t optional_bytes = 4;  // sequence number, N-PDU number, next extension
inline constexpr uint8_t version_and_type_mask = 0xf0;
inline constexpr uint8_t version_1_gtp = 0x30;
inline constexpr uint8_t optional_present = 0x07;  // any of E, S, PN
inline constexpr uint8_t extension_present = 0x04;
inline constexpr uint8_t message_g_pdu = 255;
inline constexpr uint32_t id_offset = 4;
inline constexpr uint32_t next_extension_offset = 11;
inline constexpr uint32_t extensions_max = 8;  // four kinds are defined, each at most once
}  // namespace gtp_u

namespace teredo {  // RFC 4380 section 5.1.1
inline constexpr uint16_t authentication = 0x0001;
inline constexpr uint16_t origin_indication = 0x0000;
inline constexpr uint32_t origin_bytes = 8;
inline constexpr uint32_t authentication_bytes_min = 13;  // with empty identifier and value
inline constexpr uint32_t identifier_length_offset = 2;
inline constexpr uint32_t value_length_offset = 3;
}  // namespace teredo

namespace l2tpv3 {  // RFC 3931 sections 4.1.1, 4.1.2
inline constexpr uint32_t session_bytes = 4;
inline constexpr uint32_t udp_flags_bytes = 4;
inline constexpr uint16_t udp_type_and_version_mask = 0x800f;
inline constexpr uint16_t udp_data_version_3 = 0x0003;
}  // namespace l2tpv3

}  // namespace baleen::packet
