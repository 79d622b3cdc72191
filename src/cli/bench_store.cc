// `baleen bench store`: how fast the store takes records, beside bare inserts, and how long
// questions wait.
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>

#include "base/units.h"
#include "cli/bench.h"
#include "cli/bench_head.h"
#include "cli/options.h"
#include "cli/store/store_bench.h"
#include "cli/temporary_folder.h"

namespace baleen::cli {
namespace {

struct Options {
    std::string records = "1M";
    StoreEffort effort;
    std::string keep;  // folder
    bool json = false;
};

double rounded(double value) { return std::round(value * 1e3) / 1e3; }

void print_json(const StoreFigures& figures, const Options& options) {
    nlohmann::ordered_json out = bench_json("store");
    out["rounds"] = options.effort.rounds;
    out["records"] = options.effort.records;
    out["record_bytes"] = rounded(figures.record_bytes);
    out["records_per_s"] = std::round(figures.records_per_s);
    out["bare_records_per_s"] = std::round(figures.bare_records_per_s);
    out["ratio"] = rounded(figures.ratio);
    out["plain_records_per_s"] = std::round(figures.plain_records_per_s);
    out["rollup_ratio"] = rounded(figures.rollup_ratio);
    out["event_bytes"] = rounded(figures.event_bytes);
    out["events_per_s"] = std::round(figures.events_per_s);
    out["queries"] = options.effort.queries;
    out["query_found"] = rounded(figures.flows_found);
    out["query_p50_ms"] = rounded(figures.query_p50_ms);
    out["query_p99_ms"] = rounded(figures.query_p99_ms);
    for (const QuestionFigures& question : figures.questions)
        out["questions"].push_back({{"name", question.name},
                                    {"p50_ms", rounded(question.p50_ms)},
                                    {"p99_ms", rounded(question.p99_ms)},
                                    {"rows", rounded(question.answer_rows)}});
    fmt::print("{}\n", out.dump(1));
}

void print_table(const StoreFigures& figures, const Options& options) {
    print_bench_machine();
    fmt::print("{:>9} {:>6} {:>10} {:>10} {:>7} {:>8} {:>10} {:>8} {:>8}\n", "records", "bytes",
               "records/s", "bare/s", "ratio", "roll-ups", "events/s", "p50 ms", "p99 ms");
    fmt::print("{:>9} {:>6.0f} {:>10.0f} {:>10.0f} {:>7.3f} {:>8.3f} {:>10.0f} {:>8.2f} {:>8.2f}\n",
               options.effort.records, figures.record_bytes, figures.records_per_s,
               figures.bare_records_per_s, figures.ratio, figures.rollup_ratio,
               figures.events_per_s, figures.query_p50_ms, figures.query_p99_ms);
    fmt::print("\n{:<30} {:>10} {:>8} {:>8}\n", "question", "rows", "p50 ms", "p99 ms");
    for (const QuestionFigures& question : figures.questions)
        fmt::print("{:<30} {:>10.1f} {:>8.2f} {:>8.2f}\n", question.name, question.answer_rows,
                   question.p50_ms, question.p99_ms);
}

base::Result<StoreFigures> measure(const Options& options) {
    if (!options.keep.empty()) {
        std::error_code failed;
        std::filesystem::create_directories(options.keep, failed);
        if (failed)
            return base::Error{fmt::format("--keep {}: {}", options.keep, failed.message())};
        return measure_store(options.keep, options.effort);
    }
    const TemporaryFolder folder("baleen-store");
    if (folder.path().empty()) return base::Error{"there is no folder for a store to be made in"};
    return measure_store(folder.path(), options.effort);
}

int bench_store(Options& options) {
    const auto records = base::parse_count(options.records);
    if (!records) return usage_error("--records: " + records.error().message);
    constexpr uint64_t records_max = 100'000'000;
    if (*records == 0 || *records > records_max)
        return usage_error(fmt::format("--records {}: take 1 to 100M", options.records));
    options.effort.records = *records;
    const auto figures = measure(options);
    if (!figures) return run_error(figures.error().message);
    if (options.json) print_json(*figures, options);
    else print_table(*figures, options);
    return exit_ok;
}

}  // namespace

Command add_bench_store(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--records", options->records, "Flows in a round, and as many events");
    app.add_option("--rounds", options->effort.rounds, "Of each; the median counts")
        ->check(CLI::Range(1, 1000));
    app.add_flag("--alone", options->effort.alone,
                 "Flows into the store only, without events and bare inserts beside it");
    app.add_option("--keep", options->keep,
                   "Make the store in this folder and leave it there; one that such a run has left "
                   "is only asked");
    app.add_flag("--json", options->json, "One JSON object");
    return [options]() { return bench_store(*options); };
}

}  // namespace baleen::cli
