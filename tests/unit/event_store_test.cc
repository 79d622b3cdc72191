// Events in the store: slices, idempotence, order, retention; and flows beside them.
#include <gtest/gtest.h>

#include <filesystem>

#include "control/store/query.h"
#include "control/store/slice.h"
#include "control/store/store.h"
#include "record/app_fields.h"
#include "tests/unit/app_builder.h"
#include "tests/unit/match_builder.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/store_reader.h"
#include "tests/unit/temp_folder.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;
using record::Match;
using test::MatchBuilder;

class EventStore : public test::OwnStore {
protected:
    EventStore() : OwnStore(60 * test::second_ns, "eth0\neth1\n") {}

    template <class Record>
    void insert(uint64_t sequence, const Record& record) {
        const auto status = store_->insert({7, 0, sequence}, record);
        ASSERT_TRUE(status) << status.error().message;
    }
    void commit() { ASSERT_TRUE(store_->commit()); }

    // Rule ids of the answer, in its order.
    std::vector<uint32_t> rules(std::string_view text = "", void (*set)(Query&) = nullptr) {
        Query query;
        query.kind = filter::Kind::alert;
        query.filter = std::move(std::get<0>(filter::Filter::parse(text, query.kind)));
        if (set != nullptr) set(query);
        std::vector<uint32_t> out;
        std::vector<std::string> problems;
        const auto status = run_query(
            directory(), query,
            [&](const filter::Subject& subject) {
                out.push_back(subject.match->event.id);
                last_ = *subject.match;
                last_port_ = subject.port_name;
                return true;
            },
            problems);
        EXPECT_TRUE(status && problems.empty());
        return out;
    }
    size_t slice_count() const {
        size_t count = 0;
        for (const auto& entry : fs::directory_iterator(directory()))
            count += entry.path().extension() == ".sqlite" ? 1 : 0;
        return count;
    }

    Match last_{};
    std::string last_port_;
};

using Rules = std::vector<uint32_t>;

TEST_F(EventStore, GivesBackWhatItTook) {
    const Match match =
        MatchBuilder().rule(5, std::string_view("a\0\xff", 3)).excerpt("GET /").port_index(1);
    insert(0, match);
    commit();
    EXPECT_EQ(rules(), Rules{5});
    ASSERT_EQ(last_.bytes().size(), match.bytes().size());
    EXPECT_EQ(std::memcmp(last_.bytes().data(), match.bytes().data(), match.bytes().size()), 0);
    EXPECT_EQ(last_port_, "eth1");
}

TEST_F(EventStore, TakesAnEventOnceHoweverOftenItComes) {
    for (int i = 0; i < 3; i++) {
        insert(0, Match(MatchBuilder().rule(1, "")));
        insert(1, Match(MatchBuilder().rule(2, "")));
        commit();
        reopen();
    }
    EXPECT_EQ(rules(), (Rules{1, 2}));
}

TEST_F(EventStore, PutsEventsIntoTheSlicesOfTheirTimesAndMergesThem) {
    insert(0, Match(MatchBuilder().rule(1, "").after_s(130)));
    insert(1, Match(MatchBuilder().rule(2, "").after_s(0)));
    insert(2, Match(MatchBuilder().rule(3, "").after_s(70)));
    insert(3, Match(MatchBuilder().rule(4, "").after_s(1)));
    commit();
    EXPECT_EQ(slice_count(), 3u);
    EXPECT_EQ(rules(), (Rules{2, 4, 3, 1}));
    EXPECT_EQ(rules("", [](Query& query) { query.descending = true; }), (Rules{1, 3, 4, 2}));
    EXPECT_EQ(rules("", [](Query& query) { query.limit = 2; }), (Rules{2, 4}));
    EXPECT_EQ(rules("",
                    [](Query& query) {
                        query.since_ns = test::start_ns + test::second_ns;
                        query.until_ns = test::start_ns + 130 * test::second_ns;
                    }),
              (Rules{4, 3}))
        << "since belongs to it, until does not";
}

