// Encapsulations: what stands between two IP headers, or between Ethernet and IP.
#include "packet/ethernet.h"
#include "packet/ip.h"
#include "packet/tunnel.h"
#include "tests/support/packet_builder.h"

namespace baleen::test {

namespace gre = packet::gre;

PacketBuilder& PacketBuilder::llc_snap() {
    type_field_ = TypeField::none;
    add_fixup(Fix::llc_length);
    raw({packet::llc::sap_snap, packet::llc::sap_snap, packet::llc::control_ui, 0, 0, 0});
    add_type_field();
    return *this;
}

PacketBuilder& PacketBuilder::llc_ip() {
    type_field_ = TypeField::none;
    add_fixup(Fix::llc_length);
    return raw({packet::llc::sap_ip, packet::llc::sap_ip, packet::llc::control_ui});
}

PacketBuilder& PacketBuilder::mpls(const std::vector<uint32_t>& labels) {
    take_type(packet::ethertype::mpls);
    for (size_t i = 0; i < labels.size(); i++) {
        const bool is_bottom = i + 1 == labels.size();
        constexpr uint32_t ttl = 64;
        add32(labels[i] << packet::mpls::label_shift |
              (is_bottom ? packet::mpls::bottom_of_stack : 0) | ttl);
    }
    return *this;
}

PacketBuilder& PacketBuilder::ppp() {
    take_type(gre::protocol_ppp);
    add_type_field(TypeField::ppp);
    return *this;
}

PacketBuilder& PacketBuilder::pppoe(uint16_t session) {
    take_type(packet::ethertype::pppoe_session);
    add_fixup(Fix::pppoe_length);
    add16(packet::pppoe::version_and_type << 8 | packet::pppoe::code_session);
    add16(session);
    add16(0);
    return ppp();
}

PacketBuilder& PacketBuilder::gre(uint16_t flags, uint32_t key) {
    next_header(packet::protocol::gre);
    if ((flags & gre::checksum_present) != 0) add_fixup(Fix::gre_checksum);
    add16(flags);
    add_type_field();
    if ((flags & gre::checksum_present) != 0) add32(0);
    if ((flags & gre::key_present) != 0) add32(key);
    if ((flags & gre::sequence_present) != 0) add32(1);
    return *this;
}

PacketBuilder& PacketBuilder::pptp(uint16_t call_id) {
    next_header(packet::protocol::gre);
    add_fixup(Fix::pptp_length);
    add16(gre::key_present | gre::sequence_present | 1);
    add16(gre::protocol_ppp);
    add32(call_id);
    add32(1);
    return ppp();
}

PacketBuilder& PacketBuilder::nvgre(uint32_t vsid, uint8_t flow_id) {
    return gre(gre::key_present, vsid << gre::nvgre_id_shift | flow_id);
}

PacketBuilder& PacketBuilder::erspan_1() {
    gre();
    take_type(gre::protocol_erspan);
    return *this;
}

// draft-foschiano-erspan-03 section 4.1: version 1 is type II.
PacketBuilder& PacketBuilder::erspan_2(uint16_t session) {
    gre(gre::sequence_present);
    take_type(gre::protocol_erspan);
    add16(1 << 12);
    add16(session);
    add32(0);
    return *this;
}

// Section 4.2: version 2 is type III.
PacketBuilder& PacketBuilder::erspan_3(uint16_t session, bool with_subheader, bool of_ip) {
    gre(gre::sequence_present);
    take_type(gre::protocol_erspan_3);
    add16(2 << 12);
    add16(session);
    add32(0);  // time stamp
    add16(0);
    add16(static_cast<uint16_t>((of_ip ? packet::erspan::frame_type_ip_3 : 0) |
                                (with_subheader ? packet::erspan::subheader_present_3 : 0)));
    if (with_subheader) bytes_.resize(bytes_.size() + packet::erspan::subheader_bytes_3);
    return *this;
}

PacketBuilder& PacketBuilder::wccp() {
    gre();
    take_type(gre::protocol_wccp);
    add32(0);
    return *this;
}

PacketBuilder& PacketBuilder::etherip() {
    next_header(packet::protocol::etherip);
    return raw({packet::etherip::version_byte, 0});
}

PacketBuilder& PacketBuilder::l2tpv3(uint32_t session) {
    next_header(packet::protocol::l2tp);
    add32(session);
    return *this;
}

PacketBuilder& PacketBuilder::l2tpv3_udp(uint32_t session) {
    add32(uint32_t{packet::l2tpv3::udp_data_version_3} << 16);
    add32(session);
    return *this;
}

PacketBuilder& PacketBuilder::vxlan(uint32_t vni) {
    add32(uint32_t{packet::vxlan::id_present} << 24);
    add32(vni << 8);
    return *this;
}

PacketBuilder& PacketBuilder::vxlan_gpe(uint32_t vni) {
    const size_t header = bytes_.size();
    add32(uint32_t{packet::vxlan::id_present | packet::vxlan::next_protocol_present} << 24);
    add32(vni << 8);
    type_field_ = TypeField::vxlan_gpe;
    type_field_at_ = header + packet::vxlan::next_protocol_offset;
    return *this;
}

PacketBuilder& PacketBuilder::geneve(uint32_t vni, uint32_t option_words) {
    add16(static_cast<uint16_t>(option_words << 8));
    add_type_field();
    add32(vni << 8);
    if (option_words == 0) return *this;
    // RFC 8926 section 3.5: one option, its length without its own first word.
    add32(0x01020000 | (option_words - 1));
    bytes_.resize(bytes_.size() + (option_words - 1) * 4);
    return *this;
}

void PacketBuilder::gtp_u_header(uint8_t flags, uint32_t teid) {
    add_fixup(Fix::gtp_u_length);
    raw({static_cast<uint8_t>(packet::gtp_u::version_1_gtp | flags), packet::gtp_u::message_g_pdu});
    add16(0);
    add32(teid);
}

PacketBuilder& PacketBuilder::gtp_u(uint32_t teid, const std::vector<uint8_t>& extensions) {
    // TS 29.281 section 5.2.1, figure 5.2.1-3.
    constexpr uint8_t pdu_session_container = 0x85, service_class_indicator = 0x20;
    gtp_u_header(extensions.empty() ? 0 : packet::gtp_u::extension_present, teid);
    if (extensions.empty()) return *this;
    raw({0, 0, 0, pdu_session_container});
    for (size_t i = 0; i < extensions.size(); i++) {
        bytes_.push_back(extensions[i]);
        bytes_.resize(bytes_.size() + extensions[i] * 4u - 2);
        bytes_.push_back(i + 1 == extensions.size() ? 0 : service_class_indicator);
    }
    return *this;
}

PacketBuilder& PacketBuilder::gtp_u_sequence(uint32_t teid, uint16_t number) {
    constexpr uint8_t sequence_present = 0x02;
    gtp_u_header(sequence_present, teid);
    add16(number);
    add16(0);
    return *this;
}

PacketBuilder& PacketBuilder::teredo_authentication(uint8_t identifier_bytes, uint8_t value_bytes) {
    add16(packet::teredo::authentication);
    raw({identifier_bytes, value_bytes});
    constexpr size_t nonce_and_confirmation_bytes = 9;
    bytes_.resize(bytes_.size() + identifier_bytes + value_bytes + nonce_and_confirmation_bytes);
    return *this;
}

PacketBuilder& PacketBuilder::teredo_origin() {
    // RFC 4380 section 5.1.1: port and address with all bits inverted.
    add16(packet::teredo::origin_indication);
    add16(static_cast<uint16_t>(~4096));
    add32(~0xc0000207u);
    return *this;
}

PacketBuilder::Bytes tagged_in_vxlan(size_t payload) {
    return PacketBuilder()
        .ethernet()
        .vlan(3)
        .ipv4("10.0.0.1", "10.0.0.2")
        .udp(50000, 4789)
        .vxlan(9)
        .ethernet()
        .vlan(44)
        .ipv4("192.0.2.1", "198.51.100.2")
        .udp(1000, 2000)
        .payload(payload)
        .take();
}

}  // namespace baleen::test
