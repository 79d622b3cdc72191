// Sums over time: the largest of anything, series, heat maps, hosts, conversations, protocols.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/endpoints/answers.h"
#include "control/endpoints/arguments.h"
#include "control/endpoints/endpoints.h"
#include "control/store/host.h"
#include "control/store/matrix.h"
#include "control/store/series.h"
#include "control/store/stored_times.h"
#include "control/store/top.h"
#include "filter/literal.h"

namespace baleen::endpoints {
namespace {

using nlohmann::ordered_json;
using store::Grouping;
using store::Measure;

constexpr std::string_view measures[] = {"bytes", "packets", "flows"};
// Rows that one answer may read: some ten seconds.
constexpr uint64_t rows_max = 30'000'000;
// A picture has some hundred steps; without a step that is what is aimed at.
constexpr int64_t steps_usual = 200;
constexpr int64_t second_ns = 1'000'000'000;
constexpr int64_t minute_ns = 60 * second_ns, hour_ns = 60 * minute_ns, day_ns = 24 * hour_ns;
constexpr int64_t steps_ns[] = {second_ns, 5 * second_ns, 10 * second_ns, 30 * second_ns,
                                minute_ns, 5 * minute_ns, 10 * minute_ns, 30 * minute_ns,
                                hour_ns,   3 * hour_ns,   6 * hour_ns,    12 * hour_ns,
                                day_ns};

// Which records, of what kind, by what measure.
struct Question {
    store::Scope scope;
    Measure by = Measure::bytes;