TEST_F(EventStore, FindsByRuleAndFlowWhatAFilterFinds) {
    test::Random random;
    std::vector<Match> all;
    for (uint64_t i = 0; i < 300; i++) {
        all.push_back(MatchBuilder()
                          .rule(static_cast<uint32_t>(random.below(5)), "")
                          .flow(random.below(5))
                          .after_s(static_cast<double>(i)));
        insert(i, all.back());
    }
    commit();
    for (const bool sealed : {false, true}) {
        if (sealed) store_->close();
        // Those with an index, and the same question asked so that it cannot serve.
        for (const auto& [indexed, plain] :
             {std::pair{"rule.id == 3", "!(rule.id != 3)"},
              {"flow.id == 2 && tcp", "flow.id in {2 9}"},
              {"sid == 1 && flow_id == 4", "!(sid != 1 || flow_id != 4)"},
              {"rule.id > 1 && rule.id <= 3", "rule.id in {2 3}"},
              {"event.time > 1700000010 && event.time <= 1700000100.5",
               "!(event.time <= 1700000010 || event.time > 1700000100.5)"},
              {"rule.id == 0xffffffffffffffff", "udp"},
              {"rule.id > 0x7fffffffffffffff", "udp"}}) {
            const Rules found = rules(indexed);
            EXPECT_EQ(found, rules(plain)) << indexed;
        }
        EXPECT_FALSE(rules("rule.id == 3").empty());
        EXPECT_FALSE(rules("event.time > 1700000010 && event.time <= 1700000100.5").empty());
    }
}

TEST_F(EventStore, ForgetsWhatIsRolledBack) {
    insert(0, Match(MatchBuilder().rule(1, "")));
    commit();
    insert(1, Match(MatchBuilder().rule(2, "")));
    store_->roll_back();
    insert(2, Match(MatchBuilder().rule(3, "")));
    commit();
    EXPECT_EQ(rules(), (Rules{1, 3}));
}

TEST_F(EventStore, KeepsFlowsAndEventsApart) {
    insert(0, record::FlowRecord(test::RecordBuilder().hits({5})));
    insert(1, Match(MatchBuilder().rule(5, "")));
    commit();
    EXPECT_EQ(slice_count(), 1u);
    EXPECT_EQ(rules(), Rules{5});
    Query flows;
    flows.filter = std::move(std::get<0>(filter::Filter::parse("rule.id == 5")));
    uint32_t count = 0;
    std::vector<std::string> problems;
    ASSERT_TRUE(run_query(
        directory(), flows,
        [&](const filter::Subject& subject) {
            EXPECT_EQ(subject.match, nullptr);
            EXPECT_EQ(subject.record.matches.rule_ids[0], 5u);
            count++;
            return true;
        },
        problems));
    EXPECT_EQ(count, 1u);
}

TEST_F(EventStore, DeletesEventsWithTheirSlices) {
    insert(0, Match(MatchBuilder().rule(1, "").after_s(0)));
    insert(1, Match(MatchBuilder().rule(2, "").after_s(600)));
    commit();
    settings_.retention_bytes = 1;
    reopen();
    EXPECT_EQ(store_->retain().size(), 2u);
    EXPECT_EQ(rules(), Rules{});
}

// What each event of an answer is, in its order: "dns 3" (its number), "alert 5" (its rule).
std::vector<std::string> told(const std::string& directory, const Query& query) {
    std::vector<std::string> out, problems;
    const auto status = run_query(
        directory, query,
        [&](const filter::Subject& subject) {
            if (subject.match != nullptr)
                out.push_back("alert " + std::to_string(subject.match->event.id));
            else if (subject.app != nullptr)
                out.push_back(record::app_proto_name(subject.app->event.app_proto) + " " +
                              std::to_string(subject.app->event.number));
            else out.push_back("flow");
            return true;
        },
        problems);
    EXPECT_TRUE(status && problems.empty());
    return out;
}
Query events_query(filter::Kind kind, std::string_view text = "",
                   std::vector<application::AppProto> app_protos = {}) {
    Query query;
    query.kind = kind;
    query.filter = std::move(std::get<0>(filter::Filter::parse(text, kind)));
    query.app_protos = std::move(app_protos);
    return query;
}
using Told = std::vector<std::string>;
using application::AppProto;
using filter::Kind;
using record::AppMessage;
using test::AppBuilder;

TEST_F(EventStore, GivesBackWhatProtocolsSaid) {
    const AppMessage sent =
        AppBuilder(AppProto::mdns).number(3).port_index(1).with(test::dns_answer("a.local"));
    insert(0, sent);
    commit();
    AppMessage last{};
    std::string port;
    std::vector<std::string> problems;
    ASSERT_TRUE(run_query(
        directory(), events_query(Kind::app),
        [&](const filter::Subject& subject) {
            last = *subject.app;
            port = subject.port_name;
            EXPECT_EQ(subject.record.responder_port, 53);
            return true;
        },
        problems));
    ASSERT_EQ(last.bytes().size(), sent.bytes().size());
    EXPECT_EQ(std::memcmp(last.bytes().data(), sent.bytes().data(), sent.bytes().size()), 0);
    EXPECT_EQ(port, "eth1");
}

