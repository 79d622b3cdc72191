#include "tests/support/golden_packets.h"

#include "packet/ip.h"
#include "packet/tunnel.h"

namespace baleen::test {
namespace {

namespace gre = packet::gre;
using record::TunnelType;
using Golden = std::vector<GoldenPacket>;

PacketBuilder link() { return PacketBuilder().ethernet(); }
PacketBuilder outer() { return link().ipv4("10.0.0.1", "10.0.0.2"); }
PacketBuilder outer6() { return link().ipv6("fd00::1", "fd00::2"); }

PacketBuilder::Bytes inside(PacketBuilder builder) {
    return builder.ipv4("192.0.2.1", "198.51.100.2").udp(1000, 2000).payload(20).take();
}
PacketBuilder::Bytes inside6(PacketBuilder builder) {
    return builder.ipv6("2001:db8::1", "2001:db8::2").udp(1000, 2000).payload(20).take();
}

void add_plain(Golden& out) {
    const auto ip = [](PacketBuilder builder) { return builder.ipv4("192.0.2.1", "198.51.100.2"); };
    out.push_back({"udp", inside(link())});
    out.push_back({"udp6", inside6(link())});
    out.push_back({"tcp", ip(link()).tcp(1000, 2000, packet::tcp::syn).take()});
    out.push_back({"udplite", ip(link()).udplite(1000, 2000).payload(20).take()});
    out.push_back({"dccp", ip(link()).dccp(1000, 2000).payload(20).take()});
    out.push_back({"sctp", ip(link()).sctp(1000, 2000).payload(20).take()});
    out.push_back(
        {"ipv4_options", link().ipv4("192.0.2.1", "198.51.100.2", 8).udp(1000, 2000).take()});
    out.push_back({"vlan", inside(link().vlan(10))});
    out.push_back({"three_vlans", inside6(link().vlan(10, 0x88a8).vlan(20).vlan(30, 0x9100))});
    out.push_back({"llc_snap", inside(link().llc_snap())});
    out.push_back({"llc_ip", inside(link().llc_ip())});
    // The customer's frame behind an I-TAG (802.1ah), and tags that say nothing of the flow.
    out.push_back({"mac_in_mac", inside(link().ether_type(0x88e7).raw({0, 0, 0, 7}).ethernet())});
    out.push_back(
        {"fabric_path", inside(link().ether_type(0x8903).raw({0, 1}).ethernet().vlan(9))});
    // RFC 8300: MD type 2, two words, next protocol 1 (IPv4) and 3 (Ethernet).
    out.push_back({"nsh", inside(link().ether_type(0x894f).raw({0x0f, 0xc2, 2, 1, 0, 0, 7, 255}))});
    out.push_back(
        {"nsh_ethernet",
         inside6(link().ether_type(0x894f).raw({0x0f, 0xc2, 2, 3, 0, 0, 7, 255}).ethernet())});
    out.push_back({"vn_tag", inside(link().ether_type(0x8926).raw({0, 1, 0, 2, 0x08, 0x00}))});
    out.push_back({"e_tag", inside(link().ether_type(0x893f).raw({0, 1, 0, 2, 0, 0, 0x08, 0x00}))});
}

void add_below_ip(Golden& out) {
    out.push_back({"mpls", inside(link().mpls({100})), TunnelType::mpls, 100});
    out.push_back(
        {"mpls_stack", inside6(link().mpls({0xfffff, 17, 18})), TunnelType::mpls, 0xfffff});
    // RFC 4385: a pseudowire with its control word.
    out.push_back({"mpls_ethernet", inside(link().mpls({16}).raw({0, 0, 0, 1}).ethernet()),
                   TunnelType::mpls, 16});
    out.push_back({"pppoe", inside(link().pppoe(77)), TunnelType::pppoe, 77});
    out.push_back({"pppoe6", inside6(link().vlan(10).pppoe(78)), TunnelType::pppoe, 78});
    out.push_back({"pppoe_mpls", inside(link().pppoe(79).mpls({20})), TunnelType::pppoe, 79});
    out.push_back({"esp",
                   link().ipv4("192.0.2.1", "198.51.100.2").esp(0xcafe0001).payload(40).take(),
                   TunnelType::esp, 0xcafe0001});
}

void add_over_ip(Golden& out) {
    out.push_back({"ipip", inside(outer()), TunnelType::ipip, 0, 1});
    out.push_back({"ipv4_in_ipv6", inside(outer6()), TunnelType::ipip, 0, 1});
    out.push_back({"6in4", inside6(outer()), TunnelType::ipv6, 0, 1});
    out.push_back({"6in6", inside6(outer6()), TunnelType::ipv6, 0, 1});
    out.push_back({"gre", inside(outer().gre()), TunnelType::gre, 0, 1});
    out.push_back({"gre6", inside6(outer6().gre()), TunnelType::gre, 0, 1});
    out.push_back({"gre_key", inside(outer().gre(gre::key_present, 0xdeadbeef)), TunnelType::gre,
                   0xdeadbeef, 1});
    out.push_back(
        {"gre_all_fields",
         inside(outer().gre(gre::checksum_present | gre::key_present | gre::sequence_present, 9)),
         TunnelType::gre, 9, 1});
    out.push_back({"gre_ethernet", inside(outer().gre().ethernet()), TunnelType::gre, 0, 1});
    out.push_back({"gre_mpls", inside(outer().gre().mpls({55})), TunnelType::gre, 0, 1});
    out.push_back({"gre_ppp", inside(outer().gre().ppp()), TunnelType::gre, 0, 1});
    out.push_back({"pptp", inside(outer().pptp(4242)), TunnelType::gre, 4242, 1});
    out.push_back({"nvgre", inside(outer().nvgre(5001, 3).ethernet()), TunnelType::nvgre, 5001, 1});
    out.push_back({"erspan_1", inside(outer().erspan_1().ethernet()), TunnelType::erspan, 0, 1});
    out.push_back(
        {"erspan_2", inside(outer().erspan_2(900).ethernet()), TunnelType::erspan, 900, 1});
    out.push_back(
        {"erspan_3", inside(outer().erspan_3(901).ethernet()), TunnelType::erspan, 901, 1});
    out.push_back({"erspan_3_subheader", inside(outer().erspan_3(902, true).ethernet()),
                   TunnelType::erspan, 902, 1});
    out.push_back(
        {"erspan_3_ip", inside(outer().erspan_3(903, false, true)), TunnelType::erspan, 903, 1});
    out.push_back({"wccp", inside(outer().wccp()), TunnelType::gre, 0, 1});
    out.push_back({"etherip", inside(outer().etherip().ethernet()), TunnelType::etherip, 0, 1});
    out.push_back(
        {"l2tpv3", inside(outer().l2tpv3(70000).ethernet()), TunnelType::l2tpv3, 70000, 1});
}

void add_over_udp(Golden& out) {
    const auto vxlan = [] { return outer().udp(50000, 4789).vxlan(0xabcdef); };
    const auto vxlan_gpe = [] { return outer().udp(50000, 4790).vxlan_gpe(600); };
    const auto gtp = [] { return outer().udp(2152, 2152); };
    const auto teredo = [] { return outer().udp(40000, 3544); };
    out.push_back({"vxlan", inside(vxlan().ethernet()), TunnelType::vxlan, 0xabcdef, 1});
    out.push_back(
        {"vxlan_vlan", inside(vxlan().ethernet().vlan(44)), TunnelType::vxlan, 0xabcdef, 1});
    out.push_back({"vxlan_over_ipv6", inside6(outer6().udp(50000, 4789).vxlan(1).ethernet()),
                   TunnelType::vxlan, 1, 1});
    out.push_back({"vxlan_gpe_ipv4", inside(vxlan_gpe()), TunnelType::vxlan_gpe, 600, 1});
    out.push_back({"vxlan_gpe_ipv6", inside6(vxlan_gpe()), TunnelType::vxlan_gpe, 600, 1});
    out.push_back(
        {"vxlan_gpe_ethernet", inside(vxlan_gpe().ethernet()), TunnelType::vxlan_gpe, 600, 1});
    out.push_back(
        {"vxlan_gpe_mpls", inside(vxlan_gpe().mpls({30})), TunnelType::vxlan_gpe, 600, 1});
    out.push_back({"vxlan_gpe_nsh",
                   inside6(vxlan_gpe().ether_type(4).raw({0x0f, 0xc2, 2, 2, 0, 0, 7, 255})),
                   TunnelType::vxlan_gpe, 600, 1});
    out.push_back({"geneve", inside(outer().udp(50000, 6081).geneve(700).ethernet()),
                   TunnelType::geneve, 700, 1});
    out.push_back({"geneve_options_ip", inside6(outer().udp(50000, 6081).geneve(701, 3)),
                   TunnelType::geneve, 701, 1});
    out.push_back({"gtp_u", inside(gtp().gtp_u(0x11223344)), TunnelType::gtp_u, 0x11223344, 1});
    out.push_back({"gtp_u_extensions", inside6(gtp().gtp_u(5, {1, 2})), TunnelType::gtp_u, 5, 1});
    out.push_back({"gtp_u_sequence", inside(gtp().gtp_u_sequence(6, 9)), TunnelType::gtp_u, 6, 1});
    out.push_back({"teredo", inside6(teredo()), TunnelType::teredo, 0, 1});
    out.push_back({"teredo_origin", inside6(teredo().teredo_origin()), TunnelType::teredo, 0, 1});
    out.push_back({"teredo_authenticated",
                   inside6(teredo().teredo_authentication(3, 4).teredo_origin()),
                   TunnelType::teredo, 0, 1});
    out.push_back({"l2tpv3_udp", inside(outer().udp(1701, 1701).l2tpv3_udp(71).ethernet()),
                   TunnelType::l2tpv3, 71, 1});
}

// The innermost tunnel is told, with the depth it is at.
void add_nested(Golden& out) {
    out.push_back({"vxlan_in_gre",
                   inside(outer()
                              .gre(gre::key_present, 1)
                              .ipv4("10.0.0.1", "10.0.0.2")
                              .udp(50000, 4789)
                              .vxlan(2)
                              .ethernet()),
                   TunnelType::vxlan, 2, 2});
    out.push_back({"gtp_u_behind_mpls",
                   inside(link().mpls({100}).ipv4("10.0.0.1", "10.0.0.2").udp(2152, 2152).gtp_u(7)),
                   TunnelType::gtp_u, 7, 1});
    PacketBuilder deepest = outer();
    for (uint32_t i = 1; i < limits::tunnel_depth_max; i++) deepest.ipv4("10.0.0.1", "10.0.0.2");
    out.push_back({"as_deep_as_opened", inside(deepest), TunnelType::ipip, 0,
                   static_cast<uint8_t>(limits::tunnel_depth_max)});
}

}  // namespace

std::vector<GoldenPacket> golden_packets() {
    Golden out;
    add_plain(out);
    add_below_ip(out);
    add_over_ip(out);
    add_over_udp(out);
    add_nested(out);
    return out;
}

packet::ParseOptions golden_options() {
    packet::ParseOptions options;
    options.tunnels |= packet::tunnel_bit(TunnelType::l2tpv3);
    options.tunnel_ports[5] = {1701, TunnelType::l2tpv3};
    return options;
}

}  // namespace baleen::test
