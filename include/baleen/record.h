// What a flow record says. One record is the payload of one frame of type `flow` in a ring.
//
// Owns: the byte layout shared by both processes and by every reader of a ring or a store.
// All integers are in host byte order (ring and reader share one machine); addresses are in network
// byte order, IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). docs/formats.md has the table.
//
// Must hold: no padding, no pointers, every layout change raises `flow_version`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "baleen/limits.h"

namespace baleen::record {

inline constexpr uint16_t flow_version = 2;

// Why a record was made: IPFIX flowEndReason (IE 136, RFC 5102 section 5.11.3).
enum class EndReason : uint8_t {
    idle_timeout = 1,
    active_timeout = 2,
    end_of_flow = 3,
    forced_end = 4,
    lack_of_resources = 5,
};

// Bits of FlowRecord::flags.
enum FlowFlags : uint8_t {
    // The initiator was taken from the TCP handshake, not from the first packet seen.
    initiator_from_handshake = 1 << 0,
    // Some packet of the flow was an IP fragment.
    has_fragments = 1 << 1,
    // Ports are not known: IP fragments without a transport header, or a protocol that has none.
    ports_absent = 1 << 2,
    // An earlier record of this flow was cut by the active timeout (`part` counts them).
    continued = 1 << 3,
    // `encapsulation` tells what the flow's packets came wrapped in.
    has_tunnel = 1 << 4,
    // ICMP error: `encapsulation` tells which flow it is about.
    has_quoted_flow = 1 << 5,
};

// What a packet was wrapped in. Where several are nested, the innermost.
enum class TunnelType : uint8_t {
    none,
    ipip,       // IPv4 in IP (RFC 2003, RFC 2473)
    ipv6,       // IPv6 in IP: 6in4, 6to4 (RFC 4213), 6in6 (RFC 2473)
    gre,        // RFC 2784; id: the key of RFC 2890
    nvgre,      // RFC 7637; id: VSID
    erspan,     // types I, II and III; id: session
    etherip,    // RFC 3378
    vxlan,      // RFC 7348; id: VNI
    vxlan_gpe,  // draft-ietf-nvo3-vxlan-gpe; id: VNI
    geneve,     // RFC 8926; id: VNI
    gtp_u,      // 3GPP TS 29.281; id: TEID
    teredo,     // RFC 4380
    l2tpv3,     // RFC 3931, over IP or UDP; id: session
    // No IP header of their own; outer addresses are zero.
    mpls,   // RFC 3032; id: label at the top of the stack
    pppoe,  // RFC 2516; id: session
    esp,    // RFC 4303, never opened; id: SPI
};
inline constexpr uint32_t tunnel_type_count = 16;
// In configuration, filters and JSON, in the order above.
inline constexpr std::array<std::string_view, tunnel_type_count> tunnel_type_names = {
    "none",      "ipip",   "ipv6",  "gre",    "nvgre",  "erspan", "etherip", "vxlan",
    "vxlan_gpe", "geneve", "gtp_u", "teredo", "l2tpv3", "mpls",   "pppoe",   "esp"};

inline constexpr uint16_t vlan_absent = 0xffff;

// One direction of a flow (RFC 5103 biflow). Bytes of the IP layer as IPFIX octetDeltaCount counts
// them (IP header included, link layer and padding excluded); wire bytes as the link delivered
// them.
struct Direction {
    uint64_t packets;
    uint64_t ip_bytes;
    uint64_t wire_bytes;
    uint16_t tcp_flags;  // union of all packets, RFC 9293 bits as in the header (FIN = 0x01 ... CWR
                         // = 0x80, AE = 0x100)
    uint8_t tos;         // first packet's IPv4 ToS or IPv6 traffic class
    uint8_t ttl_min;     // IPv4 TTL or IPv6 hop limit
    uint8_t ttl_max;
    uint8_t reserved[3];
};
static_assert(sizeof(Direction) == 32);

// Told only where FlowFlags says so: see record_bytes(). Addresses and ids as in the first packet
// of each direction.
struct Encapsulation {
    uint8_t outer_initiator[16];  // of the IP header in front of the tunnel header
    uint8_t outer_responder[16];
    uint8_t quoted_destination[16];  // ICMP error: whom the quoted packet was for; it came from the
                                     // flow's responder
    uint32_t tunnel_ids[2];          // initiator to responder, responder to initiator
    uint16_t quoted_src_port;        // 0 where the quoted protocol has none
    uint16_t quoted_dst_port;
    uint8_t quoted_protocol;
    TunnelType tunnel_type;
    uint8_t tunnel_depth;  // tunnels around the flow, with an IP header of their own
    uint8_t outer_ip_version;
};
static_assert(sizeof(Encapsulation) == 64);

struct FlowRecord {
    uint64_t flow_id;  // below 2^53, so that JSON readers with doubles keep it whole; equal for all
                       // parts of a flow
    int64_t first_ns;  // smallest and largest packet time stamp, ns since 1970-01-01 UTC
    int64_t last_ns;
    uint8_t initiator_address[16];
    uint8_t responder_address[16];
    uint16_t initiator_port;  // 0 for ICMP and wherever ports_absent is set
    uint16_t responder_port;
    uint8_t protocol;    // IANA protocol number of the last header
    uint8_t ip_version;  // 4 or 6
    EndReason end_reason;
    uint8_t flags;                             // FlowFlags
    uint16_t vlan_ids[limits::vlan_ids_kept];  // outermost first, vlan_absent where there is no tag
    uint8_t icmp_type;  // first packet's, initiator's view; 0 for other protocols
    uint8_t icmp_code;
    uint16_t port_index;  // where the first packet came from: index into the ports of the
                          // statistics segment
    uint32_t part;        // 0 for the first record of a flow, then 1, 2, ... (active timeout)
    uint32_t reserved;
    Direction initiator;  // initiator to responder
    Direction responder;  // responder to initiator
    Encapsulation encapsulation;
};

// Bytes of a record in a ring or a store: most flows are in no tunnel and end before that section.
constexpr uint32_t record_bytes(uint8_t flags) {
    return (flags & (has_tunnel | has_quoted_flow)) != 0 ? sizeof(FlowRecord)
                                                         : offsetof(FlowRecord, encapsulation);
}

static_assert(sizeof(FlowRecord) == 208 && alignof(FlowRecord) == 8);
static_assert(offsetof(FlowRecord, encapsulation) == 144);
static_assert(offsetof(FlowRecord, initiator_address) == 24);
static_assert(offsetof(FlowRecord, initiator_port) == 56);
static_assert(offsetof(FlowRecord, vlan_ids) == 64);
static_assert(offsetof(FlowRecord, initiator) == 80);
static_assert(std::is_trivially_copyable_v<FlowRecord>);
static_assert(std::has_unique_object_representations_v<FlowRecord>, "no padding");

}  // namespace baleen::record
