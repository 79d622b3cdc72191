// IP fragments as the parser sees them, one by one; flow/fragment_table.h joins them.
#include <gtest/gtest.h>

#include "packet/ip.h"
#include "packet/tunnel.h"
#include "tests/unit/parse_run.h"

namespace baleen::packet {
namespace {

using record::TunnelType;
using test::fragments_of;
using test::PacketBuilder;
using test::parse;
using test::Result;
using Bytes = PacketBuilder::Bytes;

PacketBuilder from_v4() { return PacketBuilder().ethernet().ipv4("192.0.2.1", "198.51.100.2"); }
PacketBuilder from_v6() { return PacketBuilder().ethernet().ipv6("2001:db8::1", "2001:db8::2"); }

std::string src_of(const Fragment& fragment) {
    return record::format_address(fragment.src.data(), fragment.ip_version);
}

TEST(ParserFragment, SaysWhichPartOfWhichDatagramItIs) {
    for (const bool is_v6 : {false, true}) {
        const Bytes whole = (is_v6 ? from_v6() : from_v4()).udp(1000, 2000).payload(92).take();
        const auto fragments = fragments_of(whole, 5, 0x1234);
        ASSERT_EQ(fragments.size(), 3u);
        for (size_t i = 0; i < fragments.size(); i++) {
            const Result r = parse(fragments[i]);
            ASSERT_EQ(r.reason(), "counted.flow");
            EXPECT_EQ(r.layers.fragment, i == 0 ? FragmentKind::first : FragmentKind::later);
            EXPECT_EQ(r.outer.fragment.id, 0x1234u);
            EXPECT_EQ(r.outer.fragment.begin, i * 40);
            EXPECT_EQ(r.outer.fragment.end, i == 2 ? 100 : i * 40 + 40);
            EXPECT_EQ(r.outer.fragment.protocol, protocol::udp);
            EXPECT_EQ(r.outer.fragment.ip_version, is_v6 ? 6 : 4);
            EXPECT_EQ(src_of(r.outer.fragment), is_v6 ? "2001:db8::1" : "192.0.2.1");
            const Verdict note = is_v6 ? Verdict::note_ipv6_fragment : Verdict::note_ipv4_fragment;
            EXPECT_EQ(r.note(note), 1u);
            EXPECT_EQ(r.key.src_port, i == 0 ? 1000 : 0);
            EXPECT_EQ(r.key.dst_port, i == 0 ? 2000 : 0x1234);
            EXPECT_EQ(r.key.ports_absent, i == 0 ? PortsAbsent::no : PortsAbsent::later_fragment);
            EXPECT_EQ(r.layers.l4_offset == 0, i > 0);
        }
    }
}

TEST(ParserFragment, HasTheKeyOfItsDatagramsUnlinkedFlow) {
    const auto fragments = fragments_of(PacketBuilder()
                                            .ethernet()
                                            .vlan(12)
                                            .ipv6("2001:db8::1", "2001:db8::2")
                                            .udp(1, 2)
                                            .payload(40)
                                            .take(),
                                        2, 0xabcd, 18);
    const Result later = parse(fragments[1]);
    EXPECT_EQ(unlinked_key(later.outer.fragment), later.key);
    EXPECT_EQ(unlinked_key(parse(fragments[0]).outer.fragment), later.key);
    const Result without_vlan = parse(fragments[1], ParseOptions{.key_vlan = false});
    EXPECT_EQ(unlinked_key(without_vlan.outer.fragment), without_vlan.key);
    EXPECT_EQ(without_vlan.key.vlan_ids[0], record::vlan_absent);
}

TEST(ParserFragment, NotesFragmentsThatEvadeFilters) {
    // RFC 1858 section 3: TCP flags must not come in a second fragment, nor be overwritten by one.
    const auto tiny = [](const Bytes& bytes) {
        return parse(bytes).note(Verdict::note_fragment_tiny);
    };
    const Bytes whole = from_v4().tcp(1, 2, tcp::syn).payload(40).take();
    EXPECT_EQ(tiny(fragments_of(whole, 1, 1)[0]), 1u);
    EXPECT_EQ(tiny(fragments_of(whole, 1, 1)[1]), 1u) << "at offset 8";
    EXPECT_EQ(tiny(fragments_of(whole, 1, 1)[2]), 0u);
    EXPECT_EQ(tiny(fragments_of(whole, 2, 1)[0]), 0u) << "16 bytes hold the flags";
    EXPECT_EQ(tiny(fragments_of(from_v4().udp(1, 2).payload(40).take(), 1, 1)[1]), 0u);
    EXPECT_EQ(tiny(fragments_of(from_v6().tcp(1, 2, tcp::syn).payload(40).take(), 1, 1)[0]), 1u);
}

TEST(ParserFragment, RefusesAFirstFragmentThatEndsBeforeThePorts) {
    EXPECT_EQ(parse(from_v4().ipv4_fragment(0, true).protocol(6).payload(3).take()).reason(),
              "malformed.ports_truncated");
    EXPECT_EQ(parse(from_v6().ipv6_fragment(0, true).protocol(17).take()).reason(),
              "malformed.ports_truncated");
    EXPECT_EQ(parse(from_v4().ipv4_fragment(0, true).protocol(1).payload(1).take()).reason(),
              "malformed.icmp_truncated");
}

TEST(ParserFragment, CountsALaterFragmentOfAnyProtocolAndLength) {
    for (const int number : {1, 4, 6, 17, 41, 47, 50, 51, 58, 132}) {
        const Result r = parse(
            from_v4().ipv4_fragment(3, true, 9).protocol(static_cast<uint8_t>(number)).take());
        EXPECT_EQ(r.reason(), "counted.flow");
        EXPECT_EQ(r.key.protocol, number);
        EXPECT_EQ(r.layers.tunnel, TunnelType::none);
    }
}

TEST(ParserFragment, ReadsExtensionsInFrontOfTheFragmentHeader) {
    const Bytes bytes =
        from_v6().extension(0).ipv6_fragment(4, true, 0x00010002).protocol(17).payload(16).take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.key.src_port, 1) << "upper half of the id";
    EXPECT_EQ(r.key.dst_port, 2);
    EXPECT_EQ(r.outer.fragment.begin, 32u);
    EXPECT_EQ(r.outer.fragment.end, 48u);
}

// A tunnel's packet in fragments: the first one shows the flow inside, with the outer datagram's
// identity.
TEST(ParserFragment, OfATunnelIsToldByTheOuterHeader) {
    const Bytes whole = test::tagged_in_vxlan(100);
    const auto fragments = fragments_of(whole, 10, 77, 18);
    const Result first = parse(fragments[0]);
    EXPECT_EQ(first.key.dst_port, 2000);
    EXPECT_EQ(first.layers.tunnel, TunnelType::vxlan);
    EXPECT_EQ(first.layers.fragment, FragmentKind::first);
    EXPECT_EQ(src_of(first.outer.fragment), "10.0.0.1");
    EXPECT_EQ(first.outer.fragment.end, 80u);
    const VlanIds both = {3, 44}, outer_only = {3, record::vlan_absent};
    EXPECT_EQ(first.key.vlan_ids, both);
    EXPECT_EQ(first.outer.fragment.key_vlan_ids, outer_only) << "as in its later fragments";
    EXPECT_EQ(unlinked_key(first.outer.fragment), parse(fragments[1]).key);
}

TEST(ParserFragment, InsideOfATunnelIsToldByTheInnerHeader) {
    const Bytes bytes = PacketBuilder()
                            .ethernet()
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .gre(gre::key_present, 5)
                            .ipv4("192.0.2.1", "198.51.100.2")
                            .ipv4_fragment(10, true, 55)
                            .protocol(17)
                            .payload(24)
                            .take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.layers.tunnel, TunnelType::gre);
    EXPECT_EQ(r.layers.fragment, FragmentKind::later);
    EXPECT_EQ(r.outer.tunnel.id, 5u);
    EXPECT_EQ(src_of(r.outer.fragment), "192.0.2.1");
    EXPECT_EQ(r.key.ports_absent, PortsAbsent::later_fragment);
}

TEST(ParserFragment, TellsTheOutermostWhereBothAreFragments) {
    const Bytes inner = PacketBuilder()
                            .ethernet()
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .ipv4_fragment(0, true, 1)
                            .gre()
                            .ipv4("192.0.2.1", "198.51.100.2")
                            .ipv4_fragment(10, true, 2)
                            .protocol(17)
                            .payload(24)
                            .take();
    const Result r = parse(inner);
    EXPECT_EQ(r.layers.fragment, FragmentKind::first);
    EXPECT_EQ(r.outer.fragment.id, 1u);
    EXPECT_EQ(r.note(Verdict::note_ipv4_fragment), 2u);
}

}  // namespace
}  // namespace baleen::packet
