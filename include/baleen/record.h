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
#include <cstring>
#include <string_view>
#include <type_traits>

#include "baleen/application.h"
#include "baleen/limits.h"

namespace baleen::record {

inline constexpr uint16_t flow_version = 5;

// Why a record was made: IPFIX flowEndReason (IE 136, RFC 5102 section 5.11.3).
enum class EndReason : uint8_t {
    idle_timeout = 1,
    active_timeout = 2,
    end_of_flow = 3,
    forced_end = 4,
    lack_of_resources = 5,
};

// Bits of FlowRecord::flags.
enum FlowFlags : uint16_t {
    // Some packet of the flow was an IP fragment.
    has_fragments = 1 << 0,
    // Ports are not known: IP fragments without a transport header, or a protocol that has none.
    ports_absent = 1 << 1,
    // An earlier record of this flow was cut by the active timeout (`part` counts them).
    continued = 1 << 2,
    // `encapsulation` tells what the flow's packets came wrapped in.
    has_tunnel = 1 << 3,
    // ICMP error: `encapsulation` tells which flow it is about.
    has_quoted_flow = 1 << 4,
    // `tcp` tells how the connection went.
    has_tcp = 1 << 5,
    // Packets were lost in front of the workers while the flow lived: some may have been its own.
    loss_in_lifetime = 1 << 6,
    // Not one flow: first packets of flows for which a full table had no room, of all initiators
    // (their address and port are zero) to one responder, or to all (zero as well).
    aggregated = 1 << 7,
    // `splt` tells the first packets one by one.
    has_splt = 1 << 8,
    // `matches` tells which rules hit.
    has_matches = 1 << 9,
    // `application` tells what the flow spoke.
    has_application = 1 << 10,
};

// Why one end is called the initiator.
enum class InitiatorReason : uint8_t {
    first_packet,  // it sent the first packet that was seen
    syn,           // it sent a SYN
    syn_ack,       // it was sent a SYN+ACK
};
inline constexpr uint32_t initiator_reason_count = 3;
inline constexpr std::array<std::string_view, initiator_reason_count> initiator_reason_names = {
    "first_packet", "syn", "syn_ack"};

// How a TCP connection stood when it was told, in Zeek's terms (base/protocols/conn, conn_state).
// docs/tcp-metrics.md has the rules.
enum class ConnState : uint8_t {
    oth,     // none of the others: from the middle of a connection
    s0,      // SYN, no answer
    s1,      // established, not ended
    sf,      // established, ended by FIN from both
    rej,     // SYN, answered by RST
    s2,      // established, FIN from the initiator only
    s3,      // established, FIN from the responder only
    rsto,    // established, the initiator sent RST
    rstr,    // established, the responder sent RST
    rstos0,  // the initiator sent RST, and no SYN+ACK was seen
    rstrh,   // the responder sent RST, and no SYN was seen, or nothing of the initiator
    sh,      // the initiator sent FIN, and no SYN+ACK was seen
    shr,     // the responder sent FIN, and no SYN was seen: as in rstrh
};
inline constexpr uint32_t conn_state_count = 13;
inline constexpr std::array<std::string_view, conn_state_count> conn_state_names = {
    "OTH", "S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR"};

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
// them; payload bytes behind the transport header, by the lengths on the wire. Gaps are the times
// from each packet of the direction to the next one.
struct Direction {
    uint64_t packets;
    uint64_t ip_bytes;
    uint64_t wire_bytes;
    uint64_t payload_bytes;
    uint64_t gap_mean_ns;  // 0 with less than two packets
    uint64_t gap_stddev_ns;
    uint16_t size_min;  // of the IP packets; 65535 stands for that and more
    uint16_t size_max;
    uint16_t tcp_flags;  // union of all packets, RFC 9293 bits as in the header (FIN = 0x01 ... CWR
                         // = 0x80, AE = 0x100)
    uint8_t tos;         // first packet's IPv4 ToS or IPv6 traffic class
    uint8_t ttl_min;     // IPv4 TTL or IPv6 hop limit
    uint8_t ttl_max;
    uint8_t reserved[7];
};
static_assert(sizeof(Direction) == 64);

// What one end of a TCP connection sent; docs/tcp-metrics.md defines each.
struct TcpSide {
    uint64_t missed_bytes;     // of its sequence space: not seen here, or not yet
    uint32_t retransmissions;  // packets
    uint32_t out_of_order;     // packets
    uint32_t gaps;             // times that data was missing before a packet, or was acknowledged
                               // unseen
    uint32_t zero_windows;     // packets
    uint32_t window_min;       // bytes, scaled unless an end has declined it; without SYN and RST
                               // packets
    uint32_t window_max;
    uint16_t mss;  // 0: not told
    uint16_t resets;
    uint16_t keep_alives;
    uint8_t window_scale;  // 255: not told
    uint8_t options;       // TcpOptions
};
static_assert(sizeof(TcpSide) == 40);
enum TcpOptions : uint8_t { sack_permitted = 1 << 0, timestamps = 1 << 1 };
inline constexpr uint8_t window_scale_absent = 255;
inline constexpr uint32_t history_letters_max = 30;

// Told only where FlowFlags says so.
struct Tcp {
    TcpSide initiator;
    TcpSide responder;
    uint64_t responder_rtt_ns;  // SYN to SYN+ACK: from here to the responder and back; 0: not seen
    uint64_t initiator_rtt_ns;  // SYN+ACK to ACK: from here to the initiator and back
    ConnState conn_state;
    char history[history_letters_max + 1];  // Zeek's letters, zero-terminated
};
static_assert(sizeof(Tcp) == 128);

// What rules found in the flow. Told only where FlowFlags says so.
inline constexpr uint32_t match_rules_told_max = 6;
struct Matches {
    uint32_t hits;        // of all rules
    uint32_t suppressed;  // those that made no event, for a limit
    uint32_t rule_count;  // told below
    uint8_t severity;     // the smallest of all hits, which is the gravest
    uint8_t actions;      // bits by ruleset::Action: what the hits asked for
    uint16_t reserved;
    std::array<uint32_t, match_rules_told_max> rule_ids;  // the first different ones that hit
};
static_assert(sizeof(Matches) == 40);

// Sizes and gaps of a flow's first packets (SPLT: sequence of packet lengths and times), of both
// directions in the order they came. Told only where FlowFlags says so, with as many packets as
// `count` says.
struct SpltPacket {
    int32_t size;     // of the IP packet; negative: responder to initiator
    uint32_t gap_us;  // since the packet before it, of either direction
};
using limits::splt_packets_max;
struct Splt {
    uint32_t count;
    uint32_t reserved;
    std::array<SpltPacket, splt_packets_max> packets;
};
static_assert(sizeof(Splt) == 264);

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

// What the flow spoke, by its content, and the values that its events had in fields whose place is
// the flow (baleen/app_fields.def): the first different ones, as far as there is room. Told only
// where FlowFlags says so, with as many bytes of fields as `field_bytes` says.
inline constexpr uint32_t application_bytes_max = 512;
struct Application {
    application::AppProto app_proto;
    uint16_t field_bytes;
    uint32_t events;  // that the flow has made so far
    std::array<uint8_t, application_bytes_max> fields;
};
static_assert(sizeof(Application) == 520);

struct FlowRecord {
    uint64_t flow_id;  // below 2^53, so that JSON readers with doubles keep it whole; equal for all
                       // parts of a flow
    int64_t first_ns;  // smallest and largest packet time stamp, ns since 1970-01-01 UTC
    int64_t last_ns;
    uint8_t initiator_address[16];
    uint8_t responder_address[16];
    uint16_t initiator_port;  // 0 for ICMP and wherever ports_absent is set
    uint16_t responder_port;
    uint8_t protocol;                          // IANA protocol number of the last header
    uint8_t ip_version;                        // 4 or 6
    uint16_t flags;                            // FlowFlags
    uint16_t vlan_ids[limits::vlan_ids_kept];  // outermost first, vlan_absent where there is no tag
    uint8_t icmp_type;  // first packet's, initiator's view; 0 for other protocols
    uint8_t icmp_code;
    uint16_t port_index;  // where the first packet came from: index into the ports of the
                          // statistics segment
    uint32_t part;        // 0 for the first record of a flow, then 1, 2, ... (active timeout)
    EndReason end_reason;
    InitiatorReason initiator_reason;
    uint16_t reserved;
    Direction initiator;  // initiator to responder
    Direction responder;  // responder to initiator
    // Sections. In a ring and in a store only those that `flags` names are there, in this order
    // without gaps: unpack() puts them where they are here.
    Tcp tcp;
    Encapsulation encapsulation;
    Matches matches;
    Splt splt;
    Application application;
};

inline constexpr uint32_t fixed_record_bytes = offsetof(FlowRecord, tcp);

constexpr bool has_encapsulation(uint16_t flags) {
    return (flags & (has_tunnel | has_quoted_flow)) != 0;
}
// Where the sections are in a packed record, and how long it is.
constexpr uint32_t encapsulation_offset(uint16_t flags) {
    return fixed_record_bytes + ((flags & has_tcp) != 0 ? uint32_t{sizeof(Tcp)} : 0);
}
constexpr uint32_t matches_offset(uint16_t flags) {
    return encapsulation_offset(flags) +
           (has_encapsulation(flags) ? uint32_t{sizeof(Encapsulation)} : 0);
}
constexpr uint32_t splt_offset(uint16_t flags) {
    return matches_offset(flags) + ((flags & has_matches) != 0 ? uint32_t{sizeof(Matches)} : 0);
}
constexpr uint32_t application_offset(uint16_t flags, uint32_t splt_count) {
    if ((flags & has_splt) == 0) return splt_offset(flags);
    return splt_offset(flags) + uint32_t{offsetof(Splt, packets)} +
           splt_count * uint32_t{sizeof(SpltPacket)};
}
constexpr uint32_t record_bytes(uint16_t flags, uint32_t splt_count, uint32_t field_bytes) {
    const uint32_t at = application_offset(flags, splt_count);
    if ((flags & has_application) == 0) return at;
    return at + uint32_t{offsetof(Application, fields)} + field_bytes;
}
constexpr uint32_t record_bytes(const FlowRecord& record) {
    return record_bytes(record.flags, record.splt.count, record.application.field_bytes);
}

// From a ring's or a store's bytes, of which there are `size`. False: they are not a record's size.
// Sections that are not there become zero.
inline bool unpack(const void* from, size_t size, FlowRecord& record) {
    if (size < fixed_record_bytes) return false;
    const auto* bytes = static_cast<const uint8_t*>(from);
    record = {};
    std::memcpy(&record, bytes, fixed_record_bytes);
    if ((record.flags & has_splt) != 0) {
        const uint32_t at = splt_offset(record.flags);
        if (size < at + sizeof record.splt.count) return false;
        std::memcpy(&record.splt.count, bytes + at, sizeof record.splt.count);
        if (record.splt.count > splt_packets_max) return false;
    }
    if ((record.flags & has_application) != 0) {
        const uint32_t at = application_offset(record.flags, record.splt.count);
        constexpr uint32_t head_bytes = offsetof(Application, fields);
        if (size < at + head_bytes) return false;
        std::memcpy(&record.application, bytes + at, head_bytes);
        const uint16_t field_bytes = record.application.field_bytes;
        if (field_bytes > application_bytes_max || size != at + head_bytes + field_bytes)
            return false;
        std::memcpy(&record.application.fields, bytes + at + head_bytes, field_bytes);
    }
    if (size != record_bytes(record)) return false;
    if ((record.flags & has_tcp) != 0)
        std::memcpy(&record.tcp, bytes + fixed_record_bytes, sizeof record.tcp);
    if (has_encapsulation(record.flags))
        std::memcpy(&record.encapsulation, bytes + encapsulation_offset(record.flags),
                    sizeof record.encapsulation);
    if ((record.flags & has_matches) != 0)
        std::memcpy(&record.matches, bytes + matches_offset(record.flags), sizeof record.matches);
    if ((record.flags & has_splt) != 0)
        std::memcpy(
            &record.splt, bytes + splt_offset(record.flags),
            application_offset(record.flags, record.splt.count) - splt_offset(record.flags));
    return true;
}

// The reverse; `to` has room for record_bytes(record).
inline void pack(const FlowRecord& record, void* to) {
    auto* bytes = static_cast<uint8_t*>(to);
    std::memcpy(bytes, &record, fixed_record_bytes);
    if ((record.flags & has_tcp) != 0)
        std::memcpy(bytes + fixed_record_bytes, &record.tcp, sizeof record.tcp);
    if (has_encapsulation(record.flags))
        std::memcpy(bytes + encapsulation_offset(record.flags), &record.encapsulation,
                    sizeof record.encapsulation);
    if ((record.flags & has_matches) != 0)
        std::memcpy(bytes + matches_offset(record.flags), &record.matches, sizeof record.matches);
    if ((record.flags & has_splt) != 0)
        std::memcpy(
            bytes + splt_offset(record.flags), &record.splt,
            application_offset(record.flags, record.splt.count) - splt_offset(record.flags));
    if ((record.flags & has_application) != 0)
        std::memcpy(bytes + application_offset(record.flags, record.splt.count),
                    &record.application,
                    offsetof(Application, fields) + record.application.field_bytes);
}

static_assert(sizeof(FlowRecord) == 1224 && alignof(FlowRecord) == 8);
static_assert(fixed_record_bytes == 208);
static_assert(offsetof(FlowRecord, initiator_address) == 24);
static_assert(offsetof(FlowRecord, initiator_port) == 56);
static_assert(offsetof(FlowRecord, vlan_ids) == 64);
static_assert(offsetof(FlowRecord, initiator) == 80);
static_assert(std::is_trivially_copyable_v<FlowRecord>);
static_assert(std::has_unique_object_representations_v<FlowRecord>, "no padding");

}  // namespace baleen::record
