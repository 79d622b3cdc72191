#include "cli/bench_report.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/units.h"
#include "cli/bench_head.h"
#include "measure/machine.h"

namespace baleen::cli {
namespace {

constexpr std::array stage_names = {"rx",    "parse",   "flow",   "protocol",
                                    "match", "capture", "record", "ring"};
static_assert(stage_names.size() == measure::stage_count);

// Of frames, checksum included, without preamble and gap.
double gbit_per_s(const measure::Figures& figures) {
    return figures.mpps * figures.frame_bytes * 8 / 1e3;
}

// A nanosecond divided by 1000 is beyond what anybody can measure here.
double rounded(double value) { return std::round(value * 1e3) / 1e3; }

std::string short_count(uint64_t count) {
    if (count >= 1'000'000 && count % 100'000 == 0)
        return fmt::format("{:g}M", static_cast<double>(count) / 1e6);
    if (count >= 1000 && count % 100 == 0)
        return fmt::format("{:g}k", static_cast<double>(count) / 1e3);
    return fmt::format("{}", count);
}

nlohmann::ordered_json json_of(const MeasuredCase& measured) {
    const measure::Figures& figures = measured.figures;
    nlohmann::ordered_json out;
    uint32_t size = 0;
    const std::string& text = measured.size;
    if (std::from_chars(text.data(), text.data() + text.size(), size).ec == std::errc{})
        out["packet_size"] = size;
    else out["packet_size"] = text;
    out["flows"] = measured.flows;
    out["new_flows_per_s"] = measured.new_flows_per_s;
    out["workers"] = measured.workers;
    out["kernel"] = measured.kernel;
    out["mpps"] = rounded(figures.mpps);
    out["gbit_per_s"] = rounded(gbit_per_s(figures));
    out["floor_mpps"] = rounded(figures.floor_mpps);
    out["floor_ratio"] = rounded(figures.floor_ratio);
    out["rx_only_mpps"] = rounded(figures.rx_mpps);
    out["mpps_wall"] = rounded(figures.mpps_wall);
    out["mpps_low"] = rounded(figures.mpps_low);
    out["mpps_high"] = rounded(figures.mpps_high);
    out["longest_poll_us"] = rounded(figures.longest_poll_us);
    out["poll_us_p999"] = rounded(figures.poll_us_p999);
    for (uint32_t i = 0; i < measure::stage_count; i++)
        out["stages"][stage_names[i]] = rounded(figures.stages_ns[i]);
    out["table_bytes"] = figures.table_bytes;
    out["flows_active"] = figures.flows_active;
    out["flows_created"] = figures.flows_created;
    out["flows_evicted"] = figures.flows_evicted;
    out["records"] = figures.records_made;
    out["packets"] = figures.received;
    out["packets_per_s_of_clock"] = measured.packets_per_s;
    out["preemptions"] = figures.preemptions;
    return out;
}

}  // namespace

void print_bench_head(const measure::Effort& effort) {
    const measure::Machine machine = measure::this_machine();
    fmt::print("{}, {} cores, L2 {}, L3 {}; {}; baleen {}; {} hugepages; seed {}\n", machine.cpu,
               machine.cores, base::format_bytes(machine.l2_bytes),
               base::format_bytes(machine.l3_bytes), machine.kernel, machine.build,
               machine.reserved_hugepages ? "reserved" : "transparent", effort.seed);
    fmt::print(
        "{:>7} {:>7} {:>6} {:>2} {:<7} {:>7} {:>7} {:>7} {:>6} {:>7} {:>7}  {:>6} {:>6} "
        "{:>6} {:>6} {:>6}  {:>6} {:>8} {:>8}\n",
        "size", "flows", "new/s", "w", "kernel", "Mpps", "Gbit/s", "floor", "ratio", "rx only",
        "ns/pkt", "rx", "parse", "flow", "record", "ring", "p99.9", "poll us", "table");
    std::fflush(stdout);
}

void print_bench_row(const MeasuredCase& measured) {
    const measure::Figures& figures = measured.figures;
    const auto& stages = figures.stages_ns;
    fmt::print(
        "{:>7} {:>7} {:>6} {:>2} {:<7} {:>7.2f} {:>7.2f} {:>7.2f} {:>6.3f} {:>7.1f} "
        "{:>7.1f}  {:>6.1f} {:>6.1f} {:>6.1f} {:>6.1f} {:>6.1f}  {:>6.1f} {:>8.1f} {:>8}\n",
        measured.size, short_count(measured.flows), short_count(measured.new_flows_per_s),
        measured.workers, measured.kernel, figures.mpps, gbit_per_s(figures), figures.floor_mpps,
        figures.floor_ratio, figures.rx_mpps, measured.workers * 1e3 / figures.mpps, stages[0],
        stages[1], stages[2], stages[4], stages[5], figures.poll_us_p999, figures.longest_poll_us,
        base::format_rounded(static_cast<double>(figures.table_bytes), "B"));
    std::fflush(stdout);
}

void print_bench_json(const std::vector<MeasuredCase>& cases, const measure::Effort& effort) {
    const measure::Machine machine = measure::this_machine();
    nlohmann::ordered_json out = bench_json("pipeline");
    out["cores"] = machine.cores;
    out["l2_bytes"] = machine.l2_bytes;
    out["l3_bytes"] = machine.l3_bytes;
    out["memory_bytes"] = machine.memory_bytes;
    out["hugepages"] = machine.reserved_hugepages ? "reserved" : "transparent";
    out["seed"] = effort.seed;
    out["rounds"] = effort.rounds;
    out["slice_ms"] = static_cast<double>(effort.slice_ns) / 1e6;
    out["cases"] = nlohmann::ordered_json::array();
    for (const MeasuredCase& measured : cases) out["cases"].push_back(json_of(measured));
    fmt::print("{}\n", out.dump(1));
}

}  // namespace baleen::cli
