// ns per packet of the flow stage over tables of many sizes, beside the limit: one and two random
// cache lines.
#include <benchmark/benchmark.h>

#include <cstring>
#include <random>

#include "measure/memory_floor.h"
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

// A tracker behind two batches, as a worker has them: one is parsed while the one before is due.
class FlowStage {
public:
    explicit FlowStage(uint64_t flow_count_max) : flows_(settings_of(flow_count_max)) {
        for (packet::Batch& batch : batches_) {
            batch.count = 0;
            batch.verdicts.fill(packet::Verdict::counted_flow);
            batch.layers = {};
            batch.packets = {};
            batch.keys = {};
            for (auto& packet : batch.packets) packet.time_ns = packet.clock_ns = test::second;
        }
    }

    // `fill` writes the keys of a full batch, and stands for the parser.
    template <class Fill>
    void turn(Fill&& fill) {
        packet::Batch &parsed = batches_[turns_ % 2], &due = batches_[(turns_ + 1) % 2];
        turns_++;
        parsed.count = limits::lane_count;
        fill(parsed.keys);
        packet::hash_batch(parsed, packet::fixed_hash_key);
        flows_.tracker().prefetch_lines(parsed);
        flows_.tracker().account_batch(due, parsed);
    }
    void discard_records() { flows_.discard_records(); }
    bool drain_some() {
        const bool more = flows_.tracker().drain(test::second);
        flows_.discard_records();
        return more;
    }
    void drain() {
        while (drain_some()) {
        }
    }
    uint64_t packets() const { return turns_ * limits::lane_count; }

private:
    static flow::FlowSettings settings_of(uint64_t flow_count_max) {
        flow::FlowSettings settings = test::usual_settings;
        settings.flow_count_max = flow_count_max;
        return settings;
    }

    test::FlowHarness flows_;
    std::array<packet::Batch, 2> batches_;
    uint64_t turns_ = 0;
};

// Hash, look-up and account.
void account(benchmark::State& state) {
    const auto flow_count = static_cast<uint32_t>(state.range(0));
    const std::vector<packet::FlowKey> all_keys = random_keys(flow_count);
    FlowStage stage(flow_count);
    size_t at = 0;
    const auto one_batch = [&] {
        stage.turn([&](auto& keys) {
            std::copy_n(all_keys.begin() + static_cast<ptrdiff_t>(at), keys.size(), keys.begin());
        });
        at = (at + limits::lane_count) % all_keys.size();
    };
    do one_batch();
    while (at != 0);
    for (auto _ : state) one_batch();
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

// Writes keys of which no two are alike.
class NewFlows {
public:
    template <class Keys>
    void operator()(Keys& keys) {
        for (packet::FlowKey& key : keys) {
            const uint64_t flow = number_++ * 0x9e3779b97f4a7c15;
            std::memcpy(key.src.data(), &flow, sizeof flow);
            key.protocol = 17;
            key.ip_version = 4;
        }
    }

private:
    uint64_t number_ = 0;
};

// Every packet is of a new flow, and the table is full.
void flood(benchmark::State& state) {
    const auto flow_count = static_cast<uint64_t>(state.range(0));
    FlowStage stage(flow_count);
    NewFlows new_flows;
    const auto one_batch = [&] {
        stage.turn(new_flows);
        stage.discard_records();
    };
    while (stage.packets() < flow_count + 1'000'000) one_batch();
    for (auto _ : state) one_batch();
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

// Every packet begins a flow, in a table that has room for all. It has been filled once before, so
// that the kernel has given its memory already.
constexpr int64_t flows_begun = 2 << 20;
void begin(benchmark::State& state) {
    FlowStage stage(flows_begun + 2 * limits::lane_count);
    NewFlows new_flows;
    for (int64_t i = 0; i < flows_begun; i += limits::lane_count) stage.turn(new_flows);
    stage.drain();
    for (auto _ : state) stage.turn(new_flows);
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

// Telling and freeing them again.
void end(benchmark::State& state) {
    FlowStage stage(flows_begun + 2 * limits::lane_count);
    NewFlows new_flows;
    for (int64_t i = 0; i < flows_begun; i += limits::lane_count) stage.turn(new_flows);
    for (auto _ : state) stage.drain_some();
    state.SetItemsProcessed(state.iterations() * flow::sweep_flows_max);
}

// The memory floor, over a block as large as the table.
template <uint32_t lines_per_packet>
void touch_lines(benchmark::State& state) {
    auto floor = measure::MemoryFloor::create(
        flow::FlowTable::memory_bytes(static_cast<uint64_t>(state.range(0))));
    for (auto _ : state) floor->touch_burst<lines_per_packet>();
    state.SetItemsProcessed(state.iterations() * limits::lane_count);
}

BENCHMARK(account)->Arg(1000)->Arg(100'000)->Arg(1'000'000)->Arg(4'000'000);
BENCHMARK(flood)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(begin)->Iterations(flows_begun / limits::lane_count);
BENCHMARK(end)->Iterations(flows_begun / flow::sweep_flows_max);
BENCHMARK(touch_lines<1>)->Arg(1'000'000);
BENCHMARK(touch_lines<2>)->Arg(1'000'000)->Arg(4'000'000);

}  // namespace
}  // namespace baleen::bench

BENCHMARK_MAIN();
