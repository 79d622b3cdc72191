// /metrics: what there is to count, for Prometheus.
#include "control/endpoints/endpoints.h"
#include "control/metrics/collect.h"
#include "control/metrics/exposition.h"
#include "control/store/retention.h"

namespace baleen::endpoints {
namespace {

metrics::ApiStatus api_status(const api::Snapshot& server) {
    metrics::ApiStatus out;
    constexpr std::string_view classes[] = {"", "1xx", "2xx", "3xx", "4xx", "5xx"};
    for (size_t i = 1; i < server.requests_by_class.size(); i++)
        out.requests[std::string(classes[i])] = server.requests_by_class[i];
    for (size_t i = 0; i < server.refused.size(); i++)
        out.refused_connections[std::string(api::name_of(static_cast<api::Refusal>(i)))] =
            server.refused[i];
    out.connections_open = server.connections;
    out.sent_bytes = server.tx_bytes;
    out.event_clients = server.streams;
    out.events_sent = server.events_sent;
    out.events_skipped = server.events_skipped;
    for (size_t i = 0; i < api::duration_bounds_s.size(); i++)
        out.durations.push_back({api::duration_bounds_s[i], server.durations[i]});
    out.longer_requests = server.durations.back();
    out.duration_sum_seconds = server.duration_sum_s;
    return out;
}

metrics::StoreStatus store_status(const Services& services) {
    const auto& settings = services.settings.store;
    const store::StoreStatus status = store::store_status(services.directory, settings);
    return {.bytes = status.bytes,
            .retention_bytes = settings.retention_bytes,
            .slices = status.slices,
            .oldest_ns = status.oldest_ns,
            .newest_ns = status.newest_ns};
}

metrics::Sources sources_of(const Services& services) {
    metrics::Sources out;
    out.version = BALEEN_VERSION;
    out.run = services.runs.read();
    out.ingest = services.ingest_status();
    if (services.settings.store.enabled) out.store = store_status(services);
    if (auto disk = metrics::disk_status("store", services.directory))
        out.disks.push_back(std::move(*disk));
    const std::string& packets = services.settings.capture.directory;
    if (auto disk = metrics::disk_status("packets", packets); !packets.empty() && disk)
        out.disks.push_back(std::move(*disk));
    out.api = api_status(services.server_status());
    out.process = metrics::process_status();
    return out;
}

}  // namespace

void add_metrics(api::Router& router, const Services& services) {
    router.add({.pattern = "/metrics", .handler = [&](const api::Request&) -> api::Response {
                    return {.content_type = std::string(metrics::content_type),
                            .body = metrics::exposition(sources_of(services))};
                }});
}

}  // namespace baleen::endpoints
