// Slices are made small and of the newest version, with what is in them; never while somebody has
// them open.
#include "control/store/compact.h"

#include <gtest/gtest.h>

#include "control/store/slice.h"
#include "control/store/slice_check.h"
#include "tests/unit/app_builder.h"
#include "tests/unit/older_slice.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/rollup_reader.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;
using test::RecordBuilder;

class CompactTest : public test::OwnStore {
protected:
    CompactTest() : OwnStore(3600 * test::second_ns) {
        insert(0, 1000);
        EXPECT_TRUE(store_->commit());
    }
    void insert(uint64_t from, uint64_t to) {
        for (uint64_t i = from; i < to; i++) {
            const auto status =
                i % 4 == 3
                    ? store_->insert({run_id, 0, i}, record::AppMessage(test::AppBuilder().flow(i)))
                    : store_->insert({run_id, 0, i}, record::FlowRecord(RecordBuilder().id(i)));
            ASSERT_TRUE(status) << status.error().message;
        }
    }
    std::string file() const { return test::slice_files(directory()).at(0); }
    std::vector<uint64_t> ids(filter::Kind kind) const {
        auto found = test::flow_ids(directory(), test::query_of(kind));
        std::ranges::sort(found);
        return found;
    }
    void expect_compacted(int64_t version_before) {
        const auto flows = ids(filter::Kind::flow), events = ids(filter::Kind::event);
        ASSERT_EQ(flows.size() + events.size(), 1000u);
        const auto done = compact_slice(file());
        ASSERT_TRUE(done) << done.error().message;
        EXPECT_FALSE(done->is_in_use);
        EXPECT_EQ(done->version_before, version_before);
        EXPECT_EQ(done->bytes_after, fs::file_size(file()));
        EXPECT_FALSE(fs::exists(file() + "-wal") || fs::exists(file() + ".compact"));
        EXPECT_EQ(test::indexes_of(file()).size(), 4u);
        const SliceCheck check = check_slice(file());
        EXPECT_TRUE(check.is_sound()) << check.problems[0];
        EXPECT_EQ(check.version, 7);
        test::expect_sums_agree(file());
        test::expect_blocks_cover(file());
        EXPECT_EQ(ids(filter::Kind::flow), flows);
        EXPECT_EQ(ids(filter::Kind::event), events);
        // It goes on, and what it has is not taken again.
        reopen();
        insert(900, 1002);
        ASSERT_TRUE(store_->commit());
        store_->close();
        EXPECT_EQ(ids(filter::Kind::flow).size() + ids(filter::Kind::event).size(), 1002u);
        EXPECT_TRUE(check_slice(file()).is_sound());
    }
};

TEST_F(CompactTest, TakesUpASliceThatWasLeft) {
    store_.reset();
    expect_compacted(7);
}

TEST_F(CompactTest, MakesAFinishedSliceNoWorse) {
    store_->close();
    expect_compacted(7);
}

TEST_F(CompactTest, BringsVersion6Up) {
    store_->close();
    test::make_version_6(file());
    expect_compacted(6);
}

TEST_F(CompactTest, BringsVersion5Up) {
    store_->close();
    test::make_version_5(file());
    expect_compacted(5);
}

TEST_F(CompactTest, BringsVersion4Up) {
    store_->close();
    test::make_version_4(file());
    expect_compacted(4);
}

TEST_F(CompactTest, RollsUpFromTheBeginningWhatWasRolledUpInPart) {
    store_->close();
    test::make_version_5(file());
    {
        DigestOptions options;
        options.rows_read_back_max = 100;
        auto slice = Slice::open(file(), options);
        ASSERT_TRUE(slice);
        ASSERT_TRUE(slice->insert({8, 0, 0}, record::FlowRecord(RecordBuilder().id(7777))));
        ASSERT_TRUE(slice->commit());
        slice->seal();
    }
    auto rollups = test::read_rollups(file());
    EXPECT_EQ((rollups[{0, 0, test::start_ns}][""].records), 1u) << "the new one";
    EXPECT_TRUE(check_slice(file()).is_sound());
    const auto done = compact_slice(file());
    ASSERT_TRUE(done) << done.error().message;
    rollups = test::read_rollups(file());
    EXPECT_EQ((rollups[{0, 0, test::start_ns}][""].records), 751u);
    EXPECT_TRUE(check_slice(file()).is_sound());
}

TEST_F(CompactTest, LeavesAloneWhatIsInUse) {
    const auto done = compact_slice(file());
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_TRUE(done->is_in_use);
    insert(1000, 1010);
    ASSERT_TRUE(store_->commit());
    EXPECT_EQ(ids(filter::Kind::flow).size() + ids(filter::Kind::event).size(), 1010u);
}

// Who has opened the file while its copy took its place would write where nobody looks.
TEST_F(CompactTest, IsSeenByThoseWhoHadTheOldFileOpen) {
    store_->close();
    auto before = test::database_of(file());
    ASSERT_TRUE(before.execute("SELECT * FROM meta"));
    EXPECT_FALSE(before.has_moved());
    fs::copy_file(file(), file() + ".copy");
    fs::rename(file() + ".copy", file());
    EXPECT_TRUE(before.has_moved());
}

TEST_F(CompactTest, LeavesADamagedSliceAsItIs) {
    store_->close();
    fs::resize_file(file(), fs::file_size(file()) / 2);
    const auto before = fs::file_size(file());
    EXPECT_FALSE(compact_slice(file()));
    EXPECT_EQ(fs::file_size(file()), before);
    EXPECT_FALSE(fs::exists(file() + ".compact"));
}

}  // namespace
}  // namespace baleen::store
