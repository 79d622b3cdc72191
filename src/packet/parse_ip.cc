// IPv4, IPv6 and what stands between them and the transport header: extensions and fragments.
#include <cstring>

#include "packet/ip.h"
#include "packet/walk.h"

namespace baleen::packet {
namespace {

using base::load_be16;
using base::load_be32;

// Cuts the walk to the IP packet, so that link padding is not taken for payload.
void set_ip_length(Walk& walk, uint32_t ip_bytes) {
    walk.layers.ip_bytes = ip_bytes;
    if (ip_bytes > walk.packet.wire_length - walk.layers.l3_offset)
        walk.note(Verdict::note_length_beyond_packet);
    const uint64_t ip_end = uint64_t{walk.layers.l3_offset} + ip_bytes;
    if (ip_end < walk.end) walk.end = static_cast<uint32_t>(ip_end);
}

bool is_extension(uint8_t ip_version, uint8_t next_header) {
    if (ip_version == 4) return next_header == protocol::ah;
    switch (next_header) {
        case protocol::hop_by_hop:
        case protocol::routing:
        case protocol::fragment:
        case protocol::ah:
        case protocol::destination_options:
        case protocol::mobility:
        case protocol::hip:
        case protocol::shim6: return true;
        default: return false;
    }
}

// `id` identifies the datagram, `begin` and `bytes` say which part of its payload this is, `more`
// that others follow.
void take_fragment(Walk& walk, uint8_t protocol_number, uint32_t id, uint32_t begin, uint32_t bytes,
                   bool more) {
    // RFC 1858 section 3: a first fragment that ends before the flags (16 bytes), or one at offset
    // 8 that could overwrite them, evades filters.
    const bool evades = begin == 0 ? bytes < tcp::flags_offset + 4 : begin == 8;
    if (protocol_number == protocol::tcp && evades) walk.note(Verdict::note_fragment_tiny);
    if (walk.layers.fragment != FragmentKind::none) return;
    walk.layers.fragment = begin == 0 ? FragmentKind::first : FragmentKind::later;
    walk.outer.fragment = {
        .src = walk.key.src,
        .dst = walk.key.dst,
        .id = id,
        .begin = begin,
        .end = begin + bytes,
        .key_vlan_ids = walk.options.key_vlan ? walk.layers.vlan_ids : walk.key.vlan_ids,
        .protocol = protocol_number,
        .ip_version = walk.key.ip_version,
        .is_last = more ? uint8_t{0} : uint8_t{1},
        .reserved = {},
        .unlinked_hash = 0};
}

// A fragment without a transport header: a flow of its datagram, until the first fragment is seen.
Verdict parse_later_fragment(Walk& walk, uint8_t protocol_number, uint32_t id) {
    walk.key.src_port = static_cast<uint16_t>(id >> 16);
    walk.key.dst_port = static_cast<uint16_t>(id);
    return parse_without_ports(walk, protocol_number, PortsAbsent::later_fragment);
}

// Headers between IP and transport: the extension headers of IPv6 (RFC 8200 section 4.1), and AH,
// which IPv4 has as well (RFC 4302).
Verdict parse_extensions(Walk& walk, uint8_t next_header) {
    for (uint32_t depth = 0; is_extension(walk.key.ip_version, next_header); depth++) {
        if (depth == limits::ipv6_extensions_max) return Verdict::malformed_ipv6_extension_depth;
        if (!walk.has(ipv6::extension_bytes_min))
            return Verdict::malformed_ipv6_extension_truncated;
        const uint8_t* header = walk.here();
        // RFC 8200 section 4: 8-byte units, the first not counted. RFC 4302 section 2.2: 4-byte
        // units minus 2.
        const uint32_t bytes = next_header == protocol::ah         ? (header[1] + 2u) * 4
                               : next_header == protocol::fragment ? ipv6::fragment_header_bytes
                                                                   : (header[1] + 1u) * 8;
        if (!walk.has(bytes)) return Verdict::malformed_ipv6_extension_truncated;
        const bool is_fragment = next_header == protocol::fragment;
        next_header = header[0];
        walk.offset += bytes;
        if (!is_fragment) continue;

        const uint16_t field = load_be16(header + 2);
        // RFC 6946: an "atomic" fragment (offset 0, none to follow) is a whole packet.
        if ((field & (ipv6::fragment_mask | ipv6::more_fragments)) == 0) continue;
        walk.note(Verdict::note_ipv6_fragment);
        const uint32_t id = load_be32(header + 4);
        // The field is in units of 8 bytes, in place: its upper 13 bits are the offset in bytes.
        const uint32_t begin = field & ipv6::fragment_mask;
        const uint32_t ip_end = walk.layers.l3_offset + walk.layers.ip_bytes;
        take_fragment(walk, next_header, id, begin, ip_end - std::min(ip_end, walk.offset),
                      (field & ipv6::more_fragments) != 0);
        if (begin != 0) return parse_later_fragment(walk, next_header, id);
    }
    return parse_transport(walk, next_header);
}

}  // namespace

Verdict parse_ipv4(Walk& walk) {
    walk.layers.l3_offset = static_cast<uint16_t>(walk.offset);
    if (!walk.has(ipv4::header_bytes_min)) return Verdict::malformed_ipv4_truncated;
    const uint8_t* header = walk.here();
    if (header[0] >> 4 != 4) return Verdict::malformed_ip_version;
    const uint32_t header_bytes = (header[0] & 0x0f) * 4u;
    if (header_bytes < ipv4::header_bytes_min) return Verdict::malformed_ipv4_header_length;
    if (!walk.has(header_bytes)) return Verdict::malformed_ipv4_truncated;

    uint32_t ip_bytes = load_be16(header + ipv4::total_length_offset);
    // Zero stands for "see the link layer": packets captured before the NIC cut them up (TSO) have
    // it.
    if (ip_bytes == 0) ip_bytes = walk.packet.wire_length - walk.offset;
    if (ip_bytes < header_bytes) return Verdict::malformed_ipv4_total_length;
    set_ip_length(walk, ip_bytes);

    walk.key.ip_version = 4;
    walk.key.src[10] = walk.key.src[11] = walk.key.dst[10] = walk.key.dst[11] = 0xff;
    std::memcpy(&walk.key.src[12], header + ipv4::src_offset, 4);
    std::memcpy(&walk.key.dst[12], header + ipv4::dst_offset, 4);
    walk.layers.tos = header[ipv4::tos_offset];
    walk.layers.ttl = header[ipv4::ttl_offset];
    const uint8_t protocol_number = header[ipv4::protocol_offset];
    const uint16_t field = load_be16(header + ipv4::fragment_offset);
    walk.offset += header_bytes;
    if ((field & (ipv4::more_fragments | ipv4::fragment_mask)) != 0) {
        walk.note(Verdict::note_ipv4_fragment);
        const uint16_t id = load_be16(header + ipv4::id_offset);
        const uint32_t begin = (field & ipv4::fragment_mask) * 8u;
        take_fragment(walk, protocol_number, id, begin, ip_bytes - header_bytes,
                      (field & ipv4::more_fragments) != 0);
        if (begin != 0) return parse_later_fragment(walk, protocol_number, id);
    }
    return parse_extensions(walk, protocol_number);
}

Verdict parse_ipv6(Walk& walk) {
    walk.layers.l3_offset = static_cast<uint16_t>(walk.offset);
    if (!walk.has(ipv6::header_bytes)) return Verdict::malformed_ipv6_truncated;
    const uint8_t* header = walk.here();
    if (header[0] >> 4 != 6) return Verdict::malformed_ip_version;

    const uint32_t payload_bytes = load_be16(header + ipv6::payload_length_offset);
    // Zero: a jumbogram (RFC 2675) or a packet captured before segmentation; the link layer knows.
    set_ip_length(walk, payload_bytes == 0 ? walk.packet.wire_length - walk.offset
                                           : ipv6::header_bytes + payload_bytes);
    walk.key.ip_version = 6;
    std::memcpy(walk.key.src.data(), header + ipv6::src_offset, 16);
    std::memcpy(walk.key.dst.data(), header + ipv6::dst_offset, 16);
    walk.layers.tos =
        static_cast<uint8_t>(load_be16(header) >> 4);  // version 4, traffic class 8, flow label 20
    walk.layers.ttl = header[ipv6::hop_limit_offset];
    walk.offset += ipv6::header_bytes;
    return parse_extensions(walk, header[ipv6::next_header_offset]);
}

Verdict parse_ip(Walk& walk) {
    if (!walk.has(1)) return Verdict::malformed_link_truncated;
    switch (walk.here()[0] >> 4) {
        case 4: return parse_ipv4(walk);
        case 6: return parse_ipv6(walk);
        default: return Verdict::malformed_ip_version;
    }
}

}  // namespace baleen::packet