    filter::Kind kind() const { return scope.query.kind; }
};

Question read_question(const Services& services, const api::Request& request,
                       Arguments& arguments) {
    Question out;
    out.scope.directory = services.directory;
    out.scope.cancel = cancel_of(request);
    out.scope.rows_max = rows_max;
    out.scope.query.filter = arguments.filter("filter", filter::Kind::flow);
    out.scope.query.since_ns = arguments.time("since", 0);
    out.scope.query.until_ns = arguments.time("until", INT64_MAX);
    out.by = *store::measure_of(arguments.choice("by", measures, "bytes"));
    return out;
}

// What is grouped by; nothing where it is not given and nothing is usual.
std::optional<Grouping> read_grouping(Arguments& arguments, std::string_view name,
                                      std::string_view usual) {
    const std::string text = arguments.text(name, usual);
    if (text.empty()) return std::nullopt;
    auto grouping = Grouping::parse(text, filter::Kind::flow);
    if (grouping) return std::move(*grouping);
    arguments.refuse(name, grouping.error().message);
    return std::nullopt;
}

ordered_json sums_json(const store::Sums& sums) {
    return {{"flows", sums.flows},
            {"records", sums.records},
            {"packets_out", sums.packets_out},
            {"packets_in", sums.packets_in},
            {"bytes_out", sums.bytes_out},
            {"bytes_in", sums.bytes_in}};
}

ordered_json row_json(const store::TopRow& row) {
    ordered_json out{{"key", row.texts}};
    out.update(sums_json(row.sums));
    return out;
}

ordered_json rows_json(const std::vector<store::TopRow>& rows) {
    ordered_json out = ordered_json::array();
    for (const store::TopRow& row : rows) out.push_back(row_json(row));
    return out;
}

// What every answer says of itself; its other members follow.
ordered_json answer_json(const store::AnswerInfo& info) {
    return {{"since_ns", info.since_ns},         {"until_ns", info.until_ns},
            {"is_exact", info.is_exact},         {"is_whole", info.outcome == store::Outcome::done},
            {"from_rollups", info.from_rollups}, {"rows_read", info.rows_read},
            {"problems", info.problems}};
}

// An answer that nobody waits for is none; one that took too long tells what it has.
std::optional<api::Response> cancelled(const store::AnswerInfo& info) {
    if (info.outcome != store::Outcome::cancelled) return std::nullopt;
    return stopped(info.outcome);
}

api::Response answer_top(const Question& question, const Grouping& grouping, uint64_t limit) {
    const auto top = store::find_top(question.scope, grouping, question.by, limit);
    if (!top) return store_problem(top.error());
    if (auto problem = cancelled(top->info)) return std::move(*problem);
    ordered_json out = answer_json(top->info);
    out["field"] = grouping.name();
    out["by"] = store::name_of(question.by);
    out["rows"] = rows_json(top->rows);
    out["others"] = sums_json(top->others);
    out["total"] = sums_json(top->total);
    return api::json_response(out);
}

api::Response top(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    const Question question = read_question(services, request, arguments);
    const auto grouping = read_grouping(arguments, "field", "host");
    const uint64_t limit = arguments.count("limit", 20, 1, 1000);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    return answer_top(question, *grouping, limit);
}

api::Response top_of(const Services& services, const api::Request& request,
                     store::Dimension dimension) {
    Arguments arguments(request);
    const Question question = read_question(services, request, arguments);
    const uint64_t limit = arguments.count("limit", 100, 1, 1000);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    return answer_top(question, Grouping::of(dimension), limit);
}

// The step that is asked for, or one that makes a picture of the time.
int64_t read_step(Arguments& arguments, const Services& services, Question& question) {
    const int64_t given_ns = arguments.duration("step", 0, store::step_ns_min);
    store::Query& query = question.scope.query;
    const store::StoredTimes stored = store::stored_times(services.directory);
    // Without bounds, what there is.
    if (query.since_ns == 0) query.since_ns = stored.first_ns;
    if (query.until_ns == INT64_MAX) query.until_ns = stored.until_ns;
    query.until_ns = std::max(query.until_ns, query.since_ns + 1);
    const int64_t span_ns = query.until_ns - query.since_ns;
    const int64_t count_max = given_ns > 0 ? int64_t{store::steps_max} : steps_usual;
    const int64_t least_ns = span_ns / count_max;
    if (given_ns >= least_ns && given_ns > 0) return given_ns;
    if (given_ns > 0)
        arguments.refuse("step", fmt::format("these would be more than {} steps", count_max));
    for (const int64_t step_ns : steps_ns)
        if (step_ns >= least_ns) return step_ns;
    return day_ns;
}

uint64_t value_of(const store::Sums& sums, const Question& question) {
    return store::value_of(sums, question.by, question.kind());
}

ordered_json values_json(const std::vector<store::Sums>& steps, const Question& question) {
    ordered_json out = ordered_json::array();
    for (const store::Sums& sums : steps) out.push_back(value_of(sums, question));
    return out;
}

ordered_json times_json(int64_t start_ns, int64_t step_ns, size_t count) {
    ordered_json out = ordered_json::array();
    for (size_t i = 0; i < count; i++) out.push_back(start_ns + static_cast<int64_t>(i) * step_ns);
    return out;
}

api::Response series(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    Question question = read_question(services, request, arguments);
    const auto grouping = read_grouping(arguments, "field", "");
    const uint64_t limit = arguments.count("limit", 8, 1, 50);
    const int64_t step_ns = read_step(arguments, services, question);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    const auto found = store::find_series(question.scope, grouping, question.by, step_ns, limit);
    if (!found) return store_problem(found.error());
    if (auto problem = cancelled(found->info)) return std::move(*problem);
    ordered_json out = answer_json(found->info);
    out["by"] = store::name_of(question.by);
    out["step_ns"] = found->step_ns;
    out["times_ns"] = times_json(found->start_ns, found->step_ns, found->total.size());
    out["total"] = values_json(found->total, question);
    ordered_json lines = ordered_json::array();
    for (const store::Line& line : found->lines)
        lines.push_back({{"key", line.texts}, {"values", values_json(line.steps, question)}});
    out["series"] = std::move(lines);
    out["others"] = grouping ? values_json(found->others, question) : ordered_json(nullptr);
    return api::json_response(out);
}

ordered_json matrix_json(const store::Matrix& matrix, const Question& question) {
    ordered_json out = answer_json(matrix.info);
    out["by"] = store::name_of(question.by);
    ordered_json rows = ordered_json::array(), columns = ordered_json::array();
    for (const store::MatrixAxis& row : matrix.rows) rows.push_back(row.texts);
    for (const store::MatrixAxis& column : matrix.columns) columns.push_back(column.texts);
    out["rows"] = std::move(rows);
    out["columns"] = matrix.step_ns == 0
                         ? std::move(columns)
                         : times_json(matrix.start_ns, matrix.step_ns, matrix.columns.size());
    out["step_ns"] = matrix.step_ns == 0 ? ordered_json(nullptr) : ordered_json(matrix.step_ns);
    ordered_json values = ordered_json::array();
    for (const auto& row : matrix.cells) values.push_back(values_json(row, question));
    out["values"] = std::move(values);
    return out;
}

api::Response matrix(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    Question question = read_question(services, request, arguments);
    const auto rows = read_grouping(arguments, "rows", "host");
    const bool is_over_time = arguments.text("columns", "time") == "time";
    const auto columns = is_over_time ? std::nullopt : read_grouping(arguments, "columns", "");
    const uint64_t limit = arguments.count("limit", 50, 1, 500);
    const int64_t step_ns = is_over_time ? read_step(arguments, services, question) : 0;
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    const auto found =
        columns ? store::find_matrix(question.scope, *rows, *columns, question.by, limit, limit)
                : store::find_matrix(question.scope, *rows, question.by, limit, step_ns);
    if (!found) return store_problem(found.error());
    if (auto problem = cancelled(found->info)) return std::move(*problem);
    return api::json_response(matrix_json(*found, question));
}

api::Response host(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    const Question question = read_question(services, request, arguments);
    const uint64_t limit = arguments.count("limit", 20, 1, 100);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    const auto address = filter::parse_prefix(request.captures[0]);
    if (!address || address->prefix_bits != 128)
        return api::problem(404, "not-found", "There is no such host",
                            request.captures[0] + " is no address");
    const auto found = store::find_host(question.scope, address->address, question.by, limit);
    if (!found) return store_problem(found.error());
    if (auto problem = cancelled(found->info)) return std::move(*problem);
    ordered_json out = answer_json(found->info);
    out["address"] = request.captures[0];
    out["sums"] = sums_json(found->sums);
    out["first_ns"] = found->first_ns;
    out["last_ns"] = found->last_ns;
    out["peers"] = rows_json(found->peers);
    out["ports"] = rows_json(found->ports);
    out["protocols"] = rows_json(found->protocols);
    return api::json_response(out);
}

ordered_json node_json(const store::ProtocolNode& node) {
    ordered_json out{{"name", node.name}};
    out.update(sums_json(node.sums));
    ordered_json children = ordered_json::array();
    for (const store::ProtocolNode& child : node.children) children.push_back(node_json(child));
    out["children"] = std::move(children);
    return out;
}

api::Response protocols(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    const Question question = read_question(services, request, arguments);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    const auto found = store::find_hierarchy(question.scope, question.by);
    if (!found) return store_problem(found.error());
    if (auto problem = cancelled(found->info)) return std::move(*problem);
    ordered_json out = answer_json(found->info);
    out["total"] = sums_json(found->root.sums);
    out["protocols"] = node_json(found->root)["children"];
    return api::json_response(out);
}

}  // namespace

void add_analysis(api::Router& router, const Services& services) {
    const auto add = [&](const char* pattern, auto answer) {
        router.add(
            {.pattern = pattern, .handler = [&services, answer](const api::Request& request) {
                 return answer(services, request);
             }});
    };
    add("/api/v1/top", top);
    add("/api/v1/series", series);
    add("/api/v1/matrix", matrix);
    add("/api/v1/hosts/{address}", host);
    add("/api/v1/protocols", protocols);
    const auto add_top = [&](const char* pattern, store::Dimension dimension) {
        router.add({.pattern = pattern, .handler = [&, dimension](const api::Request& request) {
                        return top_of(services, request, dimension);
                    }});
    };
    add_top("/api/v1/hosts", store::Dimension::host);
    add_top("/api/v1/conversations", store::Dimension::pair);
}

}  // namespace baleen::endpoints
