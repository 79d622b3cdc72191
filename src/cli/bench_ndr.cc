// `baleen bench ndr`: the highest rate without loss, and with hardly any, over a pair of ports.
#include "cli/bench_ndr.h"

#include <fmt/format.h>
#include <sched.h>

#include <csignal>
#include <memory>

#include "base/units.h"
#include "cli/ndr/find_rates.h"
#include "cli/ndr/pair.h"
#include "cli/ndr/trial_runner.h"
#include "cli/options.h"
#include "cli/temporary_folder.h"
#include "drivers/gen/frame_mix.h"
#include "drivers/gen/rate.h"

namespace baleen::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

struct Options {
    std::vector<std::string> pairs = {"memif"}, sizes = {"64"}, assignments;
    std::string flows = "1000", new_flows, payload = "zeros", duration = "2s";
    ndr::SearchOptions search;
    bool json = false;
};

struct Case {
    std::string pair, size;
    double mean_frame_bytes;
    ndr::Found found;
};

double gbit(double packets_per_s, const Case& c) {
    return gen::link_bits_per_s(packets_per_s, c.mean_frame_bytes) / 1e9;
}

std::string trial_json(const ndr::Trial& trial) {
    std::string losses;
    for (size_t i = 0; i < ndr::place_count; i++)
        if (trial.losses[i] > 0)
            losses += fmt::format(R"({}"{}":{})", losses.empty() ? "" : ",", ndr::place_names[i],
                                  trial.losses[i]);
    return fmt::format(
        R"({{"asked_pps":{:.0f},"seconds":{:.3f},"offered":{},"sent":{},"not_sent":{},"wire":{},)"
        R"("received":{},"lost":{},"loss":{:.7f},"losses":{{{}}}}})",
        trial.asked_packets_per_s, trial.seconds, trial.offered, trial.sent, trial.not_sent(),
        trial.wire, trial.received, trial.lost(), trial.loss(), losses);
}

std::string case_json(const Case& c, const Options& options) {
    std::string trials;
    for (const ndr::Trial& trial : c.found.trials)
        trials += (trials.empty() ? "" : ",") + trial_json(trial);
    const ndr::Found& f = c.found;
    std::string pair;
    for (const char letter : c.pair)
        if (letter >= ' ' && letter <= '~' && letter != '"' && letter != '\\') pair += letter;
    return fmt::format(
        R"({{"pair":"{}","packet_size":"{}","flows":{},"tries":{},"resolution":{},)"
        R"("loss_allowed":{},"max_pps":{:.0f},"ndr_pps":{:.0f},"ndr_gbit_per_s":{:.3f},)"
        R"("pdr_pps":{:.0f},"pdr_gbit_per_s":{:.3f},"first_loss":{},"trials":[{}]}})",
        pair, c.size, *base::parse_count(options.flows), options.search.tries,
        options.search.resolution, options.search.loss_allowed, f.max_packets_per_s,
        f.ndr_packets_per_s, gbit(f.ndr_packets_per_s, c), f.pdr_packets_per_s,
        gbit(f.pdr_packets_per_s, c),
        f.first_loss.empty() ? "null" : fmt::format("\"{}\"", f.first_loss), trials);
}

void print_trial(const ndr::Trial& trial) {
    const double asked = trial.asked_packets_per_s;
    fmt::print(stderr, "{:>18}  sent {:>10}  received {:>10}  lost {:>9} ({:.4f} %){}{}\n",
               asked > 0 ? base::format_rounded(asked, "packets/s") : "as fast as it goes",
               trial.sent, trial.received, trial.lost(), trial.loss() * 100,
               trial.lost() > 0 ? ", most of them: " : "", trial.worst_place());
}

void print_case(const Case& c, const Options& options) {
    const auto rate = [&](std::string_view name, double packets_per_s) {
        fmt::print("  {:<18}{:>16}  {:>8.3f} Gbit/s\n", name,
                   base::format_rounded(packets_per_s, "packets/s"), gbit(packets_per_s, c));
    };
    fmt::print("{}, {} bytes, {} flows\n", c.pair, c.size, options.flows);
    rate("carried at most", c.found.max_packets_per_s);
    rate("NDR", c.found.ndr_packets_per_s);
    rate(fmt::format("PDR ({:g} %)", options.search.loss_allowed * 100), c.found.pdr_packets_per_s);
    const std::string_view first = c.found.first_loss;
    fmt::print("  first loss        {}\n", first.empty() ? "none" : first);
    if (first == "not_sent.late")
        fmt::print(
            "  the generator did not get its core in time: this says nothing of the capture\n");
    if (first == "not_sent.refused")
        fmt::print(
            "  the pair was full: it holds its sender, and the capture itself lost nothing\n");
}

