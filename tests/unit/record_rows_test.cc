// Records as lines of CSV and as rows for people.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "record/community_id.h"
#include "record/eve_json.h"
#include "tests/unit/csv.h"
#include "tests/unit/record_builder.h"

namespace baleen::record {
namespace {

using test::RecordBuilder;

std::map<std::string, std::string> csv(const FlowRecord& record) {
    std::string line;
    append_csv(line, record);
    const auto names = test::split_csv(csv_header), values = test::split_csv(line);
    EXPECT_EQ(names.size(), values.size()) << line;
    std::map<std::string, std::string> out;
    for (size_t i = 0; i < std::min(names.size(), values.size()); i++)
        EXPECT_TRUE(out.emplace(names[i], values[i]).second) << names[i];
    return out;
}

TEST(Csv, HasAsManyColumnsAsItsHeaderForAnyRecord) {
    test::Random random;
    for (int i = 0; i < 5000; i++) {
        const FlowRecord record = test::random_record(random);
        const auto columns = csv(record);
        ASSERT_FALSE(HasFailure());
        EXPECT_EQ(columns.at("flow_id"), std::to_string(record.flow_id));
        EXPECT_EQ(columns.at("community_id"), community_id(record));
        for (const auto& [name, value] : columns)
            ASSERT_EQ(value.find_first_of("\"\n\r "), std::string::npos) << name << ": " << value;
    }
}

TEST(Csv, PutsEachValueIntoItsColumn) {
    Tcp tcp{};
    tcp.conn_state = ConnState::sf;
    std::strcpy(tcp.history, "ShAFaf");
    tcp.initiator.retransmissions = 1;
    tcp.responder.retransmissions = 2;
    tcp.initiator.missed_bytes = 30;
    tcp.responder.missed_bytes = 40;
    tcp.responder_rtt_ns = 500;
    tcp.initiator_rtt_ns = 600;
    const auto row = csv(RecordBuilder()
                             .id(77)
                             .part(2)
                             .tcp()
                             .from("10.0.0.1", 40000)
                             .to("192.0.2.7", 443)
                             .sent(10, 2000)
                             .answered(20, 30'000)
                             .tcp_flags(0x02, 0x12)
                             .vlan(100, 200)
                             .lasts(5)
                             .tcp_section(tcp)
                             .hits({2001, 7})
                             .ended(EndReason::active_timeout));
    const std::map<std::string, std::string> expected = {
        {"flow_id", "77"},
        {"part", "2"},
        {"start_ns", "1700000000000000000"},
        {"end_ns", "1700000000000000005"},
        {"proto", "6"},
        {"ip_v", "4"},
        {"src_ip", "10.0.0.1"},
        {"src_port", "40000"},
        {"dest_ip", "192.0.2.7"},
        {"dest_port", "443"},
        {"vlan", "100;200"},
        {"pkts_toserver", "10"},
        {"pkts_toclient", "20"},
        {"bytes_toserver", "2000"},
        {"bytes_toclient", "30000"},
        {"ip_bytes_toserver", "1860"},
        {"ip_bytes_toclient", "29720"},
        {"tcp_flags_ts", "02"},
        {"tcp_flags_tc", "12"},
        {"icmp_type", ""},
        {"icmp_code", ""},
        {"end_reason", "active_timeout"},
        {"tunnel", ""},
        {"tunnel_src_ip", ""},
        {"tunnel_dest_ip", ""},
        {"tunnel_id_toserver", ""},
        {"tunnel_id_toclient", ""},
        {"payload_bytes_toserver", "0"},
        {"payload_bytes_toclient", "0"},
        {"conn_state", "SF"},
        {"history", "ShAFaf"},
        {"retransmissions_toserver", "1"},
        {"retransmissions_toclient", "2"},
        {"missed_bytes_toserver", "30"},
        {"missed_bytes_toclient", "40"},
        {"rtt_server_ns", "500"},
        {"rtt_client_ns", "600"},
        {"alerted", "true"},
        {"match_hits", "2"},
        {"rule_ids", "2001;7"},
    };
    for (const auto& [name, value] : expected) EXPECT_EQ(row.at(name), value) << name;
    EXPECT_EQ(row.size(), expected.size() + 4) << "and the Community ID, and the application";
}

TEST(Csv, LeavesOutWhatAFlowDoesNotHave) {
    const auto ping = csv(RecordBuilder().icmp(8, 0));
    EXPECT_EQ(ping.at("src_port"), "");
    EXPECT_EQ(ping.at("dest_port"), "");
    EXPECT_EQ(ping.at("icmp_type"), "8");
    EXPECT_EQ(ping.at("icmp_code"), "0");
    EXPECT_EQ(ping.at("vlan"), "");
    EXPECT_EQ(ping.at("alerted"), "false");
    EXPECT_EQ(ping.at("match_hits"), "0");
    EXPECT_EQ(ping.at("rule_ids"), "");
    EXPECT_EQ(csv(RecordBuilder().vlan(7)).at("vlan"), "7");
}

std::string table_row(const FlowRecord& record) {
    std::string row;
    append_table_row(row, record);
    return row;
}

// What stands under a column's title.
std::string under(std::string_view title, const std::string& row) {
    return row.substr(std::min(row.size(), table_header.find(title)));
}

TEST(TableRow, StandsUnderItsHeader) {
    const std::string row = table_row(RecordBuilder()
                                          .tcp()
                                          .from("10.0.0.1", 40000)
                                          .to("192.0.2.7", 443)
                                          .tcp_flags(0x02, 0x12)
                                          .vlan(100, 200)
                                          .lasts(1'500'000'000));
    EXPECT_TRUE(under("START", row).starts_with("2023-11-14T22:13:20.000000 ")) << row;
    EXPECT_TRUE(under("PROTO", row).starts_with("TCP ")) << row;
    EXPECT_TRUE(under("INITIATOR", row).starts_with("10.0.0.1:40000 ")) << row;
    EXPECT_TRUE(under("RESPONDER", row).starts_with("192.0.2.7:443 ")) << row;
    EXPECT_NE(row.find(" 1.500s "), std::string::npos) << row;
    EXPECT_TRUE(row.ends_with(" S/SA vlan 100.200")) << row;
}

TEST(TableRow, StandsUnderTheLastTitlesOfItsHeader) {
    const std::string row = table_row(RecordBuilder().tcp_flags(0x02, 0x12));
    EXPECT_TRUE(under("END", row).starts_with("idle_timeout ")) << table_header << "\n" << row;
    EXPECT_EQ(under("DETAILS", row), "S/SA") << table_header << "\n" << row;
}

TEST(TableRow, BracketsIpv6AndLeavesOutUnknownPorts) {
    const auto holds = [](const FlowRecord& record, std::string_view part) {
        EXPECT_NE(table_row(record).find(part), std::string::npos) << table_row(record);
    };
    holds(RecordBuilder().from("2001:db8::1", 1).to("2001:db8::2", 2).udp(), " [2001:db8::1]:1 ");
    const auto echo = RecordBuilder().from("2001:db8::1").to("2001:db8::2").icmp(128, 0);
    holds(echo, " 2001:db8::1 ");
    holds(echo, "type 128 code 0");
    holds(RecordBuilder().portless(253), " 253 ");
}

}  // namespace
}  // namespace baleen::record
