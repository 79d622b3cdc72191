// `baleen events [FILTER]`: events out of the store, of rules and of application protocols, for
// people, as EVE JSON lines, as flat JSON or as CSV; or counted by rule.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/events_by_rule.h"
#include "cli/options.h"
#include "cli/query_options.h"
#include "control/store/query.h"
#include "control/store/store.h"
#include "filter/event_type.h"
#include "record/alert.h"
#include "record/event_row.h"

namespace baleen::cli {
namespace {

constexpr size_t write_bytes = 1 << 16;

using filter::EventType;
using filter::Kind;
using filter::Subject;

// How events are written.
struct Form {
    std::string_view csv_header;
    std::string_view table_header;
    void (*eve)(std::string&, const Subject&);
    void (*json)(std::string&, const Subject&);
    void (*csv)(std::string&, const Subject&);
    void (*row)(std::string&, const Subject&);
};

// Calls `write` for the event that the subject is.
template <class Write>
void with_event(const Subject& s, const Write& write) {
    if (s.match != nullptr) write(*s.match);
    else write(*s.app);
}

const Form alert_form = {
    .csv_header = record::alert_csv_header,
    .table_header = record::alert_table_header,
    .eve = [](std::string& out,
              const Subject& s) { record::append_eve_alert(out, *s.match, s.port_name); },
    .json = [](std::string& out,
               const Subject& s) { record::append_alert_json(out, *s.match, s.port_name); },
    .csv = [](std::string& out,
              const Subject& s) { record::append_alert_csv(out, *s.match, s.port_name); },
    .row = [](std::string& out, const Subject& s) { record::append_alert_row(out, *s.match); }};

// Of all types: the same columns for each.
const Form event_form = {
    .csv_header = record::event_csv_header,
    .table_header = record::event_table_header,
    .eve =
        [](std::string& out, const Subject& s) {
            if (s.match != nullptr) record::append_eve_alert(out, *s.match, s.port_name);
            else record::append_eve_app(out, *s.app, s.port_name);
        },
    .json =
        [](std::string& out, const Subject& s) {
            with_event(s, [&](const auto& e) { record::append_event_json(out, e, s.port_name); });
        },
    .csv =
        [](std::string& out, const Subject& s) {
            with_event(s, [&](const auto& e) { record::append_event_csv(out, e, s.port_name); });
        },
    .row =
        [](std::string& out, const Subject& s) {
            with_event(s, [&](const auto& e) { record::append_event_row(out, e); });
        }};

const Form& form_of(const EventType& type) {
    return type.kind == Kind::alert ? alert_form : event_form;
}

struct Options {
    std::string data;
    std::string type = "alert";
    std::string format = "table";
    std::string filter;
    std::vector<std::string> words;
    TimeBounds bounds;
    std::string sort, by;
    bool last_run = false, list_fields = false;
    uint64_t limit = UINT64_MAX;
};

void write(std::string& out) {
    std::fwrite(out.data(), 1, out.size(), stdout);
    out.clear();
}

int list_fields(filter::Kind kind) {
    for (const filter::Field* field : filter::fields(kind))
        fmt::print("{:<30} {}\n", field->name, field->description);
    return exit_ok;
}

// Empty: the query is ready; else what is wrong with the options.
std::string prepare(const Options& options, const EventType& type, store::Query& query) {
    query.kind = type.kind;
    query.app_protos = type.app_protos;
    query.limit = options.limit;
    std::string text = fmt::format("{}", fmt::join(options.words, " "));
    if (!options.filter.empty())
        text = text.empty() ? options.filter : fmt::format("({}) && ({})", options.filter, text);
    auto parsed = filter::Filter::parse(text, type.kind);
    if (const auto* error = std::get_if<filter::FilterError>(&parsed))
        return "filter:\n" + filter::format_error(text, *error);
    query.filter = std::move(std::get<filter::Filter>(parsed));
    if (std::string problem = options.bounds.apply(query); !problem.empty()) return problem;
    return apply_sort(options.sort, query);
}

// A line per event.
base::Status answer(const Options& options, const EventType& type, const std::string& directory,
                    const store::Query& query, std::vector<std::string>& problems) {
    std::string out;
    const Form& form = form_of(type);
    auto* append = form.row;
    if (options.format == "csv") append = form.csv;
    if (options.format == "json") append = form.json;
    if (options.format == "eve") append = form.eve;
    if (options.format == "csv") (out += form.csv_header) += '\n';
    if (options.format == "table") (out += form.table_header) += '\n';
    auto status = store::run_query(
        directory, query,
        [&](const filter::Subject& subject) {
            append(out, subject);
            out += '\n';
            if (out.size() >= write_bytes) write(out);
            return true;
        },
        problems);
    if (status) write(out);
    return status;
}

base::Status answer_by_rule(const Options& options, const std::string& directory,
                            const store::Query& query, std::vector<std::string>& problems) {
    RuleTally tally;
    auto status = store::run_query(
        directory, query,
        [&](const filter::Subject& subject) {
            tally.add(*subject.match);
            return true;
        },
        problems);
    if (!status) return status;
    std::string out;
    if (options.format == "csv") tally.append_csv(out);
    else if (options.format == "table") tally.append_table(out);
    else tally.append_json(out);
    write(out);
    return status;
}

}  // namespace

Command add_events(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--data", options->data, "Folder of the store");
    app.add_option(
           "--type", options->type,
           "Type of the events: alert (what rules found), dns, tls, http, ... (what protocols "
           "said), or all")
        ->capture_default_str();
    app.add_option("--format", options->format,
                   "table, csv, json (the columns of csv) or eve (Suricata's)")
        ->check(CLI::IsMember({"table", "csv", "json", "eve"}))
        ->capture_default_str();
    app.add_option("-f,--filter", options->filter, "Only events that match, as FILTER");
    options->bounds.add_to(app, "Only events");
    app.add_option("--sort", options->sort,
                   "Field to sort by; a leading - turns the order round (--sort=-time)");
    app.add_option("--limit", options->limit, "At most so many events");
    app.add_option("--by", options->by, "Count instead of listing: rule")
        ->check(CLI::IsMember({"rule"}));
    app.add_flag("--last-run", options->last_run, "Only the newest run");
    app.add_flag("--fields", options->list_fields, "List the fields of the filter");
    app.add_option("FILTER", options->words,
                   "Like: 'severity <= 2 && rule.name contains \"scan\"' or: host 10.0.0.1");

    return [options]() -> int {
        const auto found = filter::find_event_type(options->type);
        if (!found) return usage_error("--type: " + found.error().message);
        const EventType* type = *found;
        if (options->by == "rule" && type->kind != Kind::alert)
            return usage_error("--by rule counts alerts only: --type alert");
        if (options->list_fields) return list_fields(type->kind);
        store::Query query;
        if (const std::string problem = prepare(*options, *type, query); !problem.empty())
            return usage_error(problem);
        const std::string directory =
            options->data.empty() ? store::default_directory() : options->data;
        if (options->last_run) query.run_id = store::last_run_id(directory);
        std::vector<std::string> problems;
        const auto status = options->by == "rule"
                                ? answer_by_rule(*options, directory, query, problems)
                                : answer(*options, *type, directory, query, problems);
        if (!status) return run_error(status.error().message);
        for (const std::string& problem : problems) run_error(problem);
        return problems.empty() ? exit_ok : exit_failure;
    };
}

}  // namespace baleen::cli
