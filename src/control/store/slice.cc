#include "control/store/slice.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <regex>

#include "baleen/ring.h"
#include "control/store/slice_schema.h"

namespace baleen::store {
namespace {

// IGNORE: what version 4 has taken stands under its primary key.
constexpr std::string_view insert_flow_sql = "INSERT OR IGNORE INTO flow VALUES (?, ?, ?, ?, ?, ?)";
constexpr std::string_view insert_event_sql =
    "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

static_assert(static_cast<int>(EventType::alert) == static_cast<int>(ring::FrameType::match));
static_assert(static_cast<int>(EventType::application) ==
              static_cast<int>(ring::FrameType::application));

}  // namespace

base::Result<Slice> Slice::open(const std::string& path, const DigestOptions& options) {
    Slice slice;
    slice.digest_ = Digest(options);
    auto database = Database::open(path, Database::Mode::read_write_create);
    if (!database) return database.error();
    slice.database_ = std::move(*database);
    if (auto status = make_slice(slice.database_); !status) return status.error();
    // From here on it is locked against being replaced (compact.h).
    if (slice.database_.has_moved())
        return base::Error{fmt::format("{} has been replaced while it was opened", path)};
    for (const auto& [statement, sql] : {std::pair{&slice.insert_, insert_flow_sql},
                                         std::pair{&slice.insert_event_, insert_event_sql}}) {
        auto prepared = slice.database_.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return slice;
}

base::Status Slice::begin() {
    if (in_transaction_) return base::Ok{};
    next_.clear();
    if (auto status = database_.execute("BEGIN IMMEDIATE"); !status) return status;
    in_transaction_ = true;
    return digest_.begin(database_);
}

base::Status Slice::add_run(uint64_t run_id, int64_t start_ns, const std::string& port_names) {
    if (auto status = begin(); !status) return status;
    auto statement = database_.prepare("INSERT OR IGNORE INTO run VALUES (?, ?, ?)");
    if (!statement) return statement.error();
    const int code = statement->bind(1, static_cast<int64_t>(run_id))
                         .bind(2, start_ns)
                         .bind(3, std::string_view(port_names))
                         .step();
    if (code != SQLITE_DONE) return database_.error("cannot take a run");
    known_run_ = run_id;
    return base::Ok{};
}

base::Result<bool> Slice::expects(const Origin& origin) {
    if (auto status = begin(); !status) return status.error();
    auto known = next_.find({origin.run_id, origin.worker});
    if (known == next_.end()) {
        const auto next = read_next(origin);
        if (!next) return next.error();
        known = next_.emplace(std::pair{origin.run_id, origin.worker}, *next).first;
    }
    if (origin.sequence < known->second) return false;
    known->second = origin.sequence + 1;
    return true;
}

base::Result<uint64_t> Slice::read_next(const Origin& origin) {
    auto statement =
        database_.prepare("SELECT next_sequence FROM delivered WHERE run = ? AND worker = ?");
    if (!statement) return statement.error();
    const int code = statement->bind(1, static_cast<int64_t>(origin.run_id))
                         .bind(2, int64_t{origin.worker})
                         .step();
    if (code == SQLITE_ROW) return static_cast<uint64_t>(statement->column_int(0));
    if (code == SQLITE_DONE) return uint64_t{0};
    return database_.error("does not tell what it has");
}

base::Status Slice::write_next() {
    auto statement = database_.prepare("INSERT OR REPLACE INTO delivered VALUES (?, ?, ?)");
    if (!statement) return statement.error();
    for (const auto& [source, next] : next_) {
        const int code = statement->bind(1, static_cast<int64_t>(source.first))
                             .bind(2, int64_t{source.second})
                             .bind(3, static_cast<int64_t>(next))
                             .step();
        statement->reset();
        if (code != SQLITE_DONE) return database_.error("cannot note what it has");
    }
    return base::Ok{};
}

base::Status Slice::insert(const Origin& origin, const record::FlowRecord& record) {
    const auto is_new = expects(origin);
    if (!is_new) return is_new.error();
    if (!*is_new) return base::Ok{};
    std::array<uint8_t, sizeof record> packed;
    record::pack(record, packed.data());
    const auto bytes = std::span<const uint8_t>(packed).first(record::record_bytes(record));
    if (!digest_.has_numbers()) return insert_unnumbered(origin, record, bytes);
    const auto image = FlowImage::of(bytes.first<record::fixed_record_bytes>(),
                                     static_cast<int64_t>(origin.run_id), origin.worker,
                                     static_cast<int64_t>(origin.sequence));
    return digest_.add_flow(database_, image, bytes.subspan(record::fixed_record_bytes), record);
}

base::Status Slice::insert_unnumbered(const Origin& origin, const record::FlowRecord& record,
                                      std::span<const uint8_t> bytes) {
    insert_.bind(1, static_cast<int64_t>(origin.run_id))
        .bind(2, int64_t{origin.worker})
        .bind(3, static_cast<int64_t>(origin.sequence))
        .bind(4, record.first_ns)
        .bind(5, record.last_ns)
        .bind(6, bytes);
    const int code = insert_.step();
    insert_.reset();
    return code == SQLITE_DONE ? base::Status(base::Ok{}) : database_.error("cannot take a record");
}

base::Status Slice::insert(const Origin& origin, const record::Match& match) {
    return insert_event(origin, EventType::alert, match.event.time_ns, match.event.flow_id,
                        match.event.id, match.bytes());
}

base::Status Slice::insert(const Origin& origin, const record::AppMessage& message) {
    const record::AppEvent& event = message.event;
    return insert_event(origin, EventType::application, event.time_ns, event.flow_id,
                        static_cast<uint32_t>(event.app_proto), message.bytes());
}

base::Status Slice::insert_event(const Origin& origin, EventType type, int64_t time_ns,
                                 uint64_t flow_id, uint32_t key, std::span<const uint8_t> bytes) {
    const auto is_new = expects(origin);
    if (!is_new) return is_new.error();
    if (!*is_new) return base::Ok{};
    const int key_column = type == EventType::alert ? 7 : 9;
    insert_event_.bind(1, static_cast<int64_t>(origin.run_id))
        .bind(2, int64_t{origin.worker})
        .bind(3, static_cast<int64_t>(origin.sequence))
        .bind(4, static_cast<int64_t>(type))
        .bind(5, time_ns)
        .bind(6, static_cast<int64_t>(flow_id))
        .bind_null(7)
        .bind(8, bytes)
        .bind_null(9)
        .bind(key_column, int64_t{key});
    const int code = insert_event_.step();
    insert_event_.reset();
    if (code != SQLITE_DONE) return database_.error("cannot take an event");
    return digest_.add_event(database_, time_ns);
}

base::Status Slice::commit() {
    idle_ = !in_transaction_;
    if (!in_transaction_) {
        if (!digest_.is_due()) return base::Ok{};
        if (auto status = begin(); !status) return status;
    }
    if (auto status = digest_.write(database_, false); !status) return status;
    if (auto status = write_next(); !status) return status;
    auto status = database_.execute("COMMIT");
    in_transaction_ = !status;
    return status;
}

void Slice::roll_back() {
    if (!in_transaction_) return;
    digest_.forget();
    // A disk that is full or gone may have ended the transaction already; then there is nothing to
    // roll back.
    const bool done = static_cast<bool>(database_.execute("ROLLBACK"));
    in_transaction_ = !done && sqlite3_get_autocommit(database_.handle()) == 0;
    known_run_ = 0;
}

bool Slice::build_index() {
    return indexes_built_ < slice_indexes.size() &&
           database_.execute(slice_indexes[indexes_built_++]);
}

bool Slice::write_rollups() {
    if (!database_.execute("BEGIN IMMEDIATE")) return false;
    if (digest_.begin(database_) && digest_.write(database_, true) && database_.execute("COMMIT"))
        return true;
    digest_.forget();
    static_cast<void>(database_.execute("ROLLBACK"));
    return false;
}

void Slice::seal() {
    static_cast<void>(write_rollups());
    if (database_.execute("BEGIN IMMEDIATE")) {
        while (build_index()) {
        }
        if (!database_.execute("COMMIT")) static_cast<void>(database_.execute("ROLLBACK"));
    }
    // A reader in the middle of a query may keep the log alive; the next checkpoint gets it.
    sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                              nullptr);
}

std::string slice_file_name(int64_t start_ns) {
    const auto seconds = static_cast<std::time_t>(start_ns / 1'000'000'000);
    return fmt::format("flows-{:%Y%m%dT%H%M%S}Z.sqlite", fmt::gmtime(seconds));
}

int64_t slice_start_ns(const std::string& file_name) {
    static const std::regex pattern(
        R"(flows-(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z\.sqlite)");
    std::smatch match;
    if (!std::regex_match(file_name, match, pattern)) return -1;
    const auto part = [&](size_t i) { return std::stoi(match[i].str()); };
    using namespace std::chrono;
    const sys_days day = year_month_day{year(part(1)), month(static_cast<unsigned>(part(2))),
                                        std::chrono::day(static_cast<unsigned>(part(3)))};
    const auto time = day + hours(part(4)) + minutes(part(5)) + std::chrono::seconds(part(6));
    return duration_cast<nanoseconds>(time.time_since_epoch()).count();
}

}  // namespace baleen::store
