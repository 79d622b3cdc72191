// ICMP errors name the flow they are about (RFC 792; RFC 4443 section 2.4).
#include <gtest/gtest.h>

#include "packet/ip.h"
#include "tests/unit/parse_run.h"

namespace baleen::packet {
namespace {

using test::PacketBuilder;
using test::parse;
using test::Result;
using Bytes = PacketBuilder::Bytes;

// What 192.0.2.1 has sent, and a router says of it.
PacketBuilder sent() { return PacketBuilder().ipv4("192.0.2.1", "198.51.100.2"); }
PacketBuilder sent6() { return PacketBuilder().ipv6("2001:db8::1", "2001:db8::2"); }
Bytes error(const Bytes& quoted, uint8_t type = 3, uint8_t code = 3) {
    return PacketBuilder()
        .ethernet()
        .ipv4("203.0.113.9", "192.0.2.1")
        .icmp(type, code)
        .raw(quoted)
        .take();
}
Bytes error6(const Bytes& quoted, uint8_t type = 1) {
    return PacketBuilder()
        .ethernet()
        .ipv6("2001:db8::9", "2001:db8::1")
        .icmpv6(type, 0)
        .raw(quoted)
        .take();
}

std::string quoted_destination(const Result& r) {
    return record::format_address(r.outer.quote.dst.data(), r.key.ip_version);
}

TEST(IcmpQuote, NamesTheQuotedFlowOfEachProtocolWithPorts) {
    const std::pair<uint8_t, Bytes> quoted[] = {
        {protocol::udp, sent().udp(1000, 2000).payload(4).take()},
        {protocol::tcp, sent().tcp(1000, 2000, tcp::syn).take()},
        {protocol::udplite, sent().udplite(1000, 2000).take()},
        {protocol::dccp, sent().dccp(1000, 2000).take()},
        {protocol::sctp, sent().sctp(1000, 2000).take()},
    };
    for (const auto& [number, bytes] : quoted) {
        const Result r = parse(error(bytes));
        EXPECT_EQ(r.reason(), "counted.flow");
        EXPECT_EQ(r.src(), "203.0.113.9");
        EXPECT_EQ(r.key.protocol, protocol::icmp);
        EXPECT_EQ(r.layers.icmp_type, 3);
        EXPECT_EQ(r.layers.icmp_code, 3);
        EXPECT_EQ(r.layers.quotes_flow, 1);
        EXPECT_EQ(r.outer.quote.protocol, number);
        EXPECT_EQ(r.outer.quote.src_port, 1000);
        EXPECT_EQ(r.outer.quote.dst_port, 2000);
        EXPECT_EQ(quoted_destination(r), "198.51.100.2");
        EXPECT_EQ(r.note(Verdict::note_icmp_quote_unusable), 0u);
    }
}

TEST(IcmpQuote, IsReadFromEveryErrorTypeAndNoOther) {
    const Bytes quoted = sent().udp(1, 2).take();
    for (int type = 0; type < 256; type++) {
        const bool is_error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
        const Result r = parse(error(quoted, static_cast<uint8_t>(type)));
        EXPECT_EQ(r.layers.quotes_flow, is_error ? 1 : 0) << type;
    }
    const Bytes quoted6 = sent6().udp(1, 2).take();
    for (int type = 0; type < 256; type++) {
        const Result r = parse(error6(quoted6, static_cast<uint8_t>(type)));
        EXPECT_EQ(r.layers.quotes_flow, type >= 1 && type <= 4 ? 1 : 0) << type;
    }
}

TEST(IcmpQuote, ReadsIpv6) {
    const Result r = parse(error6(sent6().tcp(1000, 2000, tcp::ack).take()));
    EXPECT_EQ(r.key.protocol, protocol::icmpv6);
    EXPECT_EQ(quoted_destination(r), "2001:db8::2");
    EXPECT_EQ(r.outer.quote.src_port, 1000);
    EXPECT_EQ(r.outer.quote.dst_port, 2000);
}

TEST(IcmpQuote, NamesQuotedProtocolsWithoutPortsByAddresses) {
    const Result r = parse(error(sent().protocol(47).payload(8).take()));
    EXPECT_EQ(r.layers.quotes_flow, 1);
    EXPECT_EQ(r.outer.quote.protocol, protocol::gre);
    EXPECT_EQ(r.outer.quote.src_port, 0);
    EXPECT_EQ(r.outer.quote.dst_port, 0);
    // Of IPv6 extension headers only the first is told.
    const Result extended = parse(error6(sent6().extension(60).udp(1, 2).take()));
    EXPECT_EQ(extended.outer.quote.protocol, protocol::destination_options);
}

TEST(IcmpQuote, NamesAQuotedEchoRequestAsItsFlowIsNamed) {
    const Result r = parse(error(sent().icmp(8, 0).take(), 11, 0));
    EXPECT_EQ(r.outer.quote.protocol, protocol::icmp);
    EXPECT_EQ(r.outer.quote.src_port, 8);
    EXPECT_EQ(r.outer.quote.dst_port, 0);
}

TEST(IcmpQuote, FindsPortsBehindIpv4Options) {
    const Bytes quoted =
        PacketBuilder().ipv4("192.0.2.1", "198.51.100.2", 12).udp(1000, 2000).take();
    EXPECT_EQ(parse(error(quoted)).outer.quote.dst_port, 2000);
}

// Errors about two flows of one host are two flows, and the same error again is the same one.
TEST(IcmpQuote, MakesTheQuotedFlowPartOfTheKey) {
    const Result a = parse(error(sent().udp(1000, 2000).take()));
    const Result again = parse(error(sent().udp(1000, 2000).payload(9).take()));
    const Result b = parse(error(sent().udp(1000, 2001).take()));
    EXPECT_EQ(a.key, again.key);
    EXPECT_NE(a.key, b.key);
    EXPECT_NE(a.key, parse(error(sent().udp(1000, 2000).take(), 3, 1)).key) << "another code";
}

TEST(IcmpQuote, IsReadInsideOfATunnel) {
    const Bytes bytes = PacketBuilder()
                            .ethernet()
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .gre()
                            .ipv4("203.0.113.9", "192.0.2.1")
                            .icmp(11, 0)
                            .raw(sent().udp(1000, 2000).take())
                            .take();
    const Result r = parse(bytes);
    EXPECT_EQ(r.layers.tunnel, record::TunnelType::gre);
    EXPECT_EQ(r.layers.quotes_flow, 1);
    EXPECT_EQ(r.outer.quote.dst_port, 2000);
}

struct Unusable {
    std::string name;
    Bytes bytes;
};

class IcmpQuoteUnusable : public testing::TestWithParam<Unusable> {};

// Counted in a flow of type and code alone.
TEST_P(IcmpQuoteUnusable, IsNoted) {
    const Result r = parse(GetParam().bytes);
    EXPECT_EQ(r.reason(), "counted.flow");
    EXPECT_EQ(r.layers.quotes_flow, 0);
    EXPECT_EQ(r.note(Verdict::note_icmp_quote_unusable), 1u);
    EXPECT_EQ(r.key.src_port, 0x0100 | r.layers.icmp_type);
    EXPECT_EQ(r.key.dst_port, r.layers.icmp_code);
}

Bytes patched(Bytes bytes, size_t at, uint8_t value) {
    bytes[at] = value;
    return bytes;
}

const Bytes quoted_udp = sent().udp(1000, 2000).take();

INSTANTIATE_TEST_SUITE_P(
    All, IcmpQuoteUnusable,
    testing::Values(Unusable{"empty", error({})},
                    Unusable{"header_cut", error(test::cut(quoted_udp, 19))},
                    Unusable{"ports_cut", error(test::cut(quoted_udp, 23))},
                    Unusable{"options_cut", error(patched(quoted_udp, 0, 0x4f))},
                    Unusable{"version", error(patched(quoted_udp, 0, 0x65))},
                    Unusable{"header_length", error(patched(quoted_udp, 0, 0x44))},
                    Unusable{"later_fragment", error(patched(quoted_udp, 7, 5))},
                    Unusable{"from_another_host", error(patched(quoted_udp, 12, 11))},
                    Unusable{"icmp_cut", error(sent().protocol(1).payload(1).take())},
                    Unusable{"ipv6_header_cut", error6(test::cut(sent6().udp(1, 2).take(), 39))},
                    Unusable{"ipv6_ports_cut", error6(test::cut(sent6().udp(1, 2).take(), 43))},
                    Unusable{"ipv6_version", error6(patched(sent6().udp(1, 2).take(), 0, 0x45))},
                    Unusable{"ipv6_from_another_host",
                             error6(patched(sent6().udp(1, 2).take(), 8, 9))},
                    Unusable{"ipv6_in_an_icmpv4_error", error(sent6().udp(1, 2).take())}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace baleen::packet
