// The live graph per record, take() and commit() together, and a snapshot of it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "control/graph/live_graph.h"

namespace baleen {
namespace {

constexpr int64_t second_ns = 1'000'000'000;
constexpr size_t batch_records = 20'000;  // store.batch_records
// As many records as one second of a busy link.
constexpr int64_t records_per_second = 20'000;

record::FlowRecord record_between(uint32_t client, uint32_t server, uint16_t port) {
    record::FlowRecord record{};
    const auto put = [](uint8_t* to, uint32_t host) {
        to[10] = to[11] = 0xff;
        for (size_t i = 0; i < 4; i++) to[12 + i] = static_cast<uint8_t>(host >> (24 - 8 * i));
    };
    put(record.initiator_address, 0x0a000000 + client);
    put(record.responder_address, 0xc0a80000 + server);
    record.responder_port = port;
    record.protocol = 6;
    record.initiator.packets = record.responder.packets = 10;
    record.initiator.wire_bytes = record.responder.wire_bytes = 1000 + client % 1000;
    return record;
}

// Popularity as it is: few edges have most of the flows (Zipf with exponent 1).
std::vector<record::FlowRecord> traffic(uint32_t edges) {
    std::mt19937_64 random(1);
    std::vector<double> weight(edges);
    for (uint32_t i = 0; i < edges; i++) weight[i] = 1.0 / (i + 1);
    std::discrete_distribution<uint32_t> pick(weight.begin(), weight.end());
    std::vector<record::FlowRecord> records;
    for (size_t i = 0; i < 200'000; i++) {
        const uint32_t edge = pick(random);
        const uint32_t mixed = edge * 2654435761u;
        records.push_back(record_between(mixed >> 12, edge % 1024, edge % 3 == 0 ? 443 : 80));
    }
    return records;
}

graph::LiveGraph default_graph(uint64_t memory_bytes = 64ull << 20) {
    return graph::LiveGraph(
        {.windows_ns = {60 * second_ns, 300 * second_ns, 3600 * second_ns, 86400 * second_ns},
         .memory_bytes = memory_bytes,
         .seed = 1});
}

void feed(graph::LiveGraph& live, record::FlowRecord record, int64_t& number) {
    record.last_ns = 1'700'000'000 * second_ns + number * second_ns / records_per_second;
    record.first_ns = record.last_ns - second_ns;
    live.take(record);
    if (++number % static_cast<int64_t>(batch_records) == 0) live.commit();
}

void live_graph(benchmark::State& state) {
    const auto records = traffic(static_cast<uint32_t>(state.range(0)));
    auto live = default_graph();
    int64_t number = 0;
    for (auto _ : state) feed(live, records[static_cast<size_t>(number) % records.size()], number);
    state.SetItemsProcessed(state.iterations());
    state.counters["channels"] = static_cast<double>(live.counters().channels);
    state.counters["MiB"] = static_cast<double>(live.counters().memory_bytes) / (1 << 20);
    state.counters["folds"] = static_cast<double>(live.counters().folds);
}
BENCHMARK(live_graph)->Arg(1'000)->Arg(10'000)->Arg(50'000);

// A scan of everything: each record is a host that has not been seen, and memory is used up.
void live_graph_flood(benchmark::State& state) {
    auto live = default_graph(static_cast<uint64_t>(state.range(0)) << 20);
    int64_t number = 0;
    for (auto _ : state)
        feed(live, record_between(1, static_cast<uint32_t>(number) * 2654435761u, 445), number);
    state.SetItemsProcessed(state.iterations());
    state.counters["folds"] = static_cast<double>(live.counters().folds);
}
BENCHMARK(live_graph_flood)->Arg(8)->Arg(64);

void snapshot(benchmark::State& state) {
    const auto records = traffic(50'000);
    auto live = default_graph();
    int64_t number = 0;
    for (const auto& record : records) feed(live, record, number);
    live.commit();
    for (auto _ : state)
        benchmark::DoNotOptimize(
            live.snapshot(1, {.nodes_max = static_cast<uint64_t>(state.range(0))}));
    state.counters["channels"] = static_cast<double>(live.counters().channels);
}
BENCHMARK(snapshot)->Arg(0)->Arg(500)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace baleen

BENCHMARK_MAIN();
