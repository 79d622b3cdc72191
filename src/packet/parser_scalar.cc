// The scalar reference: what a packet means, said as plainly as possible. Vector kernels must equal
// it bit for bit; it is never derived from them.
//
// What must hold: no byte beyond `captured_length` is read. Each step checks its own header and
// either moves `offset` behind it or returns the reason why not.
#include <algorithm>
#include <cstring>

#include "base/byte_reader.h"
#include "packet/ethernet.h"
#include "packet/icmp.h"
#include "packet/ip.h"
#include "packet/parser.h"

namespace baleen::packet {
namespace {

using base::load_be16;
using base::load_be32;

// One packet's walk through its headers.
struct Walk {
    const Packet& packet;
    FlowKey& key;
    Layers& layers;
    Notes& notes;
    uint32_t offset = 0;
    uint32_t end;  // captured bytes, cut to the IP packet once its length is known

    explicit Walk(const Packet& p, FlowKey& k, Layers& l, Notes& n)
        : packet(p), key(k), layers(l), notes(n), end(p.captured_length) {}

    const uint8_t* here() const { return packet.data + offset; }
    bool has(uint32_t bytes) const { return end - offset >= bytes; }
    void note(Verdict which) { notes[static_cast<uint32_t>(which)]++; }
};

Verdict parse_without_ports(Walk& walk, uint8_t protocol_number) {
    walk.key.protocol = protocol_number;
    walk.key.ports_absent = 1;
    walk.layers.payload_offset = static_cast<uint16_t>(walk.offset);
    walk.layers.payload_length = walk.end - walk.offset;
    return Verdict::counted_flow;
}

// A header of `bytes`, or as much of it as was captured.
void take_header(Walk& walk, uint32_t bytes) {
    walk.offset += std::min(bytes, walk.end - walk.offset);
    walk.layers.payload_offset = static_cast<uint16_t>(walk.offset);
    walk.layers.payload_length = walk.end - walk.offset;
}

uint32_t tcp_header_bytes(Walk& walk) {
    if (!walk.has(tcp::flags_offset + 2)) {
        walk.note(Verdict::note_tcp_truncated);
        return tcp::header_bytes_min;
    }
    const uint16_t word = load_be16(walk.here() + tcp::flags_offset);
    walk.layers.tcp_flags = word & tcp::flags_mask;
    const uint32_t header_bytes = (word >> 12) * 4u;
    if (header_bytes < tcp::header_bytes_min) {
        walk.note(Verdict::note_tcp_header_length);
        return tcp::header_bytes_min;
    }
    return header_bytes;
}

Verdict parse_icmp(Walk& walk, uint8_t protocol_number) {
    if (!walk.has(2)) return Verdict::malformed_icmp_truncated;
    walk.layers.icmp_type = walk.here()[0];
    walk.layers.icmp_code = walk.here()[1];
    const auto [src, dst] = icmp::ports(protocol_number == protocol::icmpv6, walk.layers.icmp_type,
                                        walk.layers.icmp_code);
    walk.key.protocol = protocol_number;
    walk.key.src_port = src;
    walk.key.dst_port = dst;
    take_header(walk, icmp_header_bytes);
    return Verdict::counted_flow;
}

Verdict parse_transport(Walk& walk, uint8_t protocol_number) {
    walk.layers.l4_offset = static_cast<uint16_t>(walk.offset);
    if (protocol_number == protocol::icmp || protocol_number == protocol::icmpv6)
        return parse_icmp(walk, protocol_number);
    if (protocol_number != protocol::tcp && protocol_number != protocol::udp &&
        protocol_number != protocol::sctp)
        return parse_without_ports(walk, protocol_number);

    if (!walk.has(port_pair_bytes)) return Verdict::malformed_ports_truncated;
    walk.key.protocol = protocol_number;
    walk.key.src_port = load_be16(walk.here());
    walk.key.dst_port = load_be16(walk.here() + 2);
    const uint32_t header_bytes = protocol_number == protocol::tcp   ? tcp_header_bytes(walk)
                                  : protocol_number == protocol::udp ? udp_header_bytes
                                                                     : sctp_header_bytes;
    take_header(walk, header_bytes);
    return Verdict::counted_flow;
}

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
        walk.layers.fragment = 1;
        walk.note(Verdict::note_ipv6_fragment);
        if ((field & ipv6::fragment_mask) != 0) return parse_without_ports(walk, next_header);
    }
    return parse_transport(walk, next_header);
}

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
    const uint16_t fragment = load_be16(header + ipv4::fragment_offset);
    walk.offset += header_bytes;
    if ((fragment & (ipv4::more_fragments | ipv4::fragment_mask)) != 0) {
        walk.layers.fragment = 1;
        walk.note(Verdict::note_ipv4_fragment);
        if ((fragment & ipv4::fragment_mask) != 0)
            return parse_without_ports(walk, protocol_number);
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

// Raw IP: the first nibble tells the version.
Verdict parse_ip(Walk& walk) {
    if (!walk.has(1)) return Verdict::malformed_link_truncated;
    switch (walk.here()[0] >> 4) {
        case 4: return parse_ipv4(walk);
        case 6: return parse_ipv6(walk);
        default: return Verdict::malformed_ip_version;
    }
}

Verdict parse_llc(Walk& walk);

// What follows an EtherType: VLAN tags, then IP.
Verdict parse_ethertype(Walk& walk, uint16_t type) {
    for (;;) {
        switch (type) {
            case ethertype::ipv4: return parse_ipv4(walk);
            case ethertype::ipv6: return parse_ipv6(walk);
            case ethertype::arp:
            case ethertype::rarp: return Verdict::not_ip_arp;
            case ethertype::vlan:
            case ethertype::vlan_service:
            case ethertype::vlan_legacy: {
                if (!walk.has(ethernet::vlan_tag_bytes)) return Verdict::malformed_vlan_truncated;
                if (walk.layers.vlan_tags == limits::vlan_tags_max)
                    return Verdict::malformed_vlan_depth;
                if (walk.layers.vlan_tags < limits::vlan_ids_kept)
                    walk.layers.vlan_ids[walk.layers.vlan_tags] =
                        load_be16(walk.here()) & ethernet::vlan_id_mask;
                walk.layers.vlan_tags++;
                type = load_be16(walk.here() + 2);
                walk.offset += ethernet::vlan_tag_bytes;
                continue;
            }
            default:
                return type <= ethernet::length_field_max ? parse_llc(walk)
                                                          : Verdict::not_ip_ethertype;
        }
    }
}

// IEEE 802.2 behind a length field: IP by SAP, or an EtherType by SNAP (RFC 1042).
Verdict parse_llc(Walk& walk) {
    if (!walk.has(llc::header_bytes)) return Verdict::malformed_link_truncated;
    const uint8_t* header = walk.here();
    if (header[0] == llc::sap_ip && header[1] == llc::sap_ip && header[2] == llc::control_ui) {
        walk.offset += llc::header_bytes;
        return parse_ipv4(walk);
    }
    if (header[0] != llc::sap_snap || header[1] != llc::sap_snap || header[2] != llc::control_ui)
        return Verdict::not_ip_llc;
    if (!walk.has(llc::header_bytes + llc::snap_bytes)) return Verdict::malformed_link_truncated;
    const uint16_t type = load_be16(header + 6);
    const bool encapsulated_ethernet = header[3] == 0 && header[4] == 0 && header[5] == 0;
    if (!encapsulated_ethernet || type <= ethernet::length_field_max) return Verdict::not_ip_llc;
    walk.offset += llc::header_bytes + llc::snap_bytes;
    return parse_ethertype(walk, type);
}

Verdict parse_loopback(Walk& walk) {
    if (!walk.has(loopback::header_bytes)) return Verdict::malformed_link_truncated;
    // LINKTYPE_NULL is in the byte order of the writer, which the packet does not tell; a family is
    // small. Some writers put an EtherType there.
    uint32_t family = load_be32(walk.here());
    if (family > 0xffff) family = __builtin_bswap32(family);
    if (family > 0xffff) family = load_be16(walk.here() + 2);
    walk.offset += loopback::header_bytes;
    if (family == loopback::family_ipv4) return parse_ipv4(walk);
    if (loopback::is_ipv6_family(family)) return parse_ipv6(walk);
    return family > ethernet::length_field_max
               ? parse_ethertype(walk, static_cast<uint16_t>(family))
               : Verdict::not_ip_ethertype;
}

Verdict parse_cooked(Walk& walk, uint32_t header_bytes, uint32_t protocol_offset) {
    if (!walk.has(header_bytes)) return Verdict::malformed_link_truncated;
    const uint16_t type = load_be16(walk.here() + protocol_offset);
    walk.offset += header_bytes;
    if (type == linux_sll::protocol_llc) return parse_llc(walk);
    return type <= ethernet::length_field_max ? Verdict::not_ip_llc : parse_ethertype(walk, type);
}

Verdict parse_link(Walk& walk) {
    switch (walk.packet.link) {
        case LinkType::ethernet: {
            if (!walk.has(ethernet::header_bytes)) return Verdict::malformed_link_truncated;
            const uint16_t type = load_be16(walk.here() + ethernet::type_offset);
            walk.offset = ethernet::header_bytes;
            return parse_ethertype(walk, type);
        }
        case LinkType::raw_bsd:
        case LinkType::raw_openbsd:
        case LinkType::raw: return parse_ip(walk);
        case LinkType::raw_ipv4: return parse_ipv4(walk);
        case LinkType::raw_ipv6: return parse_ipv6(walk);
        case LinkType::null:
        case LinkType::loop: return parse_loopback(walk);
        case LinkType::linux_sll:
            return parse_cooked(walk, linux_sll::header_bytes, linux_sll::protocol_offset);
        case LinkType::linux_sll2:
            return parse_cooked(walk, linux_sll::header2_bytes, linux_sll::protocol2_offset);
    }
    return Verdict::not_ip_link_type;
}

}  // namespace

Verdict parse_packet(const Packet& packet, const ParseOptions& options, FlowKey& key,
                     Layers& layers, Notes& notes) {
    key = FlowKey{};
    key.vlan_ids.fill(record::vlan_absent);
    layers = Layers{};
    layers.vlan_ids.fill(record::vlan_absent);
    Walk walk(packet, key, layers, notes);
    const Verdict verdict = parse_link(walk);
    if (verdict != Verdict::counted_flow) key = FlowKey{};
    else if (options.key_vlan) key.vlan_ids = layers.vlan_ids;
    return verdict;
}

void parse_batch(Batch& batch, const ParseOptions& options, Notes& notes) {
    for (uint32_t lane = 0; lane < batch.count; lane++)
        batch.verdicts[lane] =
            parse_packet(batch.packets[lane], options, batch.keys[lane], batch.layers[lane], notes);
}

}  // namespace baleen::packet
