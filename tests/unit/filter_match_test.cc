// Filters over alerts, and over flows that rules have hit.
#include <gtest/gtest.h>

#include "record/match.h"
#include "tests/unit/filter_check.h"
#include "tests/unit/match_builder.h"

namespace baleen::filter {
namespace {

using record::Match;
using test::MatchBuilder;
using test::RecordBuilder;

bool matches(std::string_view text, const Match& match) {
    const auto parsed = Filter::parse(text, Kind::alert);
    if (const auto* error = std::get_if<FilterError>(&parsed)) {
        ADD_FAILURE() << format_error(text, *error);
        return false;
    }
    const record::FlowRecord flow = record::flow_of(match.event);
    return std::get<0>(parsed).matches({flow, "eth0", &match});
}

TEST(FilterOfAlerts, AsksForAnythingThatAnEventSays) {
    const Match match = MatchBuilder()
                            .flow(77)
                            .rule(2001, "ET SCAN nmap", 1, 3)
                            .classtype("attempted-recon")
                            .severity(2)
                            .flags(record::on_stream)
                            .offset(500)
                            .generation(2)
                            .suppressed(4)
                            .vlan(100)
                            .excerpt("GET /index");
    for (const std::string_view text : {"",
                                        "alerted",
                                        "rule.id == 2001",
                                        "sid in {1 2001}",
                                        "rule.id == 2000..2002",
                                        "alert.signature_id == 2001",
                                        "rule.gid == 1",
                                        "rule.rev >= 3",
                                        "rule.name contains \"SCAN\"",
                                        "rule.name matches \"(?i)scan\"",
                                        "rule.classtype == \"attempted-recon\"",
                                        "severity <= 2",
                                        "rule.severity == 2",
                                        "src_ip == 10.0.0.0/8",
                                        "dest_ip == 10.0.0.2",
                                        "ip.addr == 10.0.0.2",
                                        "proto == tcp",
                                        "tcp.port == 443",
                                        "port 443",
                                        "host 10.0.0.1 and dst port 443",
                                        "flow_id == 77",
                                        "event.time >= 2023-11-14T22:13:20Z",
                                        "time < 2023-11-14T22:13:21Z",
                                        "stream",
                                        "!candidate",
                                        "!behind_gap",
                                        "match.offset > 100",
                                        "rule.generation == 2",
                                        "match.direction == \"to_server\"",
                                        "direction != \"to_client\"",
                                        "event.type == \"alert\"",
                                        "rule.action == \"alert\"",
                                        "payload contains \"index\"",
                                        "vlan.id == 100",
                                        "event.suppressed == 4",
                                        "in_iface == \"eth0\"",
                                        "tcp",
                                        "community_id contains \"1:\""})
        EXPECT_TRUE(matches(text, match)) << text;
    for (const std::string_view text :
         {"rule.id == 2002", "severity < 2", "udp", "rule.name contains \"scan\"", "candidate",
          "time > 2023-11-14T22:13:20Z", "src_port == 443", "payload contains \"POST\""})
        EXPECT_FALSE(matches(text, match)) << text;
}

TEST(FilterOfAlerts, AnswersForEveryFieldOfAnyEvent) {
    test::Random random;
    for (int i = 0; i < 500; i++) {
        const Match match = test::random_match(random);
        const record::FlowRecord flow = record::flow_of(match.event);
        for (const Field* field : fields(Kind::alert)) {
            Values values;
            field->read({flow, "eth0", &match}, values);
            ASSERT_LE(values.size(), 6u) << field->name;
        }
    }
}

std::string kind_message_of(std::string_view text, Kind kind) {
    const auto parsed = Filter::parse(text, kind);
    const auto* error = std::get_if<FilterError>(&parsed);
    return error == nullptr ? "" : error->message;
}

TEST(FilterOfAlerts, KnowsWhatIsAFieldOfWhat) {
    EXPECT_EQ(kind_message_of("flow.bytes > 1", Kind::alert),
              "'flow.bytes' is a field of flows, not of these events");
    EXPECT_EQ(kind_message_of("rule.name == \"a\"", Kind::flow),
              "'rule.name' is a field of events, not of flows");
    EXPECT_EQ(kind_message_of("rule.nam == \"a\"", Kind::alert),
              "unknown field 'rule.nam'; did you mean 'rule.name'?");
    EXPECT_EQ(kind_message_of("tcp.flags.syn == 1", Kind::alert),
              "'tcp.flags.syn' is a field of flows, not of these events");
}

TEST(FilterOfFlows, AsksForRulesThatHit) {
    const record::FlowRecord hit = RecordBuilder().hits({2001, 7, 8, 9, 10, 11}, 1);
    for (const std::string_view text :
         {"alerted", "flow.alerted", "rule.id == 2001", "rule.id == 11", "matches.hits == 6",
          "rule.severity <= 2", "matches.severity == 1", "matches.suppressed == 0",
          "rule.id != 12"})
        EXPECT_TRUE(test::matches(text, hit)) << text;
    EXPECT_FALSE(test::matches("rule.id != 7", hit)) << "one of them is equal";
    const record::FlowRecord tagged = RecordBuilder().hits({5}, 3, ruleset::Action::tag);
    EXPECT_FALSE(test::matches("alerted", tagged)) << "a tag is no alert";
    EXPECT_TRUE(test::matches("matches.hits > 0 && rule.id == 5", tagged));
    for (const std::string_view text :
         {"alerted", "rule.id", "matches.hits", "rule.severity", "rule.id != 1"})
        EXPECT_FALSE(test::matches(text, RecordBuilder())) << text;
}

TEST(RequiredRange, IsWhatEveryMatchMustHave) {
    using Ends = std::pair<uint64_t, uint64_t>;
    const auto of = [](std::string_view text) {
        const auto parsed = Filter::parse(text, Kind::alert);
        const auto range = std::get<0>(parsed).required_range("rule.id");
        return Ends{range.low, range.high};
    };
    EXPECT_EQ(of("rule.id == 5"), Ends(5, 5));
    EXPECT_EQ(of("tcp && sid == 5 && port 80"), Ends(5, 5));
    EXPECT_EQ(of("rule.id == 5..9"), Ends(5, 9));
    EXPECT_EQ(of("rule.id > 5 && rule.id <= 9 && rule.id < 8"), Ends(6, 7));
    EXPECT_EQ(of("rule.id >= 5 && tcp"), Ends(5, UINT64_MAX));
    for (const std::string_view text :
         {"rule.id < 0", "rule.id > 0xffffffffffffffff", "rule.id == 5 && rule.id == 6"})
        EXPECT_GT(of(text).first, of(text).second) << text;
    for (const std::string_view text :
         {"", "tcp", "rule.id == 5 || tcp", "!(rule.id == 5)", "rule.id != 5", "rule.id in {5 6}",
          "flow.id == 5", "rule.id"})
        EXPECT_EQ(of(text), Ends(0, UINT64_MAX)) << text;
}

}  // namespace
}  // namespace baleen::filter
