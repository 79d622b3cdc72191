// Match events as Suricata's EVE alerts, flat JSON, CSV and rows.
#include "record/alert.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "record/community_id.h"
#include "tests/unit/csv.h"
#include "tests/unit/match_builder.h"

namespace baleen::record {
namespace {

using nlohmann::json;
using test::MatchBuilder;

std::string line_of(const Match& match, std::string_view port_name = "eth0") {
    std::string out = "before";
    append_eve_alert(out, match, port_name);
    EXPECT_TRUE(out.starts_with("before{")) << "appends";
    return out.substr(6);
}
json eve(const Match& match, std::string_view port_name = "eth0") {
    return json::parse(line_of(match, port_name));
}

TEST(EveAlert, SpeaksInSuricatasWords) {
    const Match match = MatchBuilder()
                            .flow(77)
                            .rule(2001, "a \"name\"", 3, 5)
                            .classtype("trojan-activity")
                            .severity(1)
                            .side(ruleset::Side::to_client)
                            .action(ruleset::Action::capture)
                            .flags(on_stream | candidate)
                            .offset(1000)
                            .generation(4)
                            .suppressed(9)
                            .vlan(100, 200)
                            .excerpt(std::string_view("ab\r\n\0\xff", 6));
    const json expected = json::parse(R"({
        "timestamp": "2023-11-14T22:13:20.000000+0000", "flow_id": 77, "in_iface": "eth0",
        "event_type": "alert", "vlan": [100, 200],
        "src_ip": "10.0.0.1", "src_port": 40000, "dest_ip": "10.0.0.2", "dest_port": 443,
        "proto": "TCP", "ip_v": 4, "community_id": "?", "direction": "to_client",
        "alert": {"action": "allowed", "gid": 3, "signature_id": 2001, "rev": 5,
                  "signature": "a \"name\"", "category": "trojan-activity", "severity": 1},
        "payload": "YWINCgD/", "payload_printable": "ab\r\n..", "stream": 1,
        "match": {"time_ns": 1700000000000000000, "action": "capture", "offset": 1000,
                  "generation": 4, "candidate": true, "behind_gap": false, "suppressed": 9}
    })");
    json found = eve(match);
    EXPECT_EQ(found.at("community_id"), community_id(flow_of(match.event)));
    found["community_id"] = "?";
    EXPECT_EQ(found, expected) << json::diff(expected, found);
}

TEST(EveAlert, LeavesOutWhatThereIsNot) {
    const json found = eve(MatchBuilder().protocol(47), "");
    for (const auto key :
         {"in_iface", "vlan", "src_port", "dest_port", "payload", "payload_printable", "icmp_type"})
        EXPECT_FALSE(found.contains(key)) << key;
    const json ping = eve(MatchBuilder().protocol(1, 8, 3));
    EXPECT_EQ(ping.at("icmp_type"), 8);
    EXPECT_EQ(ping.at("icmp_code"), 3);
    EXPECT_FALSE(ping.contains("src_port"));
}

TEST(EveAlert, IsOneLineOfValidJsonForAnyEvent) {
    test::Random random;
    for (int i = 0; i < 5000; i++) {
        const Match match = test::random_match(random);
        const std::string line = line_of(match, random.bytes(20));
        ASSERT_EQ(line.find('\n'), std::string::npos);
        const json found = json::parse(line);
        ASSERT_EQ(found.at("alert").at("signature_id"), match.event.id);
        ASSERT_EQ(found.at("match").at("offset"), match.event.offset);
        ASSERT_EQ(found.contains("payload"), match.event.excerpt_bytes > 0);
        std::string flat;
        append_alert_json(flat, match, random.bytes(20));
        ASSERT_EQ(flat.find('\n'), std::string::npos);
        ASSERT_EQ(json::parse(flat).at("signature_id"), match.event.id);
    }
}

std::string column(const Match& match, std::string_view name) {
    std::string line;
    append_alert_csv(line, match, "eth0");
    return test::csv_column(line, alert_csv_header, name);
}

TEST(AlertCsv, PutsEachValueIntoItsColumn) {
    const Match match = MatchBuilder().rule(2001, "one, \"two\"").excerpt("a,b\n").vlan(1, 2);
    EXPECT_EQ(column(match, "signature"), "one, \"two\"");
    EXPECT_EQ(column(match, "signature_id"), "2001");
    EXPECT_EQ(column(match, "payload_printable"), "a,b.");
    EXPECT_EQ(column(match, "vlan"), "1;2");
    EXPECT_EQ(column(match, "direction"), "to_server");
    EXPECT_EQ(column(match, "src_port"), "40000");
    EXPECT_EQ(column(MatchBuilder().protocol(47), "src_port"), "");
}

TEST(AlertCsv, HasAsManyColumnsAsItsHeaderForAnyEvent) {
    test::Random random;
    for (int i = 0; i < 3000 && !HasFailure(); i++) {
        const Match match = test::random_match(random);
        EXPECT_EQ(column(match, "offset"), std::to_string(match.event.offset));
    }
}

TEST(AlertRow, StandsUnderItsHeaderAndObeysNobody) {
    std::string row;
    append_alert_row(row, MatchBuilder().rule(2001, "red\x1b[31m\xc2\x9b\xff\n", 1, 5));
    const auto under = [&](std::string_view title) {
        return row.substr(std::min(row.size(), alert_table_header.find(title)));
    };
    EXPECT_TRUE(under("TIME").starts_with("2023-11-14T22:13:20.000000 ")) << row;
    EXPECT_TRUE(under("PROTO").starts_with("TCP ")) << row;
    EXPECT_TRUE(under("SOURCE").starts_with("10.0.0.1:40000 ")) << row;
    EXPECT_TRUE(under("DESTINATION").starts_with("10.0.0.2:443 ")) << row;
    EXPECT_TRUE(under("RULE").starts_with("1:2001:5 ")) << row;
    EXPECT_EQ(under("NAME"), "red.[31m...");
}

}  // namespace
}  // namespace baleen::record
