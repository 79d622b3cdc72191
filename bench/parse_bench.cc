// ns per packet of the parser, with packets in L1, in L2/L3 and in DRAM.
#include <benchmark/benchmark.h>

#include "bench/frames.h"
#include "packet/parser.h"

namespace baleen::bench {
namespace {

// 60-byte frames: 256 of them are 15 KiB (L1), 65 536 are 4 MiB (L2/L3), 2 M are 120 MiB (DRAM).
void parse(benchmark::State& state, bool is_tcp) {
    const Frames frames = small_frames(static_cast<size_t>(state.range(0)), is_tcp);
    packet::Batch batch;
    packet::Notes notes{};
    size_t first = 0;
    for (auto _ : state) {
        frames.fill(batch, first, limits::lane_count);
        packet::parse_batch(batch, {}, notes);
        benchmark::DoNotOptimize(batch.keys.data());
        first = (first + limits::lane_count) % frames.count();
    }
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

// The cost of handing the batch over, which the cases above contain.
void fill_only(benchmark::State& state) {
    const Frames frames = small_frames(static_cast<size_t>(state.range(0)), false);
    packet::Batch batch;
    size_t first = 0;
    for (auto _ : state) {
        frames.fill(batch, first, limits::lane_count);
        benchmark::DoNotOptimize(batch.packets.data());
        first = (first + limits::lane_count) % frames.count();
    }
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

BENCHMARK(fill_only)->Arg(256)->Arg(65536)->Arg(2 << 20);
BENCHMARK_CAPTURE(parse, udp, false)->Arg(256)->Arg(65536)->Arg(2 << 20);
BENCHMARK_CAPTURE(parse, tcp, true)->Arg(256)->Arg(65536)->Arg(2 << 20);

}  // namespace
}  // namespace baleen::bench

BENCHMARK_MAIN();
