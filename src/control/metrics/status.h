// What the metrics are made of: plain values, each filled by its owner at the time of the question.
//
// Must hold: no addresses of hosts, no flows, nothing else without a bound ends up in a label.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/live/run_status.h"

namespace baleen::metrics {

// What ingest has done in this run (metrics/ingest_status.h).
struct IngestStatus {
    uint64_t frames_committed = 0;
    std::map<std::string, uint64_t> invalid_frames;  // by reason
    uint64_t suppressed_events = 0, unlimited_events = 0;
    uint64_t rate_windows = 0, rate_windows_max = 0;
    uint64_t rings_given_up = 0;
    bool is_store_failing = false;
    std::chrono::steady_clock::time_point turned_at;  // when the main loop last came round
};

struct StoreStatus {
    uint64_t bytes = 0, retention_bytes = 0;
    uint64_t slices = 0, deleted_slices = 0;
    int64_t oldest_ns = 0, newest_ns = 0;  // of records, roughly: of slices; 0: there are none
};

struct DiskStatus {
    std::string use;  // "store", "packets"
    uint64_t bytes = 0, free_bytes = 0;
};

struct ApiStatus {
    std::map<std::string, uint64_t> requests;             // by class of status: "2xx" ...
    std::map<std::string, uint64_t> refused_connections;  // by cause
    uint64_t connections_open = 0, sent_bytes = 0;
    uint64_t event_clients = 0, events_sent = 0, events_skipped = 0;

    // Durations of requests. Each bucket counts those up to its bound that no smaller one counts.
    struct Bucket {
        double upper_seconds = 0;
        uint64_t requests = 0;
    };
    std::vector<Bucket> durations;  // ascending
    uint64_t longer_requests = 0;   // beyond the last bound
    double duration_sum_seconds = 0;
};

struct ProcessStatus {
    uint64_t resident_bytes = 0, virtual_bytes = 0;
    double cpu_seconds = 0, start_seconds = 0;
    uint64_t open_fds = 0, max_fds = 0;
};

// What is absent, is not told.
struct Sources {
    std::string version;
    std::optional<live::RunStatus> run;
    std::optional<IngestStatus> ingest;
    std::optional<StoreStatus> store;
    std::vector<DiskStatus> disks;
    std::optional<ApiStatus> api;
    std::optional<ProcessStatus> process;
};

}  // namespace baleen::metrics
