#include "control/store/cursor.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/store/slice.h"
#include "record/validate.h"

namespace baleen::store {
namespace {

using filter::Kind;

void append_be(std::string& out, uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

// The place of a record in the order, as bytes that compare like it: value (of several, the
// smallest), then what tells records apart. Records without the field come first.
std::string sort_key(const Query& query, const filter::Subject& subject) {
    static const filter::Field* const start = filter::find_field("flow.start");
    static const filter::Field* const time = filter::find_field("event.time", Kind::alert);
    const filter::Field& field = query.sort != nullptr      ? *query.sort
                                 : query.kind == Kind::flow ? *start
                                                            : *time;
    filter::Values values;
    field.get(subject, values);
    std::string key(1, values.count > 0 ? '\1' : '\0');
    if (values.count > 0) {
        if (field.type == filter::FieldType::text) key += values.text + '\0';
        else if (field.type == filter::FieldType::address)
            key.append(reinterpret_cast<const char*>(values.addresses[0]), 16);
        else
            append_be(key, *std::min_element(values.numbers.begin(),
                                             values.numbers.begin() + values.count));
    }
    append_be(key, subject.record.flow_id);
    append_be(key, subject.record.part);
    if (subject.match == nullptr) return key;
    append_be(key, subject.match->event.id);
    append_be(key, subject.match->event.offset);
    return key;
}

std::vector<std::string> split_lines(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

std::span<const uint8_t> bytes_of(sqlite3_value* value) {
    const auto* data = static_cast<const uint8_t*>(sqlite3_value_blob(value));
    return {data, static_cast<size_t>(sqlite3_value_bytes(value))};
}

const char* table_of(Kind kind) { return kind == Kind::flow ? "flow" : "event"; }

// What columns can say of the filter, before it is asked itself.
std::string condition_of(const Query& query) {
    std::string out;
    const auto add = [&](std::string_view column, std::string_view op, uint64_t value) {
        // The columns are signed; no value beyond that is in any of them.
        out += fmt::format(" AND {} {} {}", column, op, static_cast<int64_t>(value));
    };
    if (query.run_id != 0) add("run", "=", query.run_id);
    if (query.kind == Kind::flow) return out;
    add("type", "=", static_cast<uint64_t>(EventType::alert));
    if (query.since_ns > 0) add("time_ns", ">=", static_cast<uint64_t>(query.since_ns));
    if (query.until_ns < INT64_MAX) add("time_ns", "<", static_cast<uint64_t>(query.until_ns));
    if (const auto id = query.filter.required_value("rule.id")) add("rule_id", "=", *id);
    if (const auto id = query.filter.required_value("flow.id")) add("flow_id", "=", *id);
    return out;
}

}  // namespace

bool Row::read(Kind kind, std::span<const uint8_t> bytes) {
    if (kind == Kind::flow) return record::read_record(bytes, record) == nullptr;
    if (record::read_match(bytes, match) != nullptr) return false;
    record = record::flow_of(match.event);
    return true;
}

base::Result<std::unique_ptr<Cursor>> Cursor::open(const std::string& path, const Query& query) {
    auto cursor = std::make_unique<Cursor>();
    auto database = Database::open(path, Database::Mode::read_only);
    if (!database) return database.error();
    cursor->database_ = std::move(*database);
    cursor->query_ = &query;
    if (!cursor->has_table()) return cursor;
    if (auto status = cursor->read_runs(); !status) return status.error();
    if (auto status = cursor->select(); !status) return status.error();
    return cursor;
}

// A slice that another process has just begun has none yet; one of an older version has no events.
bool Cursor::has_table() {
    auto tables = database_.prepare(
        fmt::format("SELECT 1 FROM sqlite_master WHERE name = '{}'", table_of(query_->kind)));
    return !tables || tables->step() != SQLITE_DONE;
}

base::Status Cursor::read_runs() {
    auto runs = database_.prepare("SELECT run, ports FROM run");
    if (!runs) return runs.error();
    while (runs->step() == SQLITE_ROW)
        port_names_[runs->column_int(0)] = split_lines(runs->column_text(1));
    return base::Ok{};
}

base::Status Cursor::select() {
    const auto add_function = [&](const char* name, auto* function) {
        sqlite3_create_function_v2(database_.handle(), name, 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   this, function, nullptr, nullptr, nullptr);
    };
    add_function("matches", sql_matches);
    add_function("key", sql_key);
    auto statement = database_.prepare(fmt::format(
        "SELECT run, record, key(run, record) AS place FROM {} WHERE TRUE{} AND matches(run, "
        "record) "
        "ORDER BY place {}, run, worker, sequence LIMIT {}",
        table_of(query_->kind), condition_of(*query_), query_->descending ? "DESC" : "ASC",
        std::min<uint64_t>(query_->limit, INT64_MAX)));
    if (!statement) return statement.error();
    statement_ = std::move(*statement);
    return base::Ok{};
}

bool Cursor::advance() {
    if (!statement_) return false;
    const int code = statement_.step();
    if (code == SQLITE_DONE) return false;
    if (code != SQLITE_ROW || !row_.read(query_->kind, statement_.column_blob(1))) {
        problem_ = database_.error("cannot be read further").message;
        return false;
    }
    run_ = statement_.column_int(0);
    key_ = statement_.column_text(2);
    return true;
}

filter::Subject Cursor::subject_of(int64_t run, const Row& row) const {
    const auto names = port_names_.find(run);
    const uint16_t port = row.record.port_index;
    const bool known = names != port_names_.end() && port < names->second.size();
    return {row.record, known ? std::string_view(names->second[port]) : std::string_view{},
            query_->kind == Kind::flow ? nullptr : &row.match};
}

void Cursor::sql_matches(sqlite3_context* sql, int, sqlite3_value** arguments) {
    auto& cursor = *static_cast<Cursor*>(sqlite3_user_data(sql));
    Row& row = cursor.argument_;
    const bool matches =
        row.read(cursor.query_->kind, bytes_of(arguments[1])) &&
        cursor.query_->filter.matches(cursor.subject_of(sqlite3_value_int64(arguments[0]), row));
    sqlite3_result_int(sql, matches ? 1 : 0);
}

void Cursor::sql_key(sqlite3_context* sql, int, sqlite3_value** arguments) {
    auto& cursor = *static_cast<Cursor*>(sqlite3_user_data(sql));
    Row& row = cursor.argument_;
    if (!row.read(cursor.query_->kind, bytes_of(arguments[1]))) return sqlite3_result_null(sql);
    const std::string key =
        sort_key(*cursor.query_, cursor.subject_of(sqlite3_value_int64(arguments[0]), row));
    sqlite3_result_blob64(sql, key.data(), key.size(), SQLITE_TRANSIENT);
}

}  // namespace baleen::store
