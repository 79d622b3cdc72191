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
        std::vector<uint32_t> numbers(length);
        for (uint32_t& number : numbers)
            number = static_cast<uint32_t>(random.between(first, count - 1));
        std::vector<FlowImage> read(length);
        reader->read(numbers, read);
        for (size_t i = 0; i < length; i++) ASSERT_EQ(read[i], images[numbers[i]]) << i;
    }
}

// What a filter takes passes; of filters that ask for nothing but bytes, nothing else does.
TEST(ColumnTest, PassesWhatFits) {
    struct Asked {
        const char* filter;
        bool is_exact;
    };
    constexpr Asked filters[] = {
        {"", true},
        // Each field by itself: a place that is another's lets too few pass.
        {"ip.addr == 10.0.1.5", true},
        {"ip.src == 10.0.1.5", true},
        {"ip.dst == 10.0.1.5", true},
        {"ipv6.addr == 2001:db8::2", true},
        {"ipv6.src == 2001:db8::2", true},
        {"ipv6.dst == 2001:db8::2", true},
        {"port == 443", false},
        {"port.src == 1030", false},
        {"port.dst == 443", false},
        {"tcp.port == 443", false},
        {"tcp.srcport == 1030", false},
        {"tcp.dstport == 443", false},
        {"udp.port == 53", false},
        {"udp.srcport == 1030", false},
        {"udp.dstport == 53", false},
        {"ip.proto == udp", true},
        {"tcp", true},
        {"udp", true},
        {"port.dst == 443 && tcp", true},
        {"port.dst in {53 80..81 60000..70000} && udp", false},
        {"src portrange 1024-1279", false},
        {"port == 99999", true},
        {"ip.src == 10.0.1.0/24", true},
        {"ip.src == 10.0.1.5/31", true},
        {"ip.addr in {10.0.0.1 10.0.2.0/29 2001:db8::2}", true},
        {"ip.addr == 0.0.0.0/0", true},
        {"ip.addr == ::/0", true},
        {"ipv6.dst == 2001:db8::/126", true},
        {"ip.proto == gre", true},
        {"ip.proto in {6..7}", false},
        {"udp || ip.src == 10.0.0.3", true},
        {"udp || flow.bytes > 2000", false},
        {"(udp && port.dst == 53) || (tcp && port.dst == 80)", false},
        {"not udp", false},
        {"ip.src != 10.0.0.3 && tcp", false},
        {"not (tcp || udp) && ip.dst == 10.0.0.0/8", false}};
    Random random;
    const auto images = some_images(random, 3000);
    const auto packed = pack_columns(images);
    const auto reader = ColumnReader::open(packed);
    ASSERT_TRUE(reader);
    for (const auto& [text, is_exact] : filters) {
        const auto filter = std::get<filter::Filter>(filter::Filter::parse(text));
        const ColumnTest test = ColumnTest::of(filter);
        std::vector<bool> passes(images.size());
        ColumnRows room;
        for (uint32_t first = 0, last; first < images.size(); first = last + 1) {
            last = std::min<uint32_t>(first + static_cast<uint32_t>(random.below(64)),
                                      static_cast<uint32_t>(images.size()) - 1);
            for (const uint32_t row : reader->passing(test, first, last, room)) passes[row] = true;
        }
        for (size_t i = 0; i < images.size(); i++) {
            record::FlowRecord record{};
            std::memcpy(&record, images[i].fixed.data(), images[i].fixed.size());
            const bool fits = filter.matches({record, "eth0"});
            ASSERT_TRUE(passes[i] || !fits) << text << ", row " << i;
            ASSERT_TRUE(!passes[i] || fits || !is_exact) << text << ", row " << i;
        }
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
