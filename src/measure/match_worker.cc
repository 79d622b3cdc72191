#include "measure/match_worker.h"

namespace baleen::measure {

base::Result<std::unique_ptr<MatchWorker>> MatchWorker::create(
    std::vector<packet::Packet> packets, const dataplane::WorkerSettings& settings,
    bool has_matcher) {
    auto table = flow::FlowTable::create(settings.flow.flow_count_max, 0, settings.flow.matches);
    if (!table) return table.error();
    auto ring = OwnRing::create();
    if (!ring) return ring.error();
    std::optional<match::MatchMemory> matching;
    if (has_matcher) {
        auto memory = match::MatchMemory::create(settings.match, table->capacity());
        if (!memory) return memory.error();
        matching = std::move(*memory);
    }
    return std::unique_ptr<MatchWorker>(new MatchWorker(
        std::move(packets), settings, std::move(*table), std::move(matching), std::move(*ring)));
}

MatchWorker::MatchWorker(std::vector<packet::Packet> packets,
                         const dataplane::WorkerSettings& settings, flow::FlowTable table,
                         std::optional<match::MatchMemory> matching, OwnRing ring)
    : ring_(std::move(ring)),
      stats_(std::make_unique<stats::WorkerStats>()),
      worker_(drivers::CaptureLoop(std::move(packets), 2 * settings.flow.idle_timeout_ns), settings,
              everything_, std::move(table), std::move(matching), ring_.writer(), *stats_) {}

uint64_t MatchWorker::play_round() {
    constexpr uint32_t polls_per_drain = 64;
    const uint64_t enough = ++rounds_ * worker_.source().packets_per_round();
    uint64_t ticks = 0;
    while (worker_.source().packets() < enough) {
        _mm_lfence();  // what was before has come to its end
        const uint64_t begun = __rdtsc();
        for (uint32_t poll = 0; poll < polls_per_drain && worker_.source().packets() < enough;
             poll++)
            worker_.poll_once();
        _mm_lfence();
        ticks += __rdtsc() - begun;
        ring_.drain();
    }
    return ticks;
}

}  // namespace baleen::measure
