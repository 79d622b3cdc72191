// `baleen flows [FILTER]`: records out of the store, for people, as EVE JSON lines or as CSV.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/query_options.h"
#include "control/store/query.h"
#include "control/store/store.h"
#include "record/eve_json.h"

namespace baleen::cli {
namespace {

constexpr size_t write_bytes = 1 << 16;

void write(std::string& out) {
    std::fwrite(out.data(), 1, out.size(), stdout);
    out.clear();
}

int list_fields() {
    for (const filter::Field* field : filter::fields())
        fmt::print("{:<30} {}\n", field->name, field->description);
    return exit_ok;
}

struct Options {
    std::string data;
    std::vector<std::string> words;
    bool json = false, csv = false, last_run = false, list_fields = false;
    TimeBounds bounds;
    std::string sort, after;
    bool show_position = false;
    uint64_t limit = UINT64_MAX;
};

// Empty: the query is ready; else what is wrong with the options.
std::string prepare(const Options& options, store::Query& query) {
    if (options.json && options.csv) return "--json and --csv exclude each other";
    query.limit = options.limit;
    query.after = options.after;
    for (const std::string& problem :
         {apply_filter(options.words, query), options.bounds.apply(query),
          apply_sort(options.sort, query)})
        if (!problem.empty()) return problem;
    return {};
}

int answer(const Options& options, const std::string& directory, store::Query query) {
    auto run = store::QueryRun::open(directory, std::move(query));
    if (!run) return run_error(run.error().message);
    std::string out;
    if (options.csv) (out += record::csv_header) += '\n';
    else if (!options.json) (out += record::table_header) += '\n';
    while (const filter::Subject* subject = run->next()) {
        if (options.json) record::append_eve_json(out, subject->record, subject->port_name);
        else if (options.csv) record::append_csv(out, subject->record);
        else record::append_table_row(out, subject->record);
        out += '\n';
        if (out.size() >= write_bytes) write(out);
    }
    write(out);
    if (options.show_position) fmt::print(stderr, "--after={}\n", run->position());
    for (const std::string& problem : run->problems()) run_error(problem);
    return run->problems().empty() ? exit_ok : exit_failure;
}

}  // namespace

Command add_flows(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--data", options->data, "Folder of the store");
    app.add_flag("--json", options->json, "One EVE JSON object per line");
    app.add_flag("--csv", options->csv, "Comma-separated values");
    app.add_option("--sort", options->sort,
                   "Field to sort by; a leading - turns the order round (--sort=-bytes)");
    app.add_option("--limit", options->limit, "At most so many records");
    options->bounds.add_to(app, "Only flows that ended");
    app.add_option("--after", options->after,
                   "Only what stands behind this position of the same question's answer");
    app.add_flag("--show-position", options->show_position,
                 "At the end, on standard error, what to give --after for the next records");
    app.add_flag("--last-run", options->last_run, "Only the newest run");
    app.add_flag("--fields", options->list_fields, "List the fields of the filter");
    app.add_option(
        "FILTER", options->words,
        "Like: 'ip.addr == 10.0.0.0/8 && tcp.port in {80 443}' or: host 10.0.0.1 and port 53");

    return [options]() -> int {
        if (options->list_fields) return list_fields();
        store::Query query;
        if (const std::string problem = prepare(*options, query); !problem.empty())
            return usage_error(problem);
        const std::string directory =
            options->data.empty() ? store::default_directory() : options->data;
        if (options->last_run) query.run_id = store::last_run_id(directory);
        return answer(*options, directory, std::move(query));
    };
}

}  // namespace baleen::cli
