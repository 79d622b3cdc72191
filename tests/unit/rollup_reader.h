// What a slice tells of its roll-ups and blocks, beside what its records say.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "control/store/flow_rows.h"
#include "control/store/rollup.h"
#include "record/validate.h"
#include "tests/unit/older_slice.h"
#include "tests/unit/store_reader.h"

namespace baleen::test {

using store::Dimension;
using store::Level;
using store::Sums;

// Level, dimension, start.
using RollupBucket = std::tuple<int, int, int64_t>;
using RollupRows = std::map<std::string, Sums>;

inline std::map<RollupBucket, RollupRows> read_rollups(const std::string& path) {
    auto database = database_of(path);
    auto rows = database.prepare("SELECT * FROM rollup");
    EXPECT_TRUE(rows);
    std::map<RollupBucket, RollupRows> out;
    const auto number = [&](int column) { return static_cast<uint64_t>(rows->column_int(column)); };
    while (rows->step() == SQLITE_ROW)
        out[{static_cast<int>(number(0)), static_cast<int>(number(1)), rows->column_int(2)}]
           [rows->column_text(3)] = {number(4), number(5), number(6),
                                     number(7), number(8), number(9)};
    return out;
}

inline std::vector<record::FlowRecord> read_records(const std::string& path) {
    auto database = database_of(path);
    EXPECT_TRUE(database.execute("BEGIN"));
    auto rows = store::FlowRows::open(database);
    EXPECT_TRUE(rows);
    std::vector<record::FlowRecord> out;
    for (store::FlowRow row; rows->next(row);)
        EXPECT_EQ(record::read_record(row.record, out.emplace_back()), nullptr);
    EXPECT_TRUE(rows->status() && rows->problem().empty()) << rows->problem();
    return out;
}

// Of all keys, by the functions that the reading side has.
inline std::map<RollupBucket, RollupRows> roll_up(const std::vector<record::FlowRecord>& records) {
    std::map<RollupBucket, RollupRows> out;
    for (const record::FlowRecord& record : records)
        for (int level = 0; level < 3; level++) {
            const int64_t start = record.last_ns - record.last_ns % store::level_ns[level];
            const auto add = [&](Dimension dimension, const std::string& key, const Sums& sums) {
                out[{level, static_cast<int>(dimension), start}][key].add(sums);
            };
            const Sums sums = store::sums_of(record);
            const auto [pair, is_reversed] = store::pair_key(record);
            add(Dimension::total, "", sums);
            add(Dimension::host, store::host_key(record.initiator_address), sums);
            add(Dimension::host, store::host_key(record.responder_address), sums.reversed());
            add(Dimension::port, store::port_key(record), sums);
            add(Dimension::protocol, store::protocol_key(record), sums);
            add(Dimension::pair, pair, is_reversed ? sums.reversed() : sums);
        }
    return out;
}

// In every bucket keys and others add up to what its records do; no key has more than they say.
inline void expect_sums_agree(const std::string& path) {
    auto told = read_rollups(path);
    const auto all = roll_up(read_records(path));
    ASSERT_EQ(told.size(), all.size());
    for (const auto& [bucket, rows] : all) {
        // Directions of the others are mixed, so both are added.
        const auto flat = [](Sums sums) {
            return std::tuple(sums.flows, sums.records, sums.packets(), sums.bytes());
        };
        Sums expected, sum;
        for (const auto& [key, sums] : rows) expected.add(sums);
        ASSERT_TRUE(told.contains(bucket));
        for (const auto& [key, sums] : told[bucket]) {
            sum.add(sums);
            if (key.empty()) continue;
            ASSERT_TRUE(rows.contains(key));
            EXPECT_LE(sums.bytes(), rows.at(key).bytes());
            EXPECT_LE(sums.records, rows.at(key).records);
        }
        EXPECT_EQ(flat(sum), flat(expected));
    }
}

// Blocks cover the rows of `table` without gap or overlap, and hold their times.
inline void expect_blocks_cover(const std::string& path) {
    auto database = database_of(path);
    ASSERT_TRUE(database.execute("BEGIN IMMEDIATE"));
    take_rows_out_of_blocks(database);
    const auto number = [&](const std::string& sql) {
        auto statement = database.prepare(sql);
        EXPECT_TRUE(statement && statement->step() == SQLITE_ROW) << sql;
        return statement->column_int(0);
    };
    for (const auto& [table, blocks, misfit] :
         {std::tuple{"flow", "block",
                     "first_ns < first_ns_min OR first_ns > first_ns_max OR "
                     "last_ns < last_ns_min OR last_ns > last_ns_max"},
          std::tuple{"event", "event_block", "time_ns < time_ns_min OR time_ns > time_ns_max"}}) {
        const std::string rows = table;
        const std::string of_blocks = std::string(" FROM ") + blocks;
        EXPECT_EQ(number("SELECT count(*) FROM " + rows),
                  number("SELECT ifnull(sum(last_row - first_row + 1), 0)" + of_blocks));
        const std::string joined =
            " JOIN " + rows + " ON " + rows + ".rowid BETWEEN first_row AND last_row";
        EXPECT_EQ(number("SELECT count(*) FROM " + rows),
                  number("SELECT count(*)" + of_blocks + joined));
        EXPECT_EQ(number("SELECT count(*)" + of_blocks + joined + " WHERE " + misfit), 0);
    }
    ASSERT_TRUE(database.execute("ROLLBACK"));
}

}  // namespace baleen::test
