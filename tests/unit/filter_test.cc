// What filters mean: precedence, sets, comparisons and shorthands.
#include "filter/filter.h"

#include <gtest/gtest.h>

#include "tests/unit/filter_check.h"

namespace baleen::filter {
namespace {

using record::FlowRecord;
using test::matches;
using test::RecordBuilder;

using test::second_ns;

FlowRecord web() {
    return RecordBuilder()
        .tcp()
        .from("10.0.0.1", 40000)
        .to("192.0.2.7", 443)
        .sent(10, 2000)
        .answered(20, 30'000)
        .tcp_flags(0x1a, 0x12)
        .lasts(30 * second_ns)
        .id(77);
}
FlowRecord dns6() { return RecordBuilder().udp().from("2001:db8::1", 5353).to("2001:db8::53", 53); }
FlowRecord ping() { return RecordBuilder().from("10.0.0.1").to("10.0.0.2").icmp(8, 0); }
FlowRecord tunnel() { return RecordBuilder().from("10.0.0.1").to("10.0.0.2").portless(47); }

TEST(Filter, MatchesEverythingWhenEmpty) {
    EXPECT_TRUE(Filter().matches({web(), ""}));
    for (const auto text : {"", " ", "\t\n"}) EXPECT_TRUE(matches(text, web()));
}

TEST(Filter, AsksForAFieldByNamingIt) {
    EXPECT_TRUE(matches("tcp", web()));
    EXPECT_FALSE(matches("udp", web()));
    EXPECT_TRUE(matches("ip", web()));
    EXPECT_TRUE(matches("ipv6 && udp", dns6()));
    EXPECT_FALSE(matches("ip", dns6()));
    EXPECT_TRUE(matches("icmp", ping()));
    EXPECT_FALSE(matches("icmpv6", ping()));
    EXPECT_TRUE(matches("tcp.port", web()));
    EXPECT_FALSE(matches("udp.port", web()));
    EXPECT_FALSE(matches("port", ping()));
    EXPECT_FALSE(matches("port", tunnel()));
    EXPECT_FALSE(matches("icmp.type", web()));
    EXPECT_FALSE(matches("vlan", web()));
    EXPECT_FALSE(matches("vlan.id", web()));
    EXPECT_TRUE(matches("vlan", RecordBuilder().vlan(0)));
    EXPECT_TRUE(matches("in_iface", web(), "eth0"));
    EXPECT_FALSE(matches("in_iface", web(), ""));
}

TEST(Filter, FindsFlowsByTheTunnelAroundThem) {
    const FlowRecord inside = RecordBuilder()
                                  .in_tunnel(record::TunnelType::vxlan, 42, 43)
                                  .tunnel_ends("172.16.0.1", "172.16.0.2");
    for (const auto text :
         {"tunnel", "vxlan", "tunnel.id == 42", "vxlan.vni == 43", "tunnel.addr == 172.16.0.2",
          "tunnel.src == 172.16.0.1", "tunnel.dst == 172.16.0.0/24", "tunnel.type == \"vxlan\"",
          "tcp && vxlan"})
        EXPECT_TRUE(matches(text, inside)) << text;
    for (const auto text : {"gre", "mpls", "tunnel.id == 44", "tunnel.src == 172.16.0.2",
                            "ip.addr == 172.16.0.1", "tunnel.type == \"gre\""})
        EXPECT_FALSE(matches(text, inside)) << text;
    for (const auto text : {"tunnel", "tunnel.id", "tunnel.addr", "tunnel.type", "vxlan"})
        EXPECT_FALSE(matches(text, web())) << text;
    EXPECT_TRUE(matches("gre", tunnel())) << "protocol 47 that was not opened";
    // No addresses of its own.
    const FlowRecord labelled = RecordBuilder().in_tunnel(record::TunnelType::mpls, 100);
    EXPECT_TRUE(matches("mpls.label == 100 && mpls", labelled));
    EXPECT_FALSE(matches("tunnel.addr", labelled));
}

TEST(Filter, ComparesNumbersInEveryNotation) {
    for (const auto text :
         {"port.dst == 443",     "port.dst = 443",    "port.dst eq 443",    "port.dst != 442",
          "port.dst ne 442",     "port.dst < 444",    "port.dst lt 444",    "port.dst <= 443",
          "port.dst le 443",     "port.dst > 442",    "port.dst gt 442",    "port.dst >= 443",
          "port.dst ge 443",     "port.dst == 0x1bb", "port.dst==440..450", "tcp.flags == 0x1a",
          "flow.bytes == 32000", "flow.bytes > 31k",  "flow.packets == 30", "flow.id == 77",
          "port.dst == \"443\""})
        EXPECT_TRUE(matches(text, web())) << text;
    for (const auto text :
         {"port.dst == 442", "port.dst != 443", "port.dst < 443", "port.dst <= 442",
          "port.dst > 443", "port.dst >= 444", "port.dst==444..450", "flow.bytes > 32k"})
        EXPECT_FALSE(matches(text, web())) << text;
}

TEST(Filter, ComparesWithRangesAsAWhole) {
    // Below a range is below all of it; at least a range is at least its low end.
    EXPECT_TRUE(matches("port.dst < 444..500", web()));
    EXPECT_FALSE(matches("port.dst < 443..500", web()));
    EXPECT_TRUE(matches("port.dst <= 400..443", web()));
    EXPECT_FALSE(matches("port.dst <= 400..442", web()));
    EXPECT_TRUE(matches("port.dst > 400..442", web()));
    EXPECT_FALSE(matches("port.dst > 400..443", web()));
    EXPECT_TRUE(matches("port.dst >= 443..500", web()));
    EXPECT_FALSE(matches("port.dst >= 444..500", web()));
    EXPECT_FALSE(matches("port.dst != 443..500", web()));
}

TEST(Filter, ComparesTimesAndDurations) {
    for (const auto text :
         {"flow.start == 2023-11-14T22:13:20Z", "flow.start >= 2023-11-14",
          "flow.start < 2023-11-15", "flow.start == 1700000000", "flow.end == 2023-11-14T22:13:50Z",
          "flow.end == \"2023-11-14 23:13:50+01:00\"", "flow.start in {2023-11-14..2023-11-15}",
          "flow.duration == 30s", "flow.duration >= 0.5m", "flow.duration < 30.000000001s",
          "flow.duration < off"})
        EXPECT_TRUE(matches(text, web())) << text;
    for (const auto text : {"flow.start > 2023-11-14T22:13:20Z", "flow.duration > 30s",
                            "flow.duration < 30s", "flow.end < 2023-11-14T22:13:50Z"})
        EXPECT_FALSE(matches(text, web())) << text;
}

TEST(Filter, ComparesAddressesWithPrefixes) {
    for (const auto text :
         {"ip.addr == 10.0.0.0/8", "ip.src == 10.0.0.1", "ip.dst == 192.0.2.0/24",
          "ip.addr == 0.0.0.0/0", "ip.src != 10.0.0.2", "ip.addr in {1.1.1.1 192.0.2.7}"})
        EXPECT_TRUE(matches(text, web())) << text;
    for (const auto text : {"ip.src == 192.0.2.7", "ip.addr == 10.0.0.0/32", "ipv6.addr == ::/0",
                            "ip.addr == 2001:db8::/32"})
        EXPECT_FALSE(matches(text, web())) << text;
    EXPECT_TRUE(matches("ipv6.src == 2001:db8::/32", dns6()));
    EXPECT_TRUE(matches("ip.addr == 2001:db8::53", dns6()));
    EXPECT_FALSE(matches("ip.addr == 0.0.0.0/0", dns6()));
}

TEST(Filter, ComparesProtocolsAndReasons) {
    EXPECT_TRUE(matches("ip.proto == tcp", web()));
    EXPECT_TRUE(matches("proto == 6", web()));
    EXPECT_TRUE(matches("ip.proto in {tcp udp}", dns6()));
    EXPECT_TRUE(matches("ip.proto == gre", tunnel()));
    EXPECT_FALSE(matches("ip.proto == gre", web()));
    const FlowRecord forced = RecordBuilder().ended(record::EndReason::forced_end);
    EXPECT_TRUE(matches("flow.reason == forced_end", forced));
    EXPECT_TRUE(matches("reason != idle_timeout", forced));
    EXPECT_FALSE(matches("reason in {idle_timeout, active_timeout}", forced));
}

TEST(Filter, ComparesTexts) {
    EXPECT_TRUE(matches("in_iface == eth0", web(), "eth0"));
    EXPECT_FALSE(matches("in_iface == eth", web(), "eth0"));
    EXPECT_TRUE(matches("in_iface != eth1", web(), "eth0"));
    EXPECT_TRUE(matches("in_iface == \"a \\\"b\\\"\"", web(), "a \"b\""));
    EXPECT_TRUE(matches("in_iface in {eth0 eth1}", web(), "eth1"));
}

TEST(Filter, TakesSetsWithAndWithoutCommas) {
    for (const auto text :
         {"port in {80 443}", "port in {80,443}", "port in {80, 443}", "port in { 80 , 443 , }",
          "port in [80, 443]", "port in [80 443]", "port == {80 443}", "port == [80, 443]",
          "port in {440..450}", "port in {80, 440..450}", "port in {443}", "port in {0x1bb}",
          "port not in {80 53}", "port != {80 53}"})
        EXPECT_TRUE(matches(text, web())) << text;
    for (const auto text : {"port in {80 53}", "port in [444..450]", "port not in {80 443}",
                            "port != {80 443}", "not port in {80 443}"})
        EXPECT_FALSE(matches(text, web())) << text;
}

TEST(Filter, LooksIntoAnyFieldAsItIsWritten) {
    EXPECT_TRUE(matches("in_iface contains th", web(), "eth0"));
    EXPECT_FALSE(matches("in_iface contains ETH", web(), "eth0"));
    EXPECT_TRUE(matches("ip.addr contains 192.0.", web()));
    EXPECT_TRUE(matches("ip.addr contains db8", dns6()));
    EXPECT_TRUE(matches("port contains 44", web()));
    EXPECT_TRUE(matches("ip.proto contains TC", web()));
    EXPECT_TRUE(matches("flow.reason contains timeout", web()));
    EXPECT_FALSE(matches("udp.port contains 4", web())) << "a field that is not there";
    EXPECT_TRUE(matches("in_iface contains {x, th}", web(), "eth0"));
}

TEST(Filter, MatchesRegularExpressionsAnywhere) {
    EXPECT_TRUE(matches("in_iface matches \"^eth[0-9]$\"", web(), "eth0"));
    EXPECT_TRUE(matches("in_iface ~ \"t.0\"", web(), "eth0"));
    EXPECT_TRUE(matches("in_iface~eth", web(), "eth0"));
    EXPECT_FALSE(matches("in_iface matches \"^th\"", web(), "eth0"));
    EXPECT_TRUE(matches("in_iface matches \"(?i)ETH\"", web(), "eth0"));
    EXPECT_TRUE(matches("ip.dst matches \"\\.7$\"", web()));
}

TEST(Filter, MatchesAnyExpressionOfASet) {
    EXPECT_TRUE(matches("in_iface matches {\"^eth\" \"^wlan\"}", web(), "eth0"));
    EXPECT_TRUE(matches("in_iface matches {\"^eth\" \"^wlan\"}", web(), "wlan0"));
}

TEST(Filter, LooksIntoTheNumberOfAProtocolWithoutAName) {
    EXPECT_TRUE(matches("ip.proto contains 253", RecordBuilder().portless(253)));
}

TEST(Filter, IsUnequalOnlyIfNoValueIsEqual) {
    // As Wireshark 4: ip.addr != A means neither end is A.
    EXPECT_FALSE(matches("ip.addr != 10.0.0.1", web()));
    EXPECT_FALSE(matches("ip.addr != 192.0.2.7", web()));
    EXPECT_TRUE(matches("ip.addr != 10.0.0.9", web()));
    EXPECT_FALSE(matches("port != 443", web()));
    EXPECT_FALSE(matches("port != 40000", web()));
    EXPECT_TRUE(matches("port != 80", web()));
    const FlowRecord tagged = RecordBuilder().vlan(10, 20);
    EXPECT_FALSE(matches("vlan.id != 10", tagged));
    EXPECT_FALSE(matches("vlan.id != 20", tagged));
    EXPECT_TRUE(matches("vlan.id != 30", tagged));
    // ... and a field that is not there is neither equal nor unequal, but `not` is about anything.
    EXPECT_FALSE(matches("udp.port != 443", web()));
    EXPECT_FALSE(matches("udp.port == 443", web()));
    EXPECT_TRUE(matches("not udp.port == 443", web()));
    EXPECT_FALSE(matches("not port == 443", web()));
    EXPECT_FALSE(matches("vlan.id != 10", web()));
}

TEST(Filter, IsTrueForAnyValueOfAFieldThatHasSeveral) {
    EXPECT_TRUE(matches("port == 443", web()));
    EXPECT_TRUE(matches("port == 40000", web()));
    EXPECT_TRUE(matches("port < 1000 and port > 1000", web())) << "one value each";
    const FlowRecord tagged = RecordBuilder().vlan(10, 20);
    EXPECT_TRUE(matches("vlan.id == 10 and vlan.id == 20", tagged));
    const FlowRecord one_sided = RecordBuilder().sent(1, 60).answered(0, 0).tos(0, 8);
    EXPECT_FALSE(matches("ip.tos == 8", one_sided)) << "a direction without packets has no ToS";
    EXPECT_TRUE(matches("ip.ttl == 5 and ip.ttl == 9", RecordBuilder().ttl(5, 9)));
}

TEST(Filter, BindsNotTighterThanAndTighterThanOr) {
    EXPECT_TRUE(matches("tcp or udp and icmp", web())) << "tcp or (udp and icmp)";
    EXPECT_FALSE(matches("(tcp or udp) and icmp", web()));
    EXPECT_TRUE(matches("udp and icmp or tcp", web()));

    EXPECT_TRUE(matches("not tcp and udp", dns6()));
    EXPECT_FALSE(matches("not tcp or tcp.port == 1", web()));
    EXPECT_TRUE(matches("not (tcp and udp)", web()));
    EXPECT_TRUE(matches("!udp", web()));
    EXPECT_TRUE(matches("!!tcp", web()));
    EXPECT_TRUE(matches("not not tcp", web()));
    EXPECT_FALSE(matches("!!!tcp", web()));
    EXPECT_TRUE(matches("((tcp))", web()));
    EXPECT_TRUE(matches("tcp && port == 443 and ip || udp", web()));
    EXPECT_TRUE(matches("!tcp.port == 80", web())) << "not (tcp.port == 80)";
}

TEST(Filter, KnowsTheShorthandsOfPcap) {
    for (const auto text : {"host 10.0.0.1",
                            "host 192.0.2.7",
                            "net 10.0.0.0/8",
                            "src host 10.0.0.1",
                            "dst host 192.0.2.7",
                            "src net 10.0.0.0/24",
                            "dst net 192.0.2.0/24",
                            "port 443",
                            "port 40000",
                            "dst port 443",
                            "src port 40000",
                            "portrange 400-500",
                            "dst portrange 443-443",
                            "src portrange 40000-50000",
                            "port 0x1bb",
                            "tcp port 443",
                            "tcp dst port 443",
                            "ip host 10.0.0.1",
                            "tcp portrange 1-1000",
                            "host 10.0.0.1 and not port 53",
                            "not udp port 443",
                            "!host 10.0.0.9",
                            "(tcp port 80 or tcp port 443) and src net 10.0.0.0/8"})
        EXPECT_TRUE(matches(text, web())) << text;
    for (const auto text :
         {"host 10.0.0.2", "src host 192.0.2.7", "dst host 10.0.0.1", "net 10.1.0.0/16",
          "src port 443", "dst port 40000", "portrange 444-500", "udp port 443", "not tcp port 443",
          "ipv6 host 10.0.0.1", "port 53"})
        EXPECT_FALSE(matches(text, web())) << text;
    EXPECT_TRUE(matches("udp port 53 and host 2001:db8::53", dns6()));
    EXPECT_FALSE(matches("port 0", ping())) << "ICMP has no ports";
    EXPECT_FALSE(matches("port 0", tunnel()));
}

TEST(Filter, KeepsPortAndProtocolsAsFields) {
    EXPECT_TRUE(matches("port == 443", web()));
    EXPECT_TRUE(matches("port", web()));
    EXPECT_TRUE(matches("port in {443}", web()));
    EXPECT_TRUE(matches("tcp and port 443", web()));
    EXPECT_TRUE(matches("port and tcp", web()));
}

TEST(Filter, CanBeMovedAndUsedAgain) {
    auto parsed = Filter::parse("tcp port 443");
    Filter filter = std::move(std::get<0>(parsed));
    EXPECT_TRUE(filter.matches({web(), ""}));
    EXPECT_FALSE(filter.matches({dns6(), ""}));
    filter = Filter();
    EXPECT_TRUE(filter.matches({dns6(), ""}));
}

}  // namespace
}  // namespace baleen::filter
