// `baleen bench capture`: packets to a folder beside `dd`, and to nowhere beside a copy.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/median.h"
#include "base/units.h"
#include "cli/bench.h"
#include "cli/options.h"
#include "measure/capture_bench.h"
#include "measure/machine.h"
#include "packets/packet_file_name.h"

namespace baleen::cli {
namespace {

namespace fs = std::filesystem;
using measure::CaptureFigures;

constexpr uint64_t dd_block_bytes = 4ull << 20;

struct Options {
    measure::CaptureCase wanted;
    std::string slice = "2s";
    int rounds = 5;
    bool json = false;
};

// The medians of all rounds.
struct Figures {
    double bytes_per_s, packets_per_s, dd_bytes_per_s, ratio;
    double null_bytes_per_s, copy_bytes_per_s, null_ratio;
    double index_core_share;
};

void remove_files(const std::string& directory) {
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(directory, failed))
        if (entry.path().filename().string().starts_with(packets::file_prefix))
            fs::remove(entry.path(), failed);
}

// Bytes a second of `dd oflag=direct bs=4M`, for as many bytes.
base::Result<double> run_dd(const std::string& directory, uint64_t bytes) {
    const std::string file = (fs::path(directory) / "dd-of-the-benchmark").string();
    const std::string to = "of=" + file;
    const uint64_t blocks = std::max<uint64_t>(1, bytes / dd_block_bytes);
    const std::string count = fmt::format("count={}", blocks);
    const char* const arguments[] = {"dd",           "if=/dev/zero", to.c_str(),    "bs=4M",
                                     "oflag=direct", count.c_str(),  "status=none", nullptr};
    const auto begun = std::chrono::steady_clock::now();
    pid_t child = 0;
    int status = 0;
    const bool started = ::posix_spawnp(&child, "dd", nullptr, nullptr,
                                        const_cast<char* const*>(arguments), environ) == 0;
    if (!started || ::waitpid(child, &status, 0) != child || status != 0)
        return base::Error{"dd does not work in " + directory};
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    fs::remove(file);
    return static_cast<double>(blocks * dd_block_bytes) / seconds;
}

base::Result<Figures> measure_all(const Options& options) {
    std::vector<double> disk, packets, dd, ratios, null, copies, null_ratios;
    measure::CaptureCase to_nowhere = options.wanted;
    to_nowhere.directory = "/dev/null";
    for (int round = 0; round < options.rounds; round++) {
        const auto written = measure::measure_capture(options.wanted);
        if (!written) return written.error();
        remove_files(options.wanted.directory);
        const auto direct = run_dd(options.wanted.directory, written->file_bytes);
        if (!direct) return direct.error();
        const auto dropped = measure::measure_capture(to_nowhere);
        if (!dropped) return dropped.error();
        const auto rate = [](const CaptureFigures& figures) {
            return static_cast<double>(figures.file_bytes) / figures.seconds;
        };
        disk.push_back(rate(*written));
        packets.push_back(static_cast<double>(written->packets) / written->seconds);
        dd.push_back(*direct);
        ratios.push_back(disk.back() / *direct);
        null.push_back(rate(*dropped));
        copies.push_back(measure::copy_rate(options.wanted));
        null_ratios.push_back(null.back() / copies.back());
    }
    const auto index = measure::index_core_share(options.wanted);
    if (!index) return index.error();
    return Figures{
        base::median(disk), base::median(packets), base::median(dd),          base::median(ratios),
        base::median(null), base::median(copies),  base::median(null_ratios), *index};
}

void print_json(const Figures& figures, const Options& options) {
    const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
    const measure::Machine machine = measure::this_machine();
    nlohmann::ordered_json out;
    out["benchmark"] = "capture";
    out["cpu"] = machine.cpu;
    out["kernel"] = machine.kernel;
    out["build"] = machine.build;
    out["rounds"] = options.rounds;
    out["frame_bytes"] = options.wanted.frame_bytes;
    out["flows"] = options.wanted.flows;
    out["packets_per_s"] = std::round(figures.packets_per_s);
    out["bytes_per_s"] = std::round(figures.bytes_per_s);
    out["dd_bytes_per_s"] = std::round(figures.dd_bytes_per_s);
    out["ratio"] = rounded(figures.ratio);
    out["null_bytes_per_s"] = std::round(figures.null_bytes_per_s);
    out["copy_bytes_per_s"] = std::round(figures.copy_bytes_per_s);
    out["null_ratio"] = rounded(figures.null_ratio);
    out["index_core_share"] = rounded(figures.index_core_share);
    fmt::print("{}\n", out.dump(1));
}

void print_table(const Figures& figures, const Options& options) {
    const auto rate = [](double bytes) { return base::format_rounded(bytes, "B/s"); };
    fmt::print("{} bytes a packet, {} flows: {}\n", options.wanted.frame_bytes,
               options.wanted.flows, base::format_rounded(figures.packets_per_s, "packets/s"));
    fmt::print("to {}: {}, dd {}, ratio {:.2f}\n", options.wanted.directory,
               rate(figures.bytes_per_s), rate(figures.dd_bytes_per_s), figures.ratio);
    fmt::print("to nowhere: {}, one copy of each byte {}, ratio {:.2f}\n",
               rate(figures.null_bytes_per_s), rate(figures.copy_bytes_per_s), figures.null_ratio);
    fmt::print("index at 1 M packets/s of as many flows: {:.1f} % of a core\n",
               100 * figures.index_core_share);
}

int bench_capture(Options& options) {
    const auto slice = base::parse_duration_ns(options.slice);
    if (!slice) return usage_error("--slice: " + slice.error().message);
    options.wanted.slice_ns = *slice;
    const auto figures = measure_all(options);
    if (!figures) return run_error(figures.error().message);
    if (options.json) print_json(*figures, options);
    else print_table(*figures, options);
    return exit_ok;
}

}  // namespace

Command add_bench_capture(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("--dir", options->wanted.directory, "Folder to write to; some GB")->required();
    app.add_option("--size", options->wanted.frame_bytes, "Bytes of a packet")
        ->check(CLI::Range(60, 1514));
    app.add_option("--flows", options->wanted.flows, "Flows")->check(CLI::Range(100, 10'000'000));
    app.add_option("--rounds", options->rounds, "Slices of each; the median counts")
        ->check(CLI::Range(1, 1000));
    app.add_option("--slice", options->slice, "Time of each");
    app.add_flag("--json", options->json, "One JSON object");
    return [options]() { return bench_capture(*options); };
}

}  // namespace baleen::cli
