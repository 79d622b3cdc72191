#include "measure/capture_worker.h"

namespace baleen::measure {

base::Result<std::unique_ptr<CaptureWorker>> CaptureWorker::create(
    std::vector<packet::Packet> packets, const dataplane::WorkerSettings& settings) {
    auto memory = dataplane::StageMemory::create(settings);
    if (!memory) return memory.error();
    auto ring = OwnRing::create();
    if (!ring) return ring.error();
    return std::unique_ptr<CaptureWorker>(
        new CaptureWorker(std::move(packets), settings, std::move(*memory), std::move(*ring)));
}

CaptureWorker::CaptureWorker(std::vector<packet::Packet> packets,
                             const dataplane::WorkerSettings& settings,
                             dataplane::StageMemory memory, OwnRing ring)
    : ring_(std::move(ring)),
      stats_(std::make_unique<stats::WorkerStats>()),
      worker_(drivers::CaptureLoop(std::move(packets), 2 * settings.flow.idle_timeout_ns), settings,
              everything_, std::move(memory), ring_.writer(), *stats_) {}

uint64_t CaptureWorker::play_round() {
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
