// `baleen run`: packets in, flows stored, ledger told.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <memory>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/summary.h"
#include "cli/supervisor.h"
#include "control/store/store.h"

namespace baleen::cli {
namespace {

struct Options {
    std::string config;
    std::vector<std::string> devices;
    std::vector<std::string> files;
    std::vector<std::string> rules;
    std::string filter;
    std::string data;
    std::string packets;
    std::string ledger;
    std::vector<std::string> assignments;
    uint64_t workers = 0;
    bool quiet = false;
};

// Configuration file, then --set, then the short options, which win.
config::Problems settings_of(const Options& options, config::Settings& settings) {
    config::Problems problems = read_settings(options.config, options.assignments, settings);
    const auto add = [&](const config::Problems& more) {
        problems.insert(problems.end(), more.begin(), more.end());
    };
    if (!options.devices.empty() || !options.files.empty()) {
        settings.source.devices = options.devices;
        settings.source.files = options.files;
    }
    if (!options.filter.empty()) settings.source.filter = options.filter;
    if (!options.rules.empty()) settings.rules.files = options.rules;
    if (!options.data.empty()) settings.store.directory = options.data;
    if (!options.packets.empty()) settings.capture.directory = options.packets;
    if (options.workers > 0)
        add(config::apply_assignment(fmt::format("worker.count={}", options.workers), settings));
    std::vector<std::string> files;
    add(expand_captures(settings.source.files, files));
    settings.source.files = files;
    if (settings.source.devices.empty() && settings.source.files.empty() && problems.empty())
        problems.push_back(
            "run needs -i DEVICE or -r FILE (or source.devices or source.files in the "
            "configuration)");
    if (problems.empty()) add(check_settings(settings));
    return problems;
}

int write_ledger(const std::string& path, const RunResult& result) {
    std::ofstream file(path);
    file << result.ledger.to_json(result.ended_well);
    file.flush();
    return file ? exit_ok : run_error(fmt::format("the ledger cannot be written to {}", path));
}

}  // namespace

Command add_run(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("-c,--config", options->config, "Configuration file (TOML)");
    app.add_option("-i,--interface", options->devices,
                   "Interface, PCI address or DPDK device string; may be repeated")
        ->allow_extra_args(false);
    app.add_option("-r,--read", options->files,
                   "Capture file, folder of captures, or - for standard input; may be repeated")
        ->allow_extra_args(false);
    app.add_option("-f,--filter", options->filter, "Capture filter, pcap-filter(7)");
    app.add_option("--rules", options->rules,
                   "Rule files to match with: native, Suricata's, Snort 3's");
    app.add_option("--workers", options->workers, "Worker threads")->check(CLI::Range(1, 64));
    app.add_option("--data", options->data, "Folder of the store");
    app.add_option("-W,--write", options->packets,
                   "Folder that packets are written to (section [capture] says which)");
    app.add_option("--set", options->assignments,
                   "KEY=VALUE: any key of the configuration; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--ledger", options->ledger, "Write the ledger to this file as JSON");
    app.add_flag("-q,--quiet", options->quiet, "No progress, no summary");

    return [options]() -> int {
        config::Settings settings;
        const auto problems = settings_of(*options, settings);
        for (const std::string& problem : problems) usage_error(problem);
        if (!problems.empty()) return exit_usage;

        Supervisor supervisor(settings);
        const bool show_progress = !options->quiet && ::isatty(STDERR_FILENO) != 0;
        ProgressLine line;
        RunResult result =
            supervisor.run([&](const stats::Segment& segment, const base::Ledger& ledger) {
                if (show_progress) line.show(segment, ledger);
            });
        if (show_progress) line.clear();
        if (!options->quiet && result.ledger.wire > 0)
            print_summary(result, store::directory_of(settings.store));
        const auto imbalances = result.ledger.imbalances(result.ended_well);
        for (const std::string& imbalance : imbalances)
            run_error("the ledger does not balance: " + imbalance);
        if (!imbalances.empty() && result.exit_status == exit_ok) result.exit_status = exit_failure;
        if (!options->ledger.empty() && write_ledger(options->ledger, result) != exit_ok)
            return exit_failure;
        return result.exit_status;
    };
}

}  // namespace baleen::cli
