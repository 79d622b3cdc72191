#include <gtest/gtest.h>

#include "packet/icmp.h"
#include "packet/ip.h"
#include "packet/parser.h"
#include "tests/support/packet_builder.h"
#include "tests/unit/parse_run.h"

namespace baleen::packet {
namespace {

using test::cut;
using test::PacketBuilder;
using test::parse;
using test::Result;
using Bytes = PacketBuilder::Bytes;

TEST(Parser, ReadsTcpOverIpv4) {
    const auto bytes = PacketBuilder()
                           .ethernet()
                           .ipv4("10.0.0.1", "192.0.2.7")
                           .tcp(1024, 443, tcp::syn)
                           .payload(5)
                           .take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.src(), "10.0.0.1");
    EXPECT_EQ(r.dst(), "192.0.2.7");
    EXPECT_EQ(r.key.src_port, 1024);
    EXPECT_EQ(r.key.dst_port, 443);
    EXPECT_EQ(r.key.protocol, protocol::tcp);
    EXPECT_EQ(r.key.ip_version, 4);
    EXPECT_EQ(r.key.ports_absent, PortsAbsent::no);
    EXPECT_EQ(r.layers.tcp_flags, tcp::syn);
    EXPECT_EQ(r.layers.l3_offset, 14);
    EXPECT_EQ(r.layers.l4_offset, 34);
    EXPECT_EQ(r.layers.payload_offset, 54);
    EXPECT_EQ(r.layers.payload_length, 5u);
    EXPECT_EQ(r.layers.ip_bytes, 45u);
    EXPECT_EQ(r.layers.ttl, 64);
}

TEST(Parser, ReadsUdpOverIpv6) {
    const auto bytes = PacketBuilder()
                           .ethernet()
                           .ipv6("2001:db8::1", "2001:db8::2")
                           .udp(5353, 53)
                           .payload(9)
                           .take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.src(), "2001:db8::1");
    EXPECT_EQ(r.dst(), "2001:db8::2");
    EXPECT_EQ(r.key.dst_port, 53);
    EXPECT_EQ(r.layers.payload_length, 9u);
    EXPECT_EQ(r.layers.ip_bytes, 57u);
}

TEST(Parser, ReadsSctpPorts) {
    const Result r = parse(
        PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").sctp(2905, 2906).payload(4).take());
    EXPECT_EQ(r.key.protocol, protocol::sctp);
    EXPECT_EQ(r.key.src_port, 2905);
    EXPECT_EQ(r.layers.payload_length, 4u);
}

TEST(Parser, KeepsTheTwoOutermostVlanIdsAndCountsAllTags) {
    const auto bytes = PacketBuilder()
                           .ethernet()
                           .vlan(100, 0x88a8)
                           .vlan(0x2000 | 42)  // priority bits are not part of the id
                           .vlan(7)
                           .ipv4("10.0.0.1", "10.0.0.2")
                           .udp(1, 2)
                           .take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.layers.vlan_tags, 3);
    EXPECT_EQ(r.layers.vlan_ids[0], 100);
    EXPECT_EQ(r.layers.vlan_ids[1], 42);
    EXPECT_EQ(r.key.vlan_ids, r.layers.vlan_ids);
}

TEST(Parser, LeavesVlanIdsOutOfTheKeyWhenToldTo) {
    const auto bytes =
        PacketBuilder().ethernet().vlan(100).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).take();
    const Result r = parse(bytes, LinkType::ethernet, {.key_vlan = false});
    EXPECT_EQ(r.key.vlan_ids[0], record::vlan_absent);
    EXPECT_EQ(r.layers.vlan_ids[0], 100);
}

TEST(Parser, RefusesMoreVlanTagsThanItWalksThrough) {
    PacketBuilder builder;
    builder.ethernet();
    for (uint32_t i = 0; i <= limits::vlan_tags_max; i++) builder.vlan(1);
    EXPECT_EQ(parse(builder.ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).take()).reason(),
              "malformed.vlan_depth");
}

TEST(Parser, WalksThroughIpv6ExtensionHeaders) {
    const auto bytes = PacketBuilder()
                           .ethernet()
                           .ipv6("2001:db8::1", "2001:db8::2")
                           .extension(protocol::hop_by_hop)
                           .extension(protocol::destination_options, 2)
                           .extension(protocol::routing, 3)
                           .authentication()
                           .tcp(1, 2, tcp::ack)
                           .take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.key.protocol, protocol::tcp);
    EXPECT_EQ(r.layers.l4_offset, 14 + 40 + 8 + 16 + 24 + 24);
}

