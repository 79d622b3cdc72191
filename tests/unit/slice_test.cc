// The life of a slice: begun, sealed with its indexes, written to again; and slices that an older
// version has begun.
#include "control/store/slice.h"

#include <gtest/gtest.h>

#include <optional>

#include "control/store/store.h"
#include "tests/unit/app_builder.h"
#include "tests/unit/match_builder.h"
#include "tests/unit/older_slice.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/rollup_reader.h"
#include "tests/unit/store_reader.h"
#include "tests/unit/temp_folder.h"

namespace baleen::store {
namespace {

using record::AppMessage;
using record::FlowRecord;
using test::AppBuilder;
using test::RecordBuilder;

using test::second_ns;

class SliceTest : public test::OwnStore {
protected:
    SliceTest() : OwnStore(100 * second_ns) {}

    template <class Record>
    void insert(uint64_t sequence, const Record& record) {
        const auto status = store_->insert({run_id, 0, sequence}, record);
        ASSERT_TRUE(status) << status.error().message;
    }
    static FlowRecord flow(uint64_t id, int64_t after_s) {
        return RecordBuilder().id(id).starts(test::start_ns + after_s * second_ns);
    }
    static AppMessage event(uint64_t flow_id, double after_s = 0) {
        return AppBuilder().flow(flow_id).after_s(after_s);
    }
    void commit() {
        ASSERT_TRUE(store_->commit());
        store_->seal_idle();
    }
    std::vector<uint64_t> ids(filter::Kind kind, std::string_view text = "") const {
        return test::flow_ids(directory(), test::query_of(kind, text));
    }
};

using Ids = std::vector<uint64_t>;
using filter::Kind;
const std::vector<std::string> all_indexes = {"event_app", "event_flow", "event_rule",
                                              "event_time"};

TEST_F(SliceTest, GetsItsIndexesWhenItIsFinished) {
    insert(0, flow(1, 0));
    insert(1, event(2));
    commit();
    const std::string file = test::slice_files(directory()).at(0);
    EXPECT_TRUE(test::indexes_of(file).empty());
    EXPECT_EQ(ids(Kind::flow, "flow.start > 0 && flow.id == 1"), Ids{1});
    EXPECT_EQ(ids(Kind::event, "flow.id == 2"), Ids{2});
    store_->close();
    EXPECT_EQ(test::indexes_of(file), all_indexes);
    EXPECT_FALSE(std::filesystem::exists(file + "-wal"));
    EXPECT_EQ(ids(Kind::flow, "flow.start > 0 && flow.id == 1"), Ids{1});
    EXPECT_EQ(ids(Kind::event, "flow.id == 2"), Ids{2});
}

TEST_F(SliceTest, IsFinishedStepByStepWhenNothingComesAndANewerOneHasBegun) {
    insert(0, flow(1, 0));
    insert(1, flow(2, 100));
    commit();
    const auto files = test::slice_files(directory());
    ASSERT_EQ(files.size(), 2u);
    for (uint64_t i = 0; i <= all_indexes.size(); i++) {
        EXPECT_EQ(test::indexes_of(files[0]).size(), i);
        insert(2 + i, flow(3 + i, 100));
        commit();
    }
    EXPECT_FALSE(std::filesystem::exists(files[0] + "-wal"));
    EXPECT_TRUE(test::indexes_of(files[1]).empty()) << "it is in use";
    insert(50, flow(50, 1));
    commit();
    EXPECT_EQ(ids(Kind::flow, "flow.id in {1 50}"), (Ids{1, 50})) << "late ones have their place";
}

TEST_F(SliceTest, StaysRightWithoutIndexesAndGetsThemLater) {
    insert(0, flow(1, 0));
    ASSERT_TRUE(store_->commit());
    reopen();  // as after a crash
    const std::string file = test::slice_files(directory()).at(0);
    EXPECT_TRUE(test::indexes_of(file).empty());
    EXPECT_EQ(ids(Kind::flow), Ids{1});
    insert(1, flow(2, 0));
    commit();
    store_->close();
    EXPECT_EQ(test::indexes_of(file), all_indexes);
    EXPECT_EQ(ids(Kind::flow), (Ids{1, 2}));
}

TEST_F(SliceTest, IsFinishedByTheNextProcessIfItsOwnHasDied) {
    insert(0, flow(1, 0));
    insert(1, flow(2, 100));
    ASSERT_TRUE(store_->commit());
    // As if the process were killed: nothing of what happens on closing.
    const auto files = test::slice_files(directory());
    const std::string aside = folder_.path("aside");
    std::filesystem::copy(directory(), aside);
    store_.reset();
    std::filesystem::remove_all(directory());
    std::filesystem::rename(aside, directory());
    ASSERT_TRUE(std::filesystem::exists(files.at(0) + "-wal"));
    reopen();
    insert(2, flow(3, 200));
    commit();
    EXPECT_EQ(test::indexes_of(files.at(0)), all_indexes);
    EXPECT_TRUE(test::indexes_of(files.at(1)).empty()) << "the newest one is let go on";
    test::expect_sums_agree(files.at(0));
}

TEST_F(SliceTest, FindsFlowsByTimeWhatAFilterFinds) {
    test::Random random;
    for (uint64_t i = 0; i < 300; i++)
        insert(i, FlowRecord(RecordBuilder()
                                 .id(i)
                                 .starts(test::start_ns + random.below(200) * second_ns)
                                 .lasts(random.below(20) * second_ns)));
    ASSERT_TRUE(store_->commit());
    for (const bool sealed : {false, true}) {
        if (sealed) store_->close();
        for (const auto& [bounded, plain] :
             {std::pair{"start >= 1700000050 && end < 1700000080",
                        "!(start < 1700000050 || end >= 1700000080)"},
              {"flow.start == 1700000100", "!(start != 1700000100)"},
              {"start > 1700000020 && start <= 1700000030 && tcp",
               "!(start <= 1700000020 || start > 1700000030)"},
              {"end <= 1700000030", "!(end > 1700000030)"},
              {"end > 1700000200 && end < 1700000100", "udp"}}) {
            const Ids found = ids(Kind::flow, bounded);
            EXPECT_EQ(found, ids(Kind::flow, plain)) << bounded;
        }
        EXPECT_FALSE(ids(Kind::flow, "start >= 1700000050 && end < 1700000080").empty());
    }
}

TEST_F(SliceTest, GoesOnWhereVersion5HasBegun) {
    for (uint64_t i = 0; i < 20; i++) insert(i, flow(i, 0));
    insert(20, event(1));
    commit();
    store_->close();
    const std::string file = test::slice_files(directory()).at(0);
    test::make_version_5(file);
    EXPECT_EQ(ids(Kind::flow).size(), 20u);
    insert(19, flow(19, 0));
    insert(21, flow(21, 1));
    commit();
    EXPECT_EQ(ids(Kind::flow).size(), 21u);
    test::expect_blocks_cover(file);
    store_->close();
    test::expect_sums_agree(file);
}

TEST_F(SliceTest, GoesOnWhereVersion4HasBegun) {
    insert(0, flow(1, 0));
    insert(1, event(1));
    insert(2, flow(2, 1));
    commit();
    store_.reset();
    const std::string file = test::slice_files(directory()).at(0);
    test::make_version_4(file);
    EXPECT_EQ(ids(Kind::flow, "flow.start > 0"), (Ids{1, 2}));
    EXPECT_EQ(ids(Kind::event), Ids{1});
    reopen();
    // Two that it has, and two that are new.
    insert(1, event(1));
    insert(2, flow(2, 1));
    insert(3, event(3, 2));
    insert(4, flow(4, 3));
    commit();
    EXPECT_EQ(ids(Kind::flow), (Ids{1, 2, 4}));
    EXPECT_EQ(ids(Kind::event), (Ids{1, 3}));
    store_->close();
    EXPECT_EQ(ids(Kind::flow, "flow.start > 0"), (Ids{1, 2, 4}));
    EXPECT_EQ(test::indexes_of(file), all_indexes);
}

// Version 3 had no column for protocols.
TEST_F(SliceTest, GoesOnWhereVersion3HasBegun) {
    insert(0, record::Match(test::MatchBuilder().flow(5)));
    commit();
    store_.reset();
    const std::string file = test::slice_files(directory()).at(0);
    test::make_version_4(file);
    test::execute(file, "DROP INDEX event_app; ALTER TABLE event DROP COLUMN app_proto");
    Query dns = test::query_of(Kind::app);
    dns.app_protos = {application::AppProto::dns};
    EXPECT_EQ(ids(Kind::event), Ids{5});
    EXPECT_EQ(test::flow_ids(directory(), dns), Ids{});
    reopen();
    insert(1, event(6, 1));
    commit();
    EXPECT_EQ(ids(Kind::event), (Ids{5, 6}));
    EXPECT_EQ(test::flow_ids(directory(), dns), Ids{6});
}

}  // namespace
}  // namespace baleen::store
