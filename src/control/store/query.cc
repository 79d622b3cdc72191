#include "control/store/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>

#include "control/store/database.h"
#include "control/store/slice.h"
#include "record/validate.h"

namespace baleen::store {
namespace {

namespace fs = std::filesystem;
using record::FlowRecord;

// What the SQL functions of one slice know.
struct Context {
    const Query* query;
    std::map<int64_t, std::vector<std::string>> port_names;  // by run

    filter::Subject subject(int64_t run, const FlowRecord& record) const {
        const auto names = port_names.find(run);
        const bool known = names != port_names.end() && record.port_index < names->second.size();
        return {record,
                known ? std::string_view(names->second[record.port_index]) : std::string_view{}};
    }
};

void append_be(std::string& out, uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

// The place of a record in the order, as bytes that compare like it: value (of several, the
// smallest), then flow_id and part. Records without the field come first.
std::string sort_key(const Query& query, const filter::Subject& subject) {
    static const filter::Field* const start = filter::find_field("flow.start");
    const filter::Field& field = query.sort != nullptr ? *query.sort : *start;
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
    return key;
}

bool read_argument(sqlite3_value* value, FlowRecord& record) {
    const auto* data = static_cast<const uint8_t*>(sqlite3_value_blob(value));
    const auto bytes = static_cast<size_t>(sqlite3_value_bytes(value));
    return record::read_record({data, bytes}, record) == nullptr;
}

// flow_matches(run, record): the filter, inside SQLite, so that what does not match is never
// sorted.
void sql_matches(sqlite3_context* sql, int, sqlite3_value** arguments) {
    const auto& context = *static_cast<const Context*>(sqlite3_user_data(sql));
    FlowRecord record;
    const bool matches =
        read_argument(arguments[1], record) &&
        context.query->filter.matches(context.subject(sqlite3_value_int64(arguments[0]), record));
    sqlite3_result_int(sql, matches ? 1 : 0);
}

// flow_key(run, record): sort_key().
void sql_key(sqlite3_context* sql, int, sqlite3_value** arguments) {
    const auto& context = *static_cast<const Context*>(sqlite3_user_data(sql));
    FlowRecord record;
    if (!read_argument(arguments[1], record)) return sqlite3_result_null(sql);
    const std::string key =
        sort_key(*context.query, context.subject(sqlite3_value_int64(arguments[0]), record));
    sqlite3_result_blob64(sql, key.data(), key.size(), SQLITE_TRANSIENT);
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

// One slice's answer, standing on its next record.
class Cursor {
public:
    static base::Result<std::unique_ptr<Cursor>> open(const std::string& path, const Query& query) {
        auto cursor = std::make_unique<Cursor>();
        auto database = Database::open(path, Database::Mode::read_only);
        if (!database) return database.error();
        cursor->database_ = std::move(*database);
        cursor->context_.query = &query;
        if (!cursor->has_tables()) return cursor;
        if (auto status = cursor->read_runs(); !status) return status.error();
        cursor->add_function("flow_matches", sql_matches);
        cursor->add_function("flow_key", sql_key);
        auto statement = cursor->database_.prepare(fmt::format(
            "SELECT run, record, flow_key(run, record) AS key FROM flow WHERE flow_matches(run, "
            "record){} "
            "ORDER BY key {}, run, worker, sequence LIMIT {}",
            query.run_id == 0 ? "" : fmt::format(" AND run = {}", query.run_id),
            query.descending ? "DESC" : "ASC", std::min<uint64_t>(query.limit, INT64_MAX)));
        if (!statement) return statement.error();
        cursor->statement_ = std::move(*statement);
        return cursor;
    }

    // False: there is no further record; problem() tells whether an error is the reason.
    bool advance() {
        if (!statement_) return false;
        const int code = statement_.step();
        if (code == SQLITE_DONE) return false;
        if (code != SQLITE_ROW ||
            record::read_record(statement_.column_blob(1), record_) != nullptr) {
            problem_ = database_.error("cannot be read further").message;
            return false;
        }
        run_ = statement_.column_int(0);
        key_ = statement_.column_text(2);
        return true;
    }

    filter::Subject subject() const { return context_.subject(run_, record_); }
    const std::string& key() const { return key_; }
    const std::string& problem() const { return problem_; }

private:
    // A slice that another process has just begun has none yet.
    bool has_tables() {
        auto tables = database_.prepare("SELECT 1 FROM sqlite_master WHERE name = 'flow'");
        return !tables || tables->step() != SQLITE_DONE;
    }
    base::Status read_runs() {
        auto runs = database_.prepare("SELECT run, ports FROM run");
        if (!runs) return runs.error();
        while (runs->step() == SQLITE_ROW)
            context_.port_names[runs->column_int(0)] = split_lines(runs->column_text(1));
        return base::Ok{};
    }
    void add_function(const char* name, void (*function)(sqlite3_context*, int, sqlite3_value**)) {
        sqlite3_create_function_v2(database_.handle(), name, 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   &context_, function, nullptr, nullptr, nullptr);
    }

    Database database_;
    Context context_;
    Statement statement_;
    FlowRecord record_{};
    int64_t run_ = 0;
    std::string key_;
    std::string problem_;
};

std::vector<fs::path> slice_paths(const std::string& directory) {
    std::vector<fs::path> paths;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(directory, failed))
        if (slice_start_ns(entry.path().filename().string()) >= 0) paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace

base::Status run_query(const std::string& directory, const Query& query, const Visitor& visit,
                       std::vector<std::string>& problems) {
    if (!fs::is_directory(directory))
        return base::Error{fmt::format(
            "there is no store in {}; `baleen run` makes one, --data names another", directory)};
    // Cursors as a heap, the next record on top.
    std::vector<std::unique_ptr<Cursor>> heap;
    const auto later = [&](const std::unique_ptr<Cursor>& a, const std::unique_ptr<Cursor>& b) {
        return query.descending ? a->key() < b->key() : a->key() > b->key();
    };
    const auto advance_into_heap = [&](std::unique_ptr<Cursor> cursor) {
        if (cursor->advance()) {
            heap.push_back(std::move(cursor));
            std::push_heap(heap.begin(), heap.end(), later);
        } else if (!cursor->problem().empty()) {
            problems.push_back(cursor->problem());
        }
    };
    for (const fs::path& path : slice_paths(directory)) {
        auto cursor = Cursor::open(path.string(), query);
        if (cursor) advance_into_heap(std::move(*cursor));
        else problems.push_back(cursor.error().message);
    }
    for (uint64_t count = 0; count < query.limit && !heap.empty(); count++) {
        std::pop_heap(heap.begin(), heap.end(), later);
        std::unique_ptr<Cursor> cursor = std::move(heap.back());
        heap.pop_back();
        if (!visit(cursor->subject())) break;
        advance_into_heap(std::move(cursor));
    }
    return base::Ok{};
}

uint64_t last_run_id(const std::string& directory) {
    uint64_t last = 0;
    for (const fs::path& path : slice_paths(directory)) {
        auto database = Database::open(path.string(), Database::Mode::read_only);
        if (!database) continue;
        auto statement = database->prepare("SELECT max(run) FROM run");
        if (statement && statement->step() == SQLITE_ROW)
            last = std::max(last, static_cast<uint64_t>(statement->column_int(0)));
    }
    return last;
}

}  // namespace baleen::store