TEST(Parser, WalksThroughAuthenticationHeaderInIpv4) {
    const Result r = parse(
        PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").authentication().udp(7, 8).take());
    EXPECT_EQ(r.key.protocol, protocol::udp);
    EXPECT_EQ(r.key.src_port, 7);
}

TEST(Parser, RefusesTooManyExtensionHeaders) {
    PacketBuilder builder;
    builder.ethernet().ipv6("2001:db8::1", "2001:db8::2");
    for (uint32_t i = 0; i <= limits::ipv6_extensions_max; i++)
        builder.extension(protocol::destination_options);
    EXPECT_EQ(parse(builder.tcp(1, 2, 0).take()).reason(), "malformed.ipv6_extension_depth");
}

TEST(Parser, CountsTruncatedIpv6ExtensionHeader) {
    auto bytes = PacketBuilder()
                     .ethernet()
                     .ipv6("2001:db8::1", "2001:db8::2")
                     .extension(protocol::hop_by_hop, 4)
                     .take();
    bytes.resize(bytes.size() - 1);
    EXPECT_EQ(parse(bytes).reason(), "malformed.ipv6_extension_truncated");
}

TEST(Parser, GivesLaterFragmentsNoPorts) {
    const auto first = PacketBuilder()
                           .ethernet()
                           .ipv4("10.0.0.1", "10.0.0.2")
                           .ipv4_fragment(0, true)
                           .udp(1000, 2000)
                           .payload(8)
                           .take();
    const Result r = parse(first);
    EXPECT_EQ(r.key.src_port, 1000);
    EXPECT_EQ(r.layers.fragment, FragmentKind::first);
    EXPECT_EQ(r.note(Verdict::note_ipv4_fragment), 1u);

    const auto later = PacketBuilder()
                           .ethernet()
                           .ipv4("10.0.0.1", "10.0.0.2")
                           .ipv4_fragment(2, false)
                           .protocol(protocol::udp)
                           .payload(16)
                           .take();
    const Result l = parse(later);
    EXPECT_EQ(l.reason(), "counted.flow");
    EXPECT_EQ(l.key.ports_absent, PortsAbsent::later_fragment);
    EXPECT_EQ(l.key.src_port, 0);
    EXPECT_EQ(l.key.protocol, protocol::udp);
    EXPECT_EQ(l.layers.payload_length, 16u);
}

TEST(Parser, TakesAnAtomicIpv6FragmentForAWholePacket) {
    const auto bytes = PacketBuilder()
                           .ethernet()
                           .ipv6("2001:db8::1", "2001:db8::2")
                           .ipv6_fragment(0, false)
                           .udp(1, 2)
                           .take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.layers.fragment, FragmentKind::none);
    EXPECT_EQ(r.key.src_port, 1);
}

TEST(Parser, MapsIcmpRequestsAndRepliesOntoOneFlow) {
    const Result request =
        parse(PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").icmp(8, 0).take());
    const Result reply =
        parse(PacketBuilder().ethernet().ipv4("10.0.0.2", "10.0.0.1").icmp(0, 0).take());
    EXPECT_EQ(request.key.src_port, reply.key.dst_port);
    EXPECT_EQ(request.key.dst_port, reply.key.src_port);
    EXPECT_EQ(request.layers.icmp_type, 8);
}

TEST(Parser, KeepsOneWayIcmpMessagesApartByDirection) {
    const Result there =
        parse(PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").icmp(3, 1).take());
    const Result back =
        parse(PacketBuilder().ethernet().ipv4("10.0.0.2", "10.0.0.1").icmp(3, 1).take());
    EXPECT_FALSE(there.key.src_port == back.key.dst_port &&
                 there.key.dst_port == back.key.src_port);
}

TEST(Parser, ReadsIpBehindLlcSnap) {
    const Bytes header = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0, 50, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0};
    const auto inner = PacketBuilder().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).take();
    EXPECT_EQ(parse(PacketBuilder().raw(header).raw(inner).take()).key.protocol, protocol::udp);
}

struct OtherLink {
    LinkType link;
    Bytes header;
    std::string name;
};

class ParserLinkType : public testing::TestWithParam<OtherLink> {};

TEST_P(ParserLinkType, ReadsIpv4BehindItsHeader) {
    const auto inner = PacketBuilder().ipv4("10.0.0.1", "10.0.0.2").udp(11, 12).take();
    const Result r =
        parse(PacketBuilder().raw(GetParam().header).raw(inner).take(), GetParam().link);
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.key.dst_port, 12);
}

