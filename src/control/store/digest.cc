#include "control/store/digest.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/store/flow_rows.h"
#include "control/store/rollup_spans.h"
#include "control/store/slice_schema.h"
#include "record/validate.h"

namespace baleen::store {
namespace {

// So many records wait at most: a crash costs reading them back, a second or two.
constexpr uint64_t waiting_max = 1'000'000;
// Less is not written for want of memory: one slice that has much must not cost the others a
// writing for every record.
constexpr uint64_t spent_bytes_min = 512 << 10;

base::Result<int64_t> read_number(Database& database, std::string_view sql, int64_t absent = 0) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    switch (statement->step()) {
        case SQLITE_ROW: return statement->column_int(0);
        case SQLITE_DONE: return absent;
        default: return database.error("does not tell what it has");
    }
}

base::Status write_meta(Database& database, const char* key, int64_t value) {
    return database.execute(
        fmt::format("INSERT OR REPLACE INTO meta VALUES ('{}', '{}')", key, value));
}

}  // namespace

base::Status Digest::begin(Database& database) {
    const auto version = read_data_version(database);
    if (!version) return version.error();
    if (caught_up_ && *version == data_version_) return base::Ok{};
    forget();
    auto status = catch_up(database);
    if (!status) forget();
    caught_up_ = static_cast<bool>(status);
    data_version_ = *version;
    return status;
}

// Another number: another connection has committed something.
base::Result<int64_t> Digest::read_data_version(Database& database) {
    if (!data_version_query_) {
        auto query = database.prepare("PRAGMA data_version");
        if (!query) return query.error();
        data_version_query_ = std::move(*query);
    }
    if (data_version_query_.step() != SQLITE_ROW)
        return database.error("does not tell who writes to it");
    const int64_t version = data_version_query_.column_int(0);
    data_version_query_.reset();
    return version;
}

base::Status Digest::catch_up(Database& database) {
    const auto tables = has_table(database, "block");
    if (!tables) return tables.error();
    has_numbers_ = *tables;
    if (!has_numbers_) return base::Ok{};
    if (auto status = flow_blocks_.open(database, "block"); !status) return status;
    if (auto status = event_blocks_.open(database, "event_block"); !status) return status;
    if (auto status = flows_.open(database, options_.rows_read_back_max); !status) return status;
    auto writer = RollupWriter::open(database);
    if (!writer) return writer.error();
    writer_ = std::move(*writer);
    if (auto status = catch_up_flows(database); !status) return status;
    return catch_up_events(database);
}

base::Status Digest::catch_up_flows(Database& database) {
    const auto rolled_up =
        read_number(database, "SELECT value FROM meta WHERE key = 'rolled_up_row'", -1);
    if (!rolled_up) return rolled_up.error();
    rolled_up_row_ = std::max(*rolled_up, int64_t{0});
    if (*rolled_up < 0 && options_.roll_up) {
        const int64_t last = flows_.last_row();
        if (last > options_.rows_read_back_max) {
            if (auto status = flow_blocks_.add_unknown(database, last); !status) return status;
            rolled_up_row_ = last;
            if (auto status = write_meta(database, "rollup_from_row", last + 1); !status)
                return status;
        }
        if (auto status = write_meta(database, "rolled_up_row", rolled_up_row_); !status)
            return status;
    }
    auto rows = FlowRows::open(
        database, 1 + (options_.roll_up ? std::min(flow_blocks_.last_row(), rolled_up_row_)
                                        : flow_blocks_.last_row()));
    if (!rows) return rows.error();
    FlowRow row;
    while (rows->next(row)) {
        if (row.number > flow_blocks_.last_row())
            if (auto status = flow_blocks_.add(database, row.number, {row.first_ns, row.last_ns});
                !status)
                return status;
        record::FlowRecord record;
        if (row.number > rolled_up_row_ && record::read_record(row.record, record) == nullptr)
            if (auto status = roll_up(database, row.number, record); !status) return status;
    }
    if (!rows->status()) return rows->status();
    // They have waited long enough. (And where two processes write in turn, each has to read what
    // the other one left.)
    first_waiting_ = {};
    return base::Ok{};
}

base::Status Digest::catch_up_events(Database& database) {
    auto rows = database.prepare("SELECT rowid, time_ns FROM event WHERE rowid > ?");
    if (!rows) return rows.error();
    rows->bind(1, event_blocks_.last_row());
    int code;
    while ((code = rows->step()) == SQLITE_ROW)
        if (auto status = event_blocks_.add(database, rows->column_int(0), {rows->column_int(1)});
            !status)
            return status;
    if (code != SQLITE_DONE) return database.error("cannot be read back");
    return base::Ok{};
}

base::Status Digest::add_flow(Database& database, const FlowImage& image,
                              std::span<const uint8_t> sections, const record::FlowRecord& record) {
    const auto row = flows_.add(database, image, sections);
    if (!row) return row.error();
    if (auto status = flow_blocks_.add(database, *row, {record.first_ns, record.last_ns}); !status)
        return status;
    return roll_up(database, *row, record);
}

base::Status Digest::add_event(Database& database, int64_t time_ns) {
    if (!has_numbers_) return base::Ok{};
    return event_blocks_.add(database, sqlite3_last_insert_rowid(database.handle()), {time_ns});
}

base::Status Digest::roll_up(Database& database, int64_t row, const record::FlowRecord& record) {
    if (!options_.roll_up) return base::Ok{};
    if (waiting_.size() == 0) first_waiting_ = Clock::now();
    waiting_.push_back(RollupFlow::of(record));
    rolled_up_row_ = row;
    return options_.pool->is_spent() && waiting_.bytes() >= spent_bytes_min
               ? write_rollups(database)
               : base::Status(base::Ok{});
}

bool Digest::is_due() const {
    return waiting_.size() >= waiting_max ||
           (waiting_.size() > 0 &&
            Clock::now() - first_waiting_ >= std::chrono::nanoseconds(options_.interval_ns));
}

base::Status Digest::write(Database& database, bool all) {
    if (auto status = flows_.write(database); !status) return status;
    if (auto status = flow_blocks_.write(database); !status) return status;
    if (auto status = event_blocks_.write(database); !status) return status;
    return waiting_.size() > 0 && (all || is_due()) ? write_rollups(database) : base::Ok{};
}

base::Status Digest::write_rollups(Database& database) {
    if (auto status = RollupSpans(options_.pool).write(database, writer_, waiting_); !status)
        return status;
    waiting_.clear();
    return write_meta(database, "rolled_up_row", rolled_up_row_);
}

void Digest::forget() { *this = Digest(options_); }

}  // namespace baleen::store
