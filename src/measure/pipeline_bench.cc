#include "measure/pipeline_bench.h"

#include <fmt/format.h>

#include <algorithm>

#include "measure/usual.h"

namespace baleen::measure {

using dataplane::WorkerSettings;

base::Result<Figures> measure(const SynthCase& wanted, const Effort& effort) {
    if (auto status = check(wanted, effort); !status) return status.error();
    const uint32_t workers = effort.workers;
    const Timing timing = timing_of(wanted, workers);
    WorkerSettings worker = worker_settings(wanted.kernel, effort.seed, timing.capacity);
    worker.flow.idle_timeout_ns = timing.idle_ns;
    worker.flow.tcp_end_timeout_ns = std::min(worker.flow.tcp_end_timeout_ns, timing.idle_ns);
    const MakeLane<drivers::SynthSource> make =
        [&](uint32_t index) -> base::Result<std::unique_ptr<Lane<drivers::SynthSource>>> {
        const uint64_t flows = wanted.flows / workers + (index < wanted.flows % workers ? 1 : 0);
        const drivers::SynthSettings settings = {
            .seed = effort.seed + index,
            .flow_count = static_cast<uint32_t>(flows),
            .new_flows_per_s = wanted.new_flows_per_s / workers,
            .packets_per_s = wanted.packets_per_s / workers,
            .ended_ns = timing.ended_ns,
            .sizes = wanted.sizes,
            .network = static_cast<uint8_t>(index)};
        auto source = drivers::SynthSource::create(settings);
        auto bare = drivers::SynthSource::create(settings);
        if (!source) return source.error();
        if (!bare) return bare.error();
        return Lane<drivers::SynthSource>::create(
            {.worker = worker, .index = index, .count = workers}, std::move(*source),
            std::move(*bare));
    };
    auto figures = figures_of(run_lanes(effort, make));
    if (figures) figures->table_bytes = workers * flow::FlowTable::memory_bytes(timing.capacity);
    return figures;
}

base::Result<Figures> measure(const drivers::CaptureMemory& capture,
                              const packet::ParseKernel& kernel, const Effort& effort,
                              uint64_t& flows) {
    if (auto status = check_workers(effort.workers, limits::worker_count_max); !status)
        return status.error();
    Divider divider(effort.workers);
    std::vector<std::vector<packet::Packet>> shares(effort.workers);
    for (const packet::Packet& packet : capture.packets())
        shares[divider.worker_of(packet)].push_back(packet);
    uint64_t table_bytes = 0;
    std::vector<uint64_t> capacities;
    flows = 0;
    for (uint32_t i = 0; i < effort.workers; i++) {
        if (shares[i].empty())
            return base::Error{
                fmt::format("the capture has no packets for worker {} of {}; take fewer workers", i,
                            effort.workers)};
        // A tenth more: a flow that has ended is told by the sweep when its successor is there.
        const uint64_t of_worker = divider.flows_of(i);
        flows += of_worker;
        capacities.push_back(of_worker + of_worker / 10 + 1000);
        table_bytes += flow::FlowTable::memory_bytes(capacities.back());
    }
    if (auto status = check_memory(table_bytes, effort.workers); !status) return status.error();
    const MakeLane<drivers::CaptureLoop> make = [&](uint32_t index) {
        return Lane<drivers::CaptureLoop>::create(
            {.worker = worker_settings(kernel, effort.seed, capacities[index]),
             .index = index,
             .count = effort.workers},
            drivers::CaptureLoop(shares[index]), drivers::CaptureLoop(shares[index]));
    };
    auto figures = figures_of(run_lanes(effort, make));
    if (figures) figures->table_bytes = table_bytes;
    return figures;
}

}  // namespace baleen::measure