TEST_P(ParserLinkType, RefusesAHeaderThatIsCutShort) {
    for (size_t length = 0; length < GetParam().header.size(); length++) {
        Bytes cut(GetParam().header.begin(),
                  GetParam().header.begin() + static_cast<ptrdiff_t>(length));
        EXPECT_EQ(parse(cut, GetParam().link).reason(), "malformed.link_truncated") << length;
    }
}

INSTANTIATE_TEST_SUITE_P(All, ParserLinkType,
                         testing::Values(OtherLink{LinkType::null, {2, 0, 0, 0}, "null"},
                                         OtherLink{LinkType::null, {0, 0, 0, 2}, "null_big_endian"},
                                         OtherLink{LinkType::loop, {0, 0, 0, 2}, "loop"},
                                         OtherLink{LinkType::linux_sll,
                                                   {0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0},
                                                   "sll"},
                                         OtherLink{LinkType::linux_sll2,
                                                   {8, 0, 0, 0, 0, 0, 0, 1, 0, 1,
                                                    0, 6, 1, 2, 3, 4, 5, 6, 0, 0},
                                                   "sll2"}),
                         [](const auto& tested) { return tested.param.name; });

TEST(Parser, ReadsRawIpOfBothVersions) {
    EXPECT_EQ(parse(PacketBuilder().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).take(), LinkType::raw)
                  .key.ip_version,
              4);
    EXPECT_EQ(
        parse(PacketBuilder().ipv6("::1", "::2").udp(1, 2).take(), LinkType::raw).key.ip_version,
        6);
}

TEST(Parser, RefusesAnIpVersionThatContradictsTheLinkType) {
    const auto v6 = PacketBuilder().ipv6("::1", "::2").udp(1, 2).take();
    EXPECT_EQ(parse(v6, LinkType::raw_ipv4).reason(), "malformed.ip_version");
    const auto v4 = PacketBuilder().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload(40).take();
    EXPECT_EQ(parse(v4, LinkType::raw_ipv6).reason(), "malformed.ip_version");
}

struct Malformation {
    std::string reason;
    Bytes bytes;
};

class ParserMalformed : public testing::TestWithParam<Malformation> {};

TEST_P(ParserMalformed, HasItsOwnReason) {
    const Result r = parse(GetParam().bytes);
    EXPECT_EQ(r.reason(), GetParam().reason);
    EXPECT_EQ(r.key, FlowKey{}) << "a refused packet has no key";
}

Bytes ipv4_with(size_t offset, uint8_t value) {
    return PacketBuilder()
        .ethernet()
        .ipv4("10.0.0.1", "10.0.0.2")
        .udp(1, 2)
        .patch([=](Bytes& bytes) { bytes[14 + offset] = value; })
        .take();
}

const Bytes whole_udp = PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).take();
const Bytes whole_udp6 = PacketBuilder().ethernet().ipv6("::1", "::2").udp(1, 2).take();

INSTANTIATE_TEST_SUITE_P(
    All, ParserMalformed,
    testing::Values(
        Malformation{"malformed.link_truncated", cut(whole_udp, 13)},
        Malformation{"malformed.link_truncated", {}},
        Malformation{"malformed.vlan_truncated",
                     cut(PacketBuilder().ethernet().vlan(1).take(), 17)},
        Malformation{"malformed.ipv4_truncated", cut(whole_udp, 33)},
        Malformation{"malformed.ipv4_truncated",
                     ipv4_with(0, 0x4f)},  // 60 bytes of header, 28 there
        Malformation{"malformed.ip_version", ipv4_with(0, 0x65)},
        Malformation{"malformed.ipv4_header_length", ipv4_with(0, 0x44)},
        Malformation{"malformed.ipv4_total_length", ipv4_with(3, 19)},
        Malformation{"malformed.ipv6_truncated", cut(whole_udp6, 53)},
        Malformation{"malformed.ports_truncated", cut(whole_udp, 37)},
        Malformation{"malformed.ports_truncated", ipv4_with(3, 23)},
        Malformation{
            "malformed.icmp_truncated",
            cut(PacketBuilder().ethernet().ipv4("1.1.1.1", "2.2.2.2").icmp(8, 0).take(), 35)},
        Malformation{"not_ip.arp",
                     PacketBuilder().ethernet().ether_type(0x0806).payload(28).take()},
        Malformation{"not_ip.ethertype", PacketBuilder().ethernet().ether_type(0x88cc).take()},
        Malformation{
            "not_ip.llc",
            PacketBuilder().ethernet().ether_type(38).raw({0x42, 0x42, 3}).payload(35).take()}));

