// What has been measured of one case.
#pragma once

#include <vector>

#include "measure/lane_run.h"

namespace baleen::measure {

struct Figures {
    double mpps, floor_mpps, floor_ratio, rx_mpps;
    double mpps_wall;            // of all rounds, with whatever time the core was taken away
    double mpps_low, mpps_high;  // the slowest and the fastest round
    double frame_bytes;          // on average, frame checksum included
    std::array<double, stage_count> stages_ns;  // per packet
    double longest_poll_us, poll_us_p999;
    uint64_t flows_active;  // in the table at the end, those included that wait for their timeout
    uint64_t flows_created, flows_evicted, records_made, received;
    uint64_t table_bytes;  // of all workers' tables together
    uint64_t preemptions;  // of workers while they were measured
};

// Several workers' rates are added; times and counts are those of all their packets.
base::Result<Figures> figures_of(const std::vector<LaneResult>& lanes);

}  // namespace baleen::measure
