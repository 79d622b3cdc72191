#include "tests/support/metrics_sample.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "control/metrics/exposition.h"

namespace baleen::test {
namespace {

live::ThreadStatus thread(std::string name, uint64_t first) {
    live::ThreadStatus out{std::move(name), {}, first, 1'700'000'000'500'000'000};
    for (uint32_t i = 0; i < stats::counter_count; i++) out.counts[i] = first + i;
    return out;
}

base::PortLedger port(std::string name, uint64_t first) {
    base::PortLedger out;
    out.name = std::move(name);
    out.clock = "nic";
    out.clock_error_ns = first;
    out.wire = first + 1, out.wire_bytes = first + 2, out.no_mbuf = first + 3;
    out.shunted = first + 4, out.no_descriptor = first + 5, out.phy_discard = first + 6;
    out.error = first + 7, out.unpolled = first + 8, out.passed = first + 9;
    out.mbuf_failures = first + 10;
    out.link_up = 3, out.link_down = 2;
    out.progress_done = first + 11, out.progress_total = first + 12;
    out.queues = {first + 13, first + 14};
    return out;
}

live::RunStatus sample_run(bool is_live) {
    live::RunStatus run;
    run.is_attached = true;
    run.is_live = is_live;
    run.start_ns = 1'700'000'000'000'000'000;
    run.end_ns = 1'700'000'100'000'000'000;
    run.workers = {thread("0", 1000), thread("1", 2000), thread("distributor", 3000)};
    run.writers = {thread("0", 4000)};
    for (const auto& threads : {run.workers, run.writers})
        for (const auto& from : threads)
            for (uint32_t i = 0; i < stats::counter_count; i++)
                run.ledger.counters[i] += from.counts[i];
    run.ledger.flows_active = 3000;
    run.ledger.ports = {port("0000:3b:00.0", 10'000), port("0000:3b:00.1", 20'000)};
    run.ledger.ports[0].is_up = true;
    run.rings = {{100, 60, 7, 4096, 1 << 20}, {200, 150, 8, 8192, 1 << 20}};
    run.imbalances = 1;
    return run;
}

metrics::ApiStatus sample_api() {
    metrics::ApiStatus api;
    api.requests = {{"2xx", 5}, {"4xx", 6}, {"5xx", 7}};
    api.refused_connections = {{"too_many", 8}};
    api.connections_open = 9, api.sent_bytes = 10;
    api.event_clients = 11, api.events_sent = 12, api.events_skipped = 13;
    api.durations = {{0.01, 14}, {0.1, 15}};
    api.longer_requests = 16;
    api.duration_sum_seconds = 17.5;
    return api;
}

std::string labels_of(const prometheus::MetricFamily& family) {
    std::set<std::string> names;
    for (const auto& metric : family.metric)
        for (const auto& label : metric.label) names.insert("`" + label.name + "`");
    std::string out;
    for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
    return out;
}

std::string_view type_of(const prometheus::MetricFamily& family) {
    switch (family.type) {
        case prometheus::MetricType::Counter: return "counter";
        case prometheus::MetricType::Gauge: return "gauge";
        case prometheus::MetricType::Histogram: return "histogram";
        default: return "another";
    }
}

}  // namespace

metrics::Sources sample_sources(bool is_live) {
    metrics::Sources sources;
    sources.version = "1.2.3";
    sources.run = sample_run(is_live);
    sources.ingest = metrics::IngestStatus{1, {{"unknown_type", 2}}, 3, 4, 5, 6, 7, true, {}};
    sources.ingest->turned_at = std::chrono::steady_clock::now();
    sources.store = metrics::StoreStatus{
        1 << 30, 2u << 30, 3, 4, 1'699'000'000'000'000'000, 1'700'000'000'000'000'000};
    sources.disks = {{"store", 1 << 30, 1 << 20}, {"packets", 1 << 29, 1 << 19}};
    sources.api = sample_api();
    sources.process = metrics::ProcessStatus{1 << 24, 1 << 28, 12.5, 1'699'999'999.5, 17, 1024};
    return sources;
}

std::string metrics_table() {
    std::string table;
    std::set<std::string> told;
    for (const bool is_live : {true, false})
        for (const auto& family : metrics::families(sample_sources(is_live)))
            if (told.insert(family.name).second)
                table += fmt::format("| `{}` | {} | {} | {} |\n", family.name, type_of(family),
                                     labels_of(family), family.help);
    return table;
}

}  // namespace baleen::test