TEST(Parser, CountsAPacketWhoseTcpHeaderIsCutBehindThePorts) {
    const auto bytes =
        PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2, tcp::syn).take();
    const Result r = parse(cut(bytes, 14 + 20 + 4));
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.key.dst_port, 2);
    EXPECT_EQ(r.layers.tcp_flags, 0);
    EXPECT_EQ(r.note(Verdict::note_tcp_truncated), 1u);
    EXPECT_EQ(r.layers.payload_length, 0u);
}

TEST(Parser, NotesATcpHeaderLengthBelowTwenty) {
    const auto bytes = PacketBuilder()
                           .ethernet()
                           .ipv4("10.0.0.1", "10.0.0.2")
                           .tcp(1, 2, tcp::ack)
                           .patch([](Bytes& b) { b[34 + 12] = 0x40; })
                           .take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.note(Verdict::note_tcp_header_length), 1u);
}

TEST(Parser, DoesNotTakeEthernetPaddingForPayload) {
    const auto bytes = PacketBuilder()
                           .ethernet()
                           .ipv4("10.0.0.1", "10.0.0.2")
                           .tcp(1, 2, tcp::ack)
                           .patch([](Bytes& b) { b.resize(60); });
    auto builder = bytes;
    const Result r = parse(builder.take());
    EXPECT_EQ(r.layers.payload_length, 0u);
    EXPECT_EQ(r.layers.ip_bytes, 40u);
}

TEST(Parser, TakesATotalLengthOfZeroFromTheLinkLayer) {
    auto bytes = PacketBuilder()
                     .ethernet()
                     .ipv4("10.0.0.1", "10.0.0.2")
                     .tcp(1, 2, tcp::ack)
                     .payload(100)
                     .patch([](Bytes& b) { b[16] = b[17] = 0; })
                     .take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.layers.ip_bytes, 140u);
    EXPECT_EQ(r.layers.payload_length, 100u);
}

TEST(Parser, NotesALengthBeyondThePacket) {
    const Result r = parse(ipv4_with(2, 5));
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.note(Verdict::note_length_beyond_packet), 1u);
}

// Every packet above, cut at every byte: never a byte too far (the sanitizer build sees it), and
// each cut gives a verdict and a key that make sense together.
TEST(Parser, SurvivesTruncationAtEveryByte) {
    const std::vector<Bytes> packets = {
        PacketBuilder()
            .ethernet()
            .vlan(1)
            .vlan(2)
            .ipv4("10.0.0.1", "10.0.0.2")
            .tcp(1, 2, tcp::syn)
            .payload(9)
            .take(),
        PacketBuilder()
            .ethernet()
            .ipv6("::1", "::2")
            .extension(0)
            .extension(43, 3)
            .ipv6_fragment(0, true)
            .authentication()
            .udp(1, 2)
            .payload(9)
            .take(),
        PacketBuilder().ethernet().ipv6("::1", "::2").icmpv6(135, 0).payload(20).take(),
        PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").sctp(3, 4).payload(3).take(),
    };
    for (const Bytes& whole : packets) {
        for (size_t length = 0; length <= whole.size(); length++) {
            const Result r = parse(cut(whole, length));
            if (r.verdict != Verdict::counted_flow) {
                EXPECT_EQ(r.key, FlowKey{});
                continue;
            }
            EXPECT_TRUE(r.key.ip_version == 4 || r.key.ip_version == 6);
            EXPECT_LE(r.layers.payload_offset + r.layers.payload_length, length);
        }
        EXPECT_EQ(parse(whole).reason(), "counted.flow");
    }
}

TEST(Icmp, CounterpartsAnswerEachOther) {
    const auto check = [](int (*counterpart)(uint8_t), uint8_t type) {
        const int answer = counterpart(type);
        if (answer == icmp::no_counterpart) return;
        EXPECT_EQ(counterpart(static_cast<uint8_t>(answer)), type);
    };
    for (int type = 0; type < 256; type++) {
        check(icmp::counterpart_v4, static_cast<uint8_t>(type));
        check(icmp::counterpart_v6, static_cast<uint8_t>(type));
    }
}

}  // namespace
}  // namespace baleen::packet
