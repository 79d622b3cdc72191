// Tunnels: each is opened, and each kind of damage leaves the packet in the flow of the tunnel.
#include <gtest/gtest.h>

#include "packet/ip.h"
#include "packet/tunnel.h"
#include "tests/support/golden_packets.h"
#include "tests/unit/parse_run.h"

namespace baleen::packet {
namespace {

using record::TunnelType;
using test::GoldenPacket;
using test::PacketBuilder;
using test::parse;
using test::Result;
using Bytes = PacketBuilder::Bytes;

class ParserGolden : public testing::TestWithParam<GoldenPacket> {};

TEST_P(ParserGolden, IsCountedInTheFlowInside) {
    const GoldenPacket& golden = GetParam();
    const Result r = parse(golden.bytes, test::golden_options());
    ASSERT_EQ(r.reason(), "counted.flow");
    const bool is_v6 = r.key.ip_version == 6;
    EXPECT_EQ(r.src(), is_v6 ? "2001:db8::1" : "192.0.2.1");
    EXPECT_EQ(r.dst(), is_v6 ? "2001:db8::2" : "198.51.100.2");
    const bool has_ports = r.key.protocol != protocol::esp;
    EXPECT_EQ(r.key.src_port, has_ports ? 1000 : 0);
    EXPECT_EQ(r.key.dst_port, has_ports ? 2000 : 0);
    EXPECT_EQ(r.key.vlan_ids, r.layers.vlan_ids);
    EXPECT_EQ(r.layers.tunnel, golden.tunnel);
    EXPECT_EQ(r.layers.fragment, FragmentKind::none);
    EXPECT_EQ(r.layers.payload_offset + r.layers.payload_length, golden.bytes.size());
    EXPECT_EQ(r.layers.l3_offset + r.layers.ip_bytes, golden.bytes.size());
    if (golden.tunnel == TunnelType::none) return;
    EXPECT_EQ(r.outer.tunnel.id, golden.tunnel_id);
    EXPECT_EQ(r.outer.tunnel.depth, golden.tunnel_depth);
    if (golden.tunnel_depth == 0) return;
    const bool is_outer_v6 = r.outer.tunnel.ip_version == 6;
    EXPECT_EQ(r.tunnel_src(), is_outer_v6 ? "fd00::1" : "10.0.0.1");
    EXPECT_EQ(r.tunnel_dst(), is_outer_v6 ? "fd00::2" : "10.0.0.2");
}

TEST_P(ParserGolden, HasNothingToNote) {
    EXPECT_EQ(parse(GetParam().bytes, test::golden_options()).notes, Notes{});
}

// Whatever is not opened stays in the flow that is in front of it.
TEST_P(ParserGolden, StaysInTheOuterFlowWhereTunnelsAreOff) {
    const GoldenPacket& golden = GetParam();
    ParseOptions off;
    off.tunnels = 0;
    const Result r = parse(golden.bytes, off);
    EXPECT_EQ(r.layers.tunnel, TunnelType::none);
    EXPECT_EQ(r.note(Verdict::note_tunnel_malformed), 0u);
    if (golden.tunnel_depth == 0) return;
    if (golden.name == "gtp_u_behind_mpls") {
        EXPECT_EQ(r.reason(), "not_ip.mpls");
        return;
    }
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.src(), r.key.ip_version == 6 ? "fd00::1" : "10.0.0.1");
}

// Cut anywhere, a tunnel's packet is in the flow of the tunnel or in the one inside, never refused
// once the outer flow is known.
TEST_P(ParserGolden, SurvivesTruncationAtEveryByte) {
    const GoldenPacket& golden = GetParam();
    ParseOptions off;
    off.tunnels = 0;
    for (size_t length = 0; length < golden.bytes.size(); length++) {
        const Bytes bytes = test::cut(golden.bytes, length);
        const Result r = parse(bytes, LinkType::ethernet, test::golden_options(),
                               static_cast<uint32_t>(golden.bytes.size()));
        if (r.reason() != "counted.flow") {
            EXPECT_EQ(r.key, FlowKey{});
            EXPECT_NE(parse(bytes, off).reason(), "counted.flow") << length;
            continue;
        }
        EXPECT_LE(r.layers.payload_offset + r.layers.payload_length, length);
        EXPECT_LE(r.layers.l3_offset, r.layers.payload_offset);
    }
}

INSTANTIATE_TEST_SUITE_P(All, ParserGolden, testing::ValuesIn(test::golden_packets()),
                         [](const auto& tested) { return tested.param.name; });

// A tunnel that can't be opened: the packet is one of 10.0.0.1 > 10.0.0.2, and why is noted.
struct Unopened {
    std::string name;
    Verdict note;  // counted_flow: nothing is noted, for it may well be no tunnel at all
    Bytes bytes;
};

class ParserUnopenedTunnel : public testing::TestWithParam<Unopened> {};

TEST_P(ParserUnopenedTunnel, StaysInTheOuterFlow) {
    const Unopened& unopened = GetParam();
    const Result r = parse(unopened.bytes, test::golden_options());
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.src(), "10.0.0.1");
    EXPECT_EQ(r.dst(), "10.0.0.2");
    EXPECT_EQ(r.layers.tunnel, TunnelType::none);
    EXPECT_EQ(r.layers.l3_offset, 14);
    EXPECT_EQ(r.layers.payload_offset + r.layers.payload_length, unopened.bytes.size());
    for (const Verdict note :
         {Verdict::note_tunnel_malformed, Verdict::note_tunnel_not_ip, Verdict::note_tunnel_depth})
        EXPECT_EQ(r.note(note), note == unopened.note ? 1u : 0u);
}

