#include "control/store/compact.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/file_descriptor.h"
#include "control/store/slice_schema.h"

namespace baleen::store {
namespace {

uint64_t bytes_of(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

// Rows of version 4 get numbers, and what tells which frames they came in.
constexpr const char* number_rows_sql = R"sql(
BEGIN IMMEDIATE;
ALTER TABLE flow RENAME TO flow_4;
ALTER TABLE event RENAME TO event_4;
CREATE TABLE flow (
    run INTEGER, worker INTEGER, sequence INTEGER, first_ns INTEGER, last_ns INTEGER, record BLOB);
CREATE TABLE event (
    run INTEGER, worker INTEGER, sequence INTEGER, type INTEGER, time_ns INTEGER, flow_id INTEGER,
    rule_id INTEGER, record BLOB, app_proto INTEGER);
INSERT INTO flow SELECT run, worker, sequence, first_ns, last_ns, record FROM flow_4
    ORDER BY last_ns;
INSERT INTO event SELECT run, worker, sequence, type, time_ns, flow_id, rule_id, record, app_proto
    FROM event_4 ORDER BY time_ns;
INSERT OR IGNORE INTO delivered
    SELECT run, worker, max(sequence) + 1 FROM
        (SELECT run, worker, sequence FROM flow UNION ALL SELECT run, worker, sequence FROM event)
    GROUP BY run, worker;
DROP TABLE flow_4;
DROP TABLE event_4;
COMMIT;
)sql";

// What does not begin with the first row is made anew.
constexpr const char* forget_parts_sql = R"sql(
DELETE FROM rollup;
DELETE FROM block;
DELETE FROM meta WHERE key IN ('rolled_up_row', 'rollup_from_row');
)sql";

base::Result<bool> finds(Database& database, std::string_view sql) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    const int code = statement->step();
    if (code == SQLITE_ROW || code == SQLITE_DONE) return code == SQLITE_ROW;
    return database.error("cannot be read");
}

base::Status upgrade(Database& database) {
    if (auto status = make_slice(database); !status) return status;
    const auto numbered = has_table(database, "block");
    if (!numbered) return numbered.error();
    if (*numbered) return base::Ok{};
    if (auto status = database.execute(number_rows_sql); !status) {
        static_cast<void>(database.execute("ROLLBACK"));
        return status;
    }
    return make_slice(database);
}

base::Status complete(Database& database, DigestOptions options) {
    options.rows_read_back_max = INT64_MAX;
    if (auto status = database.execute("BEGIN IMMEDIATE"); !status) return status;
    // Of rows in blocks it would tell nothing.
    if (auto status = database.execute("DROP INDEX IF EXISTS flow_start"); !status) return status;
    const auto is_partly = finds(database, "SELECT 1 FROM meta WHERE key = 'rollup_from_row'");
    if (!is_partly) return is_partly.error();
    if (*is_partly)
        if (auto status = database.execute(forget_parts_sql); !status) return status;
    Digest digest(options);
    if (auto status = digest.begin(database); !status) return status;
    if (auto status = digest.write(database, true); !status) return status;
    for (const char* index : slice_indexes)
        if (auto status = database.execute(index); !status) return status;
    return database.execute("COMMIT");
}

base::Status make_durable(const std::string& path) {
    const base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() >= 0 && ::fsync(file.get()) == 0) return base::Ok{};
    return base::Error{fmt::format("{} cannot be written: {}", path, std::strerror(errno))};
}

// A copy without gaps, in the place of the slice. The lock is held until that has happened: who
// waits for it finds that the file has moved (Slice::open).
base::Status replace(Database& database, const std::string& path) {
    // Without a log first, so that none is left which would be taken for the copy's.
    auto mode = database.prepare("PRAGMA journal_mode = DELETE");
    if (!mode) return mode.error();
    if (mode->step() != SQLITE_ROW || mode->column_text(0) != "delete")
        return database.error("keeps its write-ahead log");
    mode->reset();
    const std::string copy = path + ".compact";
    ::unlink(copy.c_str());
    auto into = database.prepare("VACUUM INTO ?");
    if (!into) return into.error();
    base::Status status = base::Ok{};
    if (into->bind(1, std::string_view(copy)).step() != SQLITE_DONE)
        status = database.error("cannot be copied");
    if (status) status = make_durable(copy);
    if (status && ::rename(copy.c_str(), path.c_str()) != 0)
        status = base::Error{
            fmt::format("{} cannot be put in its place: {}", copy, std::strerror(errno))};
    if (!status) ::unlink(copy.c_str());
    else status = make_durable(std::filesystem::path(path).parent_path().string());
    return status;
}

}  // namespace

base::Result<Compaction> compact_slice(const std::string& path, DigestOptions options) {
    Compaction out;
    out.bytes_before = bytes_of(path) + bytes_of(path + "-wal");
    auto database = Database::open(path, Database::Mode::read_write);
    if (!database) return database.error();
    sqlite3_busy_timeout(database->handle(), 0);
    // Everybody who has a slice open holds a lock on it, also between transactions.
    if (auto status = database->execute("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
        !status) {
        out.is_in_use = (sqlite3_errcode(database->handle()) & 0xff) == SQLITE_BUSY;
        if (out.is_in_use) return out;
        return status.error();
    }
    const auto version = read_slice_version(*database);
    if (!version) return version.error();
    out.version_before = *version;
    auto status = upgrade(*database);
    if (status) status = complete(*database, std::move(options));
    if (status) status = replace(*database, path);
    if (!status) return status.error();
    out.bytes_after = bytes_of(path);
    return out;
}

}  // namespace baleen::store
