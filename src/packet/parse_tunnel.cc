// Tunnels: from a tunnel's own header to the flow inside of it.
//
// Rule: a tunnel is entered only if a flow is found inside of it. Otherwise the packet is one of
// the tunnel's own flow, as if tunnels were not opened at all, and a note says why. So ports that
// carry something else, keep-alives and control messages cost nothing and lose nothing, and no
// inner damage can take a packet out of the flow that it certainly belongs to.
#include "packet/tunnel.h"

#include <algorithm>

#include "packet/ethernet.h"
#include "packet/ip.h"
#include "packet/walk.h"

namespace baleen::packet {
namespace {

using base::load_be16;
using base::load_be32;
using record::TunnelType;

// Offsets in Layers have 16 bits. Without another tunnel there can be, behind a tunnel's offset:
// its own header, the longest of which (GTP-U's) is in front of bare IP, or GENEVE's and link
// headers with label stacks; then one IP header with extensions of up to 2 KiB each, and a
// transport header.
constexpr uint32_t tunnel_offset_max = 0x7fff;
constexpr uint32_t gtp_u_bytes_max =
    gtp_u::header_bytes_min + gtp_u::optional_bytes + (gtp_u::extensions_max - 1) * 255 * 4;
constexpr uint32_t link_bytes_max =
    geneve::header_bytes_min + 63 * 4 +
    limits::link_headers_max *
        (ethernet::header_bytes + limits::mpls_labels_max * mpls::entry_bytes + 16);
constexpr uint32_t ip_bytes_max = ipv6::header_bytes + limits::ipv6_extensions_max * 256 * 8 + 60;
static_assert(tunnel_offset_max + std::max(gtp_u_bytes_max, link_bytes_max) + ip_bytes_max <=
              UINT16_MAX);

// Instead of an EtherType: the first nibble tells the version of IP, or PPP.
constexpr uint16_t type_raw_ip = 0;
constexpr uint16_t type_ppp = 1;

// What a tunnel header says. Not understood: the packet stays in the outer flow.
struct Opened {
    bool understood = false;
    TunnelType type = TunnelType::none;
    uint16_t inner_type = 0;  // an EtherType, or one of the above
    uint32_t header_bytes = 0;
    uint32_t id = 0;
};

Opened open_erspan(const Walk& walk, uint16_t gre_protocol, uint16_t gre_flags, uint32_t at) {
    // Type I has no header of its own, and no sequence number in GRE's (draft section 4).
    const bool is_type_1 =
        gre_protocol == gre::protocol_erspan && (gre_flags & gre::sequence_present) == 0;
    if (is_type_1) return {true, TunnelType::erspan, ethertype::ethernet, at, 0};
    const bool is_type_3 = gre_protocol == gre::protocol_erspan_3;
    uint32_t bytes = is_type_3 ? erspan::header_bytes_3 : erspan::header_bytes_2;
    if (!walk.has(at + bytes)) return {};
    const uint8_t* header = walk.here() + at;
    const uint32_t session = load_be16(header + erspan::session_offset) & erspan::session_mask;
    uint16_t inner_type = ethertype::ethernet;
    if (is_type_3) {
        const uint16_t flags = load_be16(header + erspan::flags_offset_3);
        if ((flags & erspan::subheader_present_3) != 0) bytes += erspan::subheader_bytes_3;
        if ((flags & erspan::frame_type_mask_3) == erspan::frame_type_ip_3)
            inner_type = type_raw_ip;
    }
    return {true, TunnelType::erspan, inner_type, at + bytes, session};
}

Opened open_gre(const Walk& walk) {
    if (!walk.has(gre::header_bytes_min)) return {};
    const uint16_t flags = load_be16(walk.here());
    const uint16_t type = load_be16(walk.here() + 2);
    const uint16_t version = flags & gre::version_mask;
    if (version > 1 || (flags & gre::routing_present) != 0) return {};
    uint32_t bytes = gre::header_bytes_min;
    if ((flags & gre::checksum_present) != 0) bytes += gre::option_bytes;
    const uint32_t key_at = bytes;
    if ((flags & gre::key_present) != 0) bytes += gre::option_bytes;
    if ((flags & gre::sequence_present) != 0) bytes += gre::option_bytes;
    if (version == 1 && (flags & gre::acknowledgment_present) != 0) bytes += gre::option_bytes;
    if (!walk.has(bytes)) return {};
    const uint32_t key = (flags & gre::key_present) != 0 ? load_be32(walk.here() + key_at) : 0;
    if (version == 1) {
        // RFC 2637: the key's lower half is the call id.
        return {type == gre::protocol_ppp, TunnelType::gre, type_ppp, bytes, key & 0xffff};
    }
    constexpr uint16_t options = gre::checksum_present | gre::key_present | gre::sequence_present;
    switch (type) {
        case gre::protocol_erspan:
        case gre::protocol_erspan_3: return open_erspan(walk, type, flags, bytes);
        case gre::protocol_ppp: return {true, TunnelType::gre, type_ppp, bytes, key};
        case gre::protocol_wccp: {
            // Version 1 of WCCP has no redirect header; IP's version nibble tells (0: the header).
            const bool has_header = walk.has(bytes + 1) && walk.here()[bytes] >> 4 != 4;
            return {true, TunnelType::gre, type_raw_ip,
                    bytes + (has_header ? gre::wccp_header_bytes : 0), key};
        }
        case ethertype::ethernet:
            // RFC 7637 section 3.2: a key, and neither checksum nor sequence number.
            if ((flags & options) == gre::key_present)
                return {true, TunnelType::nvgre, type, bytes, key >> gre::nvgre_id_shift};
            [[fallthrough]];
        default: return {type > ethernet::length_field_max, TunnelType::gre, type, bytes, key};
    }
}

Opened open_etherip(const Walk& walk) {
    const bool understood =
        walk.has(etherip::header_bytes) && walk.here()[0] == etherip::version_byte;
    return {understood, TunnelType::etherip, ethertype::ethernet, etherip::header_bytes, 0};
}

// Session 0 is control. The cookie that may follow is not announced in the packet; none is assumed.
Opened open_l2tpv3(const Walk& walk, uint32_t at) {
    if (!walk.has(at + l2tpv3::session_bytes)) return {};
    const uint32_t session = load_be32(walk.here() + at);
    return {session != 0, TunnelType::l2tpv3, ethertype::ethernet, at + l2tpv3::session_bytes,
            session};
}

Opened open_l2tpv3_udp(const Walk& walk) {
    if (!walk.has(l2tpv3::udp_flags_bytes)) return {};
    const uint16_t flags = load_be16(walk.here()) & l2tpv3::udp_type_and_version_mask;
    if (flags != l2tpv3::udp_data_version_3) return {};
    return open_l2tpv3(walk, l2tpv3::udp_flags_bytes);
}

Opened open_vxlan(const Walk& walk) {
    if (!walk.has(vxlan::header_bytes)) return {};
    const uint8_t* header = walk.here();
    return {(header[0] & vxlan::id_present) != 0, TunnelType::vxlan, ethertype::ethernet,
            vxlan::header_bytes, load_be32(header + vxlan::id_offset) >> 8};
}

Opened open_vxlan_gpe(const Walk& walk) {
    Opened opened = open_vxlan(walk);
    if (!opened.understood) return {};
    opened.type = TunnelType::vxlan_gpe;
    // Some senders set the field without the bit that says so.
    const uint8_t next_protocol = walk.here()[vxlan::next_protocol_offset];
    if (next_protocol == vxlan::next_absent) return opened;
    opened.inner_type = nsh_ethertype(next_protocol);
    opened.understood = opened.inner_type != 0;
    return opened;
}

Opened open_geneve(const Walk& walk) {
    if (!walk.has(geneve::header_bytes_min)) return {};
    const uint8_t* header = walk.here();
    const uint32_t option_bytes = (header[0] & geneve::option_words_mask) * 4u;
    return {(header[0] & geneve::version_mask) == 0, TunnelType::geneve,
            load_be16(header + geneve::protocol_offset), geneve::header_bytes_min + option_bytes,
            load_be32(header + geneve::id_offset) >> 8};
}

Opened open_gtp_u(const Walk& walk) {
    if (!walk.has(gtp_u::header_bytes_min)) return {};
    const uint8_t* header = walk.here();
    if ((header[0] & gtp_u::version_and_type_mask) != gtp_u::version_1_gtp ||
        header[1] != gtp_u::message_g_pdu)
        return {};
    Opened opened{true, TunnelType::gtp_u, type_raw_ip, gtp_u::header_bytes_min,
                  load_be32(header + gtp_u::id_offset)};
    if ((header[0] & gtp_u::optional_present) == 0) return opened;
    opened.header_bytes += gtp_u::optional_bytes;
    if ((header[0] & gtp_u::extension_present) == 0) return opened;
    // Each extension: its length in words, content, type of the next one; 0 ends the chain.
    uint32_t type_at = gtp_u::next_extension_offset;
    for (uint32_t i = 0; i < gtp_u::extensions_max && walk.has(type_at + 2); i++) {
        if (header[type_at] == 0) return opened;
        const uint32_t bytes = header[type_at + 1] * 4u;
        if (bytes == 0) return {};
        type_at += bytes;
        opened.header_bytes += bytes;
    }
    return {};
}

Opened open_teredo(const Walk& walk) {
    uint32_t bytes = 0;
    const uint8_t* header = walk.here();
    if (walk.has(teredo::authentication_bytes_min) && load_be16(header) == teredo::authentication)
        bytes = teredo::authentication_bytes_min + header[teredo::identifier_length_offset] +
                header[teredo::value_length_offset];
    if (walk.has(bytes + 2) && load_be16(header + bytes) == teredo::origin_indication)
        bytes += teredo::origin_bytes;
    return {walk.has(bytes + ipv6::header_bytes), TunnelType::teredo, ethertype::ipv6, bytes, 0};
}

Verdict parse_inner(Walk& walk, uint16_t type) {
    switch (type) {
        case type_raw_ip: return parse_ip(walk);
        case type_ppp: return parse_ppp(walk);
        default: return parse_ethertype(walk, type);
    }
}

bool is_malformed(Verdict verdict) {
    return verdict >= Verdict::malformed_link_truncated &&
           verdict <= Verdict::malformed_icmp_truncated;
}

// Blank what the inner headers will tell; what came before them stays.
void begin_inner(Walk& walk, const Opened& opened) {
    Tunnel& tunnel = walk.outer.tunnel;
    tunnel.src = walk.key.src;
    tunnel.dst = walk.key.dst;
    tunnel.id = opened.id;
    tunnel.depth = ++walk.tunnel_depth;
    tunnel.ip_version = walk.key.ip_version;
    tunnel.reserved[0] = tunnel.reserved[1] = 0;
    walk.key = FlowKey{};
    walk.key.vlan_ids.fill(record::vlan_absent);
    walk.layers.tunnel = opened.type;
    walk.layers.l4_offset = 0;
    walk.offset += opened.header_bytes;
}

bool enter(Walk& walk, const Opened& opened) {
    if (!opened.understood || !walk.opens(opened.type)) return false;
    if (walk.tunnel_depth == limits::tunnel_depth_max || walk.offset > tunnel_offset_max) {
        walk.note(Verdict::note_tunnel_depth);
        return false;
    }
    if (!walk.has(opened.header_bytes)) {
        walk.note(Verdict::note_tunnel_malformed);
        return false;
    }
    const FlowKey key = walk.key;
    const Layers layers = walk.layers;
    const Tunnel tunnel = walk.outer.tunnel;
    const uint32_t offset = walk.offset, end = walk.end;
    begin_inner(walk, opened);
    const Verdict verdict = parse_inner(walk, opened.inner_type);
    if (verdict == Verdict::counted_flow) return true;

    walk.note(is_malformed(verdict) ? Verdict::note_tunnel_malformed : Verdict::note_tunnel_not_ip);
    walk.key = key;
    walk.layers = layers;
    walk.outer.tunnel = tunnel;
    walk.offset = offset;
    walk.end = end;
    walk.tunnel_depth--;
    return false;
}

Opened open_udp(const Walk& walk, TunnelType type) {
    switch (type) {
        case TunnelType::vxlan: return open_vxlan(walk);
        case TunnelType::vxlan_gpe: return open_vxlan_gpe(walk);
        case TunnelType::geneve: return open_geneve(walk);
        case TunnelType::gtp_u: return open_gtp_u(walk);
        case TunnelType::teredo: return open_teredo(walk);
        case TunnelType::l2tpv3: return open_l2tpv3_udp(walk);
        default: return {};
    }
}

}  // namespace

bool enter_ip_tunnel(Walk& walk, uint8_t protocol_number) {
    switch (protocol_number) {
        case protocol::ipv4: return enter(walk, {true, TunnelType::ipip, ethertype::ipv4, 0, 0});
        case protocol::ipv6: return enter(walk, {true, TunnelType::ipv6, ethertype::ipv6, 0, 0});
        case protocol::gre: return enter(walk, open_gre(walk));
        case protocol::etherip: return enter(walk, open_etherip(walk));
        case protocol::l2tp: return enter(walk, open_l2tpv3(walk, 0));
        default: return false;
    }
}

// Answers come from the tunnel's port where a tunnel has one at both ends (GTP-U, Teredo, L2TPv3);
// VXLAN and GENEVE always send to it. Either is tried: what is not the tunnel is not understood.
bool enter_udp_tunnel(Walk& walk) {
    for (const TunnelPort& tunnel : walk.options.tunnel_ports) {
        if (tunnel.port == 0) break;
        if (tunnel.port == walk.key.dst_port || tunnel.port == walk.key.src_port)
            return enter(walk, open_udp(walk, tunnel.type));
    }
    return false;
}

}  // namespace baleen::packet
