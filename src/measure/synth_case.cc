#include "measure/synth_case.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "config/settings.h"
#include "dataplane/flow/flow_table.h"
#include "measure/machine.h"
#include "measure/memory_floor.h"

namespace baleen::measure {

Timing timing_of(const SynthCase& wanted, uint32_t workers) {
    const config::Settings::Flow usual;
    // Three rounds without a packet: beyond what any flow alive can do, for in two rounds it comes
    // at least once.
    const auto silent_ns = static_cast<int64_t>(3e9 * static_cast<double>(wanted.flows) /
                                                static_cast<double>(wanted.packets_per_s));
    // With new flows those that have ended are in the table as well, for the timeout and until the
    // sweep has come round (up to 1.25 s, flow_tracker.cc): the shorter the timeout, the less of
    // the table is not what was asked for.
    constexpr int64_t second_ns = 1'000'000'000, sweep_ns = second_ns / 4 * 5;
    const bool is_steady = wanted.new_flows_per_s == 0;
    const int64_t idle_ns = std::max(is_steady ? usual.idle_timeout_ns : second_ns, silent_ns);
    const double ended =
        static_cast<double>(wanted.new_flows_per_s) * static_cast<double>(idle_ns + sweep_ns) / 1e9;
    // A twentieth and a thousand more: sweeps and births do not keep step exactly, and a table
    // without room makes some, which is another case than this.
    const double in_table = 1.05 * (static_cast<double>(wanted.flows) + ended) + 1000;
    return {idle_ns, is_steady ? 0 : idle_ns + sweep_ns / 2,
            static_cast<uint64_t>(in_table) / workers + 1};
}

base::Status check_workers(uint32_t workers, uint32_t workers_max) {
    workers_max = std::min(workers_max, usable_cores());
    if (workers >= 1 && workers <= workers_max) return base::Ok{};
    return base::Error{
        fmt::format("{} workers cannot be measured here, where each has to have a core of its own; "
                    "take 1 to {}",
                    workers, workers_max)};
}

base::Status check_memory(uint64_t table_bytes, uint32_t workers) {
    // Beside table and floor 128 MiB: ring, buffers, and what rounding up to hugepages takes.
    const uint64_t needed = table_bytes + std::min(table_bytes, workers * MemoryFloor::bytes_max) +
                            workers * (uint64_t{128} << 20);
    const uint64_t available = available_bytes();
    if (needed <= available) return base::Ok{};
    const auto text = [](uint64_t bytes) {
        return base::format_rounded(static_cast<double>(bytes), "B");
    };
    return base::Error{
        fmt::format("the flow table, and a block for the memory floor, need {} of "
                    "memory, of which {} are free; take fewer flows",
                    text(needed), text(available))};
}

base::Status check(const SynthCase& wanted, const Effort& effort) {
    constexpr uint64_t flows_max = uint64_t{1} << 30;
    constexpr uint64_t rate_min = 1000, rate_max = 1'000'000'000;  // packets/s
    constexpr uint32_t networks = 16;                              // SynthSettings::network
    if (auto status = check_workers(effort.workers, networks); !status) return status;
    if (wanted.flows < effort.workers || wanted.flows > flows_max)
        return base::Error{fmt::format("{} flows cannot be measured; take {} to {}", wanted.flows,
                                       effort.workers, flows_max)};
    if (wanted.packets_per_s < rate_min * effort.workers || wanted.packets_per_s > rate_max)
        return base::Error{fmt::format("a rate of {} packets/s cannot be; take {} to {}",
                                       wanted.packets_per_s, rate_min * effort.workers, rate_max)};
    if (wanted.new_flows_per_s > wanted.packets_per_s / 2)
        return base::Error{fmt::format(
            "{} new flows/s are more than half of {} packets/s; take fewer, or a higher --rate",
            wanted.new_flows_per_s, wanted.packets_per_s)};
    const uint64_t capacity = timing_of(wanted, effort.workers).capacity;
    if (capacity > uint64_t{1} << 31)
        return base::Error{fmt::format(
            "a table of {} flows is more than a worker handles; take fewer flows or new flows/s",
            capacity)};
    return check_memory(effort.workers * flow::FlowTable::memory_bytes(capacity), effort.workers);
}

}  // namespace baleen::measure
