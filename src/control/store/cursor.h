// One slice's answer to a query, record by record in the order of the query.
//
// The filter and the order are functions inside SQLite, so that what does not match is never
// sorted. Must hold: bytes of a slice are checked like those of a ring before they are believed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/store/database.h"
#include "control/store/query.h"
#include "record/app_event.h"
#include "record/match.h"

namespace baleen::store {

// What a row holds: a flow record, or an event and what it says of its flow.
struct Row {
    record::FlowRecord record{};
    record::Match match{};
    record::AppMessage app{};
    filter::Kind kind = filter::Kind::flow;

    // By the column `type` (EventType; of flows 0). False: the bytes are none of this type.
    bool read(int64_t type, std::span<const uint8_t> bytes);
};

class Cursor {
public:
    // `query` must stay while the cursor lives.
    static base::Result<std::unique_ptr<Cursor>> open(const std::string& path, const Query& query);

    // False: there is no further record; problem() tells whether an error is the reason.
    bool advance();

    filter::Subject subject() const { return subject_of(run_, row_); }
    const std::string& key() const { return key_; }
    const std::string& problem() const { return problem_; }

private:
    bool has_table();
    bool has_column(std::string_view name);
    base::Status read_runs();
    base::Status select();
    filter::Subject subject_of(int64_t run, const Row& row) const;

    // matches(run, type, record): the filter. key(run, type, record): the place in the order.
    static void sql_matches(sqlite3_context* sql, int, sqlite3_value** arguments);
    static void sql_key(sqlite3_context* sql, int, sqlite3_value** arguments);

    const Query* query_ = nullptr;
    std::map<int64_t, std::vector<std::string>> port_names_;  // by run
    Database database_;
    Statement statement_;
    Row argument_;  // what the SQL functions look at
    Row row_;
    int64_t run_ = 0;
    std::string key_;
    std::string problem_;
};

}  // namespace baleen::store
