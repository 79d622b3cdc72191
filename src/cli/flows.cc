// `baleen flows [FILTER]`: records out of the store, for people, as EVE JSON lines or as CSV.
#include <fmt/format.h>

#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
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

}  // namespace

Command add_flows(CLI::App& app) {
    struct State {
        std::string data;
        std::vector<std::string> words;
        bool json = false, csv = false, last_run = false, list_fields = false;
        std::string sort;
        uint64_t limit = UINT64_MAX;
    };
    auto state = std::make_shared<State>();
    app.add_option("--data", state->data, "Folder of the store");
    app.add_flag("--json", state->json, "One EVE JSON object per line");
    app.add_flag("--csv", state->csv, "Comma-separated values");
    app.add_option("--sort", state->sort,
                   "Field to sort by; a leading - turns the order round (--sort=-bytes)");
    app.add_option("--limit", state->limit, "At most so many records");
    app.add_flag("--last-run", state->last_run, "Only the newest run");
    app.add_flag("--fields", state->list_fields, "List the fields of the filter");
    app.add_option(
        "FILTER", state->words,
        "Like: 'ip.addr == 10.0.0.0/8 && tcp.port in {80 443}' or: host 10.0.0.1 and port 53");

    return [state]() -> int {
        if (state->list_fields) return list_fields();
        if (state->json && state->csv) return usage_error("--json and --csv exclude each other");
        store::Query query;
        const std::string text = fmt::format("{}", fmt::join(state->words, " "));
        auto parsed = filter::Filter::parse(text);
        if (const auto* error = std::get_if<filter::FilterError>(&parsed))
            return usage_error("filter:\n" + filter::format_error(text, *error));
        query.filter = std::move(std::get<filter::Filter>(parsed));
        query.limit = state->limit;
        if (!state->sort.empty()) {
            query.descending = state->sort[0] == '-';
            const std::string name = state->sort.substr(query.descending ? 1 : 0);
            query.sort = filter::find_field(name);
            if (query.sort == nullptr) {
                const auto near = filter::suggest_field(name);
                return usage_error(
                    fmt::format("--sort: unknown field '{}'{}", name,
                                near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
            }
        }
        const std::string directory =
            state->data.empty() ? store::default_directory() : state->data;
        if (state->last_run) query.run_id = store::last_run_id(directory);

        std::string out;
        if (state->csv) (out += record::csv_header) += '\n';
        else if (!state->json) (out += record::table_header) += '\n';
        std::vector<std::string> problems;
        const auto status = store::run_query(
            directory, query,
            [&](const filter::Subject& subject) {
                if (state->json) record::append_eve_json(out, subject.record, subject.port_name);
                else if (state->csv) record::append_csv(out, subject.record);
                else record::append_table_row(out, subject.record);
                out += '\n';
                if (out.size() >= write_bytes) write(out);
                return true;
            },
            problems);
        if (!status) return run_error(status.error().message);
        write(out);
        for (const std::string& problem : problems) run_error(problem);
        return problems.empty() ? exit_ok : exit_failure;
    };
}

}  // namespace baleen::cli
