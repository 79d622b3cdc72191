// Events in the store: slices, idempotence, order, retention; and flows beside them.
#include <gtest/gtest.h>

#include <filesystem>

#include "control/store/query.h"
#include "control/store/slice.h"
#include "control/store/store.h"
#include "tests/unit/match_builder.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/temp_folder.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;
using record::Match;
using test::MatchBuilder;

class EventStore : public testing::Test {
protected:
    EventStore() {
        settings_.slice_ns = 60 * MatchBuilder::second_ns;
        reopen();
    }
    void reopen() {
        store_.reset();
        auto opened = Store::open(directory(), settings_);
        ASSERT_TRUE(opened);
        store_.emplace(std::move(*opened));
        store_->set_run(7, 1, "eth0\neth1\n");
    }
    std::string directory() const { return folder_.path("store"); }

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

    test::TempFolder folder_;
    config::Settings::Store settings_;
    std::optional<Store> store_;
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
                        query.since_ns = MatchBuilder::start_ns + MatchBuilder::second_ns;
                        query.until_ns = MatchBuilder::start_ns + 130 * MatchBuilder::second_ns;
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
    // Those with an index, and the same question asked so that it cannot serve.
    for (const auto& [indexed, plain] :
         {std::pair{"rule.id == 3", "!(rule.id != 3)"},
          {"flow.id == 2 && tcp", "flow.id in {2 9}"},
          {"sid == 1 && flow_id == 4", "!(sid != 1 || flow_id != 4)"},
          {"rule.id == 0xffffffffffffffff", "udp"}}) {
        const Rules found = rules(indexed);
        EXPECT_EQ(found, rules(plain)) << indexed;
    }
    EXPECT_FALSE(rules("rule.id == 3").empty());
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
