// `baleen bench protocol`: what looking into flows costs, beside a worker that does not.
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "base/units.h"
#include "cli/bench.h"
#include "cli/bench_head.h"
#include "cli/load_capture.h"
#include "cli/options.h"
#include "measure/protocol_bench.h"

namespace baleen::cli {
namespace {

using measure::ProtocolFigures;

struct Options {
    std::vector<std::string> files;
    std::string slice = "100ms";
    measure::Effort effort;
    bool json = false;
    bool ndpi = false;
};

double rounded(double value) { return std::round(value * 1e3) / 1e3; }

void print_json(const ProtocolFigures& figures, const Options& options) {
    nlohmann::ordered_json out = bench_json("protocol");
    out["rounds"] = options.effort.rounds;
    out["packets"] = figures.packets;
    out["bytes"] = figures.bytes;
    out["flows"] = figures.flows;
    out["events"] = figures.events;
    out["off_mpps"] = rounded(figures.off_mpps);
    out["on_mpps"] = rounded(figures.on_mpps);
    out["time_ratio"] = rounded(figures.time_ratio);
    if (options.ndpi) {
        out["ndpi_asked"] = figures.ndpi_asked;
        out["ndpi_ns_per_flow"] = rounded(figures.ndpi_ns_per_flow);
    }
    out["shortages"] = figures.shortages;
    fmt::print("{}\n", out.dump(1));
}

void print_table(const ProtocolFigures& figures) {
    print_bench_machine();
    fmt::print("{:>8} {:>10} {:>8} {:>8}  {:>8} {:>8} {:>9} {:>9} {:>7}\n", "packets", "bytes",
               "flows", "events", "off Mpps", "on Mpps", "ns off", "ns on", "ratio");
    fmt::print("{:>8} {:>10} {:>8} {:>8}  {:>8.2f} {:>8.2f} {:>9.1f} {:>9.1f} {:>7.3f}\n",
               figures.packets, base::format_rounded(static_cast<double>(figures.bytes), "B"),
               figures.flows, figures.events, figures.off_mpps, figures.on_mpps,
               1e3 / figures.off_mpps, 1e3 / figures.on_mpps, figures.time_ratio);
    if (figures.ndpi_asked > 0)
        fmt::print("nDPI is asked about {} flows, for {:.1f} us each\n", figures.ndpi_asked,
                   figures.ndpi_ns_per_flow / 1e3);
    if (figures.shortages > 0)
        fmt::print("{} flows or events found no memory: the figures tell something else\n",
                   figures.shortages);
}

int bench_protocol(Options& options) {
    const auto slice = base::parse_duration_ns(options.slice);
    if (!slice) return usage_error("--slice: " + slice.error().message);
    options.effort.slice_ns = *slice;
    auto memory = drivers::CaptureMemory::create();
    if (!memory) return run_error(memory.error().message);
    if (auto status = load_capture(options.files, *memory); !status)
        return run_error(status.error().message);
    const auto figures = measure::measure_protocols(*memory, options.effort, options.ndpi);
    if (!figures) return run_error(figures.error().message);
    if (options.json) print_json(*figures, options);
    else print_table(*figures);
    return exit_ok;
}

}  // namespace

Command add_bench_protocol(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("-r,--read", options->files, "Captures, or folders of them")->required();
    app.add_option("--rounds", options->effort.rounds, "Slices of each; the median counts")
        ->check(CLI::Range(1, 1000));
    app.add_option("--slice", options->slice, "Time of each in a round, whole captures at least");
    app.add_flag("--ndpi", options->ndpi, "What nDPI costs beside; in builds that have it");
    app.add_flag("--json", options->json, "One JSON object");
    return [options]() { return bench_protocol(*options); };
}

}  // namespace baleen::cli
