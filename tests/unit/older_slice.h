// Slices as older versions have written them.
#pragma once

#include "tests/unit/store_reader.h"

namespace baleen::test {

// No blocks, no roll-ups.
inline void make_version_5(const std::string& file) {
    execute(file, R"sql(
DROP TABLE block;
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
