// A store with random flows, and what the writing side adds up of them, filled in by a plain
// computation.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "baleen/record.h"
#include "control/store/flow_rows.h"
#include "control/store/rollup.h"
#include "record/validate.h"
#include "tests/unit/older_slice.h"
#include "tests/unit/random.h"
#include "tests/unit/record_builder.h"
#include "tests/unit/store_reader.h"

namespace baleen::test {

// A few hosts, ports and protocols, so that much is equal; ids are different but for parts.
inline record::FlowRecord busy_record(Random& random, uint64_t id, int64_t span_s) {
    RecordBuilder builder;
    const auto host = [&] {
        return random.one_in(5) ? "2001:db8::" + std::to_string(random.below(4))
                                : "10.0." + std::to_string(random.below(3)) + "." +
                                      std::to_string(random.below(9));
    };
    std::string from = host(), to = host();
    if ((from[0] == '2') != (to[0] == '2')) to = from;
    builder.id(id)
        .part(random.one_in(6) ? 1 : 0)
        .from(from, static_cast<uint16_t>(1024 + random.below(20)))
        .to(to, random.pick(std::vector<uint16_t>{53, 80, 443, 0}))
        .sent(1 + random.below(9), random.below(2000))
        .answered(random.below(3), random.below(2000))
        .starts(test::start_ns +
                static_cast<int64_t>(random.below(static_cast<uint64_t>(span_s) * 8)) *
                    (test::second_ns / 8))
        .lasts(static_cast<int64_t>(random.below(60)) * test::second_ns);
    if (random.one_in(3)) builder.udp();
    if (random.one_in(9)) builder.portless(47);
    record::FlowRecord out = builder;
    if (out.protocol == 6 && random.one_in(2)) {
        out.flags |= record::has_tcp;
        out.tcp.conn_state = record::ConnState::sf;
    }
    if (out.protocol == 6 && random.one_in(2)) {
        out.flags |= record::has_application;
        out.application.app_proto =
            random.one_in(2) ? application::AppProto::tls : application::AppProto::http;
    }
    return out;
}

// Columns of runs of rows of random sizes, of some rows none; of half of them sections as well,
// whose rows are nowhere else then.
inline void fill_columns(store::Database& database, Random& random, int64_t row_count) {
    ASSERT_TRUE(database.execute("DELETE FROM flow_columns"));
    auto rows = database.prepare(
        "SELECT record, run, worker, sequence FROM flow WHERE rowid BETWEEN ? AND ?");
    auto insert = database.prepare("INSERT INTO flow_columns VALUES (?, ?, ?)");
    auto insert_sections = database.prepare("INSERT INTO flow_sections VALUES (?, ?)");
    auto remove = database.prepare("DELETE FROM flow WHERE rowid BETWEEN ? AND ?");
    ASSERT_TRUE(rows && insert && insert_sections && remove);
    for (int64_t first = 1; first <= row_count;) {
        const int64_t end =
            std::min(first + static_cast<int64_t>(random.between(0, 150)), row_count);
        std::vector<store::FlowImage> images;
        store::SectionList sections;
        rows->bind(1, first).bind(2, end);
        while (rows->step() == SQLITE_ROW) {
            const auto image = store::FlowImage::of_row(*rows, 0);
            ASSERT_TRUE(image);
            images.push_back(*image);
            sections.add(rows->column_blob(0).subspan(image->fixed.size()));
        }
        rows->reset();
        const auto columns = store::pack_columns(images);
        insert->bind(1, first).bind(2, end).bind(3, columns);
        if (!random.one_in(4)) {
            EXPECT_EQ(insert->step(), SQLITE_DONE);
            if (random.one_in(2)) {
                const auto packed = sections.pack();
                EXPECT_EQ(insert_sections->bind(1, first).bind(2, packed).step(), SQLITE_DONE);
                EXPECT_EQ(remove->bind(1, first).bind(2, end).step(), SQLITE_DONE);
                insert_sections->reset();
                remove->reset();
            }
        }
        insert->reset();
        first = end + 1;
    }
}

// Blocks of random sizes over a slice's rows; with `gaps` some are left out. And columns.
inline void fill_blocks(const std::string& path, Random& random, bool gaps) {
    auto database = database_of(path);
    take_rows_out_of_blocks(database);
    ASSERT_TRUE(database.execute(store::rollup_schema));
    ASSERT_TRUE(database.execute("DELETE FROM block"));
    auto last = database.prepare("SELECT max(rowid) FROM flow");
    ASSERT_TRUE(last);
    const int64_t rows = last->step() == SQLITE_ROW ? last->column_int(0) : 0;
    for (int64_t first = 1; first <= rows;) {
        const auto size = static_cast<int64_t>(random.between(1, 40));
        const int64_t end = std::min(first + size - 1, rows);
        if (!gaps || !random.one_in(4)) {
            ASSERT_TRUE(database.execute(
                "INSERT INTO block SELECT min(rowid), max(rowid), min(first_ns), max(first_ns), "
                "min(last_ns), max(last_ns) FROM flow WHERE rowid BETWEEN " +
                std::to_string(first) + " AND " + std::to_string(end)));
        }
        first = end + 1;
    }
    fill_columns(database, random, rows);
}

// Roll-ups of the rows up to `last_row`; of each span and dimension the `kept` largest keys.
inline void fill_rollups(const std::string& path, int64_t last_row, size_t kept) {
    using store::Dimension;
    auto database = database_of(path);
    ASSERT_TRUE(database.execute(store::rollup_schema));
    ASSERT_TRUE(database.execute("DELETE FROM rollup"));
    using Bucket = std::tuple<int64_t, int64_t, int64_t>;
    std::map<Bucket, std::map<std::string, store::Sums>> buckets;
    ASSERT_TRUE(database.execute("BEGIN IMMEDIATE"));
    auto rows = store::FlowRows::open(database);
    ASSERT_TRUE(rows);
    record::FlowRecord record;
    for (store::FlowRow row; rows->next(row) && row.number <= last_row;) {
        ASSERT_EQ(record::read_record(row.record, record), nullptr);
        const store::Sums sums = store::sums_of(record);
        const auto [pair, reversed] = store::pair_key(record);
        for (int64_t level = 0; level < 3; level++) {
            const int64_t span = store::level_ns[static_cast<size_t>(level)];
            const int64_t start = record.last_ns / span * span;
            const auto add = [&](Dimension dimension, const std::string& key,
                                 const store::Sums& each) {
                buckets[{level, static_cast<int64_t>(dimension), start}][key].add(each);
            };
            add(Dimension::total, "", sums);
            add(Dimension::host, store::host_key(record.initiator_address), sums);
            add(Dimension::host, store::host_key(record.responder_address), sums.reversed());
            add(Dimension::port, store::port_key(record), sums);
            add(Dimension::protocol, store::protocol_key(record), sums);
            add(Dimension::pair, pair, reversed ? sums.reversed() : sums);
        }
    }
    auto insert = database.prepare("INSERT INTO rollup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    ASSERT_TRUE(insert);
    for (const auto& [bucket, keys] : buckets) {
        std::vector<std::pair<std::string, store::Sums>> sorted(keys.begin(), keys.end());
        std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) {
            return a.second.bytes() > b.second.bytes();
        });
        std::map<std::string, store::Sums> told;
        for (size_t i = 0; i < sorted.size(); i++)
            told[i < kept ? sorted[i].first : std::string()].add(sorted[i].second);
        for (const auto& [key, sums] : told) {
            insert->reset();
            insert->bind(1, std::get<0>(bucket))
                .bind(2, std::get<1>(bucket))
                .bind(3, std::get<2>(bucket));
            insert->bind(4, std::span(reinterpret_cast<const uint8_t*>(key.data()), key.size()));
            int column = 5;
            for (const uint64_t value : {sums.flows, sums.records, sums.packets_out,
                                         sums.packets_in, sums.bytes_out, sums.bytes_in})
                insert->bind(column++, static_cast<int64_t>(value));
            ASSERT_EQ(insert->step(), SQLITE_DONE);
        }
    }
    insert->reset();
    ASSERT_TRUE(database.execute("COMMIT"));
    ASSERT_TRUE(database.execute("INSERT OR REPLACE INTO meta VALUES ('rolled_up_row', '" +
                                 std::to_string(last_row) + "')"));
}

}  // namespace baleen::test
