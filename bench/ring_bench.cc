// ns per record through a ring, written and read on one core, beside copying the same bytes.
#include <benchmark/benchmark.h>

#include <cstring>

#include "baleen/record.h"
#include "baleen/ring_reader.h"
#include "ring/writer.h"

namespace baleen::bench {
namespace {

constexpr uint32_t burst = 64;
constexpr uint32_t record_bytes = record::fixed_record_bytes;

void through_ring(benchmark::State& state) {
    auto ring = ring::create_ring(16u << 20, 1, 0, 1);
    ring::Writer writer(ring->view);
    ring::Reader reader = ring::Reader::open(ring->fd.get());
    record::FlowRecord record{}, copy{};
    for (auto _ : state) {
        for (uint32_t i = 0; i < burst; i++)
            std::memcpy(writer.reserve<record::FlowRecord>(ring::FrameType::flow,
                                                           record::flow_version, record_bytes),
                        &record, record_bytes);
        writer.publish();
        ring::Frame frame;
        while (reader.next(frame)) std::memcpy(&copy, frame.payload, record_bytes);
        reader.release(burst);
        benchmark::DoNotOptimize(copy);
    }
    state.SetItemsProcessed(state.iterations() * burst);
}

void copy_only(benchmark::State& state) {
    constexpr size_t block_bytes = 16u << 20;
    std::vector<uint8_t> block(block_bytes + record_bytes);
    record::FlowRecord record{}, copy{};
    size_t at = 0;
    for (auto _ : state) {
        for (uint32_t i = 0; i < burst; i++)
            std::memcpy(&block[(at + i * record_bytes) % block_bytes], &record, record_bytes);
        for (uint32_t i = 0; i < burst; i++)
            std::memcpy(&copy, &block[(at + i * record_bytes) % block_bytes], record_bytes);
        at += burst * record_bytes;
        benchmark::DoNotOptimize(copy);
    }
    state.SetItemsProcessed(state.iterations() * burst);
}

BENCHMARK(through_ring);
BENCHMARK(copy_only);

}  // namespace
}  // namespace baleen::bench

BENCHMARK_MAIN();