constexpr Verdict nothing_noted = Verdict::counted_flow;

PacketBuilder outer() { return PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2"); }
PacketBuilder outer_udp(uint16_t port) { return outer().udp(50000, port); }

// Sets one byte behind the outer IPv4 header, or behind a UDP header.
PacketBuilder set(PacketBuilder builder, size_t offset, uint8_t value) {
    return builder.patch([=](Bytes& bytes) { bytes[offset] = value; });
}
constexpr size_t over_ip = 34, over_udp = 42;

std::vector<Unopened> unopened_over_ip() {
    const auto patched = [](PacketBuilder builder, size_t at, uint8_t value) {
        return set(builder.ipv4("192.0.2.1", "198.51.100.2").udp(1, 2), at, value);
    };
    return {
        {"ipip_version", Verdict::note_tunnel_malformed, patched(outer(), over_ip, 0x65).take()},
        {"ipip_cut", Verdict::note_tunnel_malformed, outer().protocol(4).payload(19).take()},
        {"ipip_inner_ports_cut", Verdict::note_tunnel_malformed,
         outer().ipv4("192.0.2.1", "198.51.100.2").protocol(17).payload(3).take()},
        {"6in4_cut", Verdict::note_tunnel_malformed, outer().protocol(41).payload(39).take()},
        {"gre_header_cut", nothing_noted, outer().protocol(47).payload(3, 0).take()},
        {"gre_option_cut", nothing_noted, outer().protocol(47).raw({0x20, 0, 8, 0, 1}).take()},
        {"gre_version_2", nothing_noted, patched(outer().gre(), over_ip + 1, 2).take()},
        {"gre_routing", nothing_noted, patched(outer().gre(), over_ip, 0x40).take()},
        {"gre_arp", Verdict::note_tunnel_not_ip,
         outer().gre().ether_type(0x0806).payload(28).take()},
        {"gre_llc_type", nothing_noted, patched(outer().gre(), over_ip + 2, 0).take()},
        {"gre_ethertype", Verdict::note_tunnel_not_ip,
         outer().gre().ether_type(0x88cc).payload(28).take()},
        {"gre_mpls_truncated", Verdict::note_tunnel_malformed,
         outer().gre().ether_type(0x8847).raw({0, 0, 0}).take()},
        {"pptp_without_ppp", nothing_noted, patched(outer().pptp(1), over_ip + 3, 0).take()},
        {"pptp_control_protocol", Verdict::note_tunnel_not_ip,
         outer().pptp(1).ether_type(0xc021).payload(8).take()},
        {"pptp_acknowledgment_only", Verdict::note_tunnel_malformed,
         outer().protocol(47).raw({0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 7, 0, 0, 0, 1}).take()},
        {"erspan_2_cut", nothing_noted,
         outer().protocol(47).raw({0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0}).take()},
        {"erspan_1_inner_cut", Verdict::note_tunnel_malformed,
         outer().erspan_1().payload(13).take()},
        {"wccp_empty", Verdict::note_tunnel_malformed,
         outer().gre().ether_type(gre::protocol_wccp).take()},
        {"etherip_version", nothing_noted, outer().protocol(97).raw({0x40, 0}).payload(40).take()},
        {"etherip_arp", Verdict::note_tunnel_not_ip,
         outer().etherip().ethernet().ether_type(0x0806).payload(28).take()},
        {"l2tpv3_control", nothing_noted, outer().l2tpv3(0).payload(40).take()},
        {"l2tpv3_cut", nothing_noted, outer().protocol(115).payload(3).take()},
    };
}

std::vector<Unopened> unopened_over_udp() {
    const auto vxlan = [] { return outer_udp(4789).vxlan(1); };
    const auto inside = [](PacketBuilder builder) {
        return builder.ipv4("192.0.2.1", "198.51.100.2").udp(1, 2);
    };
    return {
        {"vxlan_cut", nothing_noted, outer_udp(4789).payload(7, 8).take()},
        {"vxlan_without_id", nothing_noted, set(inside(vxlan().ethernet()), over_udp, 0).take()},
        {"vxlan_empty", Verdict::note_tunnel_malformed, vxlan().take()},
        {"vxlan_arp", Verdict::note_tunnel_not_ip,
         vxlan().ethernet().ether_type(0x0806).payload(28).take()},
        {"vxlan_inner_tag_cut", Verdict::note_tunnel_malformed,
         vxlan().ethernet().ether_type(0x8100).raw({0, 1}).take()},
        {"vxlan_gpe_next_protocol", nothing_noted,
         set(inside(outer_udp(4790).vxlan_gpe(1)), over_udp + 3, 6).take()},
        {"vxlan_gpe_cut", nothing_noted, outer_udp(4790).payload(7).take()},
        {"geneve_version_1", nothing_noted,
         set(inside(outer_udp(6081).geneve(1).ethernet()), over_udp, 0x40).take()},
        {"geneve_cut", nothing_noted, outer_udp(6081).payload(7, 0).take()},
        {"geneve_options_beyond", Verdict::note_tunnel_malformed,
         set(outer_udp(6081).geneve(1).payload(8), over_udp, 63).take()},
        {"gtp_u_version_2", nothing_noted,
         set(inside(outer_udp(2152).gtp_u(1)), over_udp, 0x48).take()},
        {"gtp_u_echo", nothing_noted,
         set(inside(outer_udp(2152).gtp_u(1)), over_udp + 1, 1).take()},
        {"gtp_u_cut", nothing_noted, outer_udp(2152).payload(7, 0x30).take()},
        {"gtp_u_extension_of_length_0", nothing_noted,
         set(inside(outer_udp(2152).gtp_u(1, {1})), over_udp + 12, 0).take()},
        {"gtp_u_extension_beyond", nothing_noted,
         set(inside(outer_udp(2152).gtp_u(1, {1})), over_udp + 12, 200).take()},
        {"gtp_u_extensions_without_end", nothing_noted,
         inside(outer_udp(2152).gtp_u(1, {1, 1, 1, 1, 1, 1, 1, 1, 1})).take()},
        {"gtp_u_options_cut", Verdict::note_tunnel_malformed,
         outer_udp(2152).raw({0x32, 255, 0, 0, 0, 0, 0, 1, 0, 0}).take()},
        {"gtp_u_not_ip", Verdict::note_tunnel_malformed,
         outer_udp(2152).gtp_u(1).payload(20, 0).take()},
        {"teredo_bubble_cut", nothing_noted, outer_udp(3544).payload(39, 0x60).take()},
        {"teredo_not_ipv6", Verdict::note_tunnel_malformed,
         outer_udp(3544).payload(40, 0x50).take()},
        {"l2tpv3_udp_version_2", nothing_noted,
         outer_udp(1701).raw({0, 2, 0, 0, 0, 0, 0, 1}).payload(40).take()},
        {"l2tpv3_udp_cut", nothing_noted, outer_udp(1701).raw({0, 3, 0, 0, 0, 0, 0}).take()},
    };
}

const auto unopened_name = [](const auto& tested) { return tested.param.name; };
INSTANTIATE_TEST_SUITE_P(OverIp, ParserUnopenedTunnel, testing::ValuesIn(unopened_over_ip()),
                         unopened_name);
INSTANTIATE_TEST_SUITE_P(OverUdp, ParserUnopenedTunnel, testing::ValuesIn(unopened_over_udp()),
                         unopened_name);

TEST(ParserTunnel, OpensNoMoreThanTheDepthAllows) {
    PacketBuilder builder = outer();
    for (uint32_t i = 1; i <= limits::tunnel_depth_max; i++)
        builder.ipv4("10.0.0." + std::to_string(i), "10.0.1.1");
    const Result r = parse(builder.ipv4("192.0.2.1", "198.51.100.2").udp(1, 2).take());
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.src(), "10.0.0." + std::to_string(limits::tunnel_depth_max));
    EXPECT_EQ(r.key.protocol, protocol::ipv4);
    EXPECT_EQ(r.outer.tunnel.depth, limits::tunnel_depth_max);
    EXPECT_EQ(r.note(Verdict::note_tunnel_depth), 1u);
}

