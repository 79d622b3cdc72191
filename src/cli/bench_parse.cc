// `baleen bench parse`: the parser's kernels, by traffic and by where the packets are.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/median.h"
#include "base/tsc_clock.h"
#include "cli/bench.h"
#include "cli/options.h"
#include "drivers/replay/replay_source.h"
#include "packet/parse_kernel.h"
#include "packet/traffic.h"

namespace baleen::cli {
namespace {

using packet::Batch;
using packet::ParseKernel;
using packet::Traffic;

struct Options {
    bool json = false;
    std::vector<std::string> files;
};

// A measured function; kernels and the mere touching of header lines alike.
struct Contender {
    std::string_view name;
    packet::ParseBatch run;
};

// One pass over the traffic, packet lists being made outside of the clock.
double ns_per_packet(const Contender& contender, const Traffic& traffic, size_t packet_count,
                     Batch& batch, double ns_per_tick) {
    packet::Notes notes{};
    uint64_t ticks = 0;
    size_t done = 0;
    for (; done < packet_count; done += limits::lane_count) {
        traffic.fill(batch, done);
        ticks += packet::ticks_of(contender.run, batch, notes);
    }
    return static_cast<double>(ticks) * ns_per_tick / static_cast<double>(done);
}

using base::median;

struct Case {
    std::string kernel, traffic, residency;
    double ns, scalar_ns, touch_ns, speedup;
};

// All contenders in turn, round by round, so that what disturbs the machine disturbs all of them.
void measure(const std::string& traffic_name, std::string_view residency, const Traffic& traffic,
             std::vector<Case>& cases) {
    constexpr int rounds = 9;
    constexpr size_t packets_min = 1 << 16;  // about a millisecond a round
    static const double ns_per_tick = base::TscClock().ns_per_tick();
    std::vector<Contender> contenders = {{"touch", packet::touch_headers}};
    for (const ParseKernel& kernel : packet::parse_kernels())
        if (kernel.runs_here) contenders.push_back({kernel.name, kernel.parse_batch});
    std::vector<std::vector<double>> times(contenders.size());
    auto batch = std::make_unique<Batch>();
    const size_t packet_count = std::max(traffic.size(), packets_min);
    for (int round = -1; round < rounds; round++)
        for (size_t i = 0; i < contenders.size(); i++) {
            const double ns =
                ns_per_packet(contenders[i], traffic, packet_count, *batch, ns_per_tick);
            if (round >= 0) times[i].push_back(ns);  // the first one warms up
        }
    constexpr size_t touch = 0, scalar = 1;
    for (size_t i = scalar; i < contenders.size(); i++) {
        std::vector<double> speedups;
        for (size_t round = 0; round < times[i].size(); round++)
            speedups.push_back(times[scalar][round] / times[i][round]);
        cases.push_back({std::string(contenders[i].name), traffic_name, std::string(residency),
                         median(times[i]), median(times[scalar]), median(times[touch]),
                         median(speedups)});
    }
}

base::Result<Traffic> traffic_of(const std::vector<std::string>& paths) {
    std::vector<std::string> files;
    const auto wrong = expand_captures(paths, files);
    if (!wrong.empty()) return base::Error{wrong.front()};
    stats::PortStats port{};
    drivers::ReplaySource source(files, port);
    Traffic traffic;
    auto batch = std::make_unique<Batch>();
    constexpr size_t packets_max = 1 << 20;
    while (!source.exhausted() && traffic.added() < packets_max) {
        source.receive(*batch, limits::lane_count);
        for (uint32_t lane = 0; lane < batch->count; lane++) {
            const packet::Packet& packet = batch->packets[lane];
            if (packet.link == packet::LinkType::ethernet)
                traffic.add({packet.data, packet.captured_length}, packet.wire_length);
        }
        source.release(*batch);
    }
    if (!source.problems().empty()) return base::Error{source.problems().front()};
    if (traffic.added() == 0) return base::Error{"no Ethernet packets in the captures"};
    return traffic;
}

void print_json(const std::vector<Case>& cases) {
    std::string out = R"({"cases":[)";
    for (const Case& c : cases)
        out += fmt::format(
            R"({}{{"kernel":"{}","traffic":"{}","residency":"{}","ns_per_packet":{:.3f},)"
            R"("scalar_ns_per_packet":{:.3f},"touch_ns_per_packet":{:.3f},"speedup":{:.3f}}})",
            &c == cases.data() ? "" : ",", c.kernel, c.traffic, c.residency, c.ns, c.scalar_ns,
            c.touch_ns, c.speedup);
    fmt::print("{}]}}\n", out);
}

void print_table(const std::vector<Case>& cases) {
    fmt::print("{:<10} {:<7} {:<8} {:>10} {:>10} {:>10} {:>8}\n", "traffic", "data in", "kernel",
               "ns/packet", "scalar", "touch", "speedup");
    for (const Case& c : cases)
        fmt::print("{:<10} {:<7} {:<8} {:>10.2f} {:>10.2f} {:>10.2f} {:>8.2f}\n", c.traffic,
                   c.residency, c.kernel, c.ns, c.scalar_ns, c.touch_ns, c.speedup);
}

int bench_parse(const Options& options) {
    std::vector<std::pair<std::string, Traffic>> kinds;
    for (const packet::TrafficKind& kind : packet::traffic_kinds()) {
        kinds.emplace_back(kind.name, Traffic());
        kind.add(kinds.back().second);
    }
    if (!options.files.empty()) {
        auto traffic = traffic_of(options.files);
        if (!traffic) return run_error(traffic.error().message);
        kinds.emplace_back("capture", std::move(*traffic));
    }
    std::vector<Case> cases;
    for (const packet::Residency& residency : packet::residencies())
        for (auto& [name, traffic] : kinds) {
            if (auto status = traffic.lay_out(residency.packet_count); !status)
                return run_error(status.error().message);
            measure(name, residency.name, traffic, cases);
        }
    if (options.json) print_json(cases);
    else print_table(cases);
    return exit_ok;
}

}  // namespace

Command add_bench_parse(CLI::App& app) {
    auto options = std::make_shared<Options>();
    app.add_flag("--json", options->json, "One JSON object");
    app.add_option("-r,--read", options->files, "Also the packets of a capture")
        ->allow_extra_args(false);
    return [options]() { return bench_parse(*options); };
}

}  // namespace baleen::cli
