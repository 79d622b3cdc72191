// `baleen rules profile -r CAPTURE RULES...`: what rules cost on a capture, and which cost most.
//
// The real programs run over the capture and count (match.profile, match.statistics); nothing is
// stored. Scanning is shared by the rules of a group of ports, so it is told by group; judging is a
// rule's own.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/supervisor.h"
#include "cli/temporary_folder.h"

namespace baleen::cli {
namespace {

using nlohmann::json;

constexpr size_t rows_max = 20;

struct Options {
    std::vector<std::string> captures;
    std::vector<std::string> rules;
    std::vector<std::string> assignments;
    bool as_json = false;
};

config::Problems settings_of(const Options& options, const std::string& statistics,
                             config::Settings& settings) {
    config::Problems problems = load_settings("", options.assignments, settings);
    const config::Problems missing = expand_captures(options.captures, settings.source.files);
    problems.insert(problems.end(), missing.begin(), missing.end());
    settings.rules.files = options.rules;
    settings.match.statistics = statistics;
    settings.match.profile = true;
    settings.store.enabled = false;
    settings.run.control_socket.clear();
    if (problems.empty()) problems = check_settings(settings);
    return problems;
}

// Those with the largest `field` first.
std::vector<json> sorted_by(const json& rows, const char* field) {
    std::vector<json> out(rows.begin(), rows.end());
    std::ranges::stable_sort(out, [&](const json& a, const json& b) {
        return a.value(field, uint64_t{0}) > b.value(field, uint64_t{0});
    });
    out.resize(std::min(out.size(), rows_max));
    return out;
}

uint64_t sum_of(const json& rows, const char* field) {
    uint64_t sum = 0;
    for (const json& row : rows) sum += row.value(field, uint64_t{0});
    return sum;
}

// As a share of all that scanning and judging took.
double share(const json& row, const char* field, uint64_t total) {
    return total == 0 ? 0
                      : 100.0 * static_cast<double>(row.value(field, uint64_t{0})) /
                            static_cast<double>(total);
}

void print_tables(const json& statistics) {
    const json &groups = statistics["groups"], &rules = statistics["rules"];
    const uint64_t total = sum_of(groups, "scan_ticks") + sum_of(rules, "judged_ticks");
    fmt::print("{:>7}  {:<8}  {:<9}  {:>6}  {:>6}  {:>12}  {:>12}\n", "TIME", "PROTOCOL", "SIDE",
               "PORTS", "RULES", "PACKET BYTES", "STREAM BYTES");
    for (const json& group : sorted_by(groups, "scan_ticks"))
        fmt::print("{:>6.1f}%  {:<8}  {:<9}  {:>6}  {:>6}  {:>12}  {:>12}\n",
                   share(group, "scan_ticks", total), group.value("protocol", ""),
                   group.value("side", ""), group.value("ports", 0), group.value("rules", 0),
                   group.value("packet_bytes", uint64_t{0}),
                   group.value("stream_bytes", uint64_t{0}));
    fmt::print("\n{:>7}  {:<14}  {:>8}  {:>8}  {:>8}  NAME\n", "TIME", "RULE", "JUDGED", "HITS",
               "FLOWS");
    for (const json& rule : sorted_by(rules, "judged_ticks"))
        fmt::print("{:>6.1f}%  {:<14}  {:>8}  {:>8}  {:>8}  {}\n",
                   share(rule, "judged_ticks", total),
                   fmt::format("{}:{}", rule.value("gid", 0u), rule.value("id", 0u)),
                   rule.value("judged", uint64_t{0}), rule.value("hits", uint64_t{0}),
                   rule.value("flows", uint64_t{0}), rule.value("name", ""));
}

int profile(const Options& options) {
    const TemporaryFolder folder("baleen-rules-profile");
    if (folder.path().empty()) return run_error("there is no place for the statistics");
    const std::string path = folder.path() + "/statistics.json";
    config::Settings settings;
    const auto wrong = settings_of(options, path, settings);
    for (const std::string& problem : wrong) usage_error(problem);
    if (!wrong.empty()) return exit_usage;
    Supervisor supervisor(settings);
    const RunResult result = supervisor.run([](const stats::Segment&, const base::Ledger&) {});
    if (!result.ended_well) return exit_failure;
    std::ifstream file(path);
    const json statistics = json::parse(file, nullptr, false);
    if (!statistics.is_object()) return run_error("the run has left no statistics of its rules");
    if (options.as_json) fmt::print("{}\n", statistics.dump());
    else print_tables(statistics);
    return result.exit_status;
}

}  // namespace

Command add_rules_profile(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("-r,--read", options->captures,
                   "Capture file, folder of captures, or - for standard input; may be repeated")
        ->required()
        ->allow_extra_args(false);
    app.add_option("FILE", options->rules,
                   "Rule files: native (.toml), or those of Suricata and Snort 3")
        ->required();
    app.add_flag("--json", options->as_json, "As match.statistics has it");
    app.add_option("--set", options->assignments,
                   "KEY=VALUE: any key of the configuration; may be repeated")
        ->allow_extra_args(false);
    return [options] { return profile(*options); };
}

}  // namespace baleen::cli
