// What stands between the first byte of a frame and its IP header.
#include <gtest/gtest.h>

#include <array>

#include "packet/ethernet.h"
#include "packet/ip.h"
#include "tests/unit/parse_run.h"

namespace baleen::packet {
namespace {

using record::TunnelType;
using test::cut;
using test::PacketBuilder;
using test::parse;
using test::Result;
using Bytes = PacketBuilder::Bytes;

PacketBuilder link() { return PacketBuilder().ethernet(); }

Bytes inside(PacketBuilder builder) {
    return builder.ipv4("192.0.2.1", "198.51.100.2").udp(1000, 2000).payload(4).take();
}

struct Refused {
    std::string name;
    std::string reason;
    Bytes bytes;
};

class ParserRefusedLink : public testing::TestWithParam<Refused> {};

TEST_P(ParserRefusedLink, HasItsOwnReason) {
    const Result r = parse(GetParam().bytes);
    EXPECT_EQ(r.reason(), GetParam().reason);
    EXPECT_EQ(r.key, FlowKey{});
}

PacketBuilder labels(uint32_t count) { return link().mpls(std::vector<uint32_t>(count, 16)); }

std::vector<Refused> refused() {
    const auto tag = [](uint16_t type, Bytes rest) {
        return link().ether_type(type).raw(rest).take();
    };
    return {
        {"arp", "not_ip.arp", tag(0x0806, Bytes(28))},
        {"rarp", "not_ip.arp", tag(0x8035, Bytes(28))},
        {"ethertype", "not_ip.ethertype", tag(0x88cc, Bytes(46))},
        {"vlan_cut", "malformed.vlan_truncated", tag(0x8100, {0, 1, 8})},
        {"vn_tag_cut", "malformed.vlan_truncated", tag(0x8926, {0, 1, 0, 2, 8})},
        {"e_tag_cut", "malformed.vlan_truncated", tag(0x893f, {0, 1, 0, 2, 0, 0, 8})},
        {"service_tag_cut", "malformed.vlan_truncated", tag(0x88e7, {0, 0, 0})},
        {"service_tag_without_frame", "malformed.link_truncated", tag(0x88e7, Bytes(17))},
        {"fabric_path_cut", "malformed.vlan_truncated", tag(0x8903, {0})},
        {"nsh_cut", "malformed.vlan_truncated", tag(0x894f, {0x0f, 0xc2, 2, 1, 0, 0, 7})},
        {"nsh_length_short", "malformed.vlan_truncated",
         tag(0x894f, {0x0f, 0xc1, 2, 1, 0, 0, 7, 0})},
        {"nsh_length_beyond", "malformed.vlan_truncated",
         tag(0x894f, {0x0f, 0xc3, 2, 1, 0, 0, 7, 0})},
        {"nsh_other", "not_ip.ethertype", tag(0x894f, {0x0f, 0xc2, 2, 6, 0, 0, 7, 0})},
        {"mpls_cut", "malformed.mpls_truncated", tag(0x8847, {0, 1, 0})},
        {"mpls_second_label_cut", "malformed.mpls_truncated", tag(0x8847, {0, 1, 0, 9, 0, 2, 1})},
        {"mpls_empty", "malformed.mpls_truncated", labels(1).take()},
        {"mpls_depth", "malformed.mpls_depth", inside(labels(limits::mpls_labels_max + 1))},
        {"mpls_multicast_cut", "malformed.mpls_truncated", tag(0x8848, {0, 1})},
        {"mpls_not_ip", "not_ip.mpls", labels(1).payload(40, 0x10).take()},
        {"mpls_short_payload", "not_ip.mpls", labels(1).payload(3, 0).take()},
        {"mpls_arp", "not_ip.arp",
         labels(1).raw({0, 0, 0, 0}).ethernet().ether_type(0x0806).payload(28).take()},
        {"mpls_ipv4_cut", "malformed.ipv4_truncated", labels(1).payload(19, 0x45).take()},
        {"mpls_ipv6_cut", "malformed.ipv6_truncated", labels(1).payload(39, 0x60).take()},
        {"pppoe_cut", "malformed.pppoe_header", tag(0x8864, {0x11, 0, 0, 1, 0})},
        {"pppoe_version", "malformed.pppoe_header",
         tag(0x8864, {0x21, 0, 0, 1, 0, 2, 0, 0x21, 0x45})},
        {"pppoe_code", "malformed.pppoe_header", tag(0x8864, {0x11, 9, 0, 1, 0, 2, 0, 0x21, 0x45})},
        {"pppoe_discovery", "not_ip.ethertype", tag(0x8863, Bytes(46))},
        {"pppoe_without_protocol", "malformed.link_truncated",
         tag(0x8864, {0x11, 0, 0, 1, 0, 1, 0})},
        {"pppoe_link_control", "not_ip.ppp", tag(0x8864, {0x11, 0, 0, 1, 0, 4, 0xc0, 0x21, 1, 1})},
        {"llc_other_sap", "not_ip.llc", tag(38, {0x42, 0x42, 3, 0, 0})},
        {"llc_cut", "malformed.link_truncated", tag(38, {0x42, 0x42})},
        {"llc_ip_is_not_ip", "malformed.ip_version",
         tag(38,
             [] {
                 Bytes b(40);
                 b[0] = b[1] = 6;
                 b[2] = 3;
                 return b;
             }())},
        {"snap_cut", "malformed.link_truncated", tag(38, {0xaa, 0xaa, 3, 0, 0, 0, 8})},
        {"snap_of_another_organization", "not_ip.llc",
         tag(38, {0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0, 1})},
        {"snap_with_a_length", "not_ip.llc", tag(38, {0xaa, 0xaa, 3, 0, 0, 0, 0, 40, 1})},
        {"ipv6_behind_ipv4_type", "malformed.ip_version",
         tag(0x0800, PacketBuilder().ipv6("::1", "::2").take())},
        {"ipv4_behind_ipv6_type", "malformed.ip_version",
         tag(0x86dd, PacketBuilder().ipv4("1.1.1.1", "2.2.2.2").payload(20).take())},
    };
}

INSTANTIATE_TEST_SUITE_P(All, ParserRefusedLink, testing::ValuesIn(refused()),
                         [](const auto& tested) { return tested.param.name; });

TEST(ParserLink, WalksThroughAsManyTagsAndLabelsAsTheLimitsSay) {
    PacketBuilder tags = link();
    for (uint32_t i = 0; i < limits::vlan_tags_max; i++) tags.vlan(static_cast<uint16_t>(i + 1));
    const Result tagged = parse(inside(tags));
    EXPECT_EQ(tagged.reason(), "counted.flow");
    EXPECT_EQ(tagged.layers.vlan_tags, limits::vlan_tags_max);
    EXPECT_EQ(parse(inside(labels(limits::mpls_labels_max))).reason(), "counted.flow");
}

TEST(ParserLink, RefusesMoreNestedEthernetHeadersThanItWalksThrough) {
    const auto nested = [](uint32_t count) {
        PacketBuilder builder = link();
        for (uint32_t i = 0; i < count; i++)
            builder.ether_type(ethertype::service_tag).raw({0, 0, 0, 1}).ethernet();
        return inside(builder);
    };
    EXPECT_EQ(parse(nested(limits::link_headers_max - 1)).reason(), "counted.flow");
    EXPECT_EQ(parse(nested(limits::link_headers_max)).reason(), "malformed.vlan_depth");
}

// PPPoE, PPP, MPLS, a pseudowire's Ethernet and PPPoE again: without an end to it, a long frame
// would be a few calls per 30 bytes.
TEST(ParserLink, RefusesPppoeInsideOfPppoeWithoutEnd) {
    const auto nested = [](uint32_t count) {
        PacketBuilder builder = link();
        for (uint32_t i = 0; i < count; i++)
            builder.pppoe(1).mpls({16}).raw({0, 0, 0, 0}).ethernet();
        return inside(builder);
    };
    EXPECT_EQ(parse(nested(limits::link_headers_max - 1)).reason(), "counted.flow");
    EXPECT_EQ(parse(nested(limits::link_headers_max)).reason(), "not_ip.mpls");
    EXPECT_EQ(parse(nested(2000)).reason(), "not_ip.mpls");
}

TEST(ParserLink, TakesIpOutOfAPseudowireWithAndWithoutAControlWord) {
    // The first byte of the customer's destination address tells: one below 0x10 would be taken for
    // a control word.
    const Bytes bare = inside(labels(1).ethernet().patch([](Bytes& b) { b[18] = 0x12; }));
    EXPECT_EQ(parse(bare).key.dst_port, 2000);
    EXPECT_EQ(parse(inside(labels(1).raw({0, 0, 0, 0}).ethernet().vlan(9))).layers.vlan_ids[0], 9);
}

TEST(ParserLink, LeavesMplsAndPppoeClosedWhereTunnelsAreOff) {
    ParseOptions off;
    off.tunnels = 0;
    EXPECT_EQ(parse(inside(labels(1)), off).reason(), "not_ip.mpls");
    EXPECT_EQ(parse(inside(link().pppoe(1)), off).reason(), "not_ip.ppp");
    const Result esp = parse(link().ipv4("1.1.1.1", "2.2.2.2").esp(9).payload(8).take(), off);
    EXPECT_EQ(esp.reason(), "counted.flow");
    EXPECT_EQ(esp.layers.tunnel, TunnelType::none);
}

TEST(ParserLink, CountsAnEspPacketThatIsCutBeforeItsSpi) {
    const Result r = parse(link().ipv4("1.1.1.1", "2.2.2.2").protocol(50).payload(7).take());
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.key.protocol, protocol::esp);
    EXPECT_EQ(r.layers.tunnel, TunnelType::none);
}

TEST(ParserLink, TellsTheTopLabelAndNotTheSessionInsideIt) {
    const Result r = parse(inside(labels(1).raw({0, 0, 0, 0}).ethernet().pppoe(5)));
    EXPECT_EQ(r.layers.tunnel, TunnelType::mpls);
    EXPECT_EQ(r.outer.tunnel.id, 16u);
    EXPECT_EQ(r.outer.tunnel.depth, 0);
}

// RFC 1661 sections 2 and 6.5, RFC 1662 section 3.1.
TEST(ParserLink, ReadsPppInEachOfItsForms) {
    const Bytes ip = PacketBuilder().ipv4("192.0.2.1", "198.51.100.2").udp(1000, 2000).take();
    for (const Bytes& header :
         {Bytes{0x00, 0x21}, Bytes{0x21}, Bytes{0xff, 0x03, 0x00, 0x21}, Bytes{0xff, 0x03, 0x21}}) {
        for (const LinkType type : {LinkType::ppp, LinkType::ppp_hdlc})
            EXPECT_EQ(parse(PacketBuilder().raw(header).raw(ip).take(), type).key.dst_port, 2000);
    }
    EXPECT_EQ(parse({0xff, 0x03}, LinkType::ppp).reason(), "malformed.link_truncated");
    EXPECT_EQ(parse({0x21}, LinkType::ppp).reason(), "malformed.link_truncated");
    EXPECT_EQ(parse({0xc0, 0x21, 1, 1}, LinkType::ppp).reason(), "not_ip.ppp");
}

TEST(ParserLink, ReadsCiscoHdlcAndLoopbackFamilies) {
    const Bytes ip4 = PacketBuilder().ipv4("192.0.2.1", "198.51.100.2").udp(1000, 2000).take();
    const Bytes ip6 = PacketBuilder().ipv6("::1", "::2").udp(1000, 2000).take();
    const auto port = [](const Bytes& header, const Bytes& ip, LinkType type) {
        return parse(PacketBuilder().raw(header).raw(ip).take(), type).key.dst_port;
    };
    EXPECT_EQ(port({0x0f, 0, 0x08, 0x00}, ip4, LinkType::cisco_hdlc), 2000);
    EXPECT_EQ(port({0x0f, 0, 0x86, 0xdd}, ip6, LinkType::cisco_hdlc), 2000);
    for (const auto family : std::to_array<uint8_t>({10, 23, 24, 28, 30})) {
        EXPECT_EQ(port({family, 0, 0, 0}, ip6, LinkType::null), 2000);
        EXPECT_EQ(port({0, 0, 0, family}, ip6, LinkType::loop), 2000);
    }
    EXPECT_EQ(port({0, 0, 0x86, 0xdd}, ip6, LinkType::loop), 2000) << "an EtherType in its place";
    EXPECT_EQ(parse({7, 0, 0, 0, 1}, LinkType::null).reason(), "not_ip.ethertype");
    EXPECT_EQ(parse({0x0f, 0, 0x20, 0x00, 1}, LinkType::cisco_hdlc).reason(), "not_ip.ethertype");
    EXPECT_EQ(parse({0x0f, 0, 0x08}, LinkType::cisco_hdlc).reason(), "malformed.link_truncated");
}

TEST(ParserLink, ReadsLlcBehindACookedHeader) {
    Bytes header = {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 0, 4};
    const Bytes snap = {0xaa, 0xaa, 3, 0, 0, 0, 8, 0};
    const Bytes ip = PacketBuilder().ipv4("192.0.2.1", "198.51.100.2").udp(1000, 2000).take();
    const Bytes whole = PacketBuilder().raw(header).raw(snap).raw(ip).take();
    EXPECT_EQ(parse(whole, LinkType::linux_sll).key.dst_port, 2000);
    header[15] = 1;
    EXPECT_EQ(parse(header, LinkType::linux_sll).reason(), "not_ip.llc");
}

TEST(ParserLink, RefusesLinkTypesItDoesNotRead) {
    EXPECT_EQ(parse(inside(link()), static_cast<LinkType>(105)).reason(), "not_ip.link_type");
    EXPECT_EQ(parse({}, LinkType::raw).reason(), "malformed.link_truncated");
    EXPECT_EQ(parse({0x50}, LinkType::raw).reason(), "malformed.ip_version");
}

}  // namespace
}  // namespace baleen::packet
