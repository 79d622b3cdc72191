#include "filter/field.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "record/names.h"
#include "tests/unit/filter_check.h"

namespace baleen::filter {
namespace {

using record::FlowRecord;
using test::RecordBuilder;

std::vector<FlowRecord> records_of_all_kinds() {
    return {
        RecordBuilder().tcp().tcp_flags(0x1ff, 0x1ff).vlan(100, 200).answered(5, 600),
        RecordBuilder().udp(),
        RecordBuilder().sctp(),
        RecordBuilder().icmp(8, 0),
        RecordBuilder().icmp(3, 1).flags(record::ports_absent),
        RecordBuilder().from("2001:db8::1", 1).to("2001:db8::2", 2).tcp(),
        RecordBuilder().from("2001:db8::1").to("2001:db8::2").icmp(128, 0),
        RecordBuilder().from("::").to("::").portless(59),
        RecordBuilder().portless(0),
        RecordBuilder().portless(255).sent(0, 0).answered(1, 60),
        RecordBuilder().tcp().flags(record::ports_absent | record::has_fragments),
        RecordBuilder().hits({1, 2, 3, 4, 5, 6}),
        FlowRecord{},  // not valid, but fields are asked before anybody looks
    };
}

TEST(Fields, HaveNamesOfTheirOwnAndDescriptions) {
    std::set<std::string_view> names;
    for (const Field* field : fields(Kind::any)) {
        EXPECT_TRUE(names.insert(field->name).second) << field->name << " stands there twice";
        EXPECT_FALSE(field->description.empty()) << field->name;
        EXPECT_EQ(find_field(field->name, field->kinds), field);
    }
    EXPECT_EQ(find_field(""), nullptr);
    EXPECT_EQ(find_field("TCP"), nullptr) << "names are case-sensitive";
    EXPECT_EQ(find_field("tcp.port "), nullptr);
}

TEST(Fields, AreFoundByTheNamesOfOtherTools) {
    const std::map<std::string_view, std::string_view> aliases = {
        {"src_ip", "ip.src"},          {"dest_ip", "ip.dst"},
        {"src_port", "port.src"},      {"dest_port", "port.dst"},
        {"proto", "ip.proto"},         {"bytes", "flow.bytes"},
        {"flow.age", "flow.duration"}, {"start", "flow.start"},
        {"end", "flow.end"},           {"tcp.flags.rst", "tcp.flags.reset"},
        {"flow_id", "flow.id"},
    };
    for (const auto& [alias, name] : aliases) {
        const Field* field = find_field(alias);
        ASSERT_NE(field, nullptr) << alias;
        EXPECT_EQ(field->name, name);
    }
    EXPECT_EQ(suggest_field("dest_prot"), "dest_port") << "aliases are suggested, too";
    EXPECT_EQ(suggest_field("tcp.prt"), "tcp.port");
    EXPECT_EQ(suggest_field("dashboard_theme"), "");
}

TEST(Fields, AnswerForEveryKindOfRecord) {
    for (const Field* field : fields())
        for (const FlowRecord& record : records_of_all_kinds()) {
            Values values;
            field->read({record, "eth0"}, values);
            ASSERT_LE(values.size(), 6u) << field->name;
            for (const Value& value : values) {
                const bool is_text = field->type == FieldType::text;
                const bool is_address = field->type == FieldType::address;
                EXPECT_EQ(value.type, is_text      ? Value::Type::text
                                      : is_address ? Value::Type::address
                                                   : Value::Type::number)
                    << field->name;
            }
        }
}

// Each field, in each way it can be asked for, evaluated on each kind of record.
TEST(Fields, CanBeAskedForInEveryWay) {
    const std::map<FieldType, std::string> literals = {
        {FieldType::number, "1"},          {FieldType::duration, "1s"},
        {FieldType::time, "2024-05-01"},   {FieldType::address, "10.0.0.0/8"},
        {FieldType::text, "\"eth0\""},     {FieldType::protocol, "tcp"},
        {FieldType::reason, "forced_end"}, {FieldType::flag, "true"},
        {FieldType::data, "10.0.0.0/8"}};
    for (const Field* each : fields()) {
        const Field& field = *each;
        const std::string name(field.name);
        std::vector<std::string> filters = {name, "not " + name};
        if (field.type != FieldType::presence) {
            const std::string& literal = literals.at(field.type);
            filters.push_back(name + " == " + literal);
            filters.push_back(name + " != " + literal);
            filters.push_back(name + " in {" + literal + " " + literal + "}");
            filters.push_back(name + " contains 1");
            filters.push_back(name + " matches \"^[0-9]\"");
        }
        for (const std::string& filter : filters)
            for (const FlowRecord& record : records_of_all_kinds())
                test::matches(filter, record, "eth0");

        for (const FlowRecord& record : records_of_all_kinds()) {
            const bool exists = test::matches(name, record);
            EXPECT_NE(test::matches("not " + name, record), exists) << name;
            if (field.type == FieldType::presence) continue;
            // Where the field is, it is equal or unequal; where it is not, neither.
            const std::string& literal = literals.at(field.type);
            EXPECT_EQ(test::matches(name + " == " + literal, record) +
                          test::matches(name + " != " + literal, record),
                      exists ? 1 : 0)
                << name;
        }
    }
}

std::string numbers_of(std::string_view name, const FlowRecord& record) {
    Values values;
    find_field(name)->read({record, ""}, values);
    std::string out;
    for (const Value& value : values)
        out += (out.empty() ? "" : " ") + std::to_string(value.number);
    return out;
}

std::string addresses_of(std::string_view name, const FlowRecord& record) {
    Values values;
    find_field(name)->read({record, ""}, values);
    std::string out;
    for (const Value& value : values)
        out += (out.empty() ? "" : " ") +
               record::format_address(value.address.data(), value.ip_version);
    return out;
}

TEST(Fields, ReadTheRightAddress) {
    const FlowRecord v4 = RecordBuilder().from("10.0.0.1").to("10.0.0.2");
    const FlowRecord v6 = RecordBuilder().from("2001:db8::1").to("2001:db8::2");
    EXPECT_EQ(addresses_of("ip.addr", v4), "10.0.0.1 10.0.0.2");
    EXPECT_EQ(addresses_of("ip.src", v4), "10.0.0.1");
    EXPECT_EQ(addresses_of("ip.dst", v4), "10.0.0.2");
    EXPECT_EQ(addresses_of("ip.src", v6), "2001:db8::1");
    EXPECT_EQ(addresses_of("ip.dst", v6), "2001:db8::2");
    EXPECT_EQ(addresses_of("ipv6.addr", v6), "2001:db8::1 2001:db8::2");
    EXPECT_EQ(addresses_of("ipv6.src", v6), "2001:db8::1");
    EXPECT_EQ(addresses_of("ipv6.dst", v6), "2001:db8::2");
    for (const auto name : {"ipv6.addr", "ipv6.src", "ipv6.dst"})
        EXPECT_EQ(addresses_of(name, v4), "") << name;
}

FlowRecord record_with_every_part() {
    return RecordBuilder()
        .id(42)
        .part(3)
        .tcp()
        .from("10.0.0.1", 1111)
        .to("10.0.0.2", 2222)
        .sent(10, 1000)
        .answered(7, 500)
        .tcp_flags(0x02, 0x11)
        .tos(4, 8)
        .ttl(60, 64)
        .vlan(100, 200)
        .lasts(1'500'000'000)
        .ended(record::EndReason::end_of_flow);
}

TEST(Fields, ReadTheRightPartOfTheRecord) {
    const FlowRecord record = record_with_every_part();
    const std::map<std::string_view, std::string_view> expected = {
        {"ip.version", "4"},
        {"ip.proto", "6"},
        {"ip.tos", "4 8"},
        {"ip.ttl", "60 64 0 0"},
        {"port", "1111 2222"},
        {"port.src", "1111"},
        {"port.dst", "2222"},
        {"tcp.port", "1111 2222"},
        {"tcp.srcport", "1111"},
        {"tcp.dstport", "2222"},
        {"udp.port", ""},
        {"sctp.srcport", ""},
        {"tcp.flags", "19"},
        {"tcp.flags.syn", "1"},
        {"tcp.flags.fin", "1"},
        {"tcp.flags.ack", "1"},
        {"tcp.flags.reset", "0"},
        {"icmp.type", ""},
        {"vlan.id", "100 200"},
        {"flow.packets", "17"},
        {"flow.bytes", "1500"},
        {"flow.ip_bytes", "1262"},
        {"flow.pkts_toserver", "10"},
        {"flow.pkts_toclient", "7"},
        {"flow.bytes_toserver", "1000"},
        {"flow.bytes_toclient", "500"},
        {"flow.start", "1700000000000000000"},
        {"flow.end", "1700000001500000000"},
        {"flow.duration", "1500000000"},
        {"flow.reason", "3"},
        {"flow.id", "42"},
        {"flow.part", "3"},
        {"tcp", "1"},
        {"udp", ""},
        {"ip", "1"},
        {"ipv6", ""},
    };
    for (const auto& [name, numbers] : expected) {
        ASSERT_NE(find_field(name), nullptr) << name;
        EXPECT_EQ(numbers_of(name, record), numbers) << name;
    }
}

TEST(Fields, ReadPortsAndTypesOfTheirOwnProtocol) {
    for (const std::string transport : {"tcp", "udp", "sctp"}) {
        RecordBuilder builder;
        builder.from("10.0.0.1", 1111).to("10.0.0.2", 2222);
        const FlowRecord ports = transport == "tcp"   ? builder.tcp()
                                 : transport == "udp" ? builder.udp()
                                                      : builder.sctp();
        EXPECT_EQ(numbers_of(transport + ".port", ports), "1111 2222");
        EXPECT_EQ(numbers_of(transport + ".srcport", ports), "1111");
        EXPECT_EQ(numbers_of(transport + ".dstport", ports), "2222");
        EXPECT_EQ(numbers_of(transport, ports), "1");
    }
    const FlowRecord ping = RecordBuilder().icmp(8, 1);
    EXPECT_EQ(numbers_of("icmp.type", ping), "8");
    EXPECT_EQ(numbers_of("icmp.code", ping), "1");
    EXPECT_EQ(numbers_of("tcp.flags", ping), "");
    EXPECT_EQ(numbers_of("icmp", ping), "1");
}

}  // namespace
}  // namespace baleen::filter