TEST(ParserTunnel, TellsTheTunnelAroundOneThatIsMalformed) {
    const Result r = parse(outer()
                               .gre(gre::key_present, 5)
                               .ipv4("10.0.5.1", "10.0.5.2")
                               .udp(1, 4789)
                               .vxlan(6)
                               .payload(5)
                               .take());
    EXPECT_EQ(r.src(), "10.0.5.1");
    EXPECT_EQ(r.key.dst_port, 4789);
    EXPECT_EQ(r.layers.tunnel, TunnelType::gre);
    EXPECT_EQ(r.outer.tunnel.id, 5u);
    EXPECT_EQ(r.outer.tunnel.depth, 1);
    EXPECT_EQ(r.tunnel_src(), "10.0.0.1");
    EXPECT_EQ(r.note(Verdict::note_tunnel_malformed), 1u);
}

// What an inner packet has said of itself must not stay when the tunnel turns out malformed.
TEST(ParserTunnel, ForgetsAMalformedInnerPacketWholly) {
    const Result plain = parse(outer_udp(4788).vxlan(1).ethernet().vlan(7).payload(30).take());
    const Result r = parse(outer_udp(4789)
                               .vxlan(1)
                               .ethernet()
                               .vlan(7)
                               .ipv4("192.0.2.1", "198.51.100.2")
                               .protocol(protocol::tcp)
                               .ipv4_fragment(0, true, 77)
                               .payload(3)
                               .take());
    EXPECT_EQ(r.layers.vlan_tags, 0);
    EXPECT_EQ(r.layers.fragment, FragmentKind::none);
    EXPECT_EQ(r.layers.ttl, plain.layers.ttl);
    EXPECT_EQ(r.key.vlan_ids[0], record::vlan_absent);
}

