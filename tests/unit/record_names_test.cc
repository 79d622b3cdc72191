// Names, texts and the check of records.
#include "record/names.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "record/text.h"
#include "record/validate.h"
#include "tests/unit/record_builder.h"

namespace baleen::record {
namespace {

using test::RecordBuilder;

TEST(ProtocolName, IsReadBack) {
    int named = 0;
    for (int number = 0; number < 256; number++) {
        const auto name = protocol_name(static_cast<uint8_t>(number));
        if (name.empty()) continue;
        named++;
        EXPECT_EQ(protocol_number(name), number) << name;
        for (const char c : name) EXPECT_TRUE(std::islower(c) == 0) << name;
    }
    EXPECT_GT(named, 15);
    EXPECT_EQ(protocol_name(6), "TCP");
    EXPECT_EQ(protocol_name(17), "UDP");
    EXPECT_EQ(protocol_name(58), "IPV6-ICMP");
    EXPECT_EQ(protocol_name(255), "");
}

TEST(ProtocolNumber, IgnoresCaseAndNothingElse) {
    EXPECT_EQ(protocol_number("tcp"), 6);
    EXPECT_EQ(protocol_number("TcP"), 6);
    EXPECT_EQ(protocol_number("icmpv6"), 58);
    EXPECT_EQ(protocol_number("ospf"), 89);
    for (const auto name : {"", "tc", "tcpp", " tcp", "6"})
        EXPECT_EQ(protocol_number(name), std::nullopt) << name;
}

TEST(EndReasonName, IsReadBack) {
    for (uint8_t number = 1; number <= 5; number++) {
        const auto reason = static_cast<EndReason>(number);
        EXPECT_FALSE(end_reason_name(reason).empty());
        EXPECT_EQ(end_reason_of(end_reason_name(reason)), reason);
    }
    EXPECT_EQ(end_reason_of("END_OF_FLOW"), EndReason::end_of_flow);
    EXPECT_EQ(end_reason_name(EndReason{0}), "");
    EXPECT_EQ(end_reason_name(EndReason{6}), "");
    EXPECT_EQ(end_reason_name(EndReason{255}), "");
    EXPECT_EQ(end_reason_of(""), std::nullopt) << "the empty name of number 0 is none";
    EXPECT_EQ(end_reason_of("end"), std::nullopt);
}

TEST(TcpFlagLetters, GoFromFinToAe) {
    EXPECT_EQ(tcp_flag_letters(0), "");
    EXPECT_EQ(tcp_flag_letters(0x1ff), "FSRPAUECN");
    EXPECT_EQ(tcp_flag_letters(0x12), "SA");
    EXPECT_EQ(tcp_flag_letters(0x13), "FSA");
    EXPECT_EQ(tcp_flag_letters(0x100), "N");
    EXPECT_EQ(tcp_flag_letters(0xfe00), "") << "data offset and reserved bits";
}

std::string address(const std::string& text) {
    const FlowRecord record = RecordBuilder().from(text);
    return format_address(record.initiator_address, record.ip_version);
}

TEST(FormatAddress, WritesIpv6AsRfc5952) {
    EXPECT_EQ(address("10.0.0.1"), "10.0.0.1");
    EXPECT_EQ(address("255.255.255.255"), "255.255.255.255");
    EXPECT_EQ(address("2001:0DB8:0:0:0:0:0:0001"), "2001:db8::1") << "4.1, 4.3";
    EXPECT_EQ(address("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1") << "4.2.2";
    EXPECT_EQ(address("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1") << "4.2.3, the longest";
    EXPECT_EQ(address("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1") << "4.2.3, the first";
    EXPECT_EQ(address("::"), "::");
    EXPECT_EQ(address("::1"), "::1");
    EXPECT_EQ(address("::ffff:10.0.0.1"), "::ffff:10.0.0.1") << "5";
    EXPECT_EQ(address("fe80::"), "fe80::");
}

TEST(FormatAddress, IsReadBack) {
    test::Random random;
    for (int i = 0; i < 5000; i++) {
        const FlowRecord record = test::random_record(random);
        const std::string text = format_address(record.initiator_address, record.ip_version);
        uint8_t bytes[16]{};
        const int family = record.ip_version == 4 ? AF_INET : AF_INET6;
        const size_t offset = record.ip_version == 4 ? 12 : 0;
        ASSERT_EQ(::inet_pton(family, text.c_str(), bytes), 1) << text;
        ASSERT_EQ(std::memcmp(bytes, record.initiator_address + offset, 16 - offset), 0) << text;
    }
}

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonString, EscapesWhatItMust) {
    EXPECT_EQ(json_string(""), R"("")");
    EXPECT_EQ(json_string("eth 0!"), R"("eth 0!")");
    EXPECT_EQ(json_string("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(json_string("\n\x1f"), R"("\u000a\u001f")");
    EXPECT_EQ(json_string(std::string_view("\0", 1)), R"("\u0000")");
    EXPECT_EQ(json_string("\x7f/"), "\"\x7f/\"") << "need no escape";
}

TEST(JsonString, KeepsUtf8AndReplacesWhatIsNot) {
    for (const auto text : {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                            "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
        EXPECT_EQ(json_string(text), '"' + std::string(text) + '"');
    const std::pair<std::string_view, int> wrong[] = {
        {"\x80", 1},      // continuation without a lead
        {"\xc0\xaf", 2},  // overlong
        {"\xc1\xbf", 2},
        {"\xe0\x9f\xbf", 3},
        {"\xf0\x8f\xbf\xbf", 4},
        {"\xed\xa0\x80", 3},      // surrogate
        {"\xf4\x90\x80\x80", 4},  // beyond U+10FFFF
        {"\xf5\x80\x80\x80", 4},
        {"\xff", 1},
        {"\xc3", 1},  // cut short
        {"\xe2\x9c", 2},
        {"\xf0\x9f\x90", 3},
    };
    for (const auto& [text, replaced] : wrong) {
        std::string expected = "\"";
        for (int i = 0; i < replaced; i++) expected += "\\ufffd";
        EXPECT_EQ(json_string(text), expected + '"') << "of " << text.size() << " bytes";
    }
    EXPECT_EQ(json_string("a\xffz"), R"("a\ufffdz")");
    EXPECT_EQ(json_string("\xe2\x9cz"), R"("\ufffd\ufffdz")") << "goes on behind the damage";
}

TEST(JsonString, IsValidForAnyBytes) {
    test::Random random;
    for (int i = 0; i < 20'000; i++) {
        const std::string text = json_string(random.bytes(16));
        ASSERT_TRUE(nlohmann::json::accept(text)) << text;
    }
}

TEST(FindProblem, FindsNoneInAValidRecord) {
    test::Random random;
    EXPECT_EQ(find_problem(RecordBuilder()), nullptr);
    for (int i = 0; i < 2000; i++) EXPECT_EQ(find_problem(test::random_record(random)), nullptr);
}

TEST(ReadRecord, GivesEverySectionBackThatPackWrote) {
    test::Random random;
    for (int i = 0; i < 2000; i++) {
        FlowRecord sent = test::random_record(random);
        if (random.one_in(2)) {
            sent.flags |= has_splt;
            sent.splt.count = static_cast<uint32_t>(random.between(1, splt_packets_max));
            for (uint32_t at = 0; at < sent.splt.count; at++)
                sent.splt.packets[at] = {static_cast<int32_t>(random.below(1500)), at};
        }
        std::array<uint8_t, sizeof sent> bytes;
        pack(sent, bytes.data());
        FlowRecord read;
        ASSERT_EQ(read_record(std::span(bytes).first(record_bytes(sent)), read), nullptr);
        // Whatever pack() left out is zero on both sides.
        ASSERT_EQ(std::memcmp(&sent, &read, sizeof sent), 0) << sent.flags;
    }
}

TEST(FindProblem, NamesWhatIsWrong) {
    const auto broken = [](auto&& change) {
        FlowRecord record = RecordBuilder();
        change(record);
        const char* problem = find_problem(record);
        return std::string(problem == nullptr ? "" : problem);
    };
    for (const int version : {0, 1, 5, 7, 255})
        EXPECT_EQ(broken([&](FlowRecord& r) { r.ip_version = static_cast<uint8_t>(version); }),
                  "ip_version");
    for (const int reason : {0, 6, 255})
        EXPECT_EQ(broken([&](FlowRecord& r) { r.end_reason = static_cast<EndReason>(reason); }),
                  "end_reason");
    for (const uint64_t id : {uint64_t{1} << 53, UINT64_MAX})
        EXPECT_EQ(broken([&](FlowRecord& r) { r.flow_id = id; }), "flow_id");
    EXPECT_EQ(broken([](FlowRecord& r) { r.first_ns = -1; }), "time");
    EXPECT_EQ(broken([](FlowRecord& r) { r.first_ns = INT64_MIN; }), "time");
    EXPECT_EQ(broken([](FlowRecord& r) { r.last_ns = r.first_ns - 1; }), "time");
    EXPECT_EQ(broken([](FlowRecord& r) { r.initiator.packets = r.responder.packets = 0; }),
              "packets");
    for (int i : {0, 1})
        for (const uint16_t id : {uint16_t{4096}, uint16_t{0xfffe}})
            EXPECT_EQ(broken([&](FlowRecord& r) { r.vlan_ids[i] = id; }), "vlan_ids");
    const auto broken_hits = [&](auto&& change) {
        return broken([&](FlowRecord& r) {
            r = RecordBuilder().hits({1, 2, 3});
            change(r.matches);
        });
    };
    EXPECT_EQ(broken_hits([](Matches&) {}), "");
    EXPECT_EQ(broken_hits([](Matches& m) { m.hits = 0; }), "matches");
    EXPECT_EQ(broken_hits([](Matches& m) { m.hits = 2; }), "matches") << "three rules hit";
    EXPECT_EQ(broken_hits([](Matches& m) { m.suppressed = 4; }), "matches");
    EXPECT_EQ(broken_hits([](Matches& m) { m.hits = m.rule_count = 7; }), "matches");
    EXPECT_EQ(broken_hits([](Matches& m) { m.severity = 0; }), "matches");
    EXPECT_EQ(broken_hits([](Matches& m) { m.actions = 8; }), "matches");
}

TEST(FindProblem, RefusesAnInnerTagWithoutAnOuterOne) {
    EXPECT_NE(find_problem(RecordBuilder().vlan(vlan_absent, 7)), nullptr);
}

TEST(FindProblem, AllowsTheLimits) {
    EXPECT_EQ(find_problem(RecordBuilder().id((uint64_t{1} << 53) - 1)), nullptr);
    EXPECT_EQ(find_problem(RecordBuilder().id(0)), nullptr);
    EXPECT_EQ(find_problem(RecordBuilder().starts(0).lasts(0)), nullptr);
    EXPECT_EQ(find_problem(RecordBuilder().starts(INT64_MAX).lasts(0)), nullptr);
    EXPECT_EQ(find_problem(RecordBuilder().vlan(0, 4095)), nullptr);
    EXPECT_EQ(find_problem(RecordBuilder().sent(0, 0).answered(1, 60)), nullptr);
}

}  // namespace
}  // namespace baleen::record
