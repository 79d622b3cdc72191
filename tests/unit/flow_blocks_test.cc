// Flow records in blocks: the same rows out of them, whatever they are, and the same answers as out
// of rows.
#include "control/store/flow_blocks.h"

#include <gtest/gtest.h>

#include <cstring>

#include "control/store/block_ranges.h"
#include "control/store/compact.h"
#include "control/store/flow_rows.h"
#include "control/store/slice_check.h"
#include "control/store/slice_rows.h"
#include "control/store/top.h"
#include "tests/unit/random.h"
#include "tests/unit/rollup_reader.h"
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

TEST(ColumnBlock, GivesBackWhatWasPacked) {
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

TEST(ColumnBlock, IsRefusedWhereItMakesNoSense) {
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

std::vector<std::vector<uint8_t>> some_sections(Random& random, size_t count) {
    std::vector<std::vector<uint8_t>> out(count);
    for (auto& sections : out) {
        sections.resize(random.one_in(3) ? 0 : random.below(record_sections_bytes_max + 1));
        for (uint8_t& byte : sections) byte = static_cast<uint8_t>(random.below(3));
    }
    return out;
}

std::vector<uint8_t> pack_sections(const std::vector<std::vector<uint8_t>>& rows) {
    SectionList list;
    for (const auto& sections : rows) list.add(sections);
    return list.pack();
}

TEST(SectionBlock, GivesBackWhatWasPacked) {
    Random random;
    for (const size_t count : {1u, 2u, 1000u, 4096u}) {
        const auto rows = some_sections(random, count);
        const auto packed = pack_sections(rows);
        SectionReader reader;
        ASSERT_TRUE(reader.open(packed, static_cast<uint32_t>(count)));
        for (uint32_t i = 0; i < count; i++)
            ASSERT_TRUE(std::ranges::equal(reader.of(i), rows[i])) << i;
    }
}

TEST(SectionBlock, IsRefusedWhereItMakesNoSense) {
    Random random;
    const auto packed = pack_sections(some_sections(random, 50));
    SectionReader reader;
    for (size_t size = 0; size < packed.size(); size++)
        ASSERT_FALSE(reader.open(std::span(packed).first(size), 50)) << size;
    EXPECT_FALSE(reader.open(packed, 49));
    for (const size_t head_byte : {0u, 4u, 8u, 11u}) {
        auto other = packed;
        other[head_byte] ^= 0x40;
        EXPECT_FALSE(reader.open(other, 50)) << "version, rows, bytes: " << head_byte;
    }
}

class StoredBlocks : public test::OwnStore {
protected:
    StoredBlocks() : OwnStore(3600 * test::second_ns) {}

    void insert_some(size_t count, uint64_t run = run_id) {
        for (size_t i = 0; i < count; i++) {
            records_.push_back(test::busy_record(random_, sequence_, 600));
            ASSERT_TRUE(store_->insert({run, 0, sequence_++}, records_.back()));
        }
        ASSERT_TRUE(store_->commit());
    }
    std::string slice() const { return test::slice_files(directory()).at(0); }
    int64_t number(const std::string& sql) const {
        auto database = test::database_of(slice());
        auto statement = database.prepare(sql);
        EXPECT_TRUE(statement && statement->step() == SQLITE_ROW) << sql;
        return statement->column_int(0);
    }
    std::vector<int64_t> blocks() const {
        auto database = test::database_of(slice());
        auto rows = database.prepare(
            "SELECT first_row FROM flow_columns JOIN flow_sections USING (first_row) ORDER BY 1");
        EXPECT_TRUE(rows);
        std::vector<int64_t> out;
        while (rows->step() == SQLITE_ROW) out.push_back(rows->column_int(0));
        return out;
    }
    int64_t rows_outside() const { return number("SELECT count(*) FROM flow"); }
    // What was inserted is there bit for bit, in its order.
    void expect_all() const {
        const auto stored = test::read_records(slice());
        ASSERT_EQ(stored.size(), records_.size());
        for (size_t i = 0; i < stored.size(); i++)
            ASSERT_EQ(std::memcmp(&stored[i], &records_[i], sizeof stored[i]), 0) << i;
    }
    void expect_sound() const {
        const SliceCheck check = check_slice(slice());
        EXPECT_TRUE(check.is_sound()) << check.problems[0];
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
    std::vector<record::FlowRecord> records_;
};

TEST_F(StoredBlocks, AreMadeOfRowsThatFillThem) {
    insert_some(block_rows - 1);
    EXPECT_TRUE(blocks().empty());
    EXPECT_EQ(rows_outside(), block_rows - 1) << "what is committed is stored";
    insert_some(1);
    EXPECT_EQ(blocks(), (std::vector<int64_t>{1}));
    EXPECT_EQ(rows_outside(), 0);
    insert_some(100);
    expect_all();
    reopen();
    insert_some(2 * block_rows);
    EXPECT_EQ(blocks(), (std::vector<int64_t>{1, 1 + block_rows, 1 + 2 * block_rows}))
        << "what a process has left is read back";
    EXPECT_EQ(rows_outside(), 100);
    expect_all();
    store_->close();
    EXPECT_EQ(rows_outside(), 100);
    expect_sound();
    expect_all();
}

TEST_F(StoredBlocks, GoBackWithTheirTransaction) {
    insert_some(block_rows - 10);
    for (size_t i = 0; i < 30; i++)
        ASSERT_TRUE(store_->insert({run_id, 0, sequence_ + i}, test::busy_record(random_, 7, 600)));
    store_->roll_back();
    EXPECT_TRUE(blocks().empty());
    EXPECT_EQ(rows_outside(), block_rows - 10);
    insert_some(block_rows);
    EXPECT_EQ(blocks(), (std::vector<int64_t>{1}));
    EXPECT_EQ(rows_outside(), block_rows - 10);
    expect_all();
    store_->close();
    expect_sound();
}

TEST_F(StoredBlocks, AnswerAsRowsDo) {
    insert_some(2 * block_rows + 500);
    for (const char* filter :
         {"tcp || not tcp", "tcp", "ip.addr == 10.0.1.0/24 && port == 443", "not app_proto == tls",
          "app_proto == tls && tcp", "tcp.conn_state == SF"}) {
        const filter::Filter parsed = std::get<filter::Filter>(filter::Filter::parse(filter));
        const auto expected = std::ranges::count_if(records_, [&](const auto& record) {
            return parsed.matches({record, "eth0"});
        });
        EXPECT_GT(expected, 0) << filter;
        EXPECT_EQ(count(filter), static_cast<uint64_t>(expected)) << filter;
        std::vector<uint64_t> ids;
        for (const auto& record : records_)
            if (parsed.matches({record, "eth0"})) ids.push_back(record.flow_id);
        auto found = test::flow_ids(directory(), test::query_of(filter::Kind::flow, filter));
        std::ranges::sort(found);
        EXPECT_EQ(found, ids) << filter;
    }
}

TEST_F(StoredBlocks, CostTheirOwnRowsWhereTheyMakeNoSense) {
    insert_some(2 * block_rows + 500);
    const uint64_t all = count("tcp || not tcp"), whole = count("not app_proto == tls");
    test::execute(slice(), "UPDATE flow_sections SET sections = x'00' WHERE first_row = 1");
    EXPECT_EQ(count("tcp || not tcp"), all) << "columns are enough";
    EXPECT_LT(count("not app_proto == tls"), whole);
    EXPECT_GT(count("not app_proto == tls"), 0u);
    EXPECT_EQ(test::flow_ids(directory(), test::query_of(filter::Kind::flow)).size(),
              all - block_rows);
    const auto read = read_rows(slice(), {}, [](const auto&, const auto&) { return true; });
    ASSERT_FALSE(read) << "who copies is told";
    EXPECT_NE(read.error().message.find("sections of rows 1 to 4096 make no sense"),
              std::string::npos);
    test::execute(slice(), "UPDATE flow_columns SET columns = x'00' WHERE first_row = 1");
    EXPECT_EQ(count("tcp || not tcp"), all - block_rows);
}

TEST_F(StoredBlocks, TellRunsApart) {
    insert_some(1000);
    store_->set_run(8, 1, "eth1\n");
    insert_some(block_rows - 1000, 8);
    ASSERT_EQ(blocks().size(), 1u);
    EXPECT_EQ(count("tcp || not tcp", run_id), 1000u);
    EXPECT_EQ(count("tcp || not tcp", 8), static_cast<uint64_t>(block_rows) - 1000);
    EXPECT_EQ(count("in_iface == eth0"), 1000u);
    EXPECT_EQ(count("in_iface == eth1"), static_cast<uint64_t>(block_rows) - 1000);
}

TEST_F(StoredBlocks, GoOnWhereVersion6HasBegun) {
    insert_some(block_rows + 1500);
    store_.reset();
    test::make_version_6(slice());
    expect_all();
    expect_sound();
    reopen();
    insert_some(block_rows);
    EXPECT_EQ(blocks(), (std::vector<int64_t>{1 + block_rows})) << "the one that it had not ended";
    EXPECT_EQ(rows_outside(), block_rows + 1500) << "its full one, and what has come since";
    expect_all();
    EXPECT_EQ(count("tcp || not tcp"), records_.size());
    EXPECT_EQ(test::flow_ids(directory(), test::query_of(filter::Kind::flow)).size(),
              records_.size())
        << "its index of times does not know blocks";
    store_->close();
    expect_sound();
    ASSERT_TRUE(compact_slice(slice()));
    EXPECT_EQ(blocks(), (std::vector<int64_t>{1, 1 + block_rows}));
    EXPECT_EQ(rows_outside(), 1500);
    expect_all();
    expect_sound();
}

TEST_F(StoredBlocks, AreMadeOfAMillionRowsOfVersion5AtMost) {
    insert_some(2 * block_rows + 700);
    store_.reset();
    test::make_version_5(slice());
    DigestOptions few;
    few.rows_read_back_max = block_rows;
    {
        auto opened = Slice::open(slice(), few);
        ASSERT_TRUE(opened);
        const auto last = records_.emplace_back(test::busy_record(random_, sequence_, 600));
        ASSERT_TRUE(opened->insert({run_id, 0, sequence_++}, last));
        ASSERT_TRUE(opened->commit());
    }
    EXPECT_TRUE(blocks().empty());
    expect_all();
    ASSERT_TRUE(compact_slice(slice()));
    EXPECT_EQ(blocks(), (std::vector<int64_t>{1, 1 + block_rows}));
    expect_all();
    expect_sound();
}

TEST_F(StoredBlocks, AreLeftOutWhereARowIsMissing) {
    insert_some(block_rows - 1);
    store_.reset();
    test::execute(slice(), "DELETE FROM flow WHERE rowid = 9");
    reopen();
    insert_some(block_rows);
    EXPECT_TRUE(blocks().empty()) << "the first has a gap, the second is not full";
    EXPECT_EQ(rows_outside(), 2 * block_rows - 2);
    insert_some(1);
    EXPECT_EQ(blocks(), (std::vector<int64_t>{1 + block_rows}));
    EXPECT_EQ(test::read_records(slice()).size(), records_.size() - 1);
}

TEST_F(StoredBlocks, AreChecked) {
    insert_some(block_rows + 10);
    store_->close();
    const std::string sound = slice() + ".sound";
    std::filesystem::copy_file(slice(), sound);
    for (const auto& [sql, problem] :
         {std::pair{"UPDATE flow_sections SET sections = x'00'",
                    "sections of rows 1 to 4096 make no sense"},
          {"UPDATE flow_columns SET last_row = last_row - 1",
           "the columns of rows 1 to 4095 make no sense"},
          {"DELETE FROM flow_sections", "row 1 of flow has other columns"},
          {"INSERT INTO flow (rowid, run) VALUES (9, 1)", "row 9 of flow is in a block as well"}}) {
        std::filesystem::copy_file(sound, slice(),
                                   std::filesystem::copy_options::overwrite_existing);
        test::execute(slice(), sql);
        const SliceCheck check = check_slice(slice());
        ASSERT_FALSE(check.is_sound()) << sql;
        EXPECT_NE(std::ranges::find(check.problems, problem), check.problems.end())
            << sql << ": " << check.problems[0];
    }
    std::filesystem::copy_file(sound, slice(), std::filesystem::copy_options::overwrite_existing);
    test::make_version_6(slice());
    test::execute(slice(), "UPDATE flow SET worker = 3 WHERE rowid = 77");
    EXPECT_EQ(check_slice(slice()).problems.at(0), "row 77 of flow has other columns");
}

}  // namespace
}  // namespace baleen::store
