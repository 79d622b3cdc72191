// `baleen bench pipeline`: the data plane's worker on packets out of memory.
#include <fmt/format.h>

#include <memory>

#include "base/units.h"
#include "cli/bench.h"
#include "cli/bench_plan.h"
#include "cli/bench_report.h"
#include "cli/load_capture.h"
#include "cli/options.h"
#include "measure/pipeline_bench.h"

namespace baleen::cli {
namespace {

struct Options {
    BenchPlan plan;
    measure::Effort effort;
    std::string slice = "100ms";
    std::vector<std::string> files;
    bool json = false;
};

int report(const std::vector<MeasuredCase>& cases, const Options& options) {
    if (options.json) print_bench_json(cases, options.effort);
    return exit_ok;
}

int bench_capture(const Options& options) {
    if (!options.plan.sizes.empty() || !options.plan.flows.empty() ||
        !options.plan.new_flows.empty())
        return usage_error(
            "a capture (-r) brings its own sizes and flows; leave out --size, "
            "--flows and --new, or -r");
    const auto kernels = plan_kernels(options.plan);
    if (!kernels) return usage_error(kernels.error().message);
    auto memory = drivers::CaptureMemory::create();
    if (!memory) return run_error(memory.error().message);
    if (auto status = load_capture(options.files, *memory); !status)
        return run_error(status.error().message);
    if (!options.json) print_bench_head(options.effort);
    std::vector<MeasuredCase> cases;
    for (const packet::ParseKernel& kernel : *kernels) {
        uint64_t flows = 0;
        auto figures = measure::measure(*memory, kernel, options.effort, flows);
        if (!figures) return run_error(figures.error().message);
        // In the time that the worker took, since the capture's own says nothing here.
        const double births_per_packet =
            static_cast<double>(figures->flows_created) / static_cast<double>(figures->received);
        const auto births_per_s = static_cast<uint64_t>(births_per_packet * figures->mpps * 1e6);
        cases.push_back({"capture", std::string(kernel.name), flows, births_per_s, 0,
                         options.effort.workers, *figures});
        if (!options.json) print_bench_row(cases.back());
    }
    return report(cases, options);
}

int bench_synth(const Options& options) {
    const auto planned = plan_cases(options.plan);
    if (!planned) return usage_error(planned.error().message);
    // A sweep goes as far as the machine does; what was asked for by name has to be possible.
    for (const PlannedCase& planned_case : *planned)
        if (auto status = measure::check(planned_case.synth, options.effort);
            !status && !options.plan.sweep)
            return usage_error(
                fmt::format("the case of {} flows and {} new flows/s cannot be measured: {}",
                            planned_case.synth.flows, planned_case.synth.new_flows_per_s,
                            status.error().message));
    if (!options.json) print_bench_head(options.effort);
    std::vector<MeasuredCase> cases;
    for (const auto& [size, synth] : *planned) {
        auto figures = measure::measure(synth, options.effort);
        if (!figures && options.plan.sweep) {
            fmt::print(stderr, "baleen: left out {} flows, {} new flows/s: {}\n", synth.flows,
                       synth.new_flows_per_s, figures.error().message);
            continue;
        }
        if (!figures) return run_error(figures.error().message);
        cases.push_back({size, std::string(synth.kernel.name), synth.flows, synth.new_flows_per_s,
                         synth.packets_per_s, options.effort.workers, *figures});
        if (!options.json) print_bench_row(cases.back());
    }
    return report(cases, options);
}

int bench_pipeline(Options& options) {
    const auto slice = base::parse_duration_ns(options.slice);
    if (!slice) return usage_error("--slice: " + slice.error().message);
    constexpr int64_t slice_ns_min = 100'000, slice_ns_max = 60'000'000'000;
    if (*slice < slice_ns_min || *slice > slice_ns_max)
        return usage_error(
            fmt::format("--slice {}: take something from 100us to 60s", options.slice));
    options.effort.slice_ns = *slice;
    return options.files.empty() ? bench_synth(options) : bench_capture(options);
}

}  // namespace

Command add_bench_pipeline(const std::vector<CLI::App*>& apps) {
    auto options = std::make_shared<Options>();
    for (CLI::App* app : apps) {
        const auto list = [&](const char* name, std::vector<std::string>& to, const char* text) {
            app->add_option(name, to, text)->delimiter(',')->allow_extra_args(false);
        };
        BenchPlan& plan = options->plan;
        list("--size", plan.sizes, "Frames, checksum included: 64 ... 1518, imix; comma-separated");
        list("--flows", plan.flows, "Flows alive at a time: 1k, 20M; comma-separated");
        list("--new", plan.new_flows, "New flows per second of packet time; comma-separated");
        list("--kernel", plan.kernels, "Parser: auto, all, or names; comma-separated");
        app->add_option("--rate", plan.rate, "Packets per second of packet time");
        app->add_option("--workers", options->effort.workers, "Workers, a core each");
        app->add_flag("--sweep", plan.sweep, "All sizes x flows x new flows x kernels; takes long");
        app->add_option("-r,--read", options->files, "Packets of a capture instead of made ones")
            ->allow_extra_args(false);
        app->add_option("--seed", options->effort.seed, "Of everything that is random");
        app->add_option("--rounds", options->effort.rounds, "Rounds; the median counts")
            ->check(CLI::Range(1, 1000));
        app->add_option("--slice", options->slice, "Time of a worker in each round");
        app->add_flag("--json", options->json, "One JSON object");
    }
    return [options]() { return bench_pipeline(*options); };
}

}  // namespace baleen::cli
