#include "record/eve_json.h"

#include <gtest/gtest.h>

#include <cstring>

#include <nlohmann/json.hpp>
#include <set>

#include "record/community_id.h"
#include "record/names.h"
#include "record/validate.h"
#include "tests/unit/record_builder.h"

namespace baleen::record {
namespace {

using nlohmann::json;
using test::RecordBuilder;

std::string line_of(const FlowRecord& record, std::string_view port_name = "eth0") {
    std::string out = "before";
    append_eve_json(out, record, port_name);
    EXPECT_TRUE(out.starts_with("before{")) << "appends";
    return out.substr(6);
}

json eve(const FlowRecord& record, std::string_view port_name = "eth0") {
    return json::parse(line_of(record, port_name));
}

// Every value another one, so that none can stand in another's place.
Tcp example_tcp() {
    Tcp tcp{};
    tcp.initiator = {.missed_bytes = 4000,
                     .retransmissions = 1,
                     .out_of_order = 2,
                     .gaps = 3,
                     .zero_windows = 5,
                     .window_min = 8,
                     .window_max = 9,
                     .mss = 1460,
                     .resets = 6,
                     .keep_alives = 7,
                     .window_scale = 0,
                     .options = sack_permitted};
    tcp.responder.window_scale = window_scale_absent;
    tcp.responder_rtt_ns = 20'000;
    tcp.initiator_rtt_ns = 300;
    tcp.conn_state = ConnState::rsto;
    std::strcpy(tcp.history, "ShADadR");
    return tcp;
}

TEST(EveJson, SaysATcpFlowInSuricatasWords) {
    const FlowRecord record = RecordBuilder()
                                  .id(77)
                                  .tcp()
                                  .from("10.0.0.1", 40000)
                                  .to("192.0.2.7", 443)
                                  .sent(10, 2000)
                                  .answered(20, 30'000)
                                  .tcp_flags(0x1a, 0x12)
                                  .tos(4, 8)
                                  .ttl(60, 64)
                                  .vlan(100, 200)
                                  .lasts(2'500'001'999)
                                  .sizes(52, 1500)
                                  .gaps(1000, 10)
                                  .tcp_section(example_tcp())
                                  .initiator(InitiatorReason::syn)
                                  .ended(EndReason::end_of_flow);
    const json expected = json::parse(R"({
        "timestamp": "2023-11-14T22:13:22.500001+0000", "flow_id": 77, "in_iface": "eth0",
        "event_type": "flow", "vlan": [100, 200],
        "src_ip": "10.0.0.1", "src_port": 40000, "dest_ip": "192.0.2.7", "dest_port": 443,
        "proto": "TCP", "ip_v": 4, "community_id": "?",
        "app_proto": "tls", "app_proto_source": "port",
        "flow": {
            "pkts_toserver": 10, "pkts_toclient": 20,
            "bytes_toserver": 2000, "bytes_toclient": 30000,
            "ip_bytes_toserver": 1860, "ip_bytes_toclient": 29720,
            "payload_bytes_toserver": 0, "payload_bytes_toclient": 0,
            "size_min_toserver": 52, "size_mean_toserver": 186, "size_max_toserver": 1500,
            "gap_mean_ns_toserver": 1000, "gap_stddev_ns_toserver": 10,
            "size_min_toclient": 0, "size_mean_toclient": 1486, "size_max_toclient": 0,
            "gap_mean_ns_toclient": 0, "gap_stddev_ns_toclient": 0,
            "start": "2023-11-14T22:13:20.000000+0000", "end": "2023-11-14T22:13:22.500001+0000",
            "start_ns": 1700000000000000000, "end_ns": 1700000002500001999,
            "age": 2, "state": "closed", "reason": "timeout", "end_reason": "end_of_flow",
            "part": 0,
            "tos_toserver": 4, "ttl_min_toserver": 60, "ttl_max_toserver": 64,
            "tos_toclient": 8, "ttl_min_toclient": 0, "ttl_max_toclient": 0,
            "initiator": "syn", "alerted": false
        },
        "tcp": {
            "tcp_flags": "1a", "tcp_flags_ts": "1a", "tcp_flags_tc": "12",
            "syn": true, "psh": true, "ack": true,
            "conn_state": "RSTO", "history": "ShADadR",
            "rtt_server_ns": 20000, "rtt_client_ns": 300,
            "retransmissions_toserver": 1, "out_of_order_toserver": 2, "gaps_toserver": 3,
            "missed_bytes_toserver": 4000, "zero_windows_toserver": 5, "resets_toserver": 6,
            "keep_alives_toserver": 7, "window_min_toserver": 8, "window_max_toserver": 9,
            "mss_toserver": 1460, "window_scale_toserver": 0, "sack_permitted_toserver": true,
            "retransmissions_toclient": 0, "out_of_order_toclient": 0, "gaps_toclient": 0,
            "missed_bytes_toclient": 0, "zero_windows_toclient": 0, "resets_toclient": 0,
            "keep_alives_toclient": 0, "window_min_toclient": 0, "window_max_toclient": 0
        }
    })");
    json found = eve(record);
    EXPECT_EQ(found.at("community_id"), community_id(record));
    found["community_id"] = "?";
    EXPECT_EQ(found, expected) << json::diff(expected, found);
}

TEST(EveJson, LeavesPortsOutWhereThereAreNone) {
    for (const FlowRecord& record :
         {FlowRecord(RecordBuilder().icmp(8, 0)), FlowRecord(RecordBuilder().portless(47)),
          FlowRecord(RecordBuilder().portless(6))}) {
        const json found = eve(record);
        EXPECT_FALSE(found.contains("src_port"));
        EXPECT_FALSE(found.contains("dest_port"));
        EXPECT_FALSE(found.contains("tcp"));
    }
    const json ping = eve(RecordBuilder().icmp(8, 3));
    EXPECT_EQ(ping.at("icmp_type"), 8);
    EXPECT_EQ(ping.at("icmp_code"), 3);
    EXPECT_EQ(ping.at("proto"), "ICMP");
    EXPECT_FALSE(eve(RecordBuilder()).contains("icmp_type"));
}

TEST(EveJson, LeavesOutWhatIsNotKnown) {
    const json found = eve(RecordBuilder().answered(0, 0), "");
    EXPECT_FALSE(found.contains("in_iface"));
    EXPECT_FALSE(found.contains("vlan"));
    EXPECT_FALSE(found.at("flow").contains("tos_toclient"));
    EXPECT_TRUE(eve(RecordBuilder().answered(1, 60)).at("flow").contains("tos_toclient"));
    EXPECT_FALSE(found.at("flow").contains("fragments"));
    EXPECT_EQ(found.at("flow").at("initiator"), "first_packet");
    EXPECT_EQ(eve(RecordBuilder().flags(has_fragments)).at("flow").at("fragments"), true);
    EXPECT_EQ(eve(RecordBuilder().vlan(5)).at("vlan"), json({5}));
}

TEST(EveJson, TellsStateAndReason) {
    constexpr struct {
        EndReason reason;
        std::string_view eve_reason, name;
    } reasons[] = {
        {EndReason::idle_timeout, "timeout", "idle_timeout"},
        {EndReason::active_timeout, "timeout", "active_timeout"},
        {EndReason::end_of_flow, "timeout", "end_of_flow"},
        {EndReason::forced_end, "shutdown", "forced_end"},
        {EndReason::lack_of_resources, "forced", "lack_of_resources"},
    };
    for (const auto& [reason, eve_reason, name] : reasons) {
        const json flow = eve(RecordBuilder().ended(reason).answered(1, 60)).at("flow");
        EXPECT_EQ(flow.at("reason"), eve_reason);
        EXPECT_EQ(flow.at("end_reason"), name);
        EXPECT_EQ(flow.at("state"), reason == EndReason::end_of_flow ? "closed" : "established");
    }
    EXPECT_EQ(eve(RecordBuilder().answered(0, 0)).at("flow").at("state"), "new");
    EXPECT_EQ(eve(RecordBuilder().sent(0, 0).answered(1, 60)).at("flow").at("state"), "new");
}

TEST(EveJson, WritesAnUnnamedProtocolAsThreeDigits) {
    EXPECT_EQ(eve(RecordBuilder().portless(253)).at("proto"), "253");
    EXPECT_EQ(eve(RecordBuilder().portless(0)).at("proto"), "000");
    EXPECT_EQ(eve(RecordBuilder().from("::1").to("::2").icmp(128, 0)).at("proto"), "IPV6-ICMP");
}

TEST(EveJson, WritesAllTcpFlags) {
    const json tcp = eve(RecordBuilder().tcp_flags(0xff, 0x1ff)).at("tcp");
    EXPECT_EQ(tcp.at("tcp_flags"), "1ff");
    EXPECT_EQ(tcp.at("tcp_flags_ts"), "ff");
    for (const auto name : {"syn", "fin", "rst", "psh", "ack", "urg", "ecn", "cwr"})
        EXPECT_EQ(tcp.at(name), true) << name;
    const json none = eve(RecordBuilder().tcp_flags(0, 0)).at("tcp");
    EXPECT_EQ(none.at("tcp_flags"), "00");
    EXPECT_EQ(none.size(), 3u) << "flags not seen are left out";
}

TEST(EveJson, EscapesPortNames) {
    const std::pair<std::string, std::string> cases[] = {
        {"a\"b\\c/d", "a\"b\\c/d"},
        {"a\nb\tc\x01\x1f", "a\nb\tc\x01\x1f"},
        {std::string("a\0b", 3), std::string("a\0b", 3)},
        {"caf\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x90\x8b", "caf\xc3\xa9 \xe2\x9c\x93 \xf0\x9f\x90\x8b"},
        {"a\xff", "a\xef\xbf\xbd"},
        {"\xc3", "\xef\xbf\xbd"},
        {"net_memif0,socket=/tmp/\"x\"", "net_memif0,socket=/tmp/\"x\""},
    };
    for (const auto& [name, shown] : cases)
        EXPECT_EQ(eve(RecordBuilder(), name).at("in_iface"), shown);
}

TEST(EveJson, IsOneLineOfValidJsonForAnyRecord) {
    test::Random random;
    const std::set<std::string> known = {"timestamp",  "flow_id",   "in_iface",
                                         "event_type", "vlan",      "src_ip",
                                         "src_port",   "dest_ip",   "dest_port",
                                         "proto",      "ip_v",      "community_id",
                                         "icmp_type",  "icmp_code", "flow",
                                         "tcp",        "tunnel",    "icmp_quoted",
                                         "matches",    "app_proto", "app_proto_source"};
    for (int i = 0; i < 5000; i++) {
        const FlowRecord record = test::random_record(random);
        ASSERT_EQ(find_problem(record), nullptr);
        const std::string line = line_of(record, random.bytes(20));
        ASSERT_EQ(line.find('\n'), std::string::npos);
        const json found = json::parse(line);
        for (const auto& [key, value] : found.items()) ASSERT_TRUE(known.contains(key)) << key;
        EXPECT_EQ(found.at("event_type"), "flow");
        EXPECT_EQ(found.at("flow_id"), record.flow_id);
        EXPECT_EQ(found.at("src_ip"), format_address(record.initiator_address, record.ip_version));
        EXPECT_EQ(found.at("dest_ip"), format_address(record.responder_address, record.ip_version));
        EXPECT_EQ(found.at("flow").at("pkts_toserver"), record.initiator.packets);
        EXPECT_EQ(found.at("flow").at("bytes_toclient"), record.responder.wire_bytes);
        EXPECT_EQ(found.at("flow").at("start_ns"), record.first_ns);
        EXPECT_EQ(found.at("flow").at("end_ns"), record.last_ns);
        EXPECT_EQ(found.at("flow").at("part"), record.part);
        EXPECT_EQ(found.at("timestamp"), found.at("flow").at("end"));
    }
}

TEST(EveJson, TellsTheTunnelAroundAFlow) {
    const json found = eve(RecordBuilder()
                               .in_tunnel(TunnelType::gtp_u, 0xffffffff, 7)
                               .tunnel_ends("2001:db8::1", "2001:db8::2"));
    EXPECT_EQ(found.at("src_ip"), "10.0.0.1");
    EXPECT_EQ(found.at("tunnel"),
              json::parse(R"({"type": "gtp_u", "src_ip": "2001:db8::1", "dest_ip": "2001:db8::2",
                              "depth": 1, "id_toserver": 4294967295, "id_toclient": 7})"));
    const json labelled = eve(RecordBuilder().in_tunnel(TunnelType::mpls, 100));
    EXPECT_EQ(labelled.at("tunnel"),
              json::parse(R"({"type": "mpls", "id_toserver": 100, "id_toclient": 0})"));
    EXPECT_FALSE(eve(RecordBuilder()).contains("tunnel"));
}

TEST(EveJson, TellsWhichRulesHit) {
    const json found = eve(RecordBuilder().hits({2001, 7}, 1, ruleset::Action::capture));
    EXPECT_EQ(found.at("flow").at("alerted"), true);
    EXPECT_EQ(found.at("matches"),
              json::parse(R"({"hits": 2, "suppressed": 0, "severity": 1, "actions": ["capture"],
                              "rule_ids": [2001, 7]})"));
    const json tagged = eve(RecordBuilder().hits({3}, 3, ruleset::Action::tag));
    EXPECT_EQ(tagged.at("flow").at("alerted"), false) << "a tag is no alert";
    EXPECT_EQ(tagged.at("matches").at("actions"), json({"tag"}));
    EXPECT_FALSE(eve(RecordBuilder()).contains("matches"));
}

TEST(EveJson, LinksAnIcmpErrorToTheFlowItIsAbout) {
    const FlowRecord error = RecordBuilder()
                                 .from("192.0.2.1")
                                 .to("10.0.0.1")
                                 .icmp(3, 3)
                                 .quotes(17, 5000, "198.51.100.7", 53);
    const FlowRecord quoted = RecordBuilder().udp().from("10.0.0.1", 5000).to("198.51.100.7", 53);
    const json found = eve(error).at("icmp_quoted");
    EXPECT_EQ(found.at("src_ip"), "10.0.0.1");
    EXPECT_EQ(found.at("src_port"), 5000);
    EXPECT_EQ(found.at("dest_ip"), "198.51.100.7");
    EXPECT_EQ(found.at("dest_port"), 53);
    EXPECT_EQ(found.at("proto"), "UDP");
    EXPECT_EQ(found.at("community_id"), community_id(quoted));
}

std::string eve_time(int64_t time_ns) {
    std::string out;
    append_eve_time(out, time_ns);
    return out;
}

TEST(EveTime, HasMicrosecondsAndTheZone) {
    EXPECT_EQ(eve_time(1'700'000'000'000'001'000), "2023-11-14T22:13:20.000001+0000");
    EXPECT_EQ(eve_time(0), "1970-01-01T00:00:00.000000+0000");
    EXPECT_EQ(eve_time(999), "1970-01-01T00:00:00.000000+0000") << "cut, not rounded";
    EXPECT_EQ(eve_time(951'782'399'999'999'999), "2000-02-28T23:59:59.999999+0000");
    EXPECT_EQ(eve_time(951'782'400'000'000'000), "2000-02-29T00:00:00.000000+0000");
    EXPECT_EQ(eve_time(INT64_MAX), "2262-04-11T23:47:16.854775+0000");
}

}  // namespace
}  // namespace baleen::record
