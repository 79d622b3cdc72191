// How the appliance is: the run, its ledger, ports, workers and rates.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "baleen/limits.h"
#include "control/endpoints/arguments.h"
#include "control/endpoints/endpoints.h"
#include "control/endpoints/recent.h"
#include "control/store/retention.h"
#include "control/store/stored_times.h"

namespace baleen::endpoints {
namespace {

using nlohmann::ordered_json;
using stats::Counter;

api::Response json_text(std::string text) {
    return {.content_type = "application/json", .body = std::move(text)};
}

api::Response no_run() {
    return api::problem(404, "no-run", "There is no run",
                        "the control process has not been attached to a data plane yet");
}

std::string_view state_of(const live::RunStatus& run) {
    if (run.end_ns != 0) return "ended";
    return run.is_attached ? "running" : "gone";
}

// Of a file that is replayed; 0 to 1, null where its size is not known.
ordered_json progress_of(const base::Ledger& ledger) {
    if (ledger.ports.empty() || ledger.ports[0].progress_total == 0) return nullptr;
    return static_cast<double>(ledger.ports[0].progress_done) /
           static_cast<double>(ledger.ports[0].progress_total);
}

ordered_json run_json(const std::optional<live::RunStatus>& run) {
    if (!run) return {{"state", "none"}};
    ordered_json out{{"state", state_of(*run)},
                     {"id", run->run_id},
                     {"is_live", run->is_live},
                     {"start_ns", run->start_ns}};
    out["end_ns"] = run->end_ns == 0 ? ordered_json(nullptr) : ordered_json(run->end_ns);
    out["workers"] = run->workers.size();
    if (!run->is_live) out["progress"] = progress_of(run->ledger);
    return out;
}

// Between the end of the workers and the last frame read the equations of the end do not hold yet.
bool is_final(const live::RunStatus& run) {
    return run.end_ns != 0 && run.ledger.records_in_rings == 0 && !run.is_attached;
}

// The terms of the ledger; /ledger has the causes.
ordered_json ledger_json(const live::RunStatus& run) {
    const base::Ledger& ledger = run.ledger;
    ordered_json out;
    const auto imbalances = ledger.imbalances(is_final(run));
    out["balanced"] = imbalances.empty();
    out["imbalances"] = imbalances;
    out["wire"] = ledger.wire;
    out["received"] = ledger.counter(Counter::received_packets);
    out["received_bytes"] = ledger.counter(Counter::received_bytes);
    out["lost"] = ordered_json{{"nic_missed", ledger.nic_missed},
                               {"no_mbuf", ledger.no_mbuf},
                               {"shed", ledger.term("shed")},
                               {"records_dropped", ledger.term("records_dropped")},
                               {"events_dropped", ledger.term("events_dropped")},
                               {"capture_shed", ledger.term("capture_shed")}};
    out["flows"] = ledger.counter(Counter::flows_created);
    out["flows_active"] = ledger.flows_active;
    out["records"] = ledger.counter(Counter::records_made);
    out["events"] = ledger.counter(Counter::events_made);
    out["matches"] = ledger.counter(Counter::match_hits);
    return out;
}

// A number of days; null where nothing ends them.
ordered_json days(double days) {
    return std::isfinite(days) ? ordered_json(days) : ordered_json(nullptr);
}

ordered_json store_json(const Services& services) {
    const store::StoreStatus status =
        store::store_status(services.directory, services.settings.store);
    const store::StoredTimes times = store::stored_times(services.directory);
    const bool has_flows = times.until_ns > 0;
    return {{"directory", status.directory},
            {"slices", status.slices},
            {"damaged", status.damaged},
            {"bytes", status.bytes},
            {"budget_bytes", status.budget_bytes},
            {"free_bytes",
             status.disk_bytes == 0 ? ordered_json(nullptr) : ordered_json(status.disk_free_bytes)},
            {"first_ns", has_flows ? ordered_json(times.first_ns) : ordered_json(nullptr)},
            {"last_ns", has_flows ? ordered_json(times.until_ns) : ordered_json(nullptr)},
            {"bytes_per_day", status.forecast.bytes_per_day},
            {"history_days", days(status.forecast.history_days)},
            {"deletion_days", days(status.forecast.deletion_days)},
            {"full_days", days(status.forecast.full_days)}};
}

ordered_json whole_status(const Services& services, ordered_json store) {
    const auto run = services.runs.read();
    ordered_json out{{"version", BALEEN_VERSION}, {"ready", services.is_ready.load()}};
    out["run"] = run_json(run);
    out["ledger"] = run ? ledger_json(*run) : ordered_json(nullptr);
    out["store"] = std::move(store);
    return out;
}

ordered_json port_json(const base::PortLedger& port) {
    ordered_json out{{"name", port.name},
                     {"wire_packets", port.wire},
                     {"wire_bytes", port.wire_bytes},
                     {"clock", port.clock},
                     {"clock_error_ns", port.clock_error_ns},
                     {"link_is_up", port.is_up},
                     {"link_up_count", port.link_up},
                     {"link_down_count", port.link_down},
                     {"is_absent", port.is_absent}};
    out["missed"] = ordered_json{{"no_descriptor", port.no_descriptor},
                                 {"phy_discard", port.phy_discard},
                                 {"error", port.error},
                                 {"unpolled", port.unpolled},
                                 {"passed", port.passed}};
    out["no_mbuf"] = port.no_mbuf;
    out["mbuf_failures"] = port.mbuf_failures;
    out["shunted"] = port.shunted;
    ordered_json queues = ordered_json::array();
    for (const uint64_t packets : port.queues) queues.push_back({{"packets", packets}});
    out["queues"] = std::move(queues);
    return out;
}

api::Response ports(const Services& services) {
    const auto run = services.runs.read();
    if (!run) return no_run();
    ordered_json out = ordered_json::array();
    for (const base::PortLedger& port : run->ledger.ports) out.push_back(port_json(port));
    return api::json_response(ordered_json{{"ports", std::move(out)}});
}

ordered_json counters_json(const base::Counts& counts) {
    ordered_json out;
    for (uint32_t i = 0; i < stats::counter_count; i++) {
        const base::CounterInfo& info = base::counter_infos[i];
        out[std::string(info.term)][std::string(info.cause)] = counts[i];
    }
    return out;
}

api::Response workers(const Services& services) {
    const auto run = services.runs.read();
    if (!run) return no_run();
    ordered_json out = ordered_json::array();
    for (size_t i = 0; i < run->workers.size(); i++) {
        const live::ThreadStatus& worker = run->workers[i];
        ordered_json entry{{"worker", worker.name},
                           {"flows_active", worker.flows_active},
                           {"clock_ns", worker.clock_ns}};
        if (i < run->rings.size()) {
            const live::RingStatus& ring = run->rings[i];
            entry["ring"] = ordered_json{{"bytes_waiting", ring.waiting_bytes},
                                         {"capacity_bytes", ring.capacity_bytes},
                                         {"frames_written", ring.written_frames},
                                         {"frames_consumed", ring.consumed_frames},
                                         {"frames_dropped", ring.dropped_frames}};
        }
        entry["counters"] = counters_json(worker.counts);
        out.push_back(std::move(entry));
    }
    return api::json_response(ordered_json{{"workers", std::move(out)}});
}

api::Response ledger(const Services& services) {
    const auto run = services.runs.read();
    if (!run) return no_run();
    return json_text(run->ledger.to_json(is_final(*run)));
}

api::Response rates(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    const int64_t since_ns = arguments.time("since", INT64_MIN);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    std::string out = "{\"interval_ns\":1000000000,\"rates\":[";
    for (const live::Sample& sample : services.sampler.since(since_ns)) {
        if (out.back() == '}') out += ',';
        out += sample.to_json();
    }
    return json_text(out + "]}");
}

api::Response ready(const Services& services) {
    if (services.is_ready.load()) return {.content_type = "text/plain", .body = "ready\n"};
    return api::problem(503, "not-ready", "Not ready", "the store is not open");
}

}  // namespace

std::string status_json(const Services& services) {
    return whole_status(services, store_json(services)).dump();
}

void add_status(api::Router& router, const Services& services) {
    using api::Request;
    router.add({.pattern = "/healthz",
                .role = api::Role::none,
                .handler = [](const Request&) -> api::Response {
                    return {.content_type = "text/plain", .body = "ok\n"};
                },
                .threads = api::Threads::io});
    router.add({.pattern = "/readyz",
                .role = api::Role::none,
                .handler = [&](const Request&) { return ready(services); },
                .threads = api::Threads::io});
    const auto add = [&](const char* pattern, auto answer) {
        router.add({.pattern = pattern, .handler = [&services, answer](const Request& request) {
                        Arguments arguments(request);
                        if (auto wrong = arguments.problem()) return std::move(*wrong);
                        return answer(services);
                    }});
    };
    // It looks at each file of the store, some milliseconds where there are many; what is a second
    // old is as good.
    const auto store = std::make_shared<Recent<ordered_json>>(
        std::chrono::seconds(1), [&services] { return store_json(services); });
    add("/api/v1/status", [store](const Services& asked) {
        return api::json_response(whole_status(asked, store->get()));
    });
    add("/api/v1/ledger", ledger);
    add("/api/v1/ports", ports);
    add("/api/v1/workers", workers);
    router.add({.pattern = "/api/v1/rates",
                .handler = [&](const Request& request) { return rates(services, request); }});
}

}  // namespace baleen::endpoints
