// ns per packet of every parser kernel, beside merely touching the line that the headers are in:
// per kind of traffic, with packets in L1, in L2/L3 and in DRAM. `baleen bench parse` measures the
// same cases round by round and prints their ratios.
#include <benchmark/benchmark.h>

#include <memory>

#include "base/tsc_clock.h"
#include "packet/parse_kernel.h"
#include "packet/traffic.h"

namespace baleen::bench {
namespace {

// The packet lists are made outside of the clock, which is the time stamp counter: timers that
// benchmarks pause cost more than a batch.
void parse(benchmark::State& state, packet::ParseBatch run, const packet::TrafficKind& kind,
           const packet::Residency& residency) {
    packet::Traffic traffic;
    kind.add(traffic);
    if (auto status = traffic.lay_out(residency.packet_count); !status)
        return state.SkipWithError(status.error().message.c_str());
    const auto batch = std::make_unique<packet::Batch>();
    static const double seconds_per_tick = base::TscClock().ns_per_tick() / 1e9;
    packet::Notes notes{};
    size_t first = 0;
    for (auto _ : state) {
        traffic.fill(*batch, first);
        first = (first + limits::lane_count) % traffic.size();
        const uint64_t ticks = packet::ticks_of(run, *batch, notes);
        state.SetIterationTime(static_cast<double>(ticks) * seconds_per_tick);
        benchmark::DoNotOptimize(notes);
        benchmark::DoNotOptimize(batch->keys.data());
    }
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

void register_cases() {
    for (const packet::TrafficKind& kind : packet::traffic_kinds())
        for (const packet::Residency& residency : packet::residencies()) {
            const auto add = [&](std::string_view who, packet::ParseBatch run) {
                const std::string name = std::string(who) + "/" + std::string(kind.name) + "/" +
                                         std::string(residency.name);
                benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
                    parse(state, run, kind, residency);
                })->UseManualTime();
            };
            add("touch", packet::touch_headers);
            for (const packet::ParseKernel& kernel : packet::parse_kernels())
                if (kernel.runs_here) add(kernel.name, kernel.parse_batch);
        }
}

}  // namespace
}  // namespace baleen::bench

int main(int argc, char** argv) {
    baleen::bench::register_cases();
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
