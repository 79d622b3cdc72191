#include "record/community_id.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/record_builder.h"

namespace baleen::record {
namespace {

using test::RecordBuilder;

struct Vector {
    uint8_t protocol;
    std::string from, to;
    int from_port, to_port;  // ICMP: type, and the answering type or the code; -1: none
    std::string id;
};

FlowRecord record_of(const Vector& v) {
    RecordBuilder builder;
    const bool has_ports = v.from_port >= 0;
    builder.from(v.from, static_cast<uint16_t>(has_ports ? v.from_port : 0))
        .to(v.to, static_cast<uint16_t>(has_ports ? v.to_port : 0));
    if (v.protocol == 1 || v.protocol == 58)
        builder.icmp(static_cast<uint8_t>(v.from_port), static_cast<uint8_t>(v.to_port));
    else if (has_ports) builder.protocol(v.protocol);
    else builder.portless(v.protocol);
    return builder;
}

// From the specification's own baseline (seed 0), one of each kind.
const Vector published[] = {
    {6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {6, "66.35.250.204", "128.232.110.120", 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
    {6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25,
     "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
    {17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {17, "8.8.8.8", "192.168.1.52", 53, 54585, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
    {132, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
    {46, "10.1.12.1", "10.1.12.2", -1, -1, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
    {46, "10.1.12.2", "10.1.12.1", -1, -1, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
    // Echo and its reply are one flow, a message without an answer is one of its own.
    {1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {1, "192.168.0.1", "192.168.0.89", 0, 8, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
    {1, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="},
    {58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 129,
     "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
    {58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 128,
     "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
    {58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 136,
     "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
    {58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 136,
     "1:zavyT/cezQr1fmImYCwYnMXbgck="},
    {58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0,
     "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="},
    {58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4,
     "1:hLZd0XGWojozrvxqE0dWB1iM6R0="},
    {58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 134, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="},
};

TEST(CommunityId, IsTheOneOfTheSpecification) {
    for (const Vector& v : published)
        EXPECT_EQ(community_id(record_of(v)), v.id)
            << v.from << ' ' << v.from_port << " to " << v.to << ' ' << v.to_port;
}

TEST(CommunityId, LeavesThePortsOfOtherProtocolsOut) {
    for (const uint8_t number : {uint8_t{33}, uint8_t{136}}) {  // DCCP, UDP-Lite
        const FlowRecord one = RecordBuilder().protocol(number).from("10.0.0.1", 1);
        const FlowRecord other = RecordBuilder().protocol(number).from("10.0.0.1", 2);
        EXPECT_EQ(community_id(one), community_id(other));
    }
}

TEST(CommunityId, OfAQuotedFlowIsThatOfItsOwnRecord) {
    const auto error = [] { return RecordBuilder().from("192.0.2.1").to("10.0.0.1").icmp(11, 0); };
    const auto sent = [] { return RecordBuilder().from("10.0.0.1", 5000).to("198.51.100.7", 53); };
    EXPECT_EQ(quoted_community_id(error().quotes(6, 5000, "198.51.100.7", 53)),
              community_id(sent().tcp()));
    EXPECT_EQ(quoted_community_id(error().quotes(47, 0, "198.51.100.7", 0)),
              community_id(RecordBuilder().from("10.0.0.1").to("198.51.100.7").portless(47)));
    // Echo: the request's and the reply's type stand in place of ports (packet/icmp.h).
    EXPECT_EQ(quoted_community_id(error().quotes(1, 8, "198.51.100.7", 0)),
              community_id(RecordBuilder().from("10.0.0.1").to("198.51.100.7").icmp(8, 0)));
    // A message that nothing answers is marked there.
    EXPECT_EQ(quoted_community_id(error().quotes(1, 0x100 | 3, "198.51.100.7", 1)),
              community_id(RecordBuilder().from("10.0.0.1").to("198.51.100.7").icmp(3, 1)));
}

TEST(CommunityId, DependsOnTheSeed) {
    const auto record = record_of(published[0]);
    EXPECT_EQ(community_id(record, 1), "1:3V71V58M3Ksw/yuFALMcW0LAHvc=");
    EXPECT_NE(community_id(record, 256), community_id(record, 1)) << "both bytes of it";
}

TEST(CommunityId, IsOneForBothDirections) {
    test::Random random;
    for (int i = 0; i < 2000; i++) {
        FlowRecord record = test::random_record(random);
        if (record.protocol == 1 || record.protocol == 58) continue;
        const std::string id = community_id(record);
        std::swap(record.initiator_address, record.responder_address);
        std::swap(record.initiator_port, record.responder_port);
        std::swap(record.initiator, record.responder);
        ASSERT_EQ(community_id(record), id);
        EXPECT_EQ(id.size(), 30u) << "version, colon, 20 bytes in base64";
    }
}

TEST(CommunityId, OrdersPortsBetweenEqualAddresses) {
    const FlowRecord there = RecordBuilder().from("127.0.0.1", 1).to("127.0.0.1", 2);
    const FlowRecord back = RecordBuilder().from("127.0.0.1", 2).to("127.0.0.1", 1);
    EXPECT_EQ(community_id(there), community_id(back));
}

TEST(CommunityId, LeavesOutWhatTheSpecificationDoes) {
    const auto base = RecordBuilder();
    const std::string id = community_id(base);
    EXPECT_EQ(community_id(RecordBuilder().vlan(7)), id);
    EXPECT_EQ(community_id(RecordBuilder().id(99).part(3).lasts(5)), id);
    EXPECT_NE(community_id(RecordBuilder().udp()), id);
    EXPECT_NE(community_id(RecordBuilder().from("10.0.0.1", 40001)), id);
    EXPECT_NE(community_id(RecordBuilder().portless(6)), id) << "unknown ports are not port 0";
}

void check_baseline(const std::string& name, uint16_t seed) {
    const char* corpus = std::getenv("BALEEN_CORPUS");
    if (corpus == nullptr)
        GTEST_SKIP() << "BALEEN_CORPUS is not set: the published baseline was NOT checked";
    const auto path = std::filesystem::path(corpus) / "community-id" / name;
    std::ifstream file(path);
    ASSERT_TRUE(file) << path << " cannot be read";
    const auto cases = nlohmann::json::parse(file);
    ASSERT_GT(cases.size(), 20u);
    for (const auto& each : cases) {
        const auto port = [&](const char* key) {
            return each.at(key).is_null() ? -1 : each.at(key).get<int>();
        };
        const Vector v{each.at("proto").get<uint8_t>(),
                       each.at("saddr"),
                       each.at("daddr"),
                       port("sport"),
                       port("dport"),
                       each.at("communityid")};
        EXPECT_EQ(community_id(record_of(v), seed), v.id) << each;
    }
}

TEST(CommunityIdBaseline, HoldsWithTheDefaultSeed) { check_baseline("baseline_deflt.json", 0); }
TEST(CommunityIdBaseline, HoldsWithSeedOne) { check_baseline("baseline_seed1.json", 1); }

}  // namespace
}  // namespace baleen::record