TEST(ParserTunnel, OpensUdpTunnelsOnOtherPorts) {
    ParseOptions options;
    options.tunnel_ports = {{{8472, TunnelType::vxlan}}};
    const auto packet = [](uint16_t src, uint16_t dst) {
        return outer()
            .udp(src, dst)
            .vxlan(3)
            .ethernet()
            .ipv4("192.0.2.1", "198.51.100.2")
            .udp(1, 2)
            .take();
    };
    EXPECT_EQ(parse(packet(50000, 8472), options).outer.tunnel.id, 3u);
    EXPECT_EQ(parse(packet(8472, 50000), options).outer.tunnel.id, 3u) << "either end";
    EXPECT_EQ(parse(packet(50000, 4789), options).key.dst_port, 4789);
}

TEST(ParserTunnel, OpensOnlyWhatTheOptionsName) {
    ParseOptions options;
    options.tunnels = tunnel_bit(TunnelType::gre);
    for (const GoldenPacket& golden : test::golden_packets()) {
        const Result r = parse(golden.bytes, options);
        const bool is_gre = r.layers.tunnel == TunnelType::gre;
        EXPECT_TRUE(is_gre || r.layers.tunnel == TunnelType::none) << golden.name;
        const bool is_expected = golden.tunnel == TunnelType::gre && golden.name != "gre_mpls";
        EXPECT_TRUE(is_gre || !is_expected) << golden.name;
    }
    EXPECT_EQ(parse(outer().l2tpv3(1).ethernet().ipv4("1.1.1.1", "2.2.2.2").udp(1, 2).take())
                  .key.protocol,
              protocol::l2tp)
        << "off by itself: the length of its cookie is not known";
}

// The longest way to an innermost header: offsets have 16 bits and must not come round.
TEST(ParserTunnel, FindsTheFlowAtTheFarthestOffsetThereIs) {
    const auto ipv6 = [](PacketBuilder& builder, uint32_t extension_units) {
        builder.ipv6("fd00::1", "fd00::2");
        for (uint32_t left = extension_units; left > 0; left -= std::min(left, 256u))
            builder.extension(protocol::destination_options, std::min(left, 256u));
    };
    constexpr uint32_t longest = limits::ipv6_extensions_max * 256;
    PacketBuilder builder = PacketBuilder().ethernet();
    ipv6(builder, longest);
    builder.udp(2152, 2152).gtp_u(1);
    ipv6(builder, 1009);  // a last tunnel header 1 byte before the offset where none is opened
    builder.udp(2152, 2152);
    ASSERT_EQ(builder.size(), 0x7ffeu);
    builder.gtp_u(2, std::vector<uint8_t>(gtp_u::extensions_max - 1, 255));
    ipv6(builder, longest);
    const size_t transport_at = builder.size();
    const Result r = parse(builder.udp(1000, 2000).payload(8).take());
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.key.dst_port, 2000);
    EXPECT_EQ(r.outer.tunnel.id, 2u);
    EXPECT_EQ(r.layers.l4_offset, transport_at);
    EXPECT_EQ(r.layers.payload_offset, transport_at + 8);
    EXPECT_EQ(r.layers.payload_length, 8u);
}

}  // namespace
}  // namespace baleen::packet
