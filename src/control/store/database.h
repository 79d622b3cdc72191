// SQLite, as little of it as the store needs: a connection, a statement, and their errors as
// values.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "control/store/cancel.h"

namespace baleen::store {

class Statement {
public:
    Statement() = default;
    explicit Statement(sqlite3_stmt* statement) : statement_(statement, sqlite3_finalize) {}

    Statement& bind(int index, int64_t value) {
        sqlite3_bind_int64(statement_.get(), index, value);
        return *this;
    }
    Statement& bind_null(int index) {
        sqlite3_bind_null(statement_.get(), index);
        return *this;
    }
    // The bytes must stay until the step is done.
    Statement& bind(int index, std::span<const uint8_t> bytes) {
        sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC);
        return *this;
    }
    Statement& bind(int index, std::string_view text) {
        sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_STATIC,
                            SQLITE_UTF8);
        return *this;
    }

    // SQLITE_ROW, SQLITE_DONE or an error code.
    int step() { return sqlite3_step(statement_.get()); }
    void reset() { sqlite3_reset(statement_.get()); }

    int64_t column_int(int index) const { return sqlite3_column_int64(statement_.get(), index); }
    std::span<const uint8_t> column_blob(int index) const {
        const auto* data =
            static_cast<const uint8_t*>(sqlite3_column_blob(statement_.get(), index));
        return {data, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), index))};
    }
    std::string column_text(int index) const {
        const auto bytes = column_blob(index);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    explicit operator bool() const { return statement_ != nullptr; }

private:
    std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_{nullptr, sqlite3_finalize};
};

class Database {
public:
    enum class Mode { read_only, read_write, read_write_create };

    static base::Result<Database> open(const std::string& path, Mode mode);

    // Runs statements without results; the error names what failed.
    base::Status execute(const std::string& sql);
    base::Result<Statement> prepare(std::string_view sql);

    // Ends what statements do when `watch`, which stays, says so; they return SQLITE_INTERRUPT.
    void obey(Watch& watch);

    base::Error error(std::string_view doing) const;
    // Something has failed because the file is no sound database.
    bool is_damaged() const { return is_damaged_; }
    // In no transaction.
    bool is_idle() const { return sqlite3_get_autocommit(database_.get()) != 0; }
    // Another file has taken its name since it was opened.
    bool has_moved() const;
    const std::string& path() const { return path_; }
    sqlite3* handle() const { return database_.get(); }

private:
    // v2: a statement may outlive its connection for a moment.
    std::unique_ptr<sqlite3, int (*)(sqlite3*)> database_{nullptr, sqlite3_close_v2};
    std::string path_;
    mutable bool is_damaged_ = false;  // an error() has told so
};

// One state of what is read, as long as it lives; within a transaction nothing new.
class Snapshot {
public:
    explicit Snapshot(Database& database) : database_(database), begins_(database.is_idle()) {
        if (begins_) begins_ = static_cast<bool>(database_.execute("BEGIN"));
    }
    ~Snapshot() {
        if (begins_) static_cast<void>(database_.execute("COMMIT"));
    }
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    Database& database_;
    bool begins_;
};

}  // namespace baleen::store