TEST_F(EventStore, FindsEventsByTypeProtocolFilterAndTime) {
    insert(
        0,
        AppMessage(
            AppBuilder(AppProto::dns).number(0).after_s(0).with(test::dns_answer("example.com"))));
    insert(1, Match(MatchBuilder().rule(5, "").after_s(1)));
    insert(2, AppMessage(AppBuilder(AppProto::tls).number(1).after_s(2).flow(9)));
    insert(3,
           AppMessage(
               AppBuilder(AppProto::mdns).number(2).after_s(70).with(test::dns_answer("a.local"))));
    insert(4, record::FlowRecord(test::RecordBuilder()));
    commit();
    const auto of = [&](const Query& query) { return told(directory(), query); };
    EXPECT_EQ(of(events_query(Kind::event)), (Told{"dns 0", "alert 5", "tls 1", "mdns 2"}));
    EXPECT_EQ(of(events_query(Kind::app)), (Told{"dns 0", "tls 1", "mdns 2"}));
    EXPECT_EQ(of(events_query(Kind::alert)), Told{"alert 5"});
    EXPECT_EQ(of(events_query(Kind::flow)), Told{"flow"});
    EXPECT_EQ(of(events_query(Kind::app, "", {AppProto::dns, AppProto::mdns})),
              (Told{"dns 0", "mdns 2"}));
    EXPECT_EQ(of(events_query(Kind::app, "dns.rrname == example.com")), Told{"dns 0"});
    EXPECT_EQ(of(events_query(Kind::event, "flow.id == 9")), Told{"tls 1"});
    EXPECT_EQ(of(events_query(Kind::event, "rule.id == 5")), Told{"alert 5"});
    Query late = events_query(Kind::event);
    late.since_ns = test::start_ns + test::second_ns;
    late.until_ns = test::start_ns + 70 * test::second_ns;
    EXPECT_EQ(of(late), (Told{"alert 5", "tls 1"}));
    Query sorted = events_query(Kind::app);
    sorted.sort = filter::find_field("app_proto", Kind::app);
    sorted.descending = true;
    EXPECT_EQ(of(sorted), (Told{"tls 1", "mdns 2", "dns 0"}));
}

TEST_F(EventStore, OrdersEventsOfOneTimeByTheirNumbers) {
    uint64_t sequence = 0;
    for (const uint32_t number : {3u, 0u, 2u, 1u})
        insert(sequence++, AppMessage(AppBuilder().number(number)));
    commit();
    EXPECT_EQ(told(directory(), events_query(Kind::app)),
              (Told{"dns 0", "dns 1", "dns 2", "dns 3"}));
}

TEST_F(EventStore, LooksProtocolsAndRulesUpInAnIndex) {
    insert(0, AppMessage(AppBuilder()));
    commit();
    store_->close();
    for (const auto& entry : fs::directory_iterator(directory())) {
        auto database = Database::open(entry.path().string(), Database::Mode::read_only);
        ASSERT_TRUE(database);
        for (const auto& [condition, index] :
             {std::pair{"app_proto IN (1,2) AND time_ns >= 5", "event_app"},
              {"rule_id = 5", "event_rule"},
              {"flow_id = 5", "event_flow"}}) {
            auto plan = database->prepare(
                std::string("EXPLAIN QUERY PLAN SELECT record FROM event WHERE ") + condition);
            ASSERT_TRUE(plan && plan->step() == SQLITE_ROW);
            EXPECT_NE(plan->column_text(3).find(index), std::string::npos) << plan->column_text(3);
        }
    }
}

TEST_F(EventStore, ReadsSlicesOfAnOlderVersion) {
    insert(0, record::FlowRecord(test::RecordBuilder()));
    commit();
    store_.reset();
    for (const auto& entry : fs::directory_iterator(directory())) {
        auto database = Database::open(entry.path().string(), Database::Mode::read_write_create);
        ASSERT_TRUE(database && database->execute("DROP TABLE event"));
    }
    EXPECT_EQ(rules(), Rules{});
}

TEST_F(EventStore, BelievesNoBytesOfAFile) {
    insert(0, Match(MatchBuilder().rule(1, "")));
    insert(1, Match(MatchBuilder().rule(2, "")));
    commit();
    store_.reset();
    for (const auto& entry : fs::directory_iterator(directory())) {
        auto database = Database::open(entry.path().string(), Database::Mode::read_write_create);
        ASSERT_TRUE(database->execute("UPDATE event SET record = x'00' WHERE sequence = 0"));
    }
    EXPECT_EQ(rules(), Rules{2});
}

}  // namespace
}  // namespace baleen::store
