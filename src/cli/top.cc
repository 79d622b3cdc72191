// `baleen top [FIELD] [FILTER]`: who or what there is most of in the store, as a table with bars,
// as JSON or as CSV.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/query_options.h"
#include "control/store/store.h"
#include "control/store/top.h"
#include "record/columns.h"
#include "record/text.h"

namespace baleen::cli {
namespace {

using filter::Kind;
using store::Measure;
using store::Sums;

struct Options {
    std::string data, of = "flows", field = "host", by = "bytes";
    std::vector<std::string> words;
    TimeBounds bounds;
    uint64_t limit = 20;
    bool json = false, csv = false, last_run = false;
};

struct Question {
    store::Scope scope;
    store::Grouping by;
    Measure measure;
};

Kind kind_of(const std::string& of) {
    if (of == "flows") return Kind::flow;
    return of == "alerts" ? Kind::alert : Kind::event;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts)
        if (!text.empty()) out += (out.empty() ? "" : " ") + text;
    return out;
}

double share_of(const Sums& part, const Question& question, const Sums& total) {
    const Kind kind = question.scope.query.kind;
    const auto whole = static_cast<double>(value_of(total, question.measure, kind));
    const auto value = static_cast<double>(value_of(part, question.measure, kind));
    return whole > 0 ? value / whole : 0;
}

void print_row(std::string_view name, const Sums& sums, double share, Kind kind) {
    constexpr double bar_columns = 20;
    const auto columns =
        static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * bar_columns));
    // What stands in packets is not ours to print as it is.
    std::string shown;
    for (const char c : name) shown += c >= ' ' && c != 0x7f ? c : '.';
    if (kind == Kind::flow)
        fmt::print("{:<40} {:>10} {:>10} {:>10} {:>10} ", shown, sums.flows,
                   base::format_rounded(static_cast<double>(sums.packets()), ""),
                   base::format_rounded(static_cast<double>(sums.bytes_out), "B"),
                   base::format_rounded(static_cast<double>(sums.bytes_in), "B"));
    else fmt::print("{:<40} {:>10} ", shown, sums.records);
    fmt::print("{:>6.1f} % {:#>{}}\n", 100 * share, "", columns);
}

void print_table(const store::Top& top, const Question& question) {
    const Kind kind = question.scope.query.kind;
    if (kind == Kind::flow)
        fmt::print("{:<40} {:>10} {:>10} {:>10} {:>10} {:>8}\n", question.by.name(), "flows",
                   "packets", "out", "in", "share");
    else fmt::print("{:<40} {:>10} {:>8}\n", question.by.name(), "events", "share");
    for (const store::TopRow& row : top.rows)
        print_row(joined(row.texts), row.sums, share_of(row.sums, question, top.total), kind);
    if (top.others.records > 0)
        print_row("(others)", top.others, share_of(top.others, question, top.total), kind);
    print_row("(total)", top.total, top.total.records > 0 ? 1 : 0, kind);
    if (!top.info.is_exact)
        fmt::print(
            "Sums of single rows are lower bounds: the store keeps the largest of each span, "
            "the rest of theirs is among the others.\n");
}

nlohmann::ordered_json json_of(const Sums& sums) {
    return {{"flows", sums.flows},
            {"records", sums.records},
            {"packets_out", sums.packets_out},
            {"packets_in", sums.packets_in},
            {"bytes_out", sums.bytes_out},
            {"bytes_in", sums.bytes_in}};
}

void print_json(const store::Top& top, const Question& question) {
    nlohmann::ordered_json out;
    out["field"] = question.by.name();
    out["by"] = name_of(question.measure);
    out["since_ns"] = top.info.since_ns;
    out["until_ns"] = top.info.until_ns;
    out["is_exact"] = top.info.is_exact;
    out["rows"] = nlohmann::ordered_json::array();
    for (const store::TopRow& row : top.rows) {
        auto each = json_of(row.sums);
        each["key"] = row.texts;
        each["share"] = share_of(row.sums, question, top.total);
        out["rows"].push_back(std::move(each));
    }
    out["others"] = json_of(top.others);
    out["total"] = json_of(top.total);
    // Texts come out of packets: what is no UTF-8 is replaced.
    fmt::print("{}\n", out.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_csv(const store::Top& top) {
    using record::number_column;
    const auto line = [](std::string_view name, const Sums& sums) {
        const record::Column columns[] = {
            record::text_column("key", name),
            number_column("flows", sums.flows),
            number_column("records", sums.records),
            number_column("packets_out", sums.packets_out),
            number_column("packets_in", sums.packets_in),
            number_column("bytes_out", sums.bytes_out),
            number_column("bytes_in", sums.bytes_in),
        };
        std::string out;
        record::append_csv_columns(out, columns);
        fmt::print("{}\n", out);
    };
    fmt::print("key,flows,records,packets_out,packets_in,bytes_out,bytes_in\n");
    for (const store::TopRow& row : top.rows) line(joined(row.texts), row.sums);
}

// Empty: the question is ready; else what is wrong with the options.
std::string prepare(Options& options, Question& question) {
    if (options.json && options.csv) return "--json and --csv exclude each other";
    store::Query& query = question.scope.query;
    query.kind = kind_of(options.of);
    question.measure = *store::measure_of(options.by);
    auto by = store::Grouping::parse(options.field, query.kind);
    if (!by) return fmt::format("FIELD: {}", by.error().message);
    question.by = std::move(*by);
    if (std::string problem = apply_filter(options.words, query); !problem.empty()) return problem;
    if (std::string problem = options.bounds.apply(query); !problem.empty()) return problem;
    question.scope.directory = options.data.empty() ? store::default_directory() : options.data;
    if (options.last_run) query.run_id = store::last_run_id(question.scope.directory);
    return {};
}

int answer(Options& options) {
    Question question{
        .scope = {}, .by = store::Grouping::of(store::Dimension::host), .measure = Measure::bytes};
    if (const std::string problem = prepare(options, question); !problem.empty())
        return usage_error(problem);
    const auto top = find_top(question.scope, question.by, question.measure, options.limit);
    if (!top) return run_error(top.error().message);
    if (options.json) print_json(*top, question);
    else if (options.csv) print_csv(*top);
    else print_table(*top, question);
    for (const std::string& problem : top->info.problems) run_error(problem);
    return top->info.problems.empty() ? exit_ok : exit_failure;
}

}  // namespace

Command add_top(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--data", options->data, "Folder of the store");
    app.add_option("--of", options->of, "Of what")
        ->check(CLI::IsMember({"flows", "alerts", "events"}))
        ->capture_default_str();
    app.add_option("--by", options->by, "What is counted; of events it is events")
        ->check(CLI::IsMember({"flows", "packets", "bytes"}))
        ->capture_default_str();
    options->bounds.add_to(app, "Only what ended, or happened,");
    app.add_option("--limit", options->limit, "At most so many rows")->capture_default_str();
    app.add_flag("--json", options->json, "One JSON object");
    app.add_flag("--csv", options->csv, "Comma-separated values");
    app.add_flag("--last-run", options->last_run, "Only the newest run");
    app.add_option("FIELD", options->field,
                   "host, port, protocol, pair; a field of the filter (port.dst), a network "
                   "(ip.addr/24), or two of these (ip.src,ip.dst)")
        ->capture_default_str();
    app.add_option("FILTER", options->words, "Like: 'tcp.port == 443' or: net 10.0.0.0/8");
    return [options]() { return answer(*options); };
}

}  // namespace baleen::cli
