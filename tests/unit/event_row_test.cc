// What protocols have said as EVE, JSON, CSV, rows and lines; and how flows tell it.
#include "record/event_row.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "record/app_line.h"
#include "record/community_id.h"
#include "record/eve_json.h"
#include "tests/unit/app_builder.h"
#include "tests/unit/csv.h"
#include "tests/unit/match_builder.h"

namespace baleen::record {
namespace {

using application::AppProto;
using application::Field;
using nlohmann::json;
using test::AppBuilder;
using test::FieldBuilder;
using test::MatchBuilder;
using test::RecordBuilder;

json eve(const AppMessage& message, std::string_view port_name = "eth0") {
    std::string line;
    append_eve_app(line, message, port_name);
    return json::parse(line);
}

TEST(EveOfProtocols, SpeaksInSuricatasWords) {
    const AppMessage message = AppBuilder()
                                   .flow(77)
                                   .number(2)
                                   .suppressed(9)
                                   .flags(from_responder | fields_cut)
                                   .vlan(100)
                                   .with(test::dns_answer("example.com"));
    const json expected = json::parse(R"({
        "timestamp": "2023-11-14T22:13:20.000000+0000", "flow_id": 77, "in_iface": "eth0",
        "event_type": "dns", "vlan": [100],
        "src_ip": "10.0.0.1", "src_port": 40000, "dest_ip": "10.0.0.2", "dest_port": 53,
        "proto": "UDP", "ip_v": 4, "community_id": "?", "app_proto": "dns",
        "direction": "to_client", "tx_id": 2, "time_ns": 1700000000000000000, "suppressed": 9,
        "fields_cut": true,
        "dns": {"type": "response", "id": 7, "rcode": "NOERROR",
                "queries": [{"rrname": "example.com", "rrtype": "A"}],
                "answers": [{"rrname": "example.com", "rrtype": "CNAME", "ttl": 300,
                             "rdata": "cdn.example.net"},
                            {"rrname": "cdn.example.net", "rrtype": "A", "ttl": 60,
                             "rdata": "192.0.2.1"}],
                "latency_ns": 12300000}
    })");
    json found = eve(message);
    EXPECT_EQ(found.at("community_id"), community_id(flow_of(message.event)));
    found["community_id"] = "?";
    EXPECT_EQ(found, expected) << json::diff(expected, found);
}

TEST(EveOfProtocols, LeavesOutWhatThereIsNot) {
    const json found = eve(AppBuilder(AppProto::mdns), "");
    for (const auto key : {"in_iface", "vlan", "suppressed", "fields_cut", "dns"})
        EXPECT_FALSE(found.contains(key)) << key;
    EXPECT_EQ(found.at("app_proto"), "mdns");
    EXPECT_EQ(found.at("event_type"), "dns") << "as Suricata has it";
    EXPECT_EQ(found.at("direction"), "to_server");
    const json newer = eve(AppBuilder(AppProto{999}));
    EXPECT_EQ(newer.at("app_proto"), "999");
    EXPECT_EQ(newer.at("event_type"), "application");
}

TEST(EveOfProtocols, HasEachKeyOnceWhateverAPacketRepeats) {
    const AppMessage message = AppBuilder().with(FieldBuilder()
                                                     .text(Field::dns_rcode, "NOERROR")
                                                     .number(Field::dns_id, uint8_t{1})
                                                     .text(Field::dns_rcode, "REFUSED"));
    EXPECT_EQ(eve(message).at("dns").dump(), R"({"id":1,"rcode":"NOERROR"})");
}

json flow_eve(const FlowRecord& record) {
    std::string line;
    append_eve_json(line, record, "eth0");
    return json::parse(line);
}

TEST(EveOfFlows, GroupsFieldsByProtocolAndPutsSeveralValuesIntoArrays) {
    const auto fields = FieldBuilder()
                            .text(Field::dns_rrname, "a")
                            .text(Field::tls_sni, "x")
                            .text(Field::dns_rcode, "NXDOMAIN")
                            .text(Field::tls_ja3, "f00")
                            .text(Field::tls_alpn, "h2")
                            .text(Field::dns_rrname, "b")
                            .text(Field::http_hostname, "one")
                            .text(Field::http_hostname, "two")
                            .number(Field::http_status, uint16_t{200})
                            .text(Field::tls_client_hello, "raw")
                            .put(1199, "of a newer version");
    const json found = flow_eve(test::with_application(RecordBuilder(), AppProto::tls, fields));
    EXPECT_EQ(found.at("app_proto"), "tls");
    EXPECT_EQ(found.at("app_proto_source"), "content");
    EXPECT_EQ(found.at("dns"), json::parse(R"({"rcode": "NXDOMAIN", "rrname": ["a", "b"]})"));
    EXPECT_EQ(found.at("tls"),
              json::parse(R"({"sni": "x", "ja3": {"hash": "f00"}, "client_alpns": ["h2"]})"));
    EXPECT_EQ(found.at("http"), json::parse(R"({"hostname": ["one", "two"], "status": 200})"));
}

TEST(EveOfFlows, SayWhereTheProtocolComesFrom) {
    const json by_port = flow_eve(RecordBuilder().tcp().to("10.0.0.2", 443));
    EXPECT_EQ(by_port.at("app_proto"), "tls");
    EXPECT_EQ(by_port.at("app_proto_source"), "port");
    EXPECT_FALSE(by_port.contains("tls"));
    const json unknown = flow_eve(RecordBuilder().tcp().to("10.0.0.2", 44300));
    EXPECT_FALSE(unknown.contains("app_proto"));
    EXPECT_FALSE(unknown.contains("app_proto_source"));
}

template <class Event>
std::string event_column(const Event& event, std::string_view name) {
    std::string line;
    append_event_csv(line, event, "eth0");
    return test::csv_column(line, event_csv_header, name);
}

TEST(EventCsv, PutsEachValueIntoItsColumnWhateverTheType) {
    const AppMessage dns = AppBuilder().suppressed(4).with(test::dns_answer());
    EXPECT_EQ(event_column(dns, "event_type"), "dns");
    EXPECT_EQ(event_column(dns, "app_name"), "www.example.com");
    EXPECT_EQ(event_column(dns, "summary"),
              "A www.example.com -> cdn.example.net, 192.0.2.1 12.3 ms");
    EXPECT_EQ(event_column(dns, "suppressed"), "4");
    EXPECT_EQ(json::parse(event_column(dns, "fields")).at("dns").at("id"), 7);
    const Match match = MatchBuilder().rule(2001, "one, \"two\"");
    EXPECT_EQ(event_column(match, "event_type"), "alert");
    EXPECT_EQ(event_column(match, "summary"), "1:2001:1 severity 2: one, \"two\"");
    EXPECT_EQ(event_column(match, "app_proto"), "");
}

TEST(FlowCsv, HasProtocolAndName) {
    const auto flow_column = [](const FlowRecord& record, std::string_view name) {
        std::string line;
        append_csv(line, record);
        return test::csv_column(line, csv_header, name);
    };
    const FlowRecord record = test::with_application(
        RecordBuilder(), AppProto::tls, FieldBuilder().text(Field::tls_sni, "a,\"b\"\n"));
    EXPECT_EQ(flow_column(record, "app_proto"), "tls");
    EXPECT_EQ(flow_column(record, "app_proto_source"), "content");
    EXPECT_EQ(flow_column(record, "app_name"), "a,\"b\".");
    EXPECT_EQ(flow_column(RecordBuilder().to("10.0.0.2", 80), "app_proto_source"), "port");
    EXPECT_EQ(flow_column(RecordBuilder().to("10.0.0.2", 8), "app_proto"), "");
}

TEST(EventsOfProtocols, AreOneLineInEveryForm) {
    test::Random random;
    for (int i = 0; i < 3000 && !testing::Test::HasFailure(); i++) {
        const AppMessage message = test::random_app_event(random);
        std::string eve_line, flat, csv, row;
        append_eve_app(eve_line, message, random.bytes(20));
        append_event_json(flat, message, random.bytes(20));
        append_event_csv(csv, message, random.bytes(20));
        append_event_row(row, message);
        for (const std::string* line : {&eve_line, &flat, &csv, &row})
            ASSERT_EQ(line->find_first_of("\n\r\x1b"), std::string::npos) << *line;
        ASSERT_EQ(json::parse(eve_line).at("tx_id"), message.event.number);
        ASSERT_EQ(json::parse(flat).at("flow_id"), message.event.flow_id);
        EXPECT_EQ(test::csv_column(csv, event_csv_header, "flow_id"),
                  std::to_string(message.event.flow_id));
        const FlowRecord flow =
            test::with_application(test::random_record(random), AppProto::http,
                                   test::random_fields(random, application_bytes_max, true));
        std::string flow_line;
        append_eve_json(flow_line, flow, "eth0");
        ASSERT_EQ(json::parse(flow_line).at("app_proto"), "http");
    }
}

std::string line_of(AppProto app_proto, const FieldBuilder& fields) {
    std::string out;
    append_app_line(out, app_proto, fields.bytes());
    return out;
}

TEST(AppLine, SaysInAFewWordsWhatWasSaid) {
    EXPECT_EQ(line_of(AppProto::dns, FieldBuilder()
                                         .object(Field::dns_queries)
                                         .text(Field::dns_rrname, "example.com")
                                         .text(Field::dns_rrtype, "AAAA")
                                         .text(Field::dns_rcode, "NXDOMAIN")),
              "AAAA example.com NXDOMAIN");
    EXPECT_EQ(line_of(AppProto::tls, FieldBuilder()
                                         .text(Field::tls_sni, "example.com")
                                         .text(Field::tls_version, "TLS 1.3")
                                         .text(Field::tls_ja4, "t13d1516h2_8daaf6152771")),
              "TLS 1.3 example.com t13d1516h2_8daaf6152771");
    const auto http = FieldBuilder()
                          .text(Field::http_hostname, "example.com")
                          .text(Field::http_url, "/x")
                          .text(Field::http_method, "GET")
                          .number(Field::http_status, uint16_t{200})
                          .text(Field::http_content_type, "text/html");
    EXPECT_EQ(line_of(AppProto::http, http), "GET example.com/x 200 text/html");
    EXPECT_EQ(line_of(AppProto::http, FieldBuilder()
                                          .text(Field::http_hostname, "example.com")
                                          .text(Field::http_url, "http://example.com/x")),
              "http://example.com/x")
        << "to a proxy";
    EXPECT_EQ(
        line_of(
            AppProto::ntp,
            FieldBuilder().number(Field::ntp_version, uint8_t{4}).text(Field::ntp_mode, "client")),
        "version 4 mode client")
        << "a protocol without words of its own";
    const auto ssh = FieldBuilder()
                         .text(Field::ssh_server_software, "OpenSSH_9.2")
                         .text(Field::ssh_client_proto, "2.0")
                         .text(Field::ssh_client_software, "libssh_0.10");
    EXPECT_EQ(line_of(AppProto::ssh, ssh), "libssh_0.10 OpenSSH_9.2");
    EXPECT_EQ(line_of(AppProto::tls, {}), "");
}

TEST(AppLine, IsBoundedAndObeysNobody) {
    EXPECT_EQ(line_of(AppProto::tls, FieldBuilder().text(Field::tls_sni, "\x1b[31m\n\xc2\x9b")),
              ".[31m..");
    FieldBuilder many;
    for (int i = 0; i < 200; i++) many.text(Field::dns_rrname, "\xc3\xa4\xc3\xb6.example");
    const std::string line = line_of(AppProto::dns, many);
    EXPECT_LE(line.size(), app_line_bytes_max);
    EXPECT_TRUE(line.ends_with("...")) << line;
    std::string quoted;
    quoted = json(line).dump();  // throws if a character was cut in two
    EXPECT_GT(quoted.size(), line.size());
}

TEST(EventRow, StandsUnderItsHeader) {
    std::string row;
    append_event_row(row, AppMessage(AppBuilder(AppProto::mdns).with(test::dns_answer("a"))));
    const auto under = [&](std::string_view title) {
        return row.substr(std::min(row.size(), event_table_header.find(title)));
    };
    EXPECT_TRUE(under("TIME").starts_with("2023-11-14T22:13:20.000000 ")) << row;
    EXPECT_TRUE(under("PROTO").starts_with("UDP ")) << row;
    EXPECT_TRUE(under("SOURCE").starts_with("10.0.0.1:40000 ")) << row;
    EXPECT_TRUE(under("DESTINATION").starts_with("10.0.0.2:53 ")) << row;
    EXPECT_TRUE(under("TYPE").starts_with("mdns ")) << row;
    EXPECT_EQ(under("SUMMARY"), "A a -> cdn.example.net, 192.0.2.1 12.3 ms");
    row.clear();
    append_event_row(row, Match(MatchBuilder().rule(7, "a rule").suppressed(3)));
    EXPECT_TRUE(under("TYPE").starts_with("alert ")) << row;
    EXPECT_EQ(under("SUMMARY"), "1:7:1 severity 2: a rule +3");
}

TEST(FlowRow, TellsProtocolAndName) {
    const auto under = [](const FlowRecord& record, std::string_view title) {
        std::string row;
        append_table_row(row, record);
        return row.substr(std::min(row.size(), table_header.find(title)));
    };
    const FlowRecord tls = test::with_application(
        RecordBuilder(), AppProto::tls, FieldBuilder().text(Field::tls_sni, "example.com"));
    EXPECT_TRUE(under(tls, "APP").starts_with("tls  "));
    EXPECT_TRUE(under(tls, "NAME").starts_with("example.com  "));
    EXPECT_TRUE(under(RecordBuilder(), "APP").starts_with("tls? ")) << "for its port";
}

}  // namespace
}  // namespace baleen::record
