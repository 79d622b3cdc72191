#include "cli/rules_compile.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace baleen::cli {
namespace {

using rules::compile::DatabaseReport;
using rules::compile::GroupReport;
using rules::compile::Report;

constexpr const char* mode_names[] = {"block", "stream"};
constexpr const char* protocol_names[] = {"tcp", "udp", "icmp", "other"};
constexpr const char* side_names[] = {"to_server", "to_client"};

const char* name_of(ruleset::DatabaseMode mode) { return mode_names[static_cast<size_t>(mode)]; }
const char* name_of(ruleset::Protocol protocol) {
    return protocol_names[static_cast<size_t>(protocol)];
}
const char* name_of(ruleset::Side side) { return side_names[static_cast<size_t>(side)]; }

double mebibytes(uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

std::string index_or_dash(uint32_t database) {
    return database == ruleset::absent ? "-" : fmt::format("{}", database);
}

std::string format_databases(const Report& report) {
    std::string out = "\ndatabase  mode    patterns      bytes  stream bytes  seconds\n";
    for (size_t i = 0; i < report.databases.size(); i++) {
        const DatabaseReport& d = report.databases[i];
        out += fmt::format("{:>8}  {:<6}  {:>8}  {:>9}  {:>12}  {:>7.2f}\n", i, name_of(d.mode),
                           d.patterns, d.bytes, d.stream_bytes, d.seconds);
    }
    return out;
}

std::string format_groups(const Report& report) {
    std::string out =
        "\nprotocol  side       ports  rules  on packets: database  all  on streams: database  "
        "all\n";
    for (const GroupReport& g : report.groups)
        out += fmt::format("{:<8}  {:<9}  {:>5}  {:>5}  {:>20}  {:>3}  {:>20}  {:>3}\n",
                           name_of(g.protocol), name_of(g.side), g.ports, g.rules,
                           index_or_dash(g.packet_database), g.packet_rules,
                           index_or_dash(g.stream_database), g.stream_rules);
    return out;
}

nlohmann::ordered_json index_or_null(uint32_t database) {
    if (database == ruleset::absent) return nullptr;
    return database;
}

nlohmann::ordered_json patterns_of(const rules::compile::PatternCounts& counts) {
    return {{"direct", counts.direct},
            {"literal", counts.literal},
            {"regex", counts.regex},
            {"prefilter", counts.prefilter},
            {"weak", counts.weak},
            {"without", counts.without},
            {"headers_only", counts.headers_only}};
}

}  // namespace

void show_progress(const rules::compile::Progress& progress) {
    if (::isatty(STDERR_FILENO) != 1 || progress.database_count == 0) return;
    fmt::print(stderr, "\r{} of {} databases, {:.0f} s{}", progress.databases_done,
               progress.database_count, progress.seconds,
               progress.databases_done == progress.database_count ? "\n" : "");
}

std::string format_compile_report(const rules::RuleSet& set, const Report& report) {
    const auto& c = report.counts;
    std::string out = fmt::format(
        "{} rules compiled, {} dropped; {:.1f} s{}\n", report.rules, report.dropped.size(),
        report.seconds, report.cached ? " when they were compiled; out of the cache" : "");
    out += fmt::format(
        "found by: {} all they look for, {} rare bytes, {} frequent bytes, {} an expression, {} a "
        "weaker expression; {} judged on all data, {} ask for headers alone\n",
        c.direct, c.literal, c.weak, c.regex, c.prefilter, c.without, c.headers_only);
    out += fmt::format(
        "memory: image {:.1f} MiB, databases {:.1f} MiB, scratch {} bytes for each worker, state "
        "of a stream up to {} bytes; compiling took up to {:.1f} MiB\n",
        mebibytes(report.image_bytes), mebibytes(report.database_bytes), report.scratch_bytes,
        report.stream_bytes_max, mebibytes(report.compile_peak_bytes));
    out += format_databases(report) + format_groups(report);
    if (!report.expensive.empty()) out += "\nexpensive:\n";
    for (const std::string& line : format_notes(report.expensive, set.rules)) out += line + "\n";
    return out;
}

std::string format_compile_json(const rules::RuleSet& set, const Report& report) {
    nlohmann::ordered_json json = {{"rules", report.rules},
                                   {"cached", report.cached},
                                   {"seconds", report.seconds},
                                   {"patterns", patterns_of(report.counts)},
                                   {"image_bytes", report.image_bytes},
                                   {"database_bytes", report.database_bytes},
                                   {"scratch_bytes", report.scratch_bytes},
                                   {"stream_bytes_max", report.stream_bytes_max},
                                   {"compile_peak_bytes", report.compile_peak_bytes}};
    json["databases"] = nlohmann::json::array();
    for (const DatabaseReport& d : report.databases)
        json["databases"].push_back({{"mode", name_of(d.mode)},
                                     {"patterns", d.patterns},
                                     {"bytes", d.bytes},
                                     {"stream_bytes", d.stream_bytes},
                                     {"seconds", d.seconds}});
    json["groups"] = nlohmann::json::array();
    for (const GroupReport& g : report.groups)
        json["groups"].push_back({{"protocol", name_of(g.protocol)},
                                  {"side", name_of(g.side)},
                                  {"ports", g.ports},
                                  {"rules", g.rules},
                                  {"packet_database", index_or_null(g.packet_database)},
                                  {"stream_database", index_or_null(g.stream_database)},
                                  {"packet_rules", g.packet_rules},
                                  {"stream_rules", g.stream_rules}});
    json["problems"] = nlohmann::json::array();
    for (const rules::Problem& problem : set.problems)
        json["problems"].push_back(rules::format_problem(problem));
    json["dropped"] = format_notes(report.dropped, set.rules);
    json["expensive"] = format_notes(report.expensive, set.rules);
    // Rule files are bytes; what is not UTF-8 in them must not end the program.
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace baleen::cli
