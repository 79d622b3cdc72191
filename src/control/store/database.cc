#include "control/store/database.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace baleen::store {
namespace {

// How long a statement waits for another process that writes the same slice.
constexpr int busy_wait_ms = 5000;
// Steps of SQLite's machine between two looks at the watch: a tenth of a millisecond.
constexpr int steps_per_look = 2000;

int wait_if_allowed(void* watch, int times) {
    if (times >= busy_wait_ms || static_cast<Watch*>(watch)->should_stop()) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return 1;
}

int stop_if_told(void* watch) { return static_cast<Watch*>(watch)->should_stop() ? 1 : 0; }

}  // namespace

base::Result<Database> Database::open(const std::string& path, Mode mode) {
    Database database;
    database.path_ = path;
    sqlite3* handle = nullptr;
    const int flags = mode == Mode::read_only    ? SQLITE_OPEN_READONLY
                      : mode == Mode::read_write ? SQLITE_OPEN_READWRITE
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    database.database_.reset(handle);
    if (code != SQLITE_OK) return database.error("cannot be opened");
    sqlite3_busy_timeout(handle, busy_wait_ms);
    return database;
}

void Database::obey(Watch& watch) {
    sqlite3_busy_handler(database_.get(), wait_if_allowed, &watch);
    sqlite3_progress_handler(database_.get(), steps_per_look, stop_if_told, &watch);
}

bool Database::has_moved() const {
    int moved = 0;
    sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

base::Error Database::error(std::string_view doing) const {
    const int code = sqlite3_errcode(database_.get()) & 0xff;
    is_damaged_ = is_damaged_ || code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
    return {
        fmt::format("{} {}: {}", path_, doing,
                    database_ ? sqlite3_errmsg(database_.get()) : sqlite3_errstr(SQLITE_NOMEM))};
}

base::Status Database::execute(const std::string& sql) {
    if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return error(fmt::format("refuses '{}'", std::string_view(sql).substr(0, 40)));
    return base::Ok{};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                           nullptr) != SQLITE_OK)
        return error(fmt::format("refuses '{}'", sql.substr(0, 40)));
    return Statement(statement);
}

}  // namespace baleen::store
