#include "control/store/slice_check.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "control/store/database.h"
#include "control/store/flow_rows.h"
#include "control/store/rollup.h"
#include "control/store/slice.h"
#include "control/store/slice_schema.h"
#include "record/validate.h"

namespace baleen::store {
namespace {

// Further problems of a slice tell nothing new.
constexpr size_t problems_max = 10;

// What a bucket's rows add up to, whatever way it went.
struct Flat {
    uint64_t flows = 0, records = 0, packets = 0, bytes = 0;

    bool operator==(const Flat&) const = default;
    void add(const Sums& sums) {
        flows += sums.flows;
        records += sums.records;
        packets += sums.packets();
        bytes += sums.bytes();
    }
    Flat times(uint64_t factor) const {
        return {factor * flows, factor * records, factor * packets, factor * bytes};
    }
};

class Checker {
public:
    explicit Checker(SliceCheck& check) : check_(check) {}

    void run() {
        auto database = Database::open(check_.path, Database::Mode::read_only);
        if (!database) return note(database.error().message);
        database_ = std::move(*database);
        if (auto status = database_.execute("BEGIN"); !status) return note(status.error().message);
        check_version();
        if (check_.problems.empty()) check_pages();
        if (check_.problems.empty()) check_flows();
        if (check_.problems.empty()) check_events();
        check_.is_damaged = check_.is_damaged || database_.is_damaged();
    }

private:
    void note(std::string problem) {
        if (check_.problems.size() < problems_max) check_.problems.push_back(std::move(problem));
    }

    void check_version() {
        const auto version = read_slice_version(database_);
        if (!version) return note(version.error().message);
        check_.version = *version;
        if (*version > slice_version)
            note(fmt::format("version {} is newer than this program, which knows {}", *version,
                             slice_version));
    }

    void check_pages() {
        auto statement = database_.prepare(fmt::format("PRAGMA integrity_check({})", problems_max));
        if (!statement) return note(statement.error().message);
        int code;
        while ((code = statement->step()) == SQLITE_ROW) {
            const std::string found = statement->column_text(0);
            if (found == "ok") continue;
            check_.is_damaged = true;
            note("database: " + found);
        }
        if (code != SQLITE_DONE) note(database_.error("cannot be checked").message);
    }

    bool has(std::string_view name) {
        const auto found = has_table(database_, name);
        return found && *found;
    }
    int64_t meta(const char* key, int64_t absent) {
        auto statement =
            database_.prepare(fmt::format("SELECT value FROM meta WHERE key = '{}'", key));
        return statement && statement->step() == SQLITE_ROW ? statement->column_int(0) : absent;
    }

    void check_flows() {
        if (!has("flow")) return;
        const bool is_numbered = has("block");
        if (is_numbered) read_blocks();
        if (has("flow_columns")) check_columns();
        const int64_t first = meta("rollup_from_row", 1), last = meta("rolled_up_row", 0);
        auto rows = FlowRows::open(database_);
        if (!rows) return note(rows.error().message);
        record::FlowRecord record;
        FlowRow row;
        while (rows->next(row)) {
            check_.flows++;
            if (const char* problem = record::read_record(row.record, record)) {
                note(fmt::format("flow record {} makes no sense: {}", check_.flows, problem));
                continue;
            }
            if (record.first_ns != row.first_ns || record.last_ns != row.last_ns)
                note(fmt::format("flow record {} has other times than its columns", check_.flows));
            if (!is_numbered) continue;
            check_block(row.number, record);
            if (row.number >= first && row.number <= last) add(record);
        }
        if (!rows->status()) return note(rows->status().error().message);
        if (!rows->problem().empty()) note(rows->problem());
        if (is_numbered && next_block_ != blocks_.end())
            note("there are blocks of rows that are not there");
        if (is_numbered) check_rollups();
    }

    struct Block {
        int64_t first_row, last_row, first_ns_min, first_ns_max, last_ns_min, last_ns_max;
    };
    void read_blocks() {
        auto rows = database_.prepare("SELECT * FROM block ORDER BY first_row");
        if (!rows) return note(rows.error().message);
        while (rows->step() == SQLITE_ROW)
            blocks_.push_back({rows->column_int(0), rows->column_int(1), rows->column_int(2),
                               rows->column_int(3), rows->column_int(4), rows->column_int(5)});
        next_block_ = blocks_.begin();
    }

    void check_block(int64_t row, const record::FlowRecord& record) {
        for (; next_block_ != blocks_.end() && next_block_->last_row < row; ++next_block_)
            note(fmt::format("rows {} to {} of flow, or the last of them, are not there",
                             next_block_->first_row, next_block_->last_row));
        if (next_block_ == blocks_.end() || row < next_block_->first_row ||
            row > next_block_->last_row)
            return note(fmt::format("row {} of flow is in no block", row));
        const Block& block = *next_block_;
        if (record.first_ns < block.first_ns_min || record.first_ns > block.first_ns_max ||
            record.last_ns < block.last_ns_min || record.last_ns > block.last_ns_max)
            note(fmt::format("row {} of flow is outside the times of its block", row));
        if (row == block.last_row) ++next_block_;
    }

