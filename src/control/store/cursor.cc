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

// Bytes that compare like the value.
std::string bytes_of(const filter::Value& value) {
    std::string out;
    switch (value.type) {
        case filter::Value::Type::number: append_be(out, value.number); break;
        case filter::Value::Type::address:
            out.assign(value.address.begin(), value.address.end());
            break;
        case filter::Value::Type::text: (out += value.text) += '\0'; break;
    }
    return out;
}

// The place of a record in the order, as bytes that compare like it: value (of several, the
// smallest), then what tells records apart. Records without the field come first.
std::string sort_key(const Query& query, const filter::Subject& subject) {
    static const filter::Field* const start = filter::find_field("flow.start");
    static const filter::Field* const time = filter::find_field("event.time", Kind::event);
    const filter::Field& field = query.sort != nullptr      ? *query.sort
                                 : query.kind == Kind::flow ? *start
                                                            : *time;
    filter::Values values;
    field.read(subject, values);
    std::string key(1, values.empty() ? '\0' : '\1');
    std::string smallest;
    for (const filter::Value& value : values) {
        std::string bytes = bytes_of(value);
        if (&value == &values[0] || bytes < smallest) smallest = std::move(bytes);
    }
    key += smallest;
    append_be(key, subject.record.flow_id);
    append_be(key, subject.record.part);
    if (subject.match != nullptr) {
        append_be(key, subject.match->event.id);
        append_be(key, subject.match->event.offset);
    } else if (subject.app != nullptr) {
        append_be(key, subject.app->event.number);
    }
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

// In place of a type, for rows of flows.
constexpr int64_t flow_type = 0;

std::vector<uint32_t> numbers_of(const std::vector<application::AppProto>& app_protos) {
    std::vector<uint32_t> out;
    for (const application::AppProto app_proto : app_protos)
        out.push_back(static_cast<uint32_t>(app_proto));
    return out;
}

// What columns can say of the filter, before it is asked itself.
std::string condition_of(const Query& query) {
    std::string out;
    const auto within = [&](std::string_view column, filter::Filter::Range range) {
        // The columns are signed; no value beyond that is in any of them.
        constexpr uint64_t column_max = INT64_MAX;
        if (range.low > std::min(range.high, column_max)) {
            out += " AND FALSE";
        } else if (range.low == range.high) {
            out += fmt::format(" AND {} = {}", column, range.low);
        } else {
            if (range.low > 0) out += fmt::format(" AND {} >= {}", column, range.low);
            if (range.high < column_max) out += fmt::format(" AND {} <= {}", column, range.high);
        }
    };
    const auto wanted = [&](std::string_view field) { return query.filter.required_range(field); };
    if (query.run_id != 0) out += fmt::format(" AND run = {}", static_cast<int64_t>(query.run_id));
    if (query.kind == Kind::flow) {
        within("first_ns", wanted("flow.start"));
        within("last_ns", wanted("flow.end"));
        // The index is on the start, and no flow ends before that.
        within("first_ns", {.high = wanted("flow.end").high});
        return out;
    }
    if (query.kind == Kind::alert) out += fmt::format(" AND type = {}", int(EventType::alert));
    if (query.kind == Kind::app) out += fmt::format(" AND type = {}", int(EventType::application));
    if (!query.app_protos.empty())
        out += fmt::format(" AND app_proto IN ({})", fmt::join(numbers_of(query.app_protos), ","));
    within("time_ns", wanted("event.time"));
    if (query.since_ns > 0) out += fmt::format(" AND time_ns >= {}", query.since_ns);
    if (query.until_ns < INT64_MAX) out += fmt::format(" AND time_ns < {}", query.until_ns);
    within("rule_id", wanted("rule.id"));
    within("flow_id", wanted("flow.id"));
    return out;
}

}  // namespace

bool Row::read(int64_t type, std::span<const uint8_t> bytes) {
    switch (static_cast<EventType>(type)) {
        case EventType::alert:
            kind = Kind::alert;
            if (record::read_match(bytes, match) != nullptr) return false;
            record = record::flow_of(match.event);
            return true;
        case EventType::application:
            kind = Kind::app;
            if (record::read_app_event(bytes, app) != nullptr) return false;
            record = record::flow_of(app.event);
            return true;
    }
    kind = Kind::flow;
    return type == flow_type && record::read_record(bytes, record) == nullptr;
}

base::Result<std::unique_ptr<Cursor>> Cursor::open(const std::string& path, const Query& query) {
    auto cursor = std::make_unique<Cursor>();
    auto database = Database::open(path, Database::Mode::read_only);
    if (!database) return database.error();
    cursor->database_ = std::move(*database);
    cursor->query_ = &query;
    if (!cursor->has_table()) return cursor;
    // A slice of an older version knows no protocols.
    if (!query.app_protos.empty() && !cursor->has_column("app_proto")) return cursor;
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

bool Cursor::has_column(std::string_view name) {
    auto columns = database_.prepare(fmt::format(
        "SELECT 1 FROM pragma_table_info('{}') WHERE name = '{}'", table_of(query_->kind), name));
    return columns && columns->step() == SQLITE_ROW;
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
        sqlite3_create_function_v2(database_.handle(), name, 3, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   this, function, nullptr, nullptr, nullptr);
    };
    add_function("matches", sql_matches);
    add_function("key", sql_key);
    const std::string type =
        query_->kind == Kind::flow ? fmt::format("{}", flow_type) : std::string("type");
    auto statement = database_.prepare(fmt::format(
        "SELECT run, record, key(run, {0}, record) AS place, {0} FROM {1} WHERE TRUE{2} "
        "AND matches(run, {0}, record) ORDER BY place {3}, run, worker, sequence LIMIT {4}",
        type, table_of(query_->kind), condition_of(*query_), query_->descending ? "DESC" : "ASC",
        std::min<uint64_t>(query_->limit, INT64_MAX)));
    if (!statement) return statement.error();
    statement_ = std::move(*statement);
    return base::Ok{};
}

bool Cursor::advance() {
    if (!statement_) return false;
    const int code = statement_.step();
    if (code == SQLITE_DONE) return false;
    if (code != SQLITE_ROW || !row_.read(statement_.column_int(3), statement_.column_blob(1))) {
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
            row.kind == Kind::alert ? &row.match : nullptr,
            row.kind == Kind::app ? &row.app : nullptr};
}

void Cursor::sql_matches(sqlite3_context* sql, int, sqlite3_value** arguments) {
    auto& cursor = *static_cast<Cursor*>(sqlite3_user_data(sql));
    Row& row = cursor.argument_;
    const bool matches =
        row.read(sqlite3_value_int64(arguments[1]), bytes_of(arguments[2])) &&
        cursor.query_->filter.matches(cursor.subject_of(sqlite3_value_int64(arguments[0]), row));
    sqlite3_result_int(sql, matches ? 1 : 0);
}

void Cursor::sql_key(sqlite3_context* sql, int, sqlite3_value** arguments) {
    auto& cursor = *static_cast<Cursor*>(sqlite3_user_data(sql));
    Row& row = cursor.argument_;
    if (!row.read(sqlite3_value_int64(arguments[1]), bytes_of(arguments[2])))
        return sqlite3_result_null(sql);
    const std::string key =
        sort_key(*cursor.query_, cursor.subject_of(sqlite3_value_int64(arguments[0]), row));
    sqlite3_result_blob64(sql, key.data(), key.size(), SQLITE_TRANSIENT);
}

}  // namespace baleen::store
