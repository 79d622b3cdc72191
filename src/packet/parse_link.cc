// From the first byte of a frame to its IP header: link types, tags, LLC, MPLS, PPP.
#include "packet/ethernet.h"
#include "packet/walk.h"

namespace baleen::packet {
namespace {

using base::load_be16;
using base::load_be32;
using record::TunnelType;

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

void take_vlan_tag(Walk& walk) {
    Layers& layers = walk.layers;
    if (layers.vlan_tags < limits::vlan_ids_kept)
        layers.vlan_ids[layers.vlan_tags] = load_be16(walk.here()) & ethernet::vlan_id_mask;
    layers.vlan_tags++;
}

// Bytes of a tag in front of the next EtherType that say nothing of the flow; 0: no such tag.
uint32_t skipped_tag_bytes(uint16_t type) {
    switch (type) {
        case ethertype::vn_tag: return 4;
        case ethertype::e_tag: return 6;
        default: return 0;
    }
}

// What lies behind an MPLS label stack has no type. RFC 4928 section 3: IP begins with its
// version, everything else should not; RFC 4385 section 3: a control word begins with 0.
Verdict parse_mpls_payload(Walk& walk) {
    if (!walk.has(1)) return Verdict::malformed_mpls_truncated;
    const uint8_t nibble = walk.here()[0] >> 4;
    if (nibble == 4) return parse_ipv4(walk);
    if (nibble == 6) return parse_ipv6(walk);
    if (nibble == 0 && walk.has(mpls::control_word_bytes)) walk.offset += mpls::control_word_bytes;
    const Verdict verdict = parse_ethernet(walk);
    return verdict == Verdict::counted_flow || verdict == Verdict::not_ip_arp
               ? verdict
               : Verdict::not_ip_mpls;
}

Verdict parse_mpls(Walk& walk) {
    if (!walk.opens(TunnelType::mpls)) return Verdict::not_ip_mpls;
    for (uint32_t labels = 0; labels < limits::mpls_labels_max; labels++) {
        if (!walk.has(mpls::entry_bytes)) return Verdict::malformed_mpls_truncated;
        const uint32_t entry = load_be32(walk.here());
        if (labels == 0) walk.set_tunnel_id(TunnelType::mpls, entry >> mpls::label_shift);
        walk.offset += mpls::entry_bytes;
        if ((entry & mpls::bottom_of_stack) != 0) return parse_mpls_payload(walk);
    }
    return Verdict::malformed_mpls_depth;
}

Verdict parse_pppoe(Walk& walk) {
    if (!walk.opens(TunnelType::pppoe)) return Verdict::not_ip_ppp;
    if (!walk.has(pppoe::header_bytes)) return Verdict::malformed_pppoe_header;
    const uint8_t* header = walk.here();
    if (header[0] != pppoe::version_and_type || header[1] != pppoe::code_session)
        return Verdict::malformed_pppoe_header;
    walk.set_tunnel_id(TunnelType::pppoe, load_be16(header + pppoe::session_offset));
    walk.offset += pppoe::header_bytes;
    return parse_ppp(walk);
}

// A whole Ethernet frame behind a tag.
Verdict parse_tagged_frame(Walk& walk, uint32_t tag_bytes) {
    if (!walk.has(tag_bytes)) return Verdict::malformed_vlan_truncated;
    walk.offset += tag_bytes;
    walk.link_headers++;
    return parse_ethernet(walk);
}

Verdict parse_nsh(Walk& walk) {
    if (!walk.has(nsh::header_bytes_min)) return Verdict::malformed_vlan_truncated;
    const uint32_t bytes = (load_be16(walk.here()) & nsh::length_mask) * 4u;
    const uint16_t type = nsh_ethertype(walk.here()[nsh::next_protocol_offset]);
    if (bytes < nsh::header_bytes_min || !walk.has(bytes)) return Verdict::malformed_vlan_truncated;
    if (type == 0) return Verdict::not_ip_ethertype;
    walk.offset += bytes;
    walk.link_headers++;
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

// A header that holds an EtherType somewhere.
Verdict parse_cooked(Walk& walk, uint32_t header_bytes, uint32_t protocol_offset) {
    if (!walk.has(header_bytes)) return Verdict::malformed_link_truncated;
    const uint16_t type = load_be16(walk.here() + protocol_offset);
    walk.offset += header_bytes;
    if (type == linux_sll::protocol_llc) return parse_llc(walk);
    return type <= ethernet::length_field_max ? Verdict::not_ip_llc : parse_ethertype(walk, type);
}

}  // namespace

uint16_t nsh_ethertype(uint8_t next_protocol) {
    switch (next_protocol) {
        case nsh::next_ipv4: return ethertype::ipv4;
        case nsh::next_ipv6: return ethertype::ipv6;
        case nsh::next_ethernet: return ethertype::ethernet;
        case nsh::next_nsh: return ethertype::nsh;
        case nsh::next_mpls: return ethertype::mpls;
        default: return 0;
    }
}

// PPP (RFC 1661 section 2), with or without HDLC's address and control (RFC 1662 section 3.1) and
// with the protocol field in one byte or two (RFC 1661 section 6.5).
Verdict parse_ppp(Walk& walk) {
    if (walk.has(2) && load_be16(walk.here()) == ppp::address_and_control) walk.offset += 2;
    if (!walk.has(2)) return Verdict::malformed_link_truncated;
    const bool compressed = (walk.here()[0] & 1) != 0;
    const uint16_t protocol_number = compressed ? walk.here()[0] : load_be16(walk.here());
    walk.offset += compressed ? 1 : 2;
    switch (protocol_number) {
        case ppp::protocol_ipv4: return parse_ipv4(walk);
        case ppp::protocol_ipv6: return parse_ipv6(walk);
        case ppp::protocol_mpls: return parse_mpls(walk);
        default: return Verdict::not_ip_ppp;
    }
}

Verdict parse_ethernet(Walk& walk) {
    if (!walk.has(ethernet::header_bytes)) return Verdict::malformed_link_truncated;
    const uint16_t type = load_be16(walk.here() + ethernet::type_offset);
    walk.offset += ethernet::header_bytes;
    return parse_ethertype(walk, type);
}

Verdict parse_ethertype(Walk& walk, uint16_t type) {
    for (;; walk.link_headers++) {
        if (walk.link_headers == limits::link_headers_max) return Verdict::malformed_vlan_depth;
        switch (type) {
            case ethertype::ipv4: return parse_ipv4(walk);
            case ethertype::ipv6: return parse_ipv6(walk);
            case ethertype::arp:
            case ethertype::rarp: return Verdict::not_ip_arp;
            case ethertype::vlan:
            case ethertype::vlan_service:
            case ethertype::vlan_legacy:
                if (!walk.has(ethernet::vlan_tag_bytes)) return Verdict::malformed_vlan_truncated;
                if (walk.layers.vlan_tags == limits::vlan_tags_max)
                    return Verdict::malformed_vlan_depth;
                take_vlan_tag(walk);
                type = load_be16(walk.here() + 2);
                walk.offset += ethernet::vlan_tag_bytes;
                continue;
            case ethertype::mpls:
            case ethertype::mpls_multicast: walk.link_headers++; return parse_mpls(walk);
            case ethertype::pppoe_session: walk.link_headers++; return parse_pppoe(walk);
            case ethertype::service_tag:
                return parse_tagged_frame(walk, ethernet::service_tag_bytes);
            case ethertype::fabric_path:
                return parse_tagged_frame(walk, ethernet::fabric_path_tag_bytes);
            case ethertype::ethernet: return parse_tagged_frame(walk, 0);
            case ethertype::nsh: return parse_nsh(walk);
            default: break;
        }
        if (type <= ethernet::length_field_max) return parse_llc(walk);
        const uint32_t tag_bytes = skipped_tag_bytes(type);
        if (tag_bytes == 0) return Verdict::not_ip_ethertype;
        if (!walk.has(tag_bytes + 2)) return Verdict::malformed_vlan_truncated;
        type = load_be16(walk.here() + tag_bytes);
        walk.offset += tag_bytes + 2;
    }
}

Verdict parse_link(Walk& walk) {
    switch (walk.packet.link) {
        case LinkType::ethernet: return parse_ethernet(walk);
        case LinkType::raw_bsd:
        case LinkType::raw_openbsd:
        case LinkType::raw: return parse_ip(walk);
        case LinkType::raw_ipv4: return parse_ipv4(walk);
        case LinkType::raw_ipv6: return parse_ipv6(walk);
        case LinkType::null:
        case LinkType::loop: return parse_loopback(walk);
        case LinkType::ppp:
        case LinkType::ppp_hdlc: return parse_ppp(walk);
        case LinkType::cisco_hdlc:
            return parse_cooked(walk, cisco_hdlc::header_bytes, cisco_hdlc::protocol_offset);
        case LinkType::linux_sll:
            return parse_cooked(walk, linux_sll::header_bytes, linux_sll::protocol_offset);
        case LinkType::linux_sll2:
            return parse_cooked(walk, linux_sll::header2_bytes, linux_sll::protocol2_offset);
    }
    return Verdict::not_ip_link_type;
}

}  // namespace baleen::packet
