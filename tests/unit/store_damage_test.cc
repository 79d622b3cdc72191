// Slices with damage are named and put aside, and the rest goes on; checks find what is wrong.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "control/store/slice.h"
#include "control/store/slice_check.h"
#include "tests/unit/app_builder.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/rollup_reader.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;
using record::FlowRecord;
using test::RecordBuilder;

using test::second_ns;
constexpr std::streamoff page_bytes = 16384;

class StoreDamage : public test::OwnStore {
protected:
    StoreDamage() : OwnStore(100 * second_ns) {
        settings_.rollup_interval_ns = 0;
        reopen();
        for (; sequence_ < 2000; sequence_++) EXPECT_TRUE(insert(sequence_, flow(sequence_)));
        EXPECT_TRUE(insert(sequence_, flow(5000, 100)));
        sequence_++;
        EXPECT_TRUE(store_->commit());
        store_->close();
    }

    static FlowRecord flow(uint64_t id, int64_t after_s = 0) {
        return RecordBuilder()
            .id(id)
            .from(fmt::format("10.1.{}.{}", id / 256 % 256, id % 256), 1000)
            .starts(test::start_ns +
                    (after_s > 0 ? after_s : static_cast<int64_t>(id % 50)) * second_ns);
    }
    base::Status insert(uint64_t sequence, const FlowRecord& record) {
        return store_->insert({run_id, 0, sequence}, record);
    }
    std::string first() const { return test::slice_files(directory()).at(0); }
    void overwrite(std::streamoff at, std::streamoff bytes) {
        std::fstream file(first(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(at);
        const std::string noise = test::Random().bytes(64) + "not a page";
        for (std::streamoff done = 0; done < bytes; done += std::ssize(noise))
            file.write(noise.data(), std::min<std::streamoff>(std::ssize(noise), bytes - done));
        ASSERT_TRUE(file.good());
    }
    std::vector<int64_t> leaves(const std::string& table) const {
        auto database = test::database_of(first());
        auto pages = database.prepare(
            "SELECT pageno FROM dbstat WHERE pagetype = 'leaf' AND name = '" + table + "'");
        EXPECT_TRUE(pages);
        std::vector<int64_t> out;
        while (pages->step() == SQLITE_ROW) out.push_back(pages->column_int(0));
        return out;
    }
    // One more flow is refused, and taken when it is delivered again.
    void expect_put_aside() {
        const std::string damaged = first();
        SliceCheck check = check_slice(damaged);
        EXPECT_TRUE(check.is_damaged);
        EXPECT_FALSE(check.is_sound());
        auto status = insert(sequence_, flow(7000));
        if (status) status = store_->commit();
        // What is found on opening is put aside at once.
        if (!status) {
            store_->roll_back();
            status = insert(sequence_, flow(7000));
            if (status) status = store_->commit();
        }
        ASSERT_TRUE(status) << status.error().message;
        EXPECT_TRUE(fs::exists(damaged + ".damaged"));
        const auto notices = store_->take_notices();
        ASSERT_EQ(notices.size(), 1u);
        EXPECT_NE(notices[0].find(fs::path(damaged).filename().string() + ".damaged"),
                  std::string::npos)
            << notices[0];
        EXPECT_EQ(test::flow_ids(directory(), test::query_of(filter::Kind::flow)),
                  (std::vector<uint64_t>{7000, 5000}))
            << "the new slice and the one that was never damaged";
        store_->close();
        EXPECT_TRUE(check_slice(damaged).is_sound());
    }

    uint64_t sequence_ = 0;
};

TEST_F(StoreDamage, IsNoneInASoundSlice) {
    for (const std::string& file : test::slice_files(directory())) {
        const SliceCheck check = check_slice(file);
        EXPECT_TRUE(check.is_sound()) << check.problems.at(0);
        EXPECT_EQ(check.version, 7);
    }
    EXPECT_EQ(check_slice(first()).flows, 2000u);
}

TEST_F(StoreDamage, OfPagesInTheMiddlePutsASliceAside) {
    overwrite(page_bytes, 20 * page_bytes);
    expect_put_aside();
}

TEST_F(StoreDamage, OfAFileThatIsCutPutsASliceAside) {
    fs::resize_file(first(), fs::file_size(first()) / 2 / page_bytes * page_bytes);
    expect_put_aside();
}

TEST_F(StoreDamage, OfTheHeaderPutsASliceAside) {
    overwrite(0, 100);
    expect_put_aside();
}

// Roll-ups are read when something is added to them.
TEST_F(StoreDamage, FoundAtTheCommitPutsASliceAside) {
    const std::string damaged = first();
    const auto pages = leaves("rollup");
    ASSERT_GT(pages.size(), 3u);
    ASSERT_TRUE(
        store_->insert({run_id, 0, sequence_}, record::AppMessage(test::AppBuilder().flow(1))));
    ASSERT_TRUE(store_->commit());
    for (const int64_t page : pages) overwrite((page - 1) * page_bytes, page_bytes);
    const FlowRecord late = flow(7025);
    ASSERT_TRUE(insert(sequence_ + 1, late)) << "rows have their place";
    EXPECT_FALSE(store_->commit());
    store_->roll_back();
    EXPECT_TRUE(fs::exists(damaged + ".damaged"));
    ASSERT_TRUE(insert(sequence_ + 1, late));
    ASSERT_TRUE(store_->commit());
    EXPECT_EQ(test::flow_ids(directory(), test::query_of(filter::Kind::flow)),
              (std::vector<uint64_t>{7025, 5000}));
}

TEST_F(StoreDamage, IsPutAsideUnderEverNewNames) {
    for (int i = 0; i < 3; i++) {
        overwrite(0, 100);
        ASSERT_TRUE(insert(sequence_, flow(7000)));
        ASSERT_TRUE(store_->commit());
        store_->close();
    }
    EXPECT_TRUE(fs::exists(first() + ".damaged-3"));
}

TEST_F(StoreDamage, IsNotWhatANewerVersionHasWritten) {
    test::execute(first(), "UPDATE meta SET value = '8' WHERE key = 'version'");
    const auto status = insert(sequence_, flow(7000));
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().message.find("newer baleen"), std::string::npos);
    store_->roll_back();
    EXPECT_FALSE(fs::exists(first() + ".damaged"));
    EXPECT_EQ(check_slice(first()).version, 8);
    EXPECT_FALSE(check_slice(first()).is_sound());
}

TEST_F(StoreDamage, ChecksTellWhatDoesNotAgree) {
    const std::string sound = first() + ".sound";
    fs::copy_file(first(), sound);
    for (const auto& [sql, said] :
         {std::pair{"UPDATE flow SET record = zeroblob(300) WHERE rowid = 7", "makes no sense"},
          {"UPDATE flow SET last_ns = last_ns + 1 WHERE rowid = 9", "other times"},
          {"UPDATE rollup SET bytes_in = bytes_in + 1 WHERE level = 1 AND dimension = 4",
           "roll-up of level 1, dimension 4"},
          {"DELETE FROM rollup WHERE level = 0 AND dimension = 0", "buckets"},
          {"UPDATE block SET first_ns_max = first_ns_max - 1", "times of its block"},
          {"UPDATE block SET last_row = last_row - 1", "in no block"},
          {"DELETE FROM flow WHERE rowid = 2000", "blocks of rows that are not there"},
          {"INSERT INTO event VALUES (1, 0, 9, 2, 5, 1, 1, x'00', NULL)",
           "event 1 makes no sense"}}) {
        fs::copy_file(sound, first(), fs::copy_options::overwrite_existing);
        test::execute(first(), sql);
        const SliceCheck check = check_slice(first());
        ASSERT_FALSE(check.is_sound()) << sql;
        EXPECT_FALSE(check.is_damaged);
        EXPECT_NE(fmt::format("{}", fmt::join(check.problems, "\n")).find(said), std::string::npos)
            << sql << "\n"
            << check.problems[0];
    }
}

}  // namespace
}  // namespace baleen::store
