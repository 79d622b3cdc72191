// ns per packet of the flow stage over tables of many sizes, beside the limit: one and two random
// cache lines.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>

#include "packet/parser.h"
#include "tests/support/flow_harness.h"

namespace baleen::bench {
namespace {

// Keys of random flows, many times as many as any cache holds the flows of.
std::vector<packet::FlowKey> random_keys(uint32_t flow_count) {
    std::mt19937 random(1);
    std::vector<packet::FlowKey> keys(4 << 20);
    for (packet::FlowKey& key : keys) {
        const uint32_t flow = static_cast<uint32_t>(random()) % flow_count;
        for (uint32_t i = 0; i < 4; i++) key.src[12 + i] = static_cast<uint8_t>(flow >> (8 * i));
        key.dst[15] = 1;
        key.src_port = 1024;
        key.dst_port = 53;
        key.protocol = 17;
        key.ip_version = 4;
    }
    return keys;
}

// Hash, look-up and account; the copy of the keys into the batch stands for the parser.
void account(benchmark::State& state) {
    const auto flow_count = static_cast<uint32_t>(state.range(0));
    const std::vector<packet::FlowKey> keys = random_keys(flow_count);
    flow::FlowSettings settings = test::usual_settings;
    settings.flow_count_max = flow_count;
    test::FlowHarness flows(settings);
    std::array<packet::Batch, 2> batches;
    for (packet::Batch& batch : batches) {
        batch.count = 0;
        batch.verdicts.fill(packet::Verdict::counted_flow);
        batch.layers = {};
        batch.packets = {};
        for (auto& packet : batch.packets) packet.time_ns = packet.clock_ns = test::second;
    }
    uint32_t turn = 0;
    size_t at = 0;
    const auto one_batch = [&] {
        packet::Batch &batch = batches[turn % 2], &parsed = batches[(turn + 1) % 2];
        turn++;
        batch.count = limits::lane_count;
        std::copy_n(keys.begin() + static_cast<ptrdiff_t>(at), limits::lane_count,
                    batch.keys.begin());
        at = (at + limits::lane_count) % keys.size();
        packet::hash_batch(batch, packet::fixed_hash_key);
        flows.tracker().prefetch_lines(batch);
        flows.tracker().account_batch(parsed, batch);
    };
    do one_batch();
    while (at != 0);
    for (auto _ : state) one_batch();
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

// Every packet a new flow, on a table that is full: each has another flow told and erased.
void flood(benchmark::State& state) {
    flow::FlowSettings settings = test::usual_settings;
    settings.flow_count_max = static_cast<uint64_t>(state.range(0));
    test::FlowHarness flows(settings);
    std::array<packet::Batch, 2> batches;
    for (packet::Batch& batch : batches) {
        batch.count = 0;
        batch.verdicts.fill(packet::Verdict::counted_flow);
        batch.layers = {};
        batch.packets = {};
        batch.keys = {};
        for (auto& packet : batch.packets) packet.time_ns = packet.clock_ns = test::second;
    }
    uint64_t turn = 0;
    const auto one_batch = [&] {
        packet::Batch &batch = batches[turn % 2], &parsed = batches[(turn + 1) % 2];
        for (uint32_t lane = 0; lane < limits::lane_count; lane++) {
            const uint64_t flow =
                (turn * limits::lane_count + lane) * 0x9e3779b97f4a7c15;  // no two alike
            std::memcpy(batch.keys[lane].src.data(), &flow, sizeof flow);
            batch.keys[lane].protocol = 17;
            batch.keys[lane].ip_version = 4;
        }
        turn++;
        batch.count = limits::lane_count;
        packet::hash_batch(batch, packet::fixed_hash_key);
        flows.tracker().prefetch_lines(batch);
        flows.tracker().account_batch(parsed, batch);
        flows.discard_records();
    };
    while (turn * limits::lane_count < settings.flow_count_max + 1'000'000) one_batch();
    for (auto _ : state) one_batch();
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

// The memory floor: touching `lines` random 64-byte lines per packet of a block as large as the
// table, a batch of addresses prefetched before the first is used.
void touch_lines(benchmark::State& state) {
    const auto lines_per_packet = static_cast<uint32_t>(state.range(1));
    auto memory = base::HugeMemory::allocate(
        flow::FlowTable::memory_bytes(static_cast<uint64_t>(state.range(0))));
    struct alignas(64) Line {
        uint64_t value;
    };
    const auto lines = memory->as<Line>(memory->mapped_bytes() / sizeof(Line));
    for (Line& line : lines) line.value = 1;
    const uint32_t touched = limits::lane_count * lines_per_packet;
    std::vector<Line*> batch(touched);
    uint64_t random = 1;
    for (auto _ : state) {
        for (Line*& line : batch) {
            random = random * 6364136223846793005 + 1442695040888963407;  // Knuth's MMIX
            line = &lines[static_cast<size_t>(((random >> 32) * lines.size()) >> 32)];
            __builtin_prefetch(line, 0, 2);
        }
        for (Line* line : batch) line->value++;
    }
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

BENCHMARK(account)->Arg(1000)->Arg(100'000)->Arg(1'000'000)->Arg(4'000'000);
BENCHMARK(flood)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(touch_lines)->Args({1'000'000, 1})->Args({1'000'000, 2})->Args({4'000'000, 2});

}  // namespace
}  // namespace baleen::bench

BENCHMARK_MAIN();
