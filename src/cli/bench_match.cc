// `baleen bench match`: patterns found in the payload of captures, beside bare Hyperscan.
#include <fmt/format.h>
#include <sys/mman.h>

#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "base/units.h"
#include "cli/bench.h"
#include "cli/bench_head.h"
#include "cli/load_capture.h"
#include "cli/options.h"
#include "measure/match_bench.h"
#include "rules/compile/cache.h"
#include "rules/pattern_file.h"

namespace baleen::cli {
namespace {

using measure::MatchFigures;
using measure::MatchMode;

constexpr std::array<std::string_view, 3> mode_names = {"block", "stream", "pipeline"};

struct Options {
    std::vector<std::string> patterns, files, counts;
    std::string mode = "all";
    std::string slice = "100ms";
    std::string cache;
    measure::Effort effort;
    bool json = false;
};

struct Case {
    MatchMode mode;
    size_t patterns;
    MatchFigures figures;
};

std::string_view name_of(MatchMode mode) { return mode_names[static_cast<size_t>(mode)]; }

base::Result<std::vector<size_t>> counts_of(const std::vector<std::string>& texts, size_t all) {
    if (texts.empty()) return std::vector<size_t>{all};
    std::vector<size_t> counts;
    for (const std::string& text : texts) {
        const auto count = text == "all" ? base::Result<uint64_t>(all) : base::parse_count(text);
        if (!count) return base::Error{"--count: " + count.error().message};
        if (*count == 0 || *count > all)
            return base::Error{fmt::format(
                "--count {}: there are {} patterns; take 1 to {}, or all", text, all, all)};
        counts.push_back(*count);
    }
    return counts;
}

// The first `count` patterns, each looked for once in whatever comes: where a rule would look in
// packets and streams both, bare Hyperscan would be given half of the work.
rules::RuleSet first_rules(const rules::RuleSet& all, size_t count, MatchMode mode) {
    rules::RuleSet set;
    set.rules.assign(all.rules.begin(), all.rules.begin() + static_cast<ptrdiff_t>(count));
    for (rules::Rule& rule : set.rules)
        rule.scope = mode == MatchMode::block ? rules::Scope::packet : rules::Scope::stream;
    return set;
}

base::Result<base::Mapping> compile(const rules::RuleSet& set, const Options& options) {
    rules::compile::CompileOptions compile_options;
    compile_options.worker_count = 2;  // the matcher's and bare Hyperscan's
    compile_options.memory_bytes_max = uint64_t{4} << 30;
    std::vector<std::string> notices;
    const auto compiled =
        rules::compile::compile_cached(set, compile_options, options.cache, {}, notices);
    for (const std::string& notice : notices) fmt::print(stderr, "baleen: {}\n", notice);
    if (!compiled) return compiled.error();
    for (const std::string& note :
         rules::compile::format_notes(compiled->report.dropped, set.rules))
        fmt::print(stderr, "baleen: left out: {}\n", note);
    const auto bytes = compiled->image.span();
    void* memory =
        ::mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return base::Error{"no memory for the compiled patterns"};
    std::memcpy(memory, bytes.data(), bytes.size());
    return base::Mapping(memory, bytes.size());
}

double rounded(double value) { return std::round(value * 1e3) / 1e3; }

nlohmann::ordered_json json_of(const Case& measured) {
    const MatchFigures& figures = measured.figures;
    nlohmann::ordered_json out;
    out["mode"] = name_of(measured.mode);
    out["patterns"] = measured.patterns;
    out["gbps"] = rounded(figures.gbps);
    out["bare_gbps"] = rounded(figures.bare_gbps);
    out["ratio"] = rounded(figures.ratio);
    out["packets"] = figures.packets;
    out["payload_bytes"] = figures.bytes;
    out["scanned_bytes"] = figures.scanned_bytes;
    out["streams"] = figures.streams;
    out["hits"] = figures.hits;
    out["bare_hits"] = figures.bare_hits;
    out["shortages"] = figures.shortages;
    if (measured.mode != MatchMode::pipeline) return out;
    out["mpps"] = rounded(figures.mpps);
    out["ns_per_packet"] = rounded(1e3 / figures.mpps);
    out["no_rules_mpps"] = rounded(figures.no_rules_mpps);
    out["no_matcher_mpps"] = rounded(figures.no_matcher_mpps);
    return out;
}

void print_json(const std::vector<Case>& cases, const Options& options) {
    nlohmann::ordered_json out = bench_json("match");
    out["rounds"] = options.effort.rounds;
    out["slice_ms"] = static_cast<double>(options.effort.slice_ns) / 1e6;
    out["cases"] = nlohmann::ordered_json::array();
    for (const Case& measured : cases) out["cases"].push_back(json_of(measured));
    fmt::print("{}\n", out.dump(1));
}

void print_head() {
    print_bench_machine();
    fmt::print("{:<8} {:>8} {:>7} {:>7} {:>6}  {:>8} {:>9} {:>8}  {:>7} {:>8} {:>8} {:>10}\n",
               "mode", "patterns", "Gbit/s", "bare", "ratio", "packets", "payload", "hits", "Mpps",
               "ns/pkt", "no rules", "no matcher");
}

void print_row(const Case& measured) {
    const MatchFigures& figures = measured.figures;
    fmt::print("{:<8} {:>8} {:>7.2f} {:>7.2f} {:>6.3f}  {:>8} {:>9} {:>8}", name_of(measured.mode),
               measured.patterns, figures.gbps, figures.bare_gbps, figures.ratio, figures.packets,
               base::format_rounded(static_cast<double>(figures.bytes), "B"), figures.hits);
    if (measured.mode == MatchMode::pipeline)
        fmt::print("  {:>7.2f} {:>8.1f} {:>8.2f} {:>10.2f}", figures.mpps, 1e3 / figures.mpps,
                   figures.no_rules_mpps, figures.no_matcher_mpps);
    fmt::print("\n");
    std::fflush(stdout);
}

std::vector<MatchMode> modes_of(const std::string& name) {
    std::vector<MatchMode> modes;
    for (const MatchMode mode : {MatchMode::block, MatchMode::stream, MatchMode::pipeline})
        if (name == "all" || name == name_of(mode)) modes.push_back(mode);
    return modes;
}

int bench_match(Options& options) {
    const auto slice = base::parse_duration_ns(options.slice);
    if (!slice) return usage_error("--slice: " + slice.error().message);
    options.effort.slice_ns = *slice;
    const rules::RuleSet patterns = rules::load_patterns(options.patterns);
    if (!patterns.problems.empty())
        return usage_error(rules::format_problem(patterns.problems.front()));
    if (patterns.rules.empty()) return usage_error("there are no patterns in the files given");
    const auto counts = counts_of(options.counts, patterns.rules.size());
    if (!counts) return usage_error(counts.error().message);
    auto memory = drivers::CaptureMemory::create();
    if (!memory) return run_error(memory.error().message);
    if (auto status = load_capture(options.files, *memory); !status)
        return run_error(status.error().message);
    if (!options.json) print_head();
    std::vector<Case> cases;
    for (const size_t count : *counts)
        for (const MatchMode mode : modes_of(options.mode)) {
            auto image = compile(first_rules(patterns, count, mode), options);
            if (!image) return run_error(image.error().message);
            auto figures = measure::measure_match(mode, *memory, std::move(*image), options.effort);
            if (!figures) return run_error(figures.error().message);
            cases.push_back({mode, count, *figures});
            if (!options.json) print_row(cases.back());
        }
    if (options.json) print_json(cases, options);
    return exit_ok;
}

}  // namespace

Command add_bench_match(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--patterns", options->patterns, "Files of patterns, ID:/EXPRESSION/FLAGS each")
        ->required();
    app.add_option("-r,--read", options->files, "Captures, or folders of them")->required();
    app.add_option("--count", options->counts, "The first so many patterns, or all; a list")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--mode", options->mode, "block, stream, pipeline or all")
        ->check(CLI::IsMember({"block", "stream", "pipeline", "all"}));
    app.add_option("--cache", options->cache, "A folder of patterns that were compiled before");
    app.add_option("--rounds", options->effort.rounds, "Slices of each; the median counts")
        ->check(CLI::Range(1, 1000));
    app.add_option("--slice", options->slice, "Time of each in a round, whole captures at least");
    app.add_flag("--json", options->json, "One JSON object");
    return [options]() { return bench_match(*options); };
}

}  // namespace baleen::cli
