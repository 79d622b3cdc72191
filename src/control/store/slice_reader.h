// One slice, read: which parts of it can hold what a query wants, and their rows.
//
// Shape: rows are found in one of three ways. By blocks: runs of rows whose times are known, read
// from first to last, out of their columns where they have some, and out of the sections beside
// those if somebody asks for more. By the index of times, in its order, where there is one. Or
// whatever way SQLite chooses, all of them. Rows behind the last block, or in front of the first,
// are a block of any time.
//
// Must hold: nothing stays open in SQLite between two calls; else the slice's log cannot be
// truncated.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/store/database.h"
#include "control/store/flow_blocks.h"
#include "control/store/level_spans.h"
#include "control/store/order.h"
#include "control/store/query.h"
#include "control/store/rollup.h"
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
    uint64_t index_rows = UINT64_MAX;  // of an index: about so many

    // How many that will be, about; UINT64_MAX: nobody knows.
    uint64_t rows_expected() const {
        if (way == Way::rows) return rows();
        return way == Way::index ? index_rows : UINT64_MAX;
    }
    uint64_t rows() const { return static_cast<uint64_t>(last_row - first_row) + 1; }
};

// Where a row was found, read only if somebody asks.
class Found {
public:
    explicit Found(const Statement& statement) : statement_(&statement) {}
    Found(const FlowImage& image, int64_t row) : image_(&image), row_(row) {}
    // Without a key.
    Place place() const {
        Place place;
        place.row = image_ != nullptr ? row_ : statement_->column_int(2);
        place.run = image_ != nullptr ? image_->run : statement_->column_int(1);
        place.worker = image_ != nullptr ? image_->worker : statement_->column_int(3);
        place.sequence = image_ != nullptr ? image_->sequence : statement_->column_int(4);
        return place;
    }
    // The column that the index of times is on.
    int64_t time_ns() const {
        return image_ != nullptr ? image_->first_ns() : statement_->column_int(6);
    }

private:
    const Statement* statement_ = nullptr;
    const FlowImage* image_ = nullptr;
    int64_t row_ = 0;
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

    // Calls visit(found, subject) for each row of the part with times within `wanted`; false ends
    // it. What the filter says is the visitor's matter. `whole`: sections of records are wanted.
    template <class Visit>
    base::Status scan(const Part& part, const Times& wanted, Direction direction, bool whole,
                      const Visit& visit);

    // Roll-ups (rollup.h); between begin() and end(), which make them fit the rows. False: it has
    // none.
    base::Result<bool> look_for_rollups();
    // Calls visit(start_ns, key, sums).
    base::Status read_rollups(
        const LevelSpan& span, Dimension dimension,
        const std::function<void(int64_t, std::string_view, const Sums&)>& visit);
    // Rows that are in no roll-up.
    const std::vector<Part>& parts_not_rolled_up() const { return not_rolled_up_; }

    // The bytes of a record that was found; `type` as Row::read() takes it. Empty: it is there no
    // more. Several are read between begin() and end().
    void begin();
    std::span<const uint8_t> fetch(const Place& place, int64_t& type);
    void end();
    std::string_view port_name(int64_t run, uint16_t port);

private:
    base::Status look();
    base::Status look_for_sections();
    base::Status read_runs();
    base::Status read_blocks();
    base::Status add_gaps();
    base::Status read_index_bounds();
    void take_times();
    std::vector<Part> event_parts(const Times& wanted, Direction direction) const;
    base::Status count_alerts();
    bool has_time_index() const;
    // Sets `goes_on` to false when a visitor has ended it.
    template <class Visit>
    base::Status scan_rows(const Part& part, const Times& wanted, Direction direction, bool whole,
                           const Visit& visit, bool& goes_on);
    template <class Visit>
    base::Status scan_blocks(const Part& part, const Times& wanted, bool whole, const Visit& visit);
    template <class Visit>
    void visit_block(const FlowBlock& block, const Part& part, const Times& wanted, bool whole,
                     const Visit& visit, bool& goes_on);
    bool takes(const FlowImage& image, const Times& wanted) const;
    base::Status finish_scan(Statement& statement, int code);
    base::Result<Statement*> scan_statement(Part::Way way, Direction direction,
                                            const Times& wanted);
    std::string scan_sql(Part::Way way, Direction direction, bool first, bool last) const;
    bool has_columns() const {
        return is_of_flows() && has_rowid_ && indexes_.contains("flow_columns");
    }
    std::span<const uint8_t> fetch_from_block(int64_t row);
    bool is_of_flows() const { return query_->kind == filter::Kind::flow; }
    double rows_between(const TimeRange& first) const;
    double reading_cost(const std::vector<Part>& by_blocks) const;

