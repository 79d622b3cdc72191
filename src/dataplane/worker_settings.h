// What the configuration says to a worker, and to the distributor in front of several.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/settings.h"
#include "dataplane/capture/capture_settings.h"
#include "dataplane/capture/interfaces.h"
#include "dataplane/filter_jit.h"
#include "dataplane/flow/flow_tracker.h"
#include "dataplane/match/match_settings.h"
#include "dataplane/protocol/protocol_settings.h"
#include "packet/flow_hash.h"
#include "packet/parse_kernel.h"

namespace baleen::dataplane {

struct WorkerSettings {
    packet::ParseBatch parse_batch = packet::parse_batch;  // of the kernel chosen
    packet::ParseOptions parse;
    packet::HashKey hash_key;
    uint32_t burst = limits::lane_count;
    bool verify_checksums = false;
    bool wait_for_reader = false;  // stop reading rather than drop a record
    flow::FlowSettings flow;
    uint64_t fragmented_datagrams = 4096;
    bool has_protocols = false;
    protocol::ProtocolSettings protocol;
    bool has_rules = false;
    match::MatchSettings match;
    bool has_capture = false;
    capture::CaptureSettings capture;
    // Shared by all workers, and the pipeline's; null without capture.
    const FilterJit* capture_filter = nullptr;
    capture::Interfaces* interfaces = nullptr;
    // Packets lost in front of all workers so far; null: none can be.
    const std::atomic<uint64_t>* losses = nullptr;
};

// From the configuration, but for what the pipeline shares. `notices`: what the user is told.
base::Result<WorkerSettings> make_worker_settings(const config::Settings& settings,
                                                  std::vector<std::string>& notices);

}  // namespace baleen::dataplane
