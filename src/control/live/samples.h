// What happens now, second by second: rates out of the counters of the run.
//
// Shape: some thread, not the one that ingests (a store may be busy), has it look at the statistics
// segment once a second. The last hour stays.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "control/live/run_watch.h"

namespace baleen::live {

// Per second, since the sample before.
struct Sample {
    int64_t time_ns = 0;  // wall clock
    uint64_t run_id = 0;
    double packets_per_s = 0;
    double bits_per_s = 0;  // as frames are on the wire
    double flows_per_s = 0;
    double records_per_s = 0;  // made by the workers
    double events_per_s = 0;
    double matches_per_s = 0;
    double captured_per_s = 0;  // packets for the disk
    uint64_t flows_active = 0;
    double ring_fill = 0;  // of the fullest ring, 0 to 1
    // Packets per second that no flow record tells, by where they were lost, and records.
    double nic_missed_per_s = 0;
    double no_mbuf_per_s = 0;
    double shed_per_s = 0;
    double records_dropped_per_s = 0;
    double events_dropped_per_s = 0;
    double capture_shed_per_s = 0;
    std::vector<double> port_packets_per_s;  // in the order of the ports

    std::string to_json() const;
};

// From two looks at a run, `seconds` apart.
Sample sample_of(const base::Ledger& before, const base::Ledger& after, double seconds);

class Sampler {
public:
    static constexpr size_t samples_max = 3600;

    explicit Sampler(const RunWatch& runs) : runs_(runs) {}

    // Looks at the run; by one thread, once a second. Nothing without a run.
    std::optional<Sample> take();

    // Those behind `since_ns`, oldest first. Any thread.
    std::vector<Sample> since(int64_t since_ns) const;

private:
    const RunWatch& runs_;
    base::Ledger before_;
    uint64_t run_before_ = 0;
    int64_t time_before_ns_ = 0;
    mutable std::mutex mutex_;
    std::deque<Sample> samples_;
};

}  // namespace baleen::live
