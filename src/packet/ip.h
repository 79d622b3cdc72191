// IPv4 (RFC 791), IPv6 (RFC 8200) and its extension headers, transport headers as far as a flow
// needs them.
#pragma once

#include <cstdint>

namespace baleen::packet {

namespace ipv4 {  // RFC 791 section 3.1
inline constexpr uint32_t header_bytes_min = 20;
inline constexpr uint32_t tos_offset = 1;
inline constexpr uint32_t total_length_offset = 2;
inline constexpr uint32_t id_offset = 4;
inline constexpr uint32_t fragment_offset = 6;
inline constexpr uint32_t ttl_offset = 8;
inline constexpr uint32_t protocol_offset = 9;
inline constexpr uint32_t src_offset = 12;
inline constexpr uint32_t dst_offset = 16;
inline constexpr uint16_t more_fragments = 0x2000;
inline constexpr uint16_t fragment_mask = 0x1fff;
}  // namespace ipv4

namespace ipv6 {  // RFC 8200 section 3
inline constexpr uint32_t header_bytes = 40;
inline constexpr uint32_t payload_length_offset = 4;
inline constexpr uint32_t next_header_offset = 6;
inline constexpr uint32_t hop_limit_offset = 7;
inline constexpr uint32_t src_offset = 8;
inline constexpr uint32_t dst_offset = 24;
inline constexpr uint16_t fragment_mask = 0xfff8;  // section 4.5: 13-bit offset, 2 reserved, M
inline constexpr uint16_t more_fragments = 0x0001;
inline constexpr uint32_t fragment_header_bytes = 8;
inline constexpr uint32_t extension_bytes_min = 8;  // section 4: each is a multiple of 8 bytes
}  // namespace ipv6

// Assigned Internet Protocol Numbers (IANA).
namespace protocol {
inline constexpr uint8_t hop_by_hop = 0;
inline constexpr uint8_t icmp = 1;
inline constexpr uint8_t ipv4 = 4;  // RFC 2003
inline constexpr uint8_t tcp = 6;
inline constexpr uint8_t udp = 17;
inline constexpr uint8_t dccp = 33;
inline constexpr uint8_t ipv6 = 41;  // RFC 2473, RFC 4213
inline constexpr uint8_t routing = 43;
inline constexpr uint8_t fragment = 44;
inline constexpr uint8_t gre = 47;
inline constexpr uint8_t esp = 50;
inline constexpr uint8_t ah = 51;
inline constexpr uint8_t icmpv6 = 58;
inline constexpr uint8_t destination_options = 60;
inline constexpr uint8_t etherip = 97;
inline constexpr uint8_t l2tp = 115;
inline constexpr uint8_t sctp = 132;
inline constexpr uint8_t mobility = 135;
inline constexpr uint8_t udplite = 136;
inline constexpr uint8_t hip = 139;
inline constexpr uint8_t shim6 = 140;
}  // namespace protocol

namespace tcp {  // RFC 9293 section 3.1
inline constexpr uint32_t header_bytes_min = 20;
inline constexpr uint32_t flags_offset = 12;  // data offset, reserved, flags: 2 bytes
inline constexpr uint16_t flags_mask = 0x01ff;
inline constexpr uint16_t fin = 0x01;
inline constexpr uint16_t syn = 0x02;
inline constexpr uint16_t rst = 0x04;
inline constexpr uint16_t psh = 0x08;
inline constexpr uint16_t ack = 0x10;
inline constexpr uint16_t urg = 0x20;
inline constexpr uint16_t ece = 0x40;  // RFC 3168
inline constexpr uint16_t cwr = 0x80;
inline constexpr uint16_t ae = 0x100;  // RFC 9768, was NS
}  // namespace tcp

inline constexpr uint32_t port_pair_bytes =
    4;  // TCP, UDP and SCTP all begin with source and destination port
inline constexpr uint32_t udp_header_bytes = 8;        // RFC 768
inline constexpr uint32_t dccp_header_bytes_min = 12;  // RFC 4340 section 5.1, without X
inline constexpr uint32_t esp_header_bytes = 8;        // RFC 4303 section 2: SPI, sequence number
inline constexpr uint32_t sctp_header_bytes = 12;      // RFC 9260 section 3.1
inline constexpr uint32_t icmp_header_bytes =
    8;  // RFC 792, RFC 4443 section 2.1 (type, code, checksum, rest)

}  // namespace baleen::packet
