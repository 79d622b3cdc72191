// What the index of files of packets costs whoever writes them: per flow and chunk, beside sorting
// the same keys with std::sort.
//
//   append   keys into the log, as chunks are written
//   seal     postings sorted and written, when a file is finished
#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "packets/index_log.h"
#include "packets/index_seal.h"

namespace baleen::bench {
namespace {

using packets::ChunkFlow;
using packets::Key;

constexpr uint32_t flows_per_chunk = 1000;

// In memory, so that the disk is not what is measured.
const std::string& file() {
    static const std::string path = "/dev/shm/baleen-packet-index-bench";
    return path;
}

// Flows of a population of hosts; each is new.
std::vector<ChunkFlow> make_flows(uint32_t chunk) {
    std::mt19937 random(chunk);
    std::vector<ChunkFlow> flows(flows_per_chunk);
    for (ChunkFlow& flow : flows)
        flow = {random(), static_cast<Key>(random()), {random() % 50000, random() % 50000}, 0, 0};
    return flows;
}

void append_all(packets::IndexLog& log, uint32_t chunks, const std::vector<ChunkFlow>* flows) {
    packets::ChunkBlock chunk{};
    for (uint32_t i = 0; i < chunks; i++) {
        chunk.sequence = i;
        benchmark::DoNotOptimize(log.append(chunk, uint64_t{i} << 20, 1 << 20, flows[i % 16]));
    }
}

struct Sample {
    std::vector<ChunkFlow> flows[16];
    Sample() {
        for (uint32_t i = 0; i < 16; i++) flows[i] = make_flows(i);
    }
};
const Sample sample;

void append(benchmark::State& state) {
    const auto chunks = static_cast<uint32_t>(state.range(0) / flows_per_chunk);
    for (auto _ : state) {
        auto log = packets::IndexLog::create(file());
        append_all(*log, chunks, sample.flows);
        benchmark::DoNotOptimize(log->flush());
    }
    state.SetItemsProcessed(state.iterations() * chunks * flows_per_chunk);
}
BENCHMARK(append)->Arg(10000)->Arg(1000000)->Unit(benchmark::kMillisecond);

void seal(benchmark::State& state) {
    const auto chunks = static_cast<uint32_t>(state.range(0) / flows_per_chunk);
    for (auto _ : state) {
        state.PauseTiming();
        auto log = packets::IndexLog::create(file());
        append_all(*log, chunks, sample.flows);
        benchmark::DoNotOptimize(log->flush());
        state.ResumeTiming();
        benchmark::DoNotOptimize(log->seal(1));
    }
    state.SetItemsProcessed(state.iterations() * chunks * flows_per_chunk);
    std::filesystem::remove(packets::index_path(file()));
}
BENCHMARK(seal)->Arg(10000)->Arg(1000000)->Arg(10000000)->Unit(benchmark::kMillisecond);

template <bool radix>
void sort(benchmark::State& state) {
    std::mt19937 random(1);
    std::vector<packets::Posting> postings(static_cast<size_t>(state.range(0)));
    for (size_t i = 0; i < postings.size(); i++)
        postings[i] = packets::posting(random(), static_cast<uint32_t>(i / 4000));
    std::vector<packets::Posting> room(postings.size());
    for (auto _ : state) {
        auto copy = postings;
        if (radix) packets::sort_postings(copy, room);
        else std::sort(copy.begin(), copy.end());
        benchmark::DoNotOptimize(copy.data());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sort<true>)->Name("sort/radix")->Arg(4000000)->Unit(benchmark::kMillisecond);
BENCHMARK(sort<false>)->Name("sort/std")->Arg(4000000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace baleen::bench

BENCHMARK_MAIN();
