// What the run that ended last has counted, in a file beside the store's slices: for a process that
// begins later and has seen nothing of it.
//
// The file is the statistics segment (baleen/stats.h) as the data plane has left it, and what
// became of its rings. A version of the program whose counters are others does not read it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/live/run_status.h"
#include "ring/segment.h"

namespace baleen::live {

struct LastRun {
    ring::StatsView stats;
    std::vector<RingStatus> rings;  // of workers 0, 1, ...
};

std::string format_last_run(const stats::Segment& segment, const std::vector<RingStatus>& rings);
// The error says what the bytes are instead.
base::Result<LastRun> parse_last_run(std::string_view bytes);

// In place of the one that is there.
base::Status save_last_run(const std::string& directory, const stats::Segment& segment,
                           const std::vector<RingStatus>& rings);
// Nothing where no run has ended yet.
base::Result<std::optional<LastRun>> load_last_run(const std::string& directory);

}  // namespace baleen::live
