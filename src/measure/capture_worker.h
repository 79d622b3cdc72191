// The whole worker on a capture out of memory, round and round: with rules, with parsers of
// protocols, or without.
//
// Between two rounds passes more time than any flow waits: each flow of a round is a new one, its
// predecessor is ended by its first packet or by the sweep, all of it within the clock. Else the
// streams of the second round would be repetitions of the first, and nothing in them scanned.
#pragma once

#include "dataplane/worker.h"
#include "measure/own_ring.h"

#include "drivers/synth/capture_loop.h"

namespace baleen::measure {

class CaptureWorker {
public:
    static base::Result<std::unique_ptr<CaptureWorker>> create(
        std::vector<packet::Packet> packets, const dataplane::WorkerSettings& settings);

    void offer_rules(match::WorkerRules& rules) { worker_.offer_rules(&rules); }

    // Ticks of the time-stamp counter that a round has taken.
    uint64_t play_round();

    uint64_t counted(stats::Counter which) const {
        return stats_->counters[static_cast<size_t>(which)].load(std::memory_order_relaxed);
    }

private:
    CaptureWorker(std::vector<packet::Packet> packets, const dataplane::WorkerSettings& settings,
                  dataplane::StageMemory memory, OwnRing ring);

    dataplane::FilterJit everything_;
    OwnRing ring_;
    std::unique_ptr<stats::WorkerStats> stats_;
    dataplane::Worker<drivers::CaptureLoop> worker_;
    uint64_t rounds_ = 0;
};

}  // namespace baleen::measure
