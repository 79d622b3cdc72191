// ns per record through a ring, written and read on one core, beside copying the same bytes.
#include <benchmark/benchmark.h>

#include <cstring>

#include "baleen/record.h"
#include "baleen/ring_reader.h"
#include "ring/writer.h"

namespace baleen::bench {
namespace {

constexpr uint32_t burst = 64;

void through_ring(benchmark::State& state) {
    auto ring = ring::create_ring(16u << 20, 1, 0, 1);
    ring::Writer writer(ring->view);
    ring::Reader reader = ring::Reader::open(ring->fd.get());
    record::FlowRecord record{}, copy{};
    for (auto _ : state) {
        for (uint32_t i = 0; i < burst; i++)
            *writer.reserve<record::FlowRecord>(ring::FrameType::flow, record::flow_version) =
                record;
        writer.publish();
        ring::Frame frame;
        while (reader.next(frame)) std::memcpy(&copy, frame.payload, sizeof copy);
        reader.release(burst);
        benchmark::DoNotOptimize(copy);
    }
    state.SetItemsProcessed(state.iterations() * burst);
}

void copy_only(benchmark::State& state) {
    std::vector<record::FlowRecord> block((16u << 20) / sizeof(record::FlowRecord));
    record::FlowRecord record{}, copy{};
    size_t at = 0;
    for (auto _ : state) {
        for (uint32_t i = 0; i < burst; i++)
            std::memcpy(&block[(at + i) % block.size()], &record, sizeof record);
        for (uint32_t i = 0; i < burst; i++)
            std::memcpy(&copy, &block[(at + i) % block.size()], sizeof copy);
        at += burst;
        benchmark::DoNotOptimize(copy);
    }
    state.SetItemsProcessed(state.iterations() * burst);
}

BENCHMARK(through_ring);
BENCHMARK(copy_only);

}  // namespace
}  // namespace baleen::bench

BENCHMARK_MAIN();
