// Roll-ups and blocks of a slice say what its records do: whatever is rolled back, delivered twice
// or lost with the process.
#include "control/store/rollup.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "control/store/flow_writer.h"
#include "control/store/rollup_span.h"
#include "control/store/rollup_writer.h"
#include "control/store/slice.h"
#include "tests/unit/app_builder.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/rollup_reader.h"

namespace baleen::store {
namespace {

using record::FlowRecord;
using test::RecordBuilder;

using test::second_ns;

class RollupTest : public test::OwnStore {
protected:
    RollupTest() : OwnStore(3600 * second_ns) {}

    template <class Record>
    void insert(uint64_t sequence, const Record& record) {
        const auto status = store_->insert({run_id, 0, sequence}, record);
        ASSERT_TRUE(status) << status.error().message;
    }
    void set_rollups(int64_t interval_ns) {
        settings_.rollup_interval_ns = interval_ns;
        reopen();
    }
    std::string file() const { return test::slice_files(directory()).at(0); }
    int64_t number(const std::string& sql) const {
        auto database = test::database_of(file());
        auto statement = database.prepare(sql);
        EXPECT_TRUE(statement && statement->step() == SQLITE_ROW) << sql;
        return statement->column_int(0);
    }
    int64_t rolled_up_row() const {
        return number("SELECT value FROM meta WHERE key = 'rolled_up_row'");
    }
    int64_t rows() const {
        auto database = test::database_of(file());
        const auto last = last_flow_row(database);
        EXPECT_TRUE(last);
        return *last;
    }

