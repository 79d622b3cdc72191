// ns per TCP segment of the reassembler, beside the limit: the payload read once, and one random
// cache line of a block as large as the contexts.
//
// The consumer reads one word of each line of payload, as a matcher that costs nothing would; the
// segments lie in L2, where a port's descriptors leave them.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "base/byte_reader.h"
#include "dataplane/stream/reassembler.h"
#include "measure/memory_floor.h"
#include "packet/ip.h"

namespace baleen::bench {
namespace {

constexpr uint32_t lanes = limits::lane_count;

struct Packets {
    static constexpr size_t bytes_max = 2048;
    std::vector<uint8_t> memory = std::vector<uint8_t>(lanes * bytes_max, 1);

    stream::Bytes operator()(uint32_t lane, uint32_t bytes) const {
        return {&memory[lane * bytes_max], bytes};
    }
};

uint64_t read_lines(stream::Bytes bytes) {
    uint64_t sum = 0;
    for (size_t at = 0; at + 8 <= bytes.size(); at += 64) sum += base::load<uint64_t>(&bytes[at]);
    return sum;
}

// Connections in one random order, round after round; each sends a segment a round. Of
// `late_percent` of the pairs of segments, the second comes first.
class Connections {
public:
    Connections(uint32_t count, uint32_t bytes, uint32_t late_percent)
        : reassembler_(std::move(*stream::Reassembler::create(
              {.contexts_max = count,
               .buffer_bytes = (count / 25 + 64) * uint64_t{stream::block_bytes},
               .buffer_bytes_per_direction = 64 << 10}))),
          handles_(count),
          bytes_(bytes),
          late_percent_(late_percent) {
        std::iota(handles_.begin(), handles_.end(), 0);
        std::shuffle(handles_.begin(), handles_.end(), std::mt19937(1));
        for (uint32_t i = 0; i < count; i++) reassembler_.acquire();
        segment_.payload = bytes;
        segment_.flags = packet::tcp::ack;
        // The SYN, and the pages of all contexts.
        segment_.flags |= packet::tcp::syn;
        segment_.payload = 0;
        segment_.sequence = UINT32_MAX;
        for (const uint32_t handle : handles_)
            reassembler_.take(handle, 0, segment_, {}, [](const stream::Chunk&) {});
        segment_.flags = packet::tcp::ack;
        segment_.payload = bytes;
    }

    uint64_t one_batch() {
        if (at_ + lanes > handles_.size()) at_ = 0, round_++;
        const uint32_t* batch = &handles_[at_];
        for (uint32_t lane = 0; lane < lanes; lane++) reassembler_.prefetch(batch[lane]);
        uint64_t sum = 0;
        const auto sink = [&](const stream::Chunk& chunk) { sum += read_lines(chunk.bytes); };
        for (uint32_t lane = 0; lane < lanes; lane++) {
            segment_.sequence = number_of(batch[lane]) * bytes_;
            reassembler_.take(batch[lane], 0, segment_, packets_(lane, bytes_), sink);
        }
        at_ += lanes;
        return sum;
    }
    stream::StreamStats stats() const { return reassembler_.stats(); }

private:
    uint32_t number_of(uint32_t handle) const {
        const bool is_late = (handle * 2654435761u ^ (round_ / 2) * 40503u) % 100 < late_percent_;
        return is_late ? round_ ^ 1 : round_;
    }

    stream::Reassembler reassembler_;
    std::vector<uint32_t> handles_;
    Packets packets_;
    flow::Segment segment_{};
    uint32_t bytes_;
    uint32_t late_percent_;
    uint32_t round_ = 0;
    size_t at_ = 0;
};

void run(benchmark::State& state, uint32_t late_percent) {
    const auto bytes = static_cast<uint32_t>(state.range(0));
    Connections connections(static_cast<uint32_t>(state.range(1)), bytes, late_percent);
    for (auto _ : state) benchmark::DoNotOptimize(connections.one_batch());
    state.SetItemsProcessed(state.iterations() * lanes);
    state.SetBytesProcessed(state.iterations() * lanes * bytes);
    const stream::StreamStats stats = connections.stats();
    state.counters["late_percent"] =
        100.0 * static_cast<double>(stats.segments_out_of_order) /
        static_cast<double>(stats.segments_out_of_order + stats.segments_in_order + 1);
    if (stats.gaps != 0) state.SkipWithError("segments were lost");
}

void in_order(benchmark::State& state) { run(state, 0); }
// A pair in 50: one segment in 100 comes too early, and is copied.
void one_percent_late(benchmark::State& state) { run(state, 2); }

void limit(benchmark::State& state) {
    const auto bytes = static_cast<uint32_t>(state.range(0));
    auto floor = measure::MemoryFloor::create(static_cast<uint64_t>(state.range(1)) *
                                              sizeof(stream::Context));
    const Packets packets;
    for (auto _ : state) {
        floor->touch_burst<1>();
        uint64_t sum = 0;
        for (uint32_t lane = 0; lane < lanes; lane++) sum += read_lines(packets(lane, bytes));
        benchmark::DoNotOptimize(sum);
    }
    state.SetItemsProcessed(state.iterations() * lanes);
    state.SetBytesProcessed(state.iterations() * lanes * bytes);
}

// What a reassembler would cost that copies every segment before it is read.
void with_a_copy(benchmark::State& state) {
    const auto bytes = static_cast<uint32_t>(state.range(0));
    const Packets packets;
    Packets copies;
    for (auto _ : state) {
        uint64_t sum = 0;
        for (uint32_t lane = 0; lane < lanes; lane++) {
            const stream::Bytes from = packets(lane, bytes);
            std::copy(from.begin(), from.end(), &copies.memory[lane * Packets::bytes_max]);
            sum += read_lines(copies(lane, bytes));
        }
        benchmark::DoNotOptimize(sum);
    }
    state.SetItemsProcessed(state.iterations() * lanes);
    state.SetBytesProcessed(state.iterations() * lanes * bytes);
}

void sizes(benchmark::internal::Benchmark* bench) {
    for (const int64_t contexts : {1024, 1'000'000})
        for (const int64_t bytes : {64, 512, 1448}) bench->Args({bytes, contexts});
}

BENCHMARK(in_order)->Apply(sizes);
BENCHMARK(one_percent_late)->Apply(sizes);
BENCHMARK(limit)->Apply(sizes);
BENCHMARK(with_a_copy)->Arg(64)->Arg(512)->Arg(1448);

}  // namespace
}  // namespace baleen::bench

BENCHMARK_MAIN();
