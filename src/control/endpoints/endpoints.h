// What the API answers: a function for each group of paths, which adds its routes. docs/api.md and
// docs/openapi.json describe them.
//
// Must hold: handlers run on question threads, several at a time; what they share is guarded by
// whoever owns it. What belongs to Services outlives the server.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/settings.h"
#include "control/api/counters.h"
#include "control/api/router.h"
#include "control/graph/fan_out.h"
#include "control/graph/live_graph.h"
#include "control/live/run_watch.h"
#include "control/live/samples.h"
#include "control/metrics/status.h"
#include "control/rules/rule_desk.h"

namespace baleen::sharkd {
class Dissections;
}

namespace baleen::endpoints {

class PacketSearches;

struct Services {
    const config::Settings& settings;
    std::string directory;  // of the store
    const live::RunWatch& runs;
    const live::Sampler& sampler;
    control::RuleDesk& rules;
    graph::LiveGraph& graph;
    graph::FanOut& fan_out;
    const graph::Systems* systems;  // nullptr: no database
    sharkd::Dissections& dissections;
    // What the process itself counts.
    std::function<std::optional<metrics::IngestStatus>()> ingest_status;
    std::function<api::Snapshot()> server_status;
    // Set once the store is open and the rings, where there are any, are read.
    const std::atomic<bool>& is_ready;
};

// /healthz, /readyz, /api/v1/status, ledger, ports, workers, rates
void add_status(api::Router& router, const Services& services);
// The body of /api/v1/status, for those who are told of it again and again.
std::string status_json(const Services& services);
// /metrics
void add_metrics(api::Router& router, const Services& services);
// /api/v1/flows, /api/v1/events
void add_records(api::Router& router, const Services& services);
// /api/v1/top, series, matrix, hosts, conversations, protocols
void add_analysis(api::Router& router, const Services& services);
// /api/v1/graph...
void add_graph(api::Router& router, const Services& services);
// /api/v1/rules...
void add_rules(api::Router& router, const Services& services);
// /api/v1/packets..., /api/v1/flows/{id}/pcap
void add_packets(api::Router& router, const Services& services,
                 std::shared_ptr<PacketSearches> searches);
// /api/v1/dissections...
void add_dissections(api::Router& router, const Services& services,
                     std::shared_ptr<PacketSearches> searches);
// /, where there are no pages of the dashboard: how to get them
void add_no_pages(api::Router& router);
// /api/v1/config, fields, filter, openapi.json
void add_reference(api::Router& router, const Services& services);

}  // namespace baleen::endpoints
