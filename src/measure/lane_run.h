// All lanes of a case, a thread each, through all rounds.
#pragma once

#include <atomic>
#include <barrier>
#include <functional>
#include <string>
#include <thread>

#include "measure/lane.h"
#include "measure/machine.h"
#include "measure/synth_case.h"

namespace baleen::measure {

enum Contender { pipeline, watched, memory_floor, bare_receive, contender_count };

// What one thread has measured.
struct LaneResult {
    std::string error;
    std::array<std::vector<Slice>, contender_count> slices;
    std::array<uint64_t, stage_count> stage_ticks{};
    uint64_t watched_packets = 0;
    std::vector<uint64_t> polls;
    uint64_t flows_active = 0;
    uint64_t packets = 0;  // since it was warm
    uint64_t bytes = 0;
    std::array<uint64_t, stats::counter_count> counters{};

    uint64_t counter(stats::Counter which) const { return counters[static_cast<size_t>(which)]; }
};

template <class Source>
using MakeLane = std::function<base::Result<std::unique_ptr<Lane<Source>>>(uint32_t index)>;

template <class Source>
void keep_result(const Lane<Source>& lane, LaneResult& result) {
    result.stage_ticks = lane.times().ticks();
    result.watched_packets = lane.times().packets();
    result.polls = lane.times().polls();
    result.packets = lane.packets();
    result.bytes = lane.bytes();
    result.flows_active = lane.stats().flows_active;
    for (uint32_t i = 0; i < stats::counter_count; i++)
        result.counters[i] = lane.stats().counters[i];
}

template <class Source>
std::vector<LaneResult> run_lanes(const Effort& effort, const MakeLane<Source>& make) {
    std::vector<LaneResult> results(effort.workers);
    std::barrier together(static_cast<ptrdiff_t>(effort.workers));
    std::atomic<bool> failed{false};
    const auto ticks = static_cast<uint64_t>(static_cast<double>(effort.slice_ns) / ns_per_tick());
    const auto body = [&](uint32_t index) {
        LaneResult& result = results[index];
        auto lane = make(index);
        if (!lane) {
            result.error = lane.error().message;
            failed = true;
        } else {
            (*lane)->warm_up();
        }
        together.arrive_and_wait();
        if (failed) return;
        for (int round = 0; round < effort.rounds; round++) {
            const auto turn = [&](Contender who, const auto& run) {
                together.arrive_and_wait();
                result.slices[who].push_back(run());
            };
            turn(pipeline, [&] { return (*lane)->pipeline(ticks); });
            turn(watched, [&] { return (*lane)->watched(ticks / 2); });
            turn(memory_floor, [&] { return (*lane)->floor(ticks / 2); });
            turn(bare_receive, [&] { return (*lane)->bare_receive(ticks / 2); });
        }
        keep_result(**lane, result);
    };
    std::vector<std::jthread> threads;
    for (uint32_t i = 0; i < effort.workers; i++) threads.emplace_back(body, i);
    threads.clear();
    return results;
}

}  // namespace baleen::measure
