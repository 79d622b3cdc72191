// `baleen gen`: packets out of a port, as many a second as it takes or as are asked for.
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <memory>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "drivers/gen/generator.h"

namespace baleen::cli {
namespace {

std::atomic<bool> interrupted{false};

struct Options {
    std::string device;
    std::string flows = "1000", size = "64", new_flows, payload = "zeros", rate, count, duration;
    std::vector<std::string> captures, prefixes;
    std::vector<uint32_t> cores;
    uint16_t queues = 1;
    uint64_t seed = 1;
    bool json = false;
};

// All that is wrong with the command line, a sentence each.
config::Problems settings_of(const Options& options, gen::GeneratorOptions& out) {
    config::Problems problems;
    const auto take = [&](const std::string& text, auto parse, auto& target) {
        if (text.empty()) return;
        if (auto value = parse(text); value) target = static_cast<decltype(+target)>(*value);
        else problems.push_back(value.error().message);
    };
    const auto parse_count = [](const std::string& text) { return base::parse_count(text); };
    int64_t duration_ns = 0;
    out.device = options.device;
    out.queues = options.queues;
    out.cores = options.cores;
    out.synthetic.seed = options.seed;
    take(options.flows, parse_count, out.synthetic.flows);
    take(options.new_flows, parse_count, out.new_flows_per_s);
    take(options.count, parse_count, out.packets);
    take(
        options.duration, [](const std::string& text) { return base::parse_duration_ns(text); },
        duration_ns);
    if (duration_ns != base::duration_off) out.seconds = static_cast<double>(duration_ns) / 1e9;
    if (auto mix = gen::parse_frame_mix(options.size); mix) out.synthetic.mix = *mix;
    else problems.push_back(mix.error().message);
    if (auto payload = gen::parse_payload(options.payload); payload)
        out.synthetic.payload = *payload;
    else problems.push_back(payload.error().message);
    if (!options.rate.empty()) {
        if (auto rate = gen::parse_rate(options.rate); rate) out.rate = *rate;
        else problems.push_back(rate.error().message);
    }
    for (const std::string& text : options.prefixes) {
        if (auto prefix = gen::parse_prefix(text); prefix) out.prefixes.push_back(*prefix);
        else problems.push_back(prefix.error().message);
    }
    const auto missing = expand_captures(options.captures, out.captures);
    problems.insert(problems.end(), missing.begin(), missing.end());
    if (out.synthetic.flows < out.queues || out.synthetic.flows > gen::flows_max)
        problems.push_back(
            fmt::format("--flows takes {} (the queues) to {}", out.queues, gen::flows_max));
    if (!out.prefixes.empty() && out.captures.empty())
        problems.push_back("--rewrite is for the addresses of a capture: give -r as well");
    return problems;
}

std::string json_of(const gen::GeneratorReport& report, double asked) {
    return fmt::format(
        R"({{"packets":{},"bytes":{},"seconds":{:.6f},"packets_per_s":{:.1f},"bits_per_s":{:.0f},)"
        R"("asked_packets_per_s":{:.1f},"offered":{},"refused":{},"late":{},"flows":{}}})",
        report.packets, report.frame_bytes, report.seconds, report.packets_per_s(),
        gen::link_bits_per_s(report.packets_per_s(), report.mean_frame_bytes()), asked,
        report.offered(), report.refused, report.late, report.flows);
}

void print_summary(const gen::GeneratorReport& report, double asked) {
    const double rate = report.packets_per_s();
    fmt::print(
        "sent     {} packets ({}) in {:.3f} s: {}, {} of the link\n", report.packets,
        base::format_rounded(static_cast<double>(report.frame_bytes), "B"), report.seconds,
        base::format_rounded(rate, "packets/s"),
        base::format_rounded(gen::link_bits_per_s(rate, report.mean_frame_bytes()), "bit/s"));
    if (report.flows > 0) fmt::print("flows    {}\n", report.flows);
    if (asked <= 0) return;
    fmt::print("rate     {} asked for, {:+.2f} %\n", base::format_rounded(asked, "packets/s"),
               (rate / asked - 1) * 100);
    fmt::print("offered  {} = sent {} + refused by the port {} + late {}\n", report.offered(),
               report.packets, report.refused, report.late);
}

// A line that moves while packets go.
class Progress {
public:
    void show(const gen::GeneratorReport& report) {
        const auto now = std::chrono::steady_clock::now();
        if (now - shown_at_ < std::chrono::milliseconds(200)) return;
        const double seconds = std::chrono::duration<double>(now - shown_at_).count();
        const auto more = static_cast<double>(report.packets - packets_before_);
        fmt::print(stderr, "\r\033[K{} packets  {}  {} not sent", report.packets,
                   base::format_rounded(more / seconds, "packets/s"), report.refused + report.late);
        std::fflush(stderr);
        shown_at_ = now;
        packets_before_ = report.packets;
    }
    void clear() { fmt::print(stderr, "\r\033[K"); }

private:
    std::chrono::steady_clock::time_point shown_at_{};
    uint64_t packets_before_ = 0;
};

int generate(const Options& options) {
    gen::GeneratorOptions settings;
    const auto problems = settings_of(options, settings);
    for (const std::string& problem : problems) usage_error(problem);
    if (!problems.empty()) return exit_usage;
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = true; };
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);  // the port has to be closed first

    std::vector<std::string> notices;
    auto generator = gen::Generator::open(settings, notices);
    for (const std::string& notice : notices) fmt::print(stderr, "baleen: {}\n", notice);
    if (!generator) return run_error(generator.error().message);
    const bool show_progress = !options.json && ::isatty(STDERR_FILENO) != 0;
    Progress progress;
    const auto status = generator->run(interrupted, [&] {
        if (show_progress) progress.show(generator->report());
    });
    if (show_progress) progress.clear();
    const auto report = generator->report();
    if (options.json) fmt::print("{}\n", json_of(report, generator->packets_per_s_asked()));
    else print_summary(report, generator->packets_per_s_asked());
    return status ? exit_ok : run_error(status.error().message);
}

}  // namespace

Command add_gen(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_option("-i,--interface", options->device,
                   "Interface, PCI address or DPDK device string to send on")
        ->required();
    app.add_option("--flows", options->flows, "Flows alive at a time (1000)");
    app.add_option("--size", options->size,
                   "Frame size with check sequence, 64 to 1518, or imix (64)");
    app.add_option("--new-flows", options->new_flows,
                   "Flows that end and are replaced by new ones, a second");
    app.add_option("--payload", options->payload, "zeros, random or text (zeros)");
    app.add_option("-r,--read", options->captures,
                   "Send the packets of a capture instead; may be repeated")
        ->allow_extra_args(false);
    app.add_option("--rewrite", options->prefixes,
                   "Move the capture's hosts to PREFIX; several: one for each pass in turn")
        ->allow_extra_args(false);
    app.add_option("--rate", options->rate,
                   "1Mpps or 10Gbit (of the link); without, as fast as the port takes");
    app.add_option("--count", options->count, "Stop after so many packets");
    app.add_option("--duration", options->duration, "Stop after so long");
    app.add_option("--queues", options->queues, "Queues to send on, a thread each")
        ->check(CLI::Range(1, 64));
    app.add_option("--cores", options->cores, "Cores of these threads, in order: 2,3")
        ->delimiter(',')
        ->check(CLI::Range(0, CPU_SETSIZE - 1));
    app.add_option("--seed", options->seed, "Of flows and random payload (1)");
    app.add_flag("--json", options->json, "The summary as one JSON object");
    return [options]() { return generate(*options); };
}

}  // namespace baleen::cli
