// The narrow copy of flow records: the same rows out of it, whatever they are, and answers out of
// it where they may be.
#include "control/store/flow_columns.h"

#include <gtest/gtest.h>

#include <cstring>

#include "control/store/block_ranges.h"
#include "control/store/slice_check.h"
#include "control/store/top.h"
#include "tests/unit/random.h"
#include "tests/unit/store_fill.h"
#include "tests/unit/store_reader.h"

namespace baleen::store {
namespace {

using test::Random;

FlowImage image_of(const record::FlowRecord& record, uint64_t sequence) {
    FlowImage image{.fixed = {}, .run = 7, .worker = 1, .sequence = static_cast<int64_t>(sequence)};
    std::memcpy(image.fixed.data(), &record, image.fixed.size());
    return image;
}

std::vector<FlowImage> some_images(Random& random, size_t count) {
    std::vector<FlowImage> out;
    for (size_t i = 0; i < count; i++)
        out.push_back(image_of(test::busy_record(random, random.below(1 << 20), 600), i * 3));
    return out;
}

TEST(FlowColumns, GiveBackWhatWasPacked) {
    Random random;
    for (const size_t count : {1u, 2u, 63u, 64u, 65u, 1000u, 4096u}) {
        const auto images = some_images(random, count);
        const auto packed = pack_columns(images);
        EXPECT_LT(packed.size(), 600 + count * sizeof(FlowImage) / 2) << "most bytes are equal";
        const auto reader = ColumnReader::open(packed);
        ASSERT_TRUE(reader);
        ASSERT_EQ(reader->rows(), count);
        const size_t first = random.below(count), length = random.between(1, count - first);
        std::vector<FlowImage> read(length);
        reader->read(static_cast<uint32_t>(first), read);
        for (size_t i = 0; i < length; i++) ASSERT_EQ(read[i], images[first + i]) << i;
    }
}

TEST(FlowColumns, AreRefusedWhereTheyMakeNoSense) {
    Random random;
    const auto packed = pack_columns(some_images(random, 50));
    for (size_t size = 0; size < packed.size(); size++)
        ASSERT_FALSE(ColumnReader::open(std::span(packed).first(size))) << size;
    auto longer = packed;
    longer.push_back(0);
    EXPECT_FALSE(ColumnReader::open(longer));
    for (size_t i = 0; i < sizeof(FlowImage); i++) {
        auto other = packed;
        other[8 + i] ^= 2;
        ASSERT_FALSE(ColumnReader::open(other)) << "neither the same nor a column: byte " << i;
    }
}

class StoredColumns : public test::OwnStore {
protected:
    StoredColumns() : OwnStore(3600 * test::second_ns) {}

    void insert_some(size_t count, uint64_t run = run_id) {
        for (size_t i = 0; i < count; i++) {
            const auto record = test::busy_record(random_, sequence_, 600);
            ASSERT_TRUE(store_->insert({run, 0, sequence_++}, record));
        }
        ASSERT_TRUE(store_->commit());
    }
    std::string slice() const { return test::slice_files(directory()).at(0); }
    std::vector<int64_t> blocks() const {
        auto database = test::database_of(slice());
        auto rows = database.prepare("SELECT first_row FROM flow_columns ORDER BY first_row");
        EXPECT_TRUE(rows);
        std::vector<int64_t> out;
        while (rows->step() == SQLITE_ROW) out.push_back(rows->column_int(0));
        return out;
    }
    uint64_t count(const char* filter, uint64_t run = 0) const {
        Query query = test::query_of(filter::Kind::flow, filter);
        query.run_id = run;
        const auto top = find_top({.directory = directory(), .query = std::move(query)},
                                  Grouping::of(Dimension::port), Measure::flows, 10);
        EXPECT_TRUE(top);
        return top ? top->total.records : 0;
    }

    Random random_;
    uint64_t sequence_ = 0;
};

TEST_F(StoredColumns, AreThereOfEachFullBlock) {
    insert_some(block_rows - 1);
    EXPECT_TRUE(blocks().empty());
    insert_some(1);
    EXPECT_EQ(blocks(), (std::vector<int64_t>{1}));
    insert_some(100);
    reopen();
    insert_some(2 * block_rows);
    EXPECT_EQ(blocks(), (std::vector<int64_t>{1, 1 + block_rows, 1 + 2 * block_rows}))
        << "what a process has left is read back";
    insert_some(block_rows / 2);
    store_->roll_back();
    insert_some(block_rows);
    EXPECT_EQ(blocks().size(), 4u);
    store_->close();
    const SliceCheck check = check_slice(slice());
    EXPECT_TRUE(check.is_sound()) << check.problems[0];
}

TEST_F(StoredColumns, AnswerWhatNeedsNoMore) {
    insert_some(block_rows + 500);
    const uint64_t all = count("tcp || not tcp");
    EXPECT_EQ(all, static_cast<uint64_t>(block_rows) + 500);
    test::execute(slice(), "UPDATE flow SET record = zeroblob(300) WHERE rowid IN (5, 4200)");
    EXPECT_EQ(count("tcp || not tcp"), all - 1) << "row 5 is in a column, row 4200 is not";
    EXPECT_EQ(count("not tls.sni == \"x\""), all - 2) << "sections are in rows only";
    test::execute(slice(), "UPDATE flow_columns SET columns = x'00'");
    EXPECT_EQ(count("tcp || not tcp"), all - 2) << "columns that make no sense are none";
}

TEST_F(StoredColumns, TellRunsApart) {
    insert_some(1000);
    store_->set_run(8, 1, "eth1\n");
    insert_some(block_rows - 1000, 8);
    ASSERT_EQ(blocks().size(), 1u);
    test::execute(slice(), "UPDATE flow SET record = x'00'");
    EXPECT_EQ(count("tcp || not tcp", run_id), 1000u);
    EXPECT_EQ(count("tcp || not tcp", 8), static_cast<uint64_t>(block_rows) - 1000);
    EXPECT_EQ(count("in_iface == eth0"), 1000u);
    EXPECT_EQ(count("in_iface == eth1"), static_cast<uint64_t>(block_rows) - 1000);
}

TEST_F(StoredColumns, AreCheckedAgainstTheirRows) {
    insert_some(block_rows);
    store_->close();
    test::execute(slice(), "UPDATE flow SET worker = 3 WHERE rowid = 77");
    SliceCheck check = check_slice(slice());
    ASSERT_FALSE(check.is_sound());
    EXPECT_EQ(check.problems[0], "row 77 of flow has other columns");
    test::execute(slice(), "UPDATE flow_columns SET last_row = last_row - 1");
    check = check_slice(slice());
    EXPECT_EQ(check.problems.at(0), "the columns of rows 1 to 4095 make no sense");
}

}  // namespace
}  // namespace baleen::store
