#include "control/store/slice_schema.h"

#include <fmt/format.h>

#include <string>

#include "control/store/rollup.h"

namespace baleen::store {
namespace {

// Pages four times as large as usual: a batch rewrites fewer of them, and a write has more in it.
// Rows that have gone into a block are not overwritten with zeros first.
constexpr const char* pragmas = R"sql(
PRAGMA page_size = 16384;
PRAGMA secure_delete = OFF;
PRAGMA synchronous = NORMAL;
PRAGMA journal_mode = WAL;
)sql";

// In a slice that version 4 has begun the tables `flow` and `event` stay as they are, with a
// primary key.
constexpr const char* tables = R"sql(
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (run INTEGER PRIMARY KEY, start_ns INTEGER, ports TEXT);
CREATE TABLE IF NOT EXISTS delivered (
    run INTEGER, worker INTEGER, next_sequence INTEGER, PRIMARY KEY (run, worker)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS flow (
    run INTEGER, worker INTEGER, sequence INTEGER, first_ns INTEGER, last_ns INTEGER, record BLOB);
CREATE TABLE IF NOT EXISTS event (
    run INTEGER, worker INTEGER, sequence INTEGER, type INTEGER, time_ns INTEGER, flow_id INTEGER,
    rule_id INTEGER, record BLOB, app_proto INTEGER);
)sql";

constexpr const char* event_block_table = R"sql(
CREATE TABLE IF NOT EXISTS event_block (
    first_row INTEGER PRIMARY KEY, last_row INTEGER, time_ns_min INTEGER, time_ns_max INTEGER);
)sql";

constexpr const char* flow_columns_table = R"sql(
CREATE TABLE IF NOT EXISTS flow_columns (
    first_row INTEGER PRIMARY KEY, last_row INTEGER, columns BLOB);
)sql";

// Beside the columns, not behind them: SQLite reads a row's bytes from the first one on.
constexpr const char* flow_sections_table = R"sql(
CREATE TABLE IF NOT EXISTS flow_sections (first_row INTEGER PRIMARY KEY, sections BLOB);
)sql";

// Of slices whose rows have no numbers.
constexpr int64_t unnumbered_version = 5;

base::Result<bool> has_row(Database& database, std::string_view sql) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    const int code = statement->step();
    if (code == SQLITE_ROW || code == SQLITE_DONE) return code == SQLITE_ROW;
    return database.error("cannot be read");
}

// A slice that was begun by version 3 goes on as one of version 4.
base::Status add_column(Database& database) {
    const auto column =
        has_row(database, "SELECT 1 FROM pragma_table_info('event') WHERE name = 'app_proto'");
    if (!column) return column.error();
    return *column ? base::Status(base::Ok{})
                   : database.execute("ALTER TABLE event ADD COLUMN app_proto INTEGER");
}

base::Status make_tables(Database& database) {
    if (auto status = database.execute(tables); !status) return status;
    if (auto status = add_column(database); !status) return status;
    // Blocks and roll-ups are about rows by their numbers, which those of version 4 do not have.
    const auto numbered = has_row(
        database, "SELECT 1 FROM pragma_table_list('flow') WHERE type = 'table' AND NOT wr");
    if (!numbered) return numbered.error();
    if (*numbered)
        for (const char* sql :
             {rollup_schema, event_block_table, flow_columns_table, flow_sections_table})
            if (auto status = database.execute(sql); !status) return status;
    return database.execute(fmt::format("INSERT OR REPLACE INTO meta VALUES ('version', '{}')",
                                        *numbered ? slice_version : unnumbered_version));
}

}  // namespace

base::Result<bool> has_table(Database& database, std::string_view name) {
    return has_row(
        database,
        fmt::format("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{}'", name));
}

base::Result<int64_t> read_slice_version(Database& database) {
    const auto meta = has_table(database, "meta");
    if (!meta) return meta.error();
    if (!*meta) return int64_t{0};
    auto version = database.prepare("SELECT value FROM meta WHERE key = 'version'");
    if (!version) return version.error();
    const int code = version->step();
    if (code == SQLITE_ROW) return version->column_int(0);
    if (code == SQLITE_DONE) return int64_t{0};
    return database.error("does not tell its version");
}

base::Status make_slice(Database& database) {
    const auto version = read_slice_version(database);
    if (!version) return version.error();
    if (*version > slice_version)
        return base::Error{fmt::format(
            "{} was begun by a newer baleen (its version is {}, this one writes {}): go on with "
            "that, or write to another folder (store.directory)",
            database.path(), *version, slice_version)};
    if (auto status = database.execute(pragmas); !status) return status;
    // All tables or none: whoever reads a slice just begun finds it empty, not broken.
    if (auto status = database.execute("BEGIN IMMEDIATE"); !status) return status;
    auto status = make_tables(database);
    if (status) status = database.execute("COMMIT");
    if (!status) static_cast<void>(database.execute("ROLLBACK"));
    return status;
}

}  // namespace baleen::store
