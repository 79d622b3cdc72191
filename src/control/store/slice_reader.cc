#include "control/store/slice_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "control/store/condition.h"
#include "control/store/flow_writer.h"

namespace baleen::store {
namespace {

using filter::Kind;

// What a row costs, against one of a block that is read as it is (0.25 us): out of columns, and one
// that an index leads to, for each of which a page is fetched.
constexpr double column_row_cost = 0.4;
constexpr double index_row_cost = 6;
// Rows of an index that are tried before blocks are, if the filter leaves few of them.
constexpr uint64_t index_rows_tried = 10'000;
// Alerts up to this number are looked up by themselves, among however many other events.
constexpr int64_t few_alerts = 20'000;

std::vector<std::string> split_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

double share_of(const TimeRange& range, const TimeRange& wanted) {
    const TimeRange common = range.within(wanted);
    if (common.is_empty()) return 0;
    const auto length = [](const TimeRange& r) { return static_cast<double>(r.high - r.low) + 1; };
    return length(common) / length(range);
}

TimeRange around(const TimeRange& a, const TimeRange& b) {
    return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

// Neighbours as one, since nobody asks for their order.
std::vector<Part> merged(const std::vector<Part>& parts) {
    std::vector<Part> out;
    for (const Part& part : parts) {
        if (out.empty() || out.back().last_row + 1 != part.first_row) {
            out.push_back(part);
            continue;
        }
        Part& last = out.back();
        last.last_row = part.last_row;
        last.times = {around(last.times.first, part.times.first),
                      around(last.times.last, part.times.last)};
    }
    return out;
}

}  // namespace

base::Result<std::unique_ptr<SliceReader>> SliceReader::open(const SliceFile& file,
                                                             const Query& query, Watch& watch) {
    auto reader = std::make_unique<SliceReader>();
    auto database = Database::open(file.path, Database::Mode::read_only);
    if (!database) return database.error();
    reader->database_ = std::move(*database);
    reader->database_.obey(watch);
    reader->query_ = &query;
    reader->watch_ = &watch;
    reader->start_ns_ = file.start_ns;
    reader->condition_ = condition_of(query);
    reader->test_ = ColumnTest::of(query.filter);
    if (auto status = reader->refresh(); !status) return status.error();
    return reader;
}

base::Status SliceReader::refresh() {
    blocks_.clear();
    scans_.clear();
    fetch_ = Statement();
    flow_blocks_.clear();
    fetched_.reset();
    fetched_blocks_.clear();
    if (auto status = look(); !status || !is_readable_) return status;
    if (auto status = read_runs(); !status) return status;
    // Blocks before the last row: rows that come in between are none of a block's, of any time.
    if (auto status = read_blocks(); !status) return status;
    if (auto status = add_gaps(); !status) return status;
    if (auto status = read_index_bounds(); !status) return status;
    if (auto status = count_alerts(); !status) return status;
    take_times();
    return base::Ok{};
}

// A slice that another process has just begun has no table yet; one of an older version has no
// events, no protocols, no blocks, or a primary key.
base::Status SliceReader::look() {
    is_readable_ = false;
    indexes_.clear();
    auto names = database_.prepare("SELECT name, type, sql FROM sqlite_master");
    if (!names) return names.error();
    const std::string table = is_of_flows() ? "flow" : "event";
    while (names->step() == SQLITE_ROW) {
        const std::string name = names->column_text(0);
        if (names->column_text(1) == "index") indexes_.insert(name);
        if (name.ends_with("block") || name.starts_with("flow_") || name == "rollup")
            indexes_.insert(name);
        if (name != table) continue;
        const std::string sql = names->column_text(2);
        has_rowid_ = sql.find("WITHOUT ROWID") == std::string::npos;
        is_readable_ = query_->app_protos.empty() || sql.find("app_proto") != std::string::npos;
    }
    return look_for_sections();
}

base::Status SliceReader::look_for_sections() {
    has_sections_ = false;
    if (!is_of_flows() || !indexes_.contains("flow_sections")) return base::Ok{};
    auto sections = database_.prepare("SELECT 1 FROM flow_sections LIMIT 1");
    if (!sections) return sections.error();
    has_sections_ = sections->step() == SQLITE_ROW;
    return base::Ok{};
}

base::Status SliceReader::read_runs() {
    run_names_ = nullptr;
    auto runs = database_.prepare("SELECT run, ports FROM run");
    if (!runs) return runs.error();
    while (runs->step() == SQLITE_ROW)
        port_names_[runs->column_int(0)] = split_lines(runs->column_text(1));
    return base::Ok{};
}

base::Status SliceReader::read_blocks() {
    const char* const table = is_of_flows() ? "block" : "event_block";
    if (!has_rowid_ || !indexes_.contains(table)) return base::Ok{};
    auto rows = database_.prepare(
        fmt::format("SELECT first_row, last_row, {} FROM {} ORDER BY first_row",
                    is_of_flows() ? "first_ns_min, first_ns_max, last_ns_min, last_ns_max"
                                  : "time_ns_min, time_ns_max, time_ns_min, time_ns_max",
                    table));
    if (!rows) return rows.error();
    while (rows->step() == SQLITE_ROW) {
        Part part{.way = Part::Way::rows,
                  .first_row = rows->column_int(0),
                  .last_row = rows->column_int(1),
                  .times = {{rows->column_int(2), rows->column_int(3)},
                            {rows->column_int(4), rows->column_int(5)}}};
        const int64_t behind = blocks_.empty() ? 0 : blocks_.back().last_row;
        // What makes no sense is passed over, and so read with what lies between.
        if (part.first_row > behind && part.last_row >= part.first_row) blocks_.push_back(part);
    }
    return base::Ok{};
}

// Every row belongs to one part.
base::Status SliceReader::add_gaps() {
    int64_t last_row = INT64_MAX - 1;
    if (has_rowid_ && is_of_flows()) {
        const auto last = last_flow_row(database_);
        if (!last) return last.error();
        last_row = *last;
    } else if (has_rowid_) {
        auto last = database_.prepare("SELECT max(rowid) FROM event");
        if (!last) return last.error();
        if (last->step() == SQLITE_ROW) last_row = last->column_int(0);
    }
    std::vector<Part> with_gaps;
    int64_t next = 1;
    const Times any_time = {{0, INT64_MAX}, {start_ns_, INT64_MAX}};
    const auto add_gap = [&](int64_t end) {
        if (next <= end)
            with_gaps.push_back(
                {.way = Part::Way::rows, .first_row = next, .last_row = end, .times = any_time});
    };
    for (const Part& block : blocks_) {
        add_gap(block.first_row - 1);
        with_gaps.push_back(block);
        next = block.last_row + 1;
    }
    add_gap(last_row);
    blocks_ = std::move(with_gaps);
    return base::Ok{};
}

// Version 6 had one of flows, which tells nothing of those in blocks.
bool SliceReader::has_time_index() const {
    return is_of_flows() ? indexes_.contains("flow_start") && !has_sections_
                         : indexes_.contains("event_time");
}

base::Status SliceReader::read_index_bounds() {
    indexed_times_ = {};
    if (!has_time_index()) return base::Ok{};
    auto bounds = database_.prepare(
        is_of_flows()
            ? "SELECT (SELECT min(first_ns) FROM flow), (SELECT max(first_ns) FROM flow)"
            : "SELECT (SELECT min(time_ns) FROM event), (SELECT max(time_ns) FROM event)");
    if (!bounds) return bounds.error();
    if (bounds->step() == SQLITE_ROW)
        indexed_times_ = {bounds->column_int(0), bounds->column_int(1)};
    return base::Ok{};
}

base::Status SliceReader::count_alerts() {
    has_few_alerts_ = false;
    if (query_->kind != Kind::alert || !indexes_.contains("event_rule")) return base::Ok{};
    auto count = database_.prepare(fmt::format(
        "SELECT count(*) FROM (SELECT 1 FROM event INDEXED BY event_rule WHERE rule_id >= 0 "
        "LIMIT {})",
        few_alerts + 1));
    if (!count) return count.error();
    has_few_alerts_ = count->step() == SQLITE_ROW && count->column_int(0) <= few_alerts;
    return base::Ok{};
}

void SliceReader::take_times() {
    times_ = {{INT64_MAX, 0}, {INT64_MAX, 0}};
    for (Part& part : blocks_) {
        if (has_time_index()) part.times.first = part.times.first.within(indexed_times_);
        times_.first = around(times_.first, part.times.first);
        times_.last = around(times_.last, part.times.last);
    }
    if (!is_of_flows()) times_.last = times_.first = times_.first.within({start_ns_, INT64_MAX});
}

double SliceReader::rows_between(const TimeRange& first) const {
    double rows = 0;
    for (const Part& part : blocks_)
        rows += static_cast<double>(part.rows()) * share_of(part.times.first, first);
    return rows;
}

// In rows of blocks that are read as they are.
double SliceReader::reading_cost(const std::vector<Part>& by_blocks) const {
    double rows = 0;
    for (const Part& part : by_blocks) rows += static_cast<double>(part.rows());
    return has_columns() ? rows * column_row_cost : rows;
}

std::vector<Part> SliceReader::blocks(const Times& wanted, Direction direction) const {
    std::vector<Part> out;
    if (!is_readable_) return out;
    std::ranges::copy_if(blocks_, std::back_inserter(out),
                         [&](const Part& part) { return part.times.overlap(wanted); });
    if (direction == Direction::any) return merged(out);
    if (direction == Direction::ascending)
        std::ranges::sort(out, {}, [](const Part& part) { return part.times.first.low; });
    else
        std::ranges::sort(out, std::greater<>(),
                          [](const Part& part) { return part.times.first.high; });
    return out;
}

std::vector<Part> SliceReader::parts(const Times& wanted, Direction direction, uint64_t few) const {
    if (!is_readable_ || !times_.overlap(wanted)) return {};
    if (!is_of_flows()) return event_parts(wanted, direction);
    auto by_blocks = blocks(wanted, direction);
    if (!has_time_index()) return by_blocks;
    Part by_index{.way = Part::Way::index, .times = times_};
    const double index_rows = rows_between(wanted.first);
    if (index_rows * index_row_cost < reading_cost(by_blocks)) {
        by_index.index_rows = static_cast<uint64_t>(index_rows);
        return {by_index};
    }
    // Rows that SQLite passes over for their ends are nobody's to count, however many.
    const bool cannot_try = wanted.last.is_bounded() && !by_blocks.empty();
    if (direction == Direction::any || cannot_try) return by_blocks;
    const bool takes_all =
        query_->filter.root() == nullptr && query_->run_id == 0 && !wanted.last.is_bounded();
    if (!takes_all) by_index.rows_max = std::max(few, index_rows_tried);
    return {by_index};
}

std::vector<Part> SliceReader::event_parts(const Times& wanted, Direction direction) const {
    const Part all{.way = Part::Way::all, .times = times_};
    if (is_looked_up(*query_) || has_few_alerts_) return {all};
    if (!has_time_index()) return blocks(wanted, direction);
    if (direction != Direction::any) return {{.way = Part::Way::index, .times = times_}};
    if (wanted.first.is_bounded() || !query_->app_protos.empty()) return {all};
    return blocks(wanted, Direction::any);
}

// Columns as Found and scan() take them. Conditions that say nothing are left out: each costs as
// much as a column.
std::string SliceReader::scan_sql(Part::Way way, Direction direction, bool first, bool last) const {
    const bool of_flows = is_of_flows();
    const std::string_view time = of_flows ? "first_ns" : "time_ns";
    std::string sql = fmt::format("SELECT record, run, {}, worker, sequence, {}, {} FROM {}",
                                  has_rowid_ ? "rowid" : "0", of_flows ? "0" : "type", time,
                                  of_flows ? "flow" : "event");
    const bool one_proto = query_->app_protos.size() == 1 && indexes_.contains("event_app");
    if (way == Part::Way::rows) sql += " NOT INDEXED";
    if (way == Part::Way::index)
        sql += of_flows    ? " INDEXED BY flow_start"
               : one_proto ? " INDEXED BY event_app"
                           : " INDEXED BY event_time";
    sql += " WHERE TRUE";
    // A plus keeps SQLite from the index of times where another leads to fewer rows.
    const bool looked_up = way == Part::Way::all && (is_looked_up(*query_) || has_few_alerts_);
    if (first) sql += fmt::format(" AND {0}{1} >= ?3 AND {0}{1} <= ?4", looked_up ? "+" : "", time);
    if (last) sql += " AND last_ns >= ?5 AND last_ns <= ?6";
    if (way == Part::Way::rows && has_rowid_) sql += " AND rowid >= ?1 AND rowid <= ?2";
    if (way == Part::Way::all && has_few_alerts_) sql += " AND rule_id >= 0";
    sql += condition_;
    if (way == Part::Way::index)
        sql += fmt::format(" ORDER BY {} {}", time,
                           direction == Direction::descending ? "DESC" : "ASC");
    return sql;
}

base::Result<Statement*> SliceReader::scan_statement(Part::Way way, Direction direction,
                                                     const Times& wanted) {
    const std::string sql = scan_sql(way, direction, wanted.first.is_bounded(),
                                     is_of_flows() && wanted.last.is_bounded());
    Statement& statement = scans_[sql];
    if (statement) return &statement;
    auto prepared = database_.prepare(sql);
    if (!prepared) return prepared.error();
    statement = std::move(*prepared);
    return &statement;
}

bool SliceReader::takes(const FlowImage& image, const Times& wanted) const {
    const bool is_of_run = query_->run_id == 0 || image.run == static_cast<int64_t>(query_->run_id);
    return is_of_run && wanted.first.contains(image.first_ns()) &&
           wanted.last.contains(image.last_ns());
}

base::Status SliceReader::finish_scan(Statement& statement, int code) {
    const bool is_fine = code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE ||
                         (code == SQLITE_INTERRUPT && watch_->should_stop());
    base::Status status = base::Ok{};
    if (!is_fine) status = database_.error("cannot be read further");
    statement.reset();
    return status;
}

// Whether these succeed or not: what is between them is right, and only slower.
void SliceReader::begin() { static_cast<void>(database_.execute("BEGIN")); }
void SliceReader::end() {
    fetch_.reset();
    fetched_.reset();
    if (fetched_blocks_.statement()) fetched_blocks_.statement().reset();
    static_cast<void>(database_.execute("COMMIT"));
}

std::span<const uint8_t> SliceReader::fetch(const Place& place, int64_t& type) {
    type = flow_type;
    if (has_sections_)
        if (const auto bytes = fetch_from_block(place.row); !bytes.empty()) return bytes;
    if (!fetch_) {
        auto prepared = database_.prepare(
            fmt::format("SELECT record, {} FROM {} WHERE {}", is_of_flows() ? "0" : "type",
                        is_of_flows() ? "flow" : "event",
                        has_rowid_ ? "rowid = ?1" : "run = ?2 AND worker = ?3 AND sequence = ?4"));
        if (!prepared) return {};
        fetch_ = std::move(*prepared);
    }
    fetch_.reset();
    fetch_.bind(1, place.row).bind(2, place.run).bind(3, place.worker).bind(4, place.sequence);
    if (fetch_.step() != SQLITE_ROW) return {};
    type = fetch_.column_int(1);
    return fetch_.column_blob(0);
}

// Rows are asked for in their order, mostly: a block is read once.
std::span<const uint8_t> SliceReader::fetch_from_block(int64_t row) {
    if (!fetched_ || !fetched_->holds(row)) {
        fetched_.reset();
        if (fetched_blocks_.statement()) fetched_blocks_.statement().reset();
        if (!fetched_blocks_.find(database_, row, row)) return {};
        fetched_ = fetched_blocks_.next();
        if (fetched_ && !fetched_blocks_.read_sections(*fetched_, sections_)) fetched_.reset();
        if (!fetched_) return {};
    }
    const uint32_t number = fetched_->number_of(row);
    return joined_.join(fetched_->columns.row(number), sections_.of(number));
}

std::string_view SliceReader::port_name(int64_t run, uint16_t port) {
    if (run_names_ == nullptr || run != run_) {
        run_ = run;
        run_names_ = &port_names_[run];
    }
    return port < run_names_->size() ? std::string_view((*run_names_)[port]) : std::string_view{};
}

}  // namespace baleen::store
