// A run of the data plane at one instant, as plain values: its ledger, threads and rings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ledger.h"

namespace baleen::live {

struct ThreadStatus {
    std::string name;  // the worker's number, or "distributor"
    base::Counts counts{};
    uint64_t flows_active = 0;
    int64_t clock_ns = 0;  // of the newest packet; 0: none yet

    uint64_t count(stats::Counter which) const { return counts[static_cast<uint32_t>(which)]; }
};

struct RingStatus {
    uint64_t written_frames = 0, consumed_frames = 0, dropped_frames = 0;
    uint64_t waiting_bytes = 0, capacity_bytes = 0;
};

// The run that goes on, or the last one (run_watch.h).
struct RunStatus {
    uint64_t run_id = 0;
    bool is_attached = false;  // it goes on, as far as this process knows
    bool is_recalled = false;  // it was over before this process began
    bool is_live = false;      // packets come from ports, not files
    int64_t start_ns = 0;
    int64_t end_ns = 0;  // 0: not ended, or not by itself
    base::Ledger ledger;
    uint64_t imbalances = 0;
    std::vector<ThreadStatus> workers, writers;
    std::vector<RingStatus> rings;  // of workers 0, 1, ...
};

}  // namespace baleen::live
