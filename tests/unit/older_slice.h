// Slices as older versions have written them.
#pragma once

#include "control/store/flow_blocks.h"
#include "tests/unit/store_reader.h"

namespace baleen::test {

// All flows are rows of `flow` then; those that stood in blocks have columns as well.
inline void take_rows_out_of_blocks(store::Database& database) {
    auto rows = database.prepare(
        "INSERT INTO flow (rowid, run, worker, sequence, first_ns, last_ns, record) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
    ASSERT_TRUE(rows);
    store::FlowBlocks blocks;
    store::SectionReader sections;
    store::JoinedRecord joined;
    ASSERT_TRUE(blocks.find(database, 1, INT64_MAX));
    while (const auto block = blocks.next()) {
        if (!block->has_sections) continue;
        ASSERT_TRUE(blocks.read_sections(*block, sections));
        for (int64_t row = block->first_row; row <= block->last_row; row++) {
            const uint32_t number = block->number_of(row);
            const store::FlowImage image = block->columns.row(number);
            rows->bind(1, row).bind(2, image.run).bind(3, image.worker).bind(4, image.sequence);
            rows->bind(5, image.first_ns()).bind(6, image.last_ns());
            rows->bind(7, joined.join(image, sections.of(number)));
            ASSERT_EQ(rows->step(), SQLITE_DONE);
            rows->reset();
        }
    }
    blocks.clear();
    ASSERT_TRUE(database.execute("DELETE FROM flow_sections"));
}

// No sections, but the index of flows.
inline void make_version_6(const std::string& file) {
    {
        auto database = database_of(file);
        take_rows_out_of_blocks(database);
    }
    execute(file, R"sql(
DROP TABLE flow_sections;
CREATE INDEX flow_start ON flow (first_ns);
UPDATE meta SET value = '6' WHERE key = 'version';)sql");
}

// No blocks, no roll-ups.
inline void make_version_5(const std::string& file) {
    make_version_6(file);
    execute(file, R"sql(
DROP TABLE block;
DROP TABLE flow_columns;
DROP TABLE event_block;
DROP TABLE rollup;
DELETE FROM meta WHERE key LIKE 'roll%';
UPDATE meta SET value = '5' WHERE key = 'version';)sql");
}

// Rows without numbers, frames told apart by a primary key.
inline void make_version_4(const std::string& file) {
    make_version_5(file);
    execute(file, R"sql(
DROP TABLE delivered;
ALTER TABLE flow RENAME TO flow_5;
ALTER TABLE event RENAME TO event_5;
CREATE TABLE flow (
    run INTEGER NOT NULL, worker INTEGER NOT NULL, sequence INTEGER NOT NULL,
    first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, record BLOB NOT NULL,
    PRIMARY KEY (run, worker, sequence)) WITHOUT ROWID;
CREATE TABLE event (
    run INTEGER NOT NULL, worker INTEGER NOT NULL, sequence INTEGER NOT NULL,
    type INTEGER NOT NULL, time_ns INTEGER NOT NULL, flow_id INTEGER NOT NULL, rule_id INTEGER,
    record BLOB NOT NULL, app_proto INTEGER, PRIMARY KEY (run, worker, sequence)) WITHOUT ROWID;
INSERT INTO flow SELECT * FROM flow_5;
INSERT INTO event SELECT * FROM event_5;
DROP TABLE flow_5;
DROP TABLE event_5;
CREATE INDEX event_time ON event (time_ns);
CREATE INDEX event_flow ON event (flow_id);
CREATE INDEX event_rule ON event (rule_id) WHERE rule_id IS NOT NULL;
CREATE INDEX event_app ON event (app_proto, time_ns) WHERE app_proto IS NOT NULL;
UPDATE meta SET value = '4' WHERE key = 'version';)sql");
}

}  // namespace baleen::test