// Two threads that never sleep must not share a core, which the kernel lets them do for a while on
// a busy machine: each has one of its own, as in an installation. `--set worker...` leaves it
// alone.
void pin(ndr::TrialOptions& trial, const std::vector<std::string>& assignments) {
    for (const std::string& assignment : assignments)
        if (assignment.starts_with("worker.")) return;
    cpu_set_t allowed;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0 || CPU_COUNT(&allowed) < 2) return;
    int first = 0, last = CPU_SETSIZE - 1;
    while (!CPU_ISSET(first, &allowed)) first++;
    while (!CPU_ISSET(last, &allowed)) last--;
    trial.capture_arguments.insert(trial.capture_arguments.end(),
                                   {"--set", fmt::format("worker.cores=[\"{}\"]", first)});
    trial.generator_arguments.insert(trial.generator_arguments.end(),
                                     {"--cores", std::to_string(last)});
}

base::Result<Case> run_case(const std::string& pair_text, const std::string& size, double seconds,
                            const Options& options) {
    const TemporaryFolder folder("baleen-ndr");
    if (folder.path().empty()) return base::Error{"no temporary folder; is TMPDIR right?"};
    auto pair = ndr::make_pair(pair_text, folder.path());
    if (!pair) return pair.error();
    ndr::TrialOptions trial;
    trial.seconds = seconds;
    trial.generator_arguments = {"--size",      size,        "--flows",
                                 options.flows, "--payload", options.payload};
    if (!options.new_flows.empty())
        trial.generator_arguments.insert(trial.generator_arguments.end(),
                                         {"--new-flows", options.new_flows});
    // The data plane is what is measured; who wants the store as well sets it back.
    trial.capture_arguments = {"--set", "store.enabled=false"};
    pin(trial, options.assignments);
    for (const std::string& assignment : options.assignments)
        trial.capture_arguments.insert(trial.capture_arguments.end(), {"--set", assignment});
    const ndr::TrialRunner runner(*pair, folder.path(), std::move(trial), interrupted);
    auto found = ndr::find_rates(
        [&](double packets_per_s) {
            auto result = runner.run(packets_per_s);
            // DPDK 22.11's memif driver unmaps the rings when a sender leaves, also under a worker
            // that is reading them. Rare; told, and the trial made again.
            for (int again = 0; again < 2 && !result && interrupted == 0 &&
                                result.error().message.find("was killed") != std::string::npos;
                 again++) {
                run_error(fmt::format("trial repeated: {}", result.error().message));
                result = runner.run(packets_per_s);
            }
            if (result && !options.json) print_trial(*result);
            return result;
        },
        options.search);
    if (!found) return found.error();
    return Case{pair_text, size, gen::parse_frame_mix(size)->mean_bytes(), std::move(*found)};
}

int bench_ndr(const Options& options) {
    const auto duration_ns = base::parse_duration_ns(options.duration);
    if (!duration_ns) return usage_error(duration_ns.error().message);
    if (*duration_ns < 1'000'000 || *duration_ns == base::duration_off)
        return usage_error("--duration takes a millisecond at least, and an end");
    if (auto flows = base::parse_count(options.flows); !flows)
        return usage_error(flows.error().message);
    for (const std::string& size : options.sizes)
        if (auto mix = gen::parse_frame_mix(size); !mix) return usage_error(mix.error().message);
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);

    std::string cases;
    for (const std::string& pair : options.pairs)
        for (const std::string& size : options.sizes) {
            const auto done =
                run_case(pair, size, static_cast<double>(*duration_ns) / 1e9, options);
            if (!done) return run_error(fmt::format("{}: {}", pair, done.error().message));
            if (options.json) cases += (cases.empty() ? "" : ",") + case_json(*done, options);
            else print_case(*done, options);
        }
    if (options.json) fmt::print("{{\"cases\":[{}]}}\n", cases);
    return exit_ok;
}

}  // namespace

CLI::App* add_bench_ndr(CLI::App& bench, Command& command) {
    auto options = std::make_shared<Options>();
    CLI::App* app = bench.add_subcommand(
        "ndr", "Generator and capture over a pair of ports: the rate without loss (RFC 2544)");
    app->add_option("--pair", options->pairs,
                    "memif, vhost, veth, or two devices A,B of which A sends; may be repeated")
        ->allow_extra_args(false);
    app->add_option("--size", options->sizes,
                    "Frame size with check sequence, 64 to 1518, or imix; may be repeated")
        ->allow_extra_args(false);
    app->add_option("--flows", options->flows, "Flows (1000)");
    app->add_option("--new-flows", options->new_flows, "Flows replaced by new ones, a second");
    app->add_option("--payload", options->payload, "zeros, random or text (zeros)");
    app->add_option("--duration", options->duration, "Of a trial (2s; RFC 2544 has 60s)");
    app->add_option("--loss", options->search.loss_allowed, "Part that may be lost at PDR (0.001)")
        ->check(CLI::Range(0.0, 1.0));
    app->add_option("--resolution", options->search.resolution,
                    "Of the rates, as a part of them (0.01)")
        ->check(CLI::Range(0.001, 0.5));
    app->add_option("--tries", options->search.tries, "Trials in a row that fail a rate (1)")
        ->check(CLI::Range(1, 100));
    app->add_option("--set", options->assignments, "KEY=VALUE for the capture; may be repeated")
        ->allow_extra_args(false);
    app->add_flag("--json", options->json, "One JSON object");
    command = [options]() { return bench_ndr(*options); };
    return app;
}

}  // namespace baleen::cli