    // Of `hosts` hosts within `seconds`, in IPv4 and IPv6, with ports and without.
    FlowRecord any_flow(uint64_t hosts, uint64_t seconds) {
        const auto address = [&] {
            const uint64_t host = random_.below(hosts);
            return random_.one_in(4) ? fmt::format("2001:db8::{:x}", host)
                                     : fmt::format("10.0.{}.{}", host / 256, host % 256);
        };
        RecordBuilder builder;
        builder.id(random_.below(1000)).part(random_.one_in(5) ? 1 : 0);
        std::string from = address(), to = address();
        while ((from[0] == '2') != (to[0] == '2')) to = address();
        builder.from(from, 40000).to(to, static_cast<uint16_t>(random_.below(20) * 100));
        if (random_.one_in(8)) builder.portless(47);
        builder.sent(1 + random_.below(10), 60 + random_.below(100'000));
        builder.answered(random_.below(10), random_.below(100'000));
        return builder.starts(test::start_ns +
                              static_cast<int64_t>(random_.below(seconds)) * second_ns +
                              static_cast<int64_t>(random_.below(second_ns)));
    }

    test::Random random_;
};

template <size_t key_bytes>
void add_rows(test::RollupRows& out, const RollupTable<key_bytes>& table,
              const std::function<std::string(const std::string&)>& key_of) {
    for (uint32_t i = 0; i < table.size(); i++)
        out[key_of({table[i].key.begin(), table[i].key.end()})] = table[i].sums;
}

TEST(RollupSpan, HasTheKeysThatReadersMake) {
    const std::vector<FlowRecord> flows = {
        RecordBuilder().from("10.0.0.1", 40000).to("10.0.0.2", 443).sent(3, 300).answered(2, 5000),
        RecordBuilder().from("10.0.0.2", 443).to("10.0.0.1", 40000).sent(1, 50).part(3),
        RecordBuilder().from("2001:db8::1", 1).to("2001:db8::1", 258).udp(),
        RecordBuilder().portless(47),
        RecordBuilder().icmp(8, 0),
        test::with_application(RecordBuilder(), application::AppProto::dns, {}),
    };
    const auto pool = std::make_shared<RollupPool>();
    RollupSpan second(pool), minute(pool);
    for (const FlowRecord& flow : flows) {
        const RollupFlow added = RollupFlow::of(flow);
        const RollupFlow* some = &added;
        second.add(std::span(&some, 1));
    }
    minute.take(second);
    EXPECT_TRUE(second.is_empty());
    second.add(minute);
    minute.take(second);  // all of it twice

    const auto same = [](const std::string& key) { return key; };
    const auto port = [](const std::string& key) {
        return key == std::string(4, '\0') ? "" : key.substr(0, 3);
    };
    std::array<test::RollupRows, dimension_count> found;
    found[static_cast<size_t>(Dimension::total)][""] = minute.total();
    add_rows(found[static_cast<size_t>(Dimension::host)], minute.hosts(), same);
    add_rows(found[static_cast<size_t>(Dimension::port)], minute.ports(), port);
    add_rows(found[static_cast<size_t>(Dimension::protocol)], minute.protocols(), same);
    add_rows(found[static_cast<size_t>(Dimension::pair)], minute.pairs(), same);
    std::vector<FlowRecord> twice = flows;
    twice.insert(twice.end(), flows.begin(), flows.end());
    const auto expected = test::roll_up(twice);
    ASSERT_EQ(expected.size(), 3 * dimension_count) << "all of one second";
    for (const auto& [bucket, rows] : expected)
        EXPECT_EQ(found[static_cast<size_t>(std::get<1>(bucket))], rows);
}

TEST(RollupTable, GrowsAndTellsItsSize) {
    RollupTable<16> table(std::make_shared<RollupPool>());
    const size_t empty = table.bytes();
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 50'000; i++) {
            RollupRow<16> row{{.records = 1}, {}};
            std::memcpy(row.key.data(), &i, sizeof i);
            table.add(std::span(&row, 1));
        }
    EXPECT_EQ(table.size(), 50'000u);
    for (uint32_t i = 0; i < table.size(); i++) EXPECT_EQ(table[i].sums.records, 2u);
    EXPECT_GE(table.bytes(), 50'000 * sizeof(RollupRow<16>));
    EXPECT_LE(table.bytes(), 51'000 * (sizeof(RollupRow<16>) + 4 * 8));
    table.clear();
    EXPECT_EQ(table.size(), 0u);
    EXPECT_GT(table.bytes(), empty) << "as many places, for as many rows";
    table.clear();
    EXPECT_LT(table.bytes(), 1024u);
}

TEST_F(RollupTest, AddsUpWhatTheRecordsSay) {
    for (uint64_t i = 0; i < 3000; i++) insert(i, any_flow(2000, 300));
    insert(3000, record::AppMessage(test::AppBuilder().flow(1)));
    ASSERT_TRUE(store_->commit());
    test::expect_blocks_cover(file());
    store_->close();
    EXPECT_EQ(rolled_up_row(), rows());
    test::expect_sums_agree(file());
    test::expect_blocks_cover(file());
}

TEST_F(RollupTest, HasEveryKeyOfAFew) {
    std::vector<FlowRecord> flows;
    for (uint64_t i = 0; i < 40; i++) insert(i, flows.emplace_back(any_flow(3, 1)));
    ASSERT_TRUE(store_->commit());
    store_->close();
    auto told = test::read_rollups(file());
    const auto all = test::roll_up(flows);
    for (const auto& [bucket, rows] : all) {
        if (std::get<0>(bucket) == 0) continue;
        EXPECT_EQ(told[bucket], rows);
    }
}

TEST_F(RollupTest, CountsOnceWhatIsDeliveredTwice) {
    set_rollups(0);
    const FlowRecord flow = any_flow(10, 1);
    for (uint64_t i : {0, 1, 1, 0, 2}) insert(i, flow);
    ASSERT_TRUE(store_->commit());
    insert(2, flow);
    insert(3, flow);
    ASSERT_TRUE(store_->commit());
    EXPECT_EQ(number("SELECT sum(records) FROM rollup WHERE dimension = 0 AND level = 0"), 4);
    test::expect_sums_agree(file());
}

TEST_F(RollupTest, WritesWhatWaitsBeforeLong) {
    set_rollups(3600 * second_ns);
    insert(0, any_flow(10, 1));
    ASSERT_TRUE(store_->commit());
    EXPECT_EQ(rolled_up_row(), 0);
    set_rollups(0);
    insert(1, any_flow(10, 1));
    ASSERT_TRUE(store_->commit());
    EXPECT_EQ(rolled_up_row(), 2) << "with the one that was there";
    test::expect_sums_agree(file());
}

// Nothing comes any more; what waits is written all the same.
TEST_F(RollupTest, WritesWhatWaitsInAnIdleSlice) {
    set_rollups(second_ns / 20);
    insert(0, any_flow(10, 1));
    ASSERT_TRUE(store_->commit());
    ASSERT_EQ(rolled_up_row(), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    ASSERT_TRUE(store_->commit());
    EXPECT_EQ(rolled_up_row(), 1);
}

TEST_F(RollupTest, StaysWithinItsMemory) {
    settings_.rollup_memory_bytes = 2 << 20;
    set_rollups(3600 * second_ns);
    for (uint64_t i = 0; i < 20'000; i++) insert(i, any_flow(60'000, 60));
    ASSERT_TRUE(store_->commit());
    EXPECT_GT(rolled_up_row(), 10'000) << "for want of memory";
    store_->close();
    test::expect_sums_agree(file());
}

TEST_F(RollupTest, KeepsTheLargestOfManyAndBoundsThem) {
    settings_.rollup_memory_bytes = 1 << 20;
    set_rollups(0);
    uint64_t sequence = 0;
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 1200; i++) insert(sequence++, any_flow(60'000, 2));
        insert(sequence++,
               FlowRecord(
                   RecordBuilder().from("192.0.2.1", 1).to("192.0.2.2", 2).sent(1000, 10'000'000)));
        ASSERT_TRUE(store_->commit());
    }
    store_->close();
    test::expect_sums_agree(file());
    for (const auto& [bucket, rows] : test::read_rollups(file()))
        EXPECT_LE(rows.size(), rollup_rows_max(static_cast<Level>(std::get<0>(bucket))) + 1);
    const FlowRecord large = RecordBuilder().from("192.0.2.1", 1).to("192.0.2.2", 2);
    const test::RollupBucket second{0, static_cast<int>(Dimension::host), test::start_ns};
    EXPECT_EQ(test::read_rollups(file())[second][host_key(large.initiator_address)].bytes(),
              120'000'000u);
}

TEST_F(RollupTest, SurvivesWhateverHappens) {
    settings_.rollup_memory_bytes = 1 << 20;
    uint64_t released = 0, at = 0;
    std::vector<FlowRecord> sent;
    for (int step = 0; step < 120; step++) {
        if (step % 10 == 0) set_rollups(random_.one_in(2) ? 0 : 3600 * second_ns), at = released;
        for (uint64_t i = random_.below(400); i > 0; i--, at++) {
            while (sent.size() <= at) sent.push_back(any_flow(3000, 100));
            insert(at, sent[at]);
        }
        const uint64_t what = random_.below(5);
        if (what == 0) store_->roll_back();
        if (what == 1) reopen();
        if (what >= 2) {
            ASSERT_TRUE(store_->commit());
        }
        if (what == 3) store_->close();
        // Two: a crash between commit and release.
        if (what >= 3) released = at;
        at = released;
    }
    insert(at, any_flow(3000, 100));
    ASSERT_TRUE(store_->commit());
    store_->close();
    EXPECT_EQ(rolled_up_row(), rows());
    ASSERT_GT(rows(), 5000);
    test::expect_sums_agree(file());
    test::expect_blocks_cover(file());
}

TEST_F(RollupTest, ForgetWithARollBackWhatWasAdded) {
    store_.reset();
    auto slice = Slice::open(directory() + "/" + slice_file_name(test::start_ns));
    ASSERT_TRUE(slice);
    ASSERT_TRUE(slice->insert({run_id, 0, 0}, any_flow(10, 1)));
    ASSERT_TRUE(slice->commit());
    for (uint64_t i = 1; i < 5; i++) ASSERT_TRUE(slice->insert({run_id, 0, i}, any_flow(10, 1)));
    slice->roll_back();
    ASSERT_TRUE(slice->insert({run_id, 0, 1}, any_flow(10, 1)));
    ASSERT_TRUE(slice->commit());
    slice->seal();
    EXPECT_EQ(number("SELECT sum(records) FROM rollup WHERE dimension = 0 AND level = 0"), 2);
    test::expect_sums_agree(file());
    test::expect_blocks_cover(file());
}

// Two runs into one store: each finds what the other one has done.
TEST_F(RollupTest, AreRightWhereTwoProcessesWrite) {
    auto other = Store::open(directory(), settings_);
    ASSERT_TRUE(other);
    other->set_run(8, 1, "eth1\n");
    uint64_t sequence = 0;
    for (int round = 0; round < 30; round++) {
        for (uint64_t i = random_.below(50); i > 0; i--) insert(sequence++, any_flow(50, 10));
        ASSERT_TRUE(store_->commit());
        for (uint64_t i = random_.below(50); i > 0; i--)
            ASSERT_TRUE(other->insert({8, 0, sequence++}, any_flow(50, 10)));
        ASSERT_TRUE(other->commit());
    }
    store_->close();
    other->close();
    EXPECT_EQ(rolled_up_row(), rows());
    test::expect_sums_agree(file());
    test::expect_blocks_cover(file());
}

TEST_F(RollupTest, AreLeftOutWhereNobodyWantsThem) {
    settings_.rollup = false;
    reopen();
    for (uint64_t i = 0; i < 10; i++) insert(i, any_flow(10, 1));
    ASSERT_TRUE(store_->commit());
    store_->close();
    EXPECT_EQ(number("SELECT count(*) FROM rollup"), 0);
    test::expect_blocks_cover(file());
    settings_.rollup = true;
    reopen();
    insert(10, any_flow(10, 1));
    ASSERT_TRUE(store_->commit());
    store_->close();
    EXPECT_EQ(rolled_up_row(), 11) << "caught up";
    test::expect_sums_agree(file());
}

TEST_F(RollupTest, BlocksAreOfSoManyRows) {
    for (uint64_t i = 0; i < 10'000; i++) {
        insert(i, any_flow(100, 100));
        if (i % 777 != 0) continue;
        ASSERT_TRUE(store_->commit());
    }
    ASSERT_TRUE(store_->commit());
    EXPECT_EQ(number("SELECT count(*) FROM block"), 3);
    EXPECT_EQ(number("SELECT count(*) FROM block WHERE last_row - first_row + 1 = 4096"), 2);
    test::expect_blocks_cover(file());
}

}  // namespace
}  // namespace baleen::store