    void check_columns() {
        auto blocks = database_.prepare("SELECT first_row, last_row, columns FROM flow_columns");
        auto rows = database_.prepare(
            "SELECT rowid, record, run, worker, sequence FROM flow WHERE rowid BETWEEN ? AND ?");
        if (!blocks || !rows) return note((!blocks ? blocks.error() : rows.error()).message);
        const bool have_sections = has("flow_sections");
        while (blocks->step() == SQLITE_ROW) {
            const int64_t first = blocks->column_int(0), last = blocks->column_int(1);
            const auto columns = ColumnReader::open(blocks->column_blob(2));
            if (!columns || columns->rows() != last - first + 1) {
                note(fmt::format("the columns of rows {} to {} make no sense", first, last));
                continue;
            }
            rows->bind(1, first).bind(2, last);
            if (have_sections && has_sections(first)) check_moved(*rows);
            else check_same(*rows, *columns, first, last);
            rows->reset();
        }
    }

    bool has_sections(int64_t first_row) {
        auto sections = database_.prepare("SELECT 1 FROM flow_sections WHERE first_row = ?");
        return sections && sections->bind(1, first_row).step() == SQLITE_ROW;
    }

    // Rows of a block with sections stand nowhere else.
    void check_moved(Statement& rows) {
        if (rows.step() == SQLITE_ROW)
            note(fmt::format("row {} of flow is in a block as well", rows.column_int(0)));
    }

    // Columns without sections say of each row what the row says.
    void check_same(Statement& rows, const ColumnReader& columns, int64_t first, int64_t last) {
        int64_t next = first;
        while (rows.step() == SQLITE_ROW && rows.column_int(0) == next && next <= last) {
            const FlowImage image = columns.row(static_cast<uint32_t>(next - first));
            if (FlowImage::of_row(rows, 1) != image) break;
            next++;
        }
        if (next <= last) note(fmt::format("row {} of flow has other columns", next));
    }

    void add(const record::FlowRecord& record) {
        const Sums sums = sums_of(record);
        for (size_t level = 0; level < level_ns.size(); level++)
            totals_[{level, record.last_ns - record.last_ns % level_ns[level]}].add(sums);
    }

    void check_rollups() {
        auto rows = database_.prepare(
            "SELECT level, dimension, start_ns, sum(flows), sum(records), "
            "sum(packets_out + packets_in), sum(bytes_out + bytes_in) "
            "FROM rollup GROUP BY level, dimension, start_ns");
        if (!rows) return note(rows.error().message);
        size_t buckets = 0;
        int code;
        while ((code = rows->step()) == SQLITE_ROW) {
            const auto number = [&](int i) { return static_cast<uint64_t>(rows->column_int(i)); };
            const auto total = totals_.find({number(0), rows->column_int(2)});
            const Flat expected = total == totals_.end() ? Flat{} : total->second;
            // Each record has two hosts.
            const bool is_host = number(1) == static_cast<uint64_t>(Dimension::host);
            if (Flat{number(3), number(4), number(5), number(6)} != expected.times(is_host ? 2 : 1))
                note(fmt::format(
                    "roll-up of level {}, dimension {}, start {} tells {} records and {} bytes, "
                    "its rows {} and {}",
                    number(0), number(1), rows->column_int(2), number(4), number(6),
                    expected.times(is_host ? 2 : 1).records,
                    expected.times(is_host ? 2 : 1).bytes));
            buckets++;
        }
        if (code != SQLITE_DONE) return note(database_.error("cannot be read further").message);
        if (buckets != dimension_count * totals_.size())
            note(fmt::format("there are {} buckets of roll-ups, where the rows make {}", buckets,
                             dimension_count * totals_.size()));
    }

    void check_events() {
        if (!has("event")) return;
        auto rows = database_.prepare("SELECT type, record FROM event");
        if (!rows) return note(rows.error().message);
        const auto match = std::make_unique<record::Match>();
        const auto app = std::make_unique<record::AppMessage>();
        int code;
        while ((code = rows->step()) == SQLITE_ROW) {
            check_.events++;
            const char* problem = "type";
            switch (static_cast<EventType>(rows->column_int(0))) {
                case EventType::alert:
                    problem = record::read_match(rows->column_blob(1), *match);
                    break;
                case EventType::application:
                    problem = record::read_app_event(rows->column_blob(1), *app);
                    break;
            }
            if (problem != nullptr)
                note(fmt::format("event {} makes no sense: {}", check_.events, problem));
        }
        if (code != SQLITE_DONE) note(database_.error("cannot be read further").message);
        if (has("event_block")) check_event_blocks();
    }

    void check_event_blocks() {
        auto covered = database_.prepare(
            "SELECT count(*) FROM event_block JOIN event ON event.rowid BETWEEN first_row AND "
            "last_row AND time_ns BETWEEN time_ns_min AND time_ns_max");
        if (!covered || covered->step() != SQLITE_ROW)
            return note(database_.error("cannot be read further").message);
        const auto count = static_cast<uint64_t>(covered->column_int(0));
        if (count != check_.events)
            note(fmt::format("of {} events {} are in a block", check_.events, count));
    }

    SliceCheck& check_;
    Database database_;
    std::vector<Block> blocks_;
    std::vector<Block>::const_iterator next_block_;
    std::map<std::pair<size_t, int64_t>, Flat> totals_;  // by level and start
};

}  // namespace

SliceCheck check_slice(const std::string& path) {
    SliceCheck check;
    check.path = path;
    Checker(check).run();
    return check;
}

}  // namespace baleen::store
