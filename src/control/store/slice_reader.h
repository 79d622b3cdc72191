// One slice, read: which parts of it can hold what a query wants, and their rows.
//
// Shape: rows are found in one of three ways. By blocks: runs of rows whose times are known, read
// from first to last. By the index of times, in its order. Or whatever way SQLite chooses, all of
// them. Rows behind the last block, or in front of the first, are a block of any time.
//
// Must hold: nothing stays open in SQLite between two calls; else the slice's log cannot be
// truncated.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/store/database.h"
#include "control/store/order.h"
#include "control/store/query.h"
#include "control/store/row.h"
#include "control/store/slice_list.h"
#include "control/store/times.h"

namespace baleen::store {

// What rows are wanted in which order of their time.
enum class Direction : uint8_t { any, ascending, descending };

// A part of a slice's rows, read at one go.
struct Part {
    enum class Way : uint8_t { rows, index, all } way = Way::all;
    int64_t first_row = 0;
    int64_t last_row = INT64_MAX;
    Times times;  // of its rows
    // Of an index: after so many rows the rest is better looked for in blocks.
    uint64_t rows_max = UINT64_MAX;

    uint64_t rows() const { return static_cast<uint64_t>(last_row - first_row) + 1; }
};

class SliceReader {
public:
    // `query` and `watch` stay as long as the reader.
    static base::Result<std::unique_ptr<SliceReader>> open(const SliceFile& file,
                                                           const Query& query, Watch& watch);

    // Looks again at what is there. Of a slice that is written.
    base::Status refresh();
    const Times& times() const { return times_; }

    // In the order of their best times. `few`: the first so many in the order are wanted.
    std::vector<Part> parts(const Times& wanted, Direction direction, uint64_t few) const;
    // Those that rows of an index, given up at `time_ns`, have not been.
    std::vector<Part> blocks(const Times& wanted, Direction direction) const;

    // Calls visit(place, time, subject) for each row of the part with times within `wanted`; false
    // ends it. The place has no key, the time is the column that the index is on. Which filter
    // matches is the visitor's matter. `whole`: sections of records are wanted.
    template <class Visit>
    base::Status scan(const Part& part, const Times& wanted, Direction direction, bool whole,
                      const Visit& visit);

    // Reads one record again. nullptr: it is there no more.
    const filter::Subject* fetch(const Place& place);

private:
    base::Status look();
    base::Status read_runs();
    base::Status read_blocks();
    base::Status add_gaps();
    base::Status read_index_bounds();
    void take_times();
    std::vector<Part> event_parts(const Times& wanted, Direction direction) const;
    base::Status count_alerts();
    bool has_time_index() const;
    base::Status finish_scan(Statement& statement, int code);
    base::Result<Statement*> scan_statement(Part::Way way, Direction direction);
    std::string_view port_name(int64_t run, uint16_t port) const;
    bool is_of_flows() const { return query_->kind == filter::Kind::flow; }
    double rows_between(const TimeRange& first) const;

    const Query* query_ = nullptr;
    Watch* watch_ = nullptr;
    int64_t start_ns_ = 0;
    std::string condition_;
    Database database_;
    bool is_readable_ = false;  // it has what is asked for
    bool has_rowid_ = true;
    std::set<std::string> indexes_;
    TimeRange indexed_times_;
    bool has_few_alerts_ = false;
    std::vector<Part> blocks_;  // with what lies between, by rows
    Times times_;
    std::map<int64_t, std::vector<std::string>> port_names_;  // by run
    std::map<std::pair<Part::Way, Direction>, Statement> scans_;
    Statement fetch_;
    Row scanned_;
    Row fetched_;
    std::optional<filter::Subject> subject_;
};

template <class Visit>
base::Status SliceReader::scan(const Part& part, const Times& wanted, Direction direction,
                               bool whole, const Visit& visit) {
    if (wanted.is_empty() || !is_readable_) return base::Ok{};
    auto prepared = scan_statement(part.way, direction);
    if (!prepared) return prepared.error();
    Statement& statement = **prepared;
    statement.bind(1, part.first_row).bind(2, part.last_row);
    statement.bind(3, wanted.first.low).bind(4, wanted.first.high);
    if (is_of_flows()) statement.bind(5, wanted.last.low).bind(6, wanted.last.high);
    int code = SQLITE_OK;
    while (!watch_->should_stop_at_row() && (code = statement.step()) == SQLITE_ROW) {
        const int64_t type = statement.column_int(5);
        const auto bytes = statement.column_blob(6);
        const bool fixed = type == flow_type && !whole;
        if (!(fixed ? scanned_.read_fixed_part(bytes) : scanned_.read(type, bytes))) continue;
        Place place;
        place.row = statement.column_int(0);
        place.run = statement.column_int(1);
        place.worker = statement.column_int(2);
        place.sequence = statement.column_int(3);
        const auto name = port_name(place.run, scanned_.record.port_index);
        if (!visit(place, statement.column_int(4), scanned_.subject(name))) break;
    }
    return finish_scan(statement, code);
}

}  // namespace baleen::store
