// Match events out of memory that nobody vouches for.
#include "record/match.h"

#include <gtest/gtest.h>

#include <vector>

#include "record/community_id.h"
#include "tests/unit/match_builder.h"
#include "tests/unit/record_builder.h"

namespace baleen::record {
namespace {

using test::MatchBuilder;

std::string problem_of_match(std::span<const uint8_t> bytes) {
    Match match;
    const char* problem = read_match(bytes, match);
    return problem == nullptr ? "" : problem;
}

std::string problem_of_match(const Match& match) { return problem_of_match(match.bytes()); }

TEST(ReadMatch, GivesTheEventAndItsTexts) {
    const Match sent = MatchBuilder().rule(7, "name").classtype("class").excerpt("GET /");
    Match read;
    ASSERT_EQ(read_match(sent.bytes(), read), nullptr);
    EXPECT_EQ(std::memcmp(&sent.event, &read.event, sizeof sent.event), 0);
    EXPECT_EQ(read.name(), "name");
    EXPECT_EQ(read.classtype(), "class");
    EXPECT_EQ(read.excerpt(), "GET /");
}

TEST(ReadMatch, TakesAnyValidEvent) {
    test::Random random;
    for (int i = 0; i < 5000; i++) {
        const Match sent = test::random_match(random);
        Match read;
        ASSERT_EQ(read_match(sent.bytes(), read), nullptr);
        ASSERT_EQ(read.name(), sent.name());
        ASSERT_EQ(read.excerpt(), sent.excerpt());
    }
}

TEST(ReadMatch, RefusesAnyOtherSize) {
    const Match match = MatchBuilder().rule(7, "name").excerpt("bytes");
    std::vector<uint8_t> bytes(2 * match_event_bytes_max);
    std::memcpy(bytes.data(), &match, match.bytes().size());
    for (size_t size = 0; size <= bytes.size(); size++) {
        const bool right = size == match.bytes().size();
        EXPECT_EQ(problem_of_match(std::span(bytes).first(size)), right ? "" : "match_size")
            << size;
    }
}

TEST(ReadMatch, NamesWhatIsWrong) {
    const auto broken = [](auto&& change) {
        Match match = MatchBuilder();
        change(match.event);
        const char* problem = find_problem(match.event);
        return std::string(problem == nullptr ? "" : problem);
    };
    using Event = MatchEvent;
    EXPECT_EQ(broken([](Event& e) { e.flow_id = uint64_t{1} << 53; }), "match_flow_id");
    EXPECT_EQ(broken([](Event& e) { e.time_ns = -1; }), "match_time");
    for (const uint8_t version : std::initializer_list<uint8_t>{0, 1, 5, 7, 255})
        EXPECT_EQ(broken([&](Event& e) { e.ip_version = version; }), "match_ip_version");
    EXPECT_EQ(broken([](Event& e) { e.src[10] = 0; }), "match_address") << "IPv4 must be mapped";
    EXPECT_EQ(broken([](Event& e) { e.dst[0] = 1; }), "match_address");
    EXPECT_EQ(broken([](Event& e) { e.vlan_ids[1] = 4096; }), "match_vlan_ids");
    EXPECT_EQ(broken([](Event& e) { e.generation = 0; }), "match_generation");
    EXPECT_EQ(broken([](Event& e) { e.severity = 0; }), "match_severity");
    EXPECT_EQ(broken([](Event& e) { e.action = ruleset::Action{3}; }), "match_action");
    EXPECT_EQ(broken([](Event& e) { e.side = ruleset::Side{2}; }), "match_side");
    EXPECT_EQ(broken([](Event& e) { e.flags = 1 << 3; }), "match_flags");
    EXPECT_EQ(broken([](Event& e) { e.rate_kind = ruleset::RateKind{5}; }), "match_rate");
    EXPECT_EQ(broken([](Event& e) { e.rate_track = ruleset::RateTrack{4}; }), "match_rate");
    EXPECT_EQ(broken([](Event& e) { e.rate_kind = ruleset::RateKind::limit; }), "match_rate")
        << "a limit of nothing";
    EXPECT_EQ(broken([](Event& e) { e.name_bytes = rule_name_bytes_max + 1; }), "match_name");
    EXPECT_EQ(broken([](Event& e) { e.classtype_bytes = 0xffff; }), "match_classtype");
    EXPECT_EQ(broken([](Event& e) { e.excerpt_bytes = excerpt_bytes_max + 1; }), "match_excerpt");
}

TEST(ReadMatch, KnowsWhichProtocolsHavePorts) {
    EXPECT_EQ(problem_of_match(MatchBuilder().protocol(17, 53, 65535)), "");
    EXPECT_EQ(problem_of_match(MatchBuilder().protocol(1, 8, 255)), "") << "type and code";
    EXPECT_EQ(problem_of_match(MatchBuilder().protocol(1, 256, 0)), "match_ports");
    EXPECT_EQ(problem_of_match(MatchBuilder().protocol(58, 0, 256)), "match_ports");
    EXPECT_EQ(problem_of_match(MatchBuilder().protocol(47)), "");
    EXPECT_EQ(problem_of_match(MatchBuilder().protocol(47, 1, 0)), "match_ports");
}

TEST(FlowOf, SaysWhoSpokeWithWhom) {
    const Match match =
        MatchBuilder().flow(77).from("2001:db8::1", 5).to("2001:db8::2", 6).vlan(100);
    const FlowRecord flow = flow_of(match.event);
    EXPECT_EQ(flow.flow_id, 77u);
    EXPECT_EQ(flow.initiator_port, 5);
    EXPECT_EQ(flow.responder_port, 6);
    EXPECT_EQ(flow.vlan_ids[0], 100);
    EXPECT_EQ(flow.first_ns, test::start_ns);
}

TEST(FlowOf, HasTheCommunityIdOfTheFlowFromEitherSide) {
    using test::RecordBuilder;
    const FlowRecord tcp = RecordBuilder().from("10.0.0.1", 40000).to("10.0.0.2", 443).tcp();
    const auto id_of = [](const Match& match) { return community_id(flow_of(match.event)); };
    EXPECT_EQ(id_of(MatchBuilder()), community_id(tcp));
    EXPECT_EQ(id_of(MatchBuilder().from("10.0.0.2", 443).to("10.0.0.1", 40000)), community_id(tcp));
    const FlowRecord ping = RecordBuilder().from("10.0.0.1").to("10.0.0.2").icmp(8, 0);
    EXPECT_EQ(id_of(MatchBuilder().protocol(1, 8, 0)), community_id(ping));
    EXPECT_EQ(id_of(MatchBuilder().from("10.0.0.2").to("10.0.0.1").protocol(1, 0, 0)),
              community_id(ping))
        << "the answer";
    const FlowRecord gre = RecordBuilder().portless(47);
    EXPECT_EQ(id_of(MatchBuilder().protocol(47)), community_id(gre));
}

}  // namespace
}  // namespace baleen::record