    const Query* query_ = nullptr;
    Watch* watch_ = nullptr;
    int64_t start_ns_ = 0;
    std::string condition_;
    ColumnTest test_;  // of the query's filter
    Database database_;
    bool is_readable_ = false;  // it has what is asked for
    bool has_rowid_ = true;
    std::set<std::string> indexes_;  // and tables beside the rows
    TimeRange indexed_times_;
    bool has_few_alerts_ = false;
    std::vector<Part> blocks_;  // with what lies between, by rows
    FlowBlocks flow_blocks_;
    SectionReader sections_;
    JoinedRecord joined_;
    bool has_sections_ = false;  // of some block
    // The block that rows are fetched from.
    FlowBlocks fetched_blocks_;
    std::optional<FlowBlock> fetched_;
    Times times_;
    std::map<int64_t, std::vector<std::string>> port_names_;  // by run
    Statement rollups_;
    std::vector<Part> not_rolled_up_;
    int64_t run_ = -1;  // the last one asked for, and its names
    const std::vector<std::string>* run_names_ = nullptr;
    std::map<std::string, Statement> scans_;  // by their texts
    Statement fetch_;
    Row row_;
};

template <class Visit>
base::Status SliceReader::scan(const Part& part, const Times& wanted, Direction direction,
                               bool whole, const Visit& visit) {
    if (wanted.is_empty() || !is_readable_) return base::Ok{};
    bool goes_on = true;
    if (part.way != Part::Way::rows || !has_columns())
        return scan_rows(part, wanted, direction, whole, visit, goes_on);
    // One state of the slice: rows move into blocks.
    const Snapshot snapshot(database_);
    return scan_blocks(part, wanted, whole, visit);
}

template <class Visit>
base::Status SliceReader::scan_rows(const Part& part, const Times& wanted, Direction direction,
                                    bool whole, const Visit& visit, bool& goes_on) {
    auto prepared = scan_statement(part.way, direction, wanted);
    if (!prepared) return prepared.error();
    Statement& statement = **prepared;
    statement.bind(1, part.first_row).bind(2, part.last_row);
    statement.bind(3, wanted.first.low).bind(4, wanted.first.high);
    statement.bind(5, wanted.last.low).bind(6, wanted.last.high);
    const Found found(statement);
    const bool fixed = is_of_flows() && !whole;
    int code = SQLITE_OK;
    while (goes_on && !watch_->should_stop_at_row() && (code = statement.step()) == SQLITE_ROW) {
        const auto bytes = statement.column_blob(0);
        const bool is_read =
            fixed ? row_.read_fixed_part(bytes)
                  : row_.read(is_of_flows() ? flow_type : statement.column_int(5), bytes);
        if (!is_read) continue;
        const auto name = port_name(statement.column_int(1), row_.record.port_index);
        goes_on = visit(found, row_.subject(name));
    }
    return finish_scan(statement, code);
}

// Rows between blocks, or that a block does not tell enough of, are read as rows.
template <class Visit>
base::Status SliceReader::scan_blocks(const Part& part, const Times& wanted, bool whole,
                                      const Visit& visit) {
    base::Status status = flow_blocks_.find(database_, part.first_row, part.last_row);
    bool goes_on = static_cast<bool>(status);
    Part left = part;
    const auto read_rows = [&](int64_t last_row) {
        Part rows = left;
        rows.last_row = last_row;
        if (goes_on && rows.first_row <= last_row)
            status = scan_rows(rows, wanted, Direction::any, whole, visit, goes_on);
        goes_on = goes_on && status;
    };
    while (goes_on && !watch_->should_stop()) {
        const auto block = flow_blocks_.next();
        if (!block) break;
        if (whole && !block->has_sections) continue;
        read_rows(block->first_row - 1);
        if (goes_on) visit_block(*block, left, wanted, whole, visit, goes_on);
        left.first_row = block->last_row + 1;
    }
    const auto ended = finish_scan(flow_blocks_.statement(), flow_blocks_.code());
    if (status && !ended) return ended;
    read_rows(part.last_row);
    return status;
}

template <class Visit>
void SliceReader::visit_block(const FlowBlock& block, const Part& part, const Times& wanted,
                              bool whole, const Visit& visit, bool& goes_on) {
    std::array<FlowImage, column_rows_at_once> images;
    ColumnRows room;
    bool has_sections = false;
    const uint32_t last = block.number_of(std::min(block.last_row, part.last_row));
    for (uint32_t at = block.number_of(std::max(block.first_row, part.first_row)); at <= last;
         at += column_rows_at_once) {
        const auto rows =
            block.columns.passing(test_, at, std::min(at + column_rows_at_once - 1, last), room);
        block.columns.read(rows, images);
        for (size_t i = 0; i < rows.size(); i++) {
            if (!takes(images[i], wanted)) continue;
            goes_on = !watch_->should_stop_at_row();
            if (!goes_on) return;
            if (whole && !has_sections) has_sections = flow_blocks_.read_sections(block, sections_);
            if (whole && !has_sections) return;
            const bool is_read =
                whole ? row_.read(flow_type, joined_.join(images[i], sections_.of(rows[i])))
                      : row_.read_fixed_part_alone(images[i].fixed);
            if (!is_read) continue;
            const auto name = port_name(images[i].run, row_.record.port_index);
            const Found found(images[i], block.first_row + rows[i]);
            goes_on = visit(found, row_.subject(name));
            if (!goes_on) return;
        }
    }
}

}  // namespace baleen::store
