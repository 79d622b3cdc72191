// Packets made by hand, header by header, for tests: lengths, checksums and "next header" fields
// are filled in when the packet is taken, unless a test has said otherwise.
//
//     PacketBuilder().ethernet().vlan(10).ipv4("10.0.0.1", "10.0.0.2").tcp(1024, 80,
//     tcp::syn).take()
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "packet/batch.h"

namespace baleen::test {

class PacketBuilder {
public:
    using Bytes = std::vector<uint8_t>;

    PacketBuilder& ethernet();
    PacketBuilder& vlan(uint16_t id, uint16_t tag_type = 0x8100);
    PacketBuilder& ether_type(uint16_t type);  // of what follows, where no header says it
    PacketBuilder& llc_snap();                 // behind ethernet(), whose type becomes a length
    PacketBuilder& llc_ip();                   // the same, with IP's own SAP
    PacketBuilder& mpls(const std::vector<uint32_t>& labels);  // from the top of the stack
    PacketBuilder& ppp();                                      // the protocol field
    PacketBuilder& pppoe(uint16_t session);                    // with ppp() behind it
    // `option_bytes` of no-operation options, a multiple of 4.
    PacketBuilder& ipv4(const std::string& src, const std::string& dst, size_t option_bytes = 0);
    PacketBuilder& ipv6(const std::string& src, const std::string& dst);
    PacketBuilder& protocol(uint8_t number);  // of what follows, where no header says it
    PacketBuilder& tcp(uint16_t src_port, uint16_t dst_port, uint16_t flags, uint32_t sequence = 1,
                       uint32_t acknowledged = 0);
    PacketBuilder& tcp_window(uint16_t window);        // behind tcp()
    PacketBuilder& tcp_options(const Bytes& options);  // the same; filled up to 4 bytes with zeros
    PacketBuilder& udp(uint16_t src_port, uint16_t dst_port);
    PacketBuilder& udplite(uint16_t src_port, uint16_t dst_port);
    PacketBuilder& dccp(uint16_t src_port, uint16_t dst_port);
    PacketBuilder& sctp(uint16_t src_port, uint16_t dst_port);
    PacketBuilder& esp(uint32_t spi);
    // Errors quote what raw() appends to them.
    PacketBuilder& icmp(uint8_t type, uint8_t code);
    PacketBuilder& icmpv6(uint8_t type, uint8_t code);
    // An IPv6 extension header of 8-byte units: kind is its protocol number.
    PacketBuilder& extension(uint8_t kind, uint32_t units = 1);
    PacketBuilder& ipv6_fragment(uint16_t offset_units, bool more, uint32_t id = 1);
    PacketBuilder& authentication(uint32_t words = 6);
    // Flags, offset and id of the last IPv4 header.
    PacketBuilder& ipv4_fragment(uint16_t offset_units, bool more, uint16_t id = 0);

    // Tunnels; what is inside of them is built on. Those over UDP want udp() in front, the others
    // an IP header. IP in IP is ipv4() or ipv6() behind an IP header.
    // `flags` of packet/tunnel.h; with those flags, a checksum, `key` and a sequence number follow.
    PacketBuilder& gre(uint16_t flags = 0, uint32_t key = 0);
    PacketBuilder& pptp(uint16_t call_id);  // version 1 of GRE, and ppp()
    PacketBuilder& nvgre(uint32_t vsid, uint8_t flow_id = 0);
    PacketBuilder& erspan_1();
    PacketBuilder& erspan_2(uint16_t session);
    PacketBuilder& erspan_3(uint16_t session, bool with_subheader = false, bool of_ip = false);
    PacketBuilder& wccp();  // GRE with a redirect header
    PacketBuilder& etherip();
    PacketBuilder& l2tpv3(uint32_t session);
    PacketBuilder& l2tpv3_udp(uint32_t session);
    PacketBuilder& vxlan(uint32_t vni);
    PacketBuilder& vxlan_gpe(uint32_t vni);
    PacketBuilder& geneve(uint32_t vni, uint32_t option_words = 0);
    // Words of each extension header, of which the first is a PDU session container.
    PacketBuilder& gtp_u(uint32_t teid, const std::vector<uint8_t>& extensions = {});
    PacketBuilder& gtp_u_sequence(uint32_t teid, uint16_t number);
    PacketBuilder& teredo_authentication(uint8_t identifier_bytes, uint8_t value_bytes);
    PacketBuilder& teredo_origin();

    PacketBuilder& payload(size_t bytes, uint8_t value = 0x61);
    PacketBuilder& raw(const Bytes& bytes);

    // Changes the finished bytes: for malformations.
    PacketBuilder& patch(std::function<void(Bytes&)> change);

    Bytes take();

    // Offset at which the next header begins: for patches.
    size_t size() const { return bytes_.size(); }

private:
    // What is filled in once the whole packet is there: packet_builder.cc has the rules.
    enum class Fix {
        ipv4,
        ipv6_length,
        udp,
        udplite_checksum,
        dccp_checksum,
        tcp_checksum,
        icmp_checksum,
        icmpv6_checksum,
        gre_checksum,
        pptp_length,
        gtp_u_length,
        pppoe_length,
        llc_length,
    };
    struct Fixup {
        size_t offset;  // of the header
        Fix kind;
        size_t network_offset;
    };
    // How the type of the next header is written.
    enum class TypeField { none, ethertype, ppp, vxlan_gpe };

    void add_type_field(TypeField field = TypeField::ethertype);
    void take_type(uint16_t ethertype);
    void next_header(uint8_t number);
    void add16(uint16_t value);
    void add32(uint32_t value);
    void add_fixup(Fix kind) { fixups_.push_back({bytes_.size(), kind, network_offset_}); }
    void gtp_u_header(uint8_t flags, uint32_t teid);
    void fill_length(const Fixup& fix);
    void fill_checksum(const Fixup& fix);

    Bytes bytes_;
    std::vector<Fixup> fixups_;
    std::vector<std::function<void(Bytes&)>> patches_;
    size_t tcp_offset_ = 0;
    TypeField type_field_ = TypeField::none;  // where the type of the next header goes
    size_t type_field_at_ = 0;
    size_t next_field_ = 0;  // where the protocol number of the next header goes
    bool has_next_field_ = false;
    size_t network_offset_ = 0;  // of the innermost IP header
};

// A packet over bytes that the caller keeps.
packet::Packet packet_of(const PacketBuilder::Bytes& bytes, int64_t time_ns = 0,
                         packet::LinkType link = packet::LinkType::ethernet);

// A finished frame, whose IP header is at `network_offset` (without extensions), in fragments of
// `units` of 8 bytes each.
std::vector<PacketBuilder::Bytes> fragments_of(const PacketBuilder::Bytes& whole, size_t units,
                                               uint16_t id, size_t network_offset = 14);

// UDP from 192.0.2.1:1000 to 198.51.100.2:2000 in VLAN 44, in VXLAN 9 from 10.0.0.1 to 10.0.0.2 in
// VLAN 3: a frame to be cut in fragments at its outer IP header, which is at 18.
PacketBuilder::Bytes tagged_in_vxlan(size_t payload);

}  // namespace baleen::test
