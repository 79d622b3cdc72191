#include "measure/figures.h"

#include <algorithm>

#include "base/median.h"
#include "drivers/synth/synth_frame.h"

namespace baleen::measure {
namespace {

using base::median;

// Of all workers together, one value a round.
std::vector<double> mpps_by_round(const std::vector<LaneResult>& lanes, Contender who) {
    std::vector<double> rates(lanes[0].slices[who].size());
    for (const LaneResult& lane : lanes)
        for (size_t round = 0; round < rates.size(); round++)
            rates[round] += lane.slices[who][round].rate / ns_per_tick() * 1e3;
    return rates;
}

void take_stages(const std::vector<LaneResult>& lanes, Figures& figures) {
    std::vector<uint64_t> polls;
    uint64_t packets = 0;
    std::array<uint64_t, stage_count> ticks{};
    for (const LaneResult& lane : lanes) {
        polls.insert(polls.end(), lane.polls.begin(), lane.polls.end());
        packets += lane.watched_packets;
        for (uint32_t i = 0; i < stage_count; i++) ticks[i] += lane.stage_ticks[i];
    }
    for (uint32_t i = 0; i < stage_count; i++)
        figures.stages_ns[i] = static_cast<double>(ticks[i]) * ns_per_tick() /
                               static_cast<double>(std::max<uint64_t>(1, packets));
    const auto us = [](uint64_t poll) { return static_cast<double>(poll) * ns_per_tick() / 1e3; };
    figures.longest_poll_us = us(*std::max_element(polls.begin(), polls.end()));
    const auto rank =
        polls.begin() + static_cast<ptrdiff_t>(polls.size() - 1 - polls.size() / 1000);
    std::nth_element(polls.begin(), rank, polls.end());
    figures.poll_us_p999 = us(*rank);
}

}  // namespace

base::Result<Figures> figures_of(const std::vector<LaneResult>& lanes) {
    for (const LaneResult& lane : lanes)
        if (!lane.error.empty()) return base::Error{lane.error};
    Figures figures{};
    const auto own = mpps_by_round(lanes, pipeline);
    const auto floor = mpps_by_round(lanes, memory_floor);
    std::vector<double> ratios;
    for (size_t round = 0; round < own.size(); round++) ratios.push_back(own[round] / floor[round]);
    figures.mpps = median(own);
    figures.mpps_low = *std::min_element(own.begin(), own.end());
    figures.mpps_high = *std::max_element(own.begin(), own.end());
    figures.floor_mpps = median(floor);
    figures.floor_ratio = median(ratios);
    figures.rx_mpps = median(mpps_by_round(lanes, bare_receive));
    take_stages(lanes, figures);
    uint64_t bytes = 0, warm_packets = 0, dropped = 0;
    for (const LaneResult& lane : lanes) {
        using stats::Counter;
        figures.flows_active += lane.flows_active;
        figures.flows_created += lane.counter(Counter::flows_created);
        figures.flows_evicted += lane.counter(Counter::flows_ended_lack_of_resources);
        figures.records_made += lane.counter(Counter::records_made);
        figures.received += lane.counter(Counter::received_packets);
        warm_packets += lane.packets;
        bytes += lane.bytes;
        dropped += lane.counter(Counter::records_dropped_ring_full);
        uint64_t packets = 0, ticks = 0;
        for (const Slice& slice : lane.slices[pipeline]) {
            figures.preemptions += slice.preemptions;
            packets += slice.packets;
            ticks += slice.ticks;
        }
        figures.mpps_wall +=
            static_cast<double>(packets) / (static_cast<double>(ticks) * ns_per_tick()) * 1e3;
    }
    // Otherwise the worker would have been spared the work of writing them.
    BALEEN_ASSERT(dropped == 0);
    figures.frame_bytes =
        drivers::synth_checksum_bytes +
        static_cast<double>(bytes) / static_cast<double>(std::max<uint64_t>(1, warm_packets));
    return figures;
}

}  // namespace baleen::measure
