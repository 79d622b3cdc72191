// How the appliance is: the run, its ledger, ports, workers and rates.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "baleen/limits.h"
#include "control/endpoints/arguments.h"
#include "control/endpoints/endpoints.h"

namespace baleen::endpoints {
namespace {

using nlohmann::ordered_json;
using stats::Counter;

constexpr auto relaxed = std::memory_order_relaxed;

api::Response json_text(std::string text) {
    return {.content_type = "application/json", .body = std::move(text)};
}

api::Response no_run() {
    return api::problem(404, "no-run", "There is no run",
                        "the control process has not been attached to a data plane yet");
}

std::string_view state_of(const live::Runs::Now& now) {
    if (!now.run) return "none";
    if (now.run->has_ended()) return "ended";
    return now.is_attached ? "running" : "gone";
}

// Of a file that is replayed; 0 to 1, null where its size is not known.
ordered_json progress_of(const stats::Segment& segment) {
    const uint64_t total = segment.ports[0].progress_total.load(relaxed);
    if (total == 0) return nullptr;
    return static_cast<double>(segment.ports[0].progress_done.load(relaxed)) /
           static_cast<double>(total);
}

ordered_json run_json(const live::Runs::Now& now) {
    ordered_json out{{"state", state_of(now)}};
    if (!now.run) return out;
    const stats::Segment& segment = now.run->segment();
    out["id"] = now.run->run_id();
    out["is_live"] = segment.header.is_live != 0;
    out["start_ns"] = segment.header.start_ns;
    const int64_t end_ns = segment.header.end_ns.load(relaxed);
    out["end_ns"] = end_ns == 0 ? ordered_json(nullptr) : ordered_json(end_ns);
    out["workers"] = now.run->worker_count();
    if (segment.header.is_live == 0) out["progress"] = progress_of(segment);
    return out;
}

// The terms of the ledger; /ledger has the causes.
ordered_json ledger_json(const base::Ledger& ledger, bool has_ended) {
    ordered_json out;
    // Between the end of the workers and the last frame read the equations of the end do not hold
    // yet.
    const auto imbalances = ledger.imbalances(has_ended && ledger.records_in_rings == 0);
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

api::Response status(const Services& services) {
    const auto now = services.runs.now();
    ordered_json out{{"version", BALEEN_VERSION}, {"ready", services.is_ready.load()}};
    out["run"] = run_json(now);
    out["ledger"] =
        now.run ? ledger_json(now.run->ledger(), now.run->has_ended()) : ordered_json(nullptr);
    out["store"] = services.store_status();
    return json_text(out.dump());
}

ordered_json port_json(const base::PortLedger& port, const stats::PortStats& stats) {
    ordered_json out{{"name", port.name},
                     {"wire_packets", port.wire},
                     {"wire_bytes", stats.wire_bytes.load(relaxed)},
                     {"clock", port.clock},
                     {"clock_error_ns", port.clock_error_ns},
                     {"link_is_up", stats.link_is_up.load(relaxed) != 0},
                     {"link_up_count", port.link_up},
                     {"link_down_count", port.link_down},
                     {"is_absent", port.is_absent}};
    out["missed"] = ordered_json{{"no_descriptor", port.no_descriptor},
                                 {"phy_discard", port.phy_discard},
                                 {"error", port.error},
                                 {"unpolled", port.unpolled},
                                 {"passed", port.passed}};
    out["no_mbuf"] = stats.no_mbuf_packets.load(relaxed);
    out["mbuf_failures"] = port.mbuf_failures;
    out["shunted"] = port.shunted;
    ordered_json queues = ordered_json::array();
    for (const uint64_t packets : port.queues) queues.push_back({{"packets", packets}});
    out["queues"] = std::move(queues);
    return out;
}

api::Response ports(const Services& services) {
    const auto run = services.runs.now().run;
    if (!run) return no_run();
    const base::Ledger ledger = run->ledger();
    ordered_json out = ordered_json::array();
    // The ledger has those with a name, in their order.
    size_t next = 0;
    for (const stats::PortStats& port : run->segment().ports)
        if (port.name[0] != '\0' && next < ledger.ports.size())
            out.push_back(port_json(ledger.ports[next++], port));
    return json_text(ordered_json{{"ports", std::move(out)}}.dump(
        -1, ' ', false, ordered_json::error_handler_t::replace));
}

ordered_json counters_json(const stats::WorkerStats& worker) {
    ordered_json out;
    for (uint32_t i = 0; i < stats::counter_count; i++) {
        const base::CounterInfo& info = base::counter_infos[i];
        out[std::string(info.term)][std::string(info.cause)] = worker.counters[i].load(relaxed);
    }
    return out;
}

api::Response workers(const Services& services) {
    const auto run = services.runs.now().run;
    if (!run) return no_run();
    ordered_json out = ordered_json::array();
    for (uint32_t i = 0; i < run->worker_count(); i++) {
        const stats::WorkerStats& worker = run->segment().workers[i];
        ordered_json entry{{"worker", i},
                           {"flows_active", worker.flows_active.load(relaxed)},
                           {"clock_ns", worker.clock_ns.load(relaxed)}};
        if (i < run->rings().size() && run->rings()[i].is_open()) {
            const ring::Reader& ring = run->rings()[i];
            entry["ring"] = ordered_json{{"bytes_waiting", ring.bytes_waiting()},
                                         {"capacity_bytes", ring.capacity_bytes()},
                                         {"frames_written", ring.written_frames()},
                                         {"frames_consumed", ring.consumed_frames()}};
        }
        entry["counters"] = counters_json(worker);
        out.push_back(std::move(entry));
    }
    return json_text(ordered_json{{"workers", std::move(out)}}.dump());
}

api::Response ledger(const Services& services) {
    const auto run = services.runs.now().run;
    if (!run) return no_run();
    const base::Ledger ledger = run->ledger();
    return json_text(ledger.to_json(run->has_ended() && ledger.records_in_rings == 0));
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

void add_status(api::Router& router, const Services& services) {
    using api::Request;
    router.add({.pattern = "/healthz",
                .role = api::Role::none,
                .handler = [](const Request&) -> api::Response {
                    return {.content_type = "text/plain", .body = "ok\n"};
                },
                .at_once = true});
    router.add({.pattern = "/readyz",
                .role = api::Role::none,
                .handler = [&](const Request&) { return ready(services); },
                .at_once = true});
    const auto add = [&](const char* pattern, auto answer) {
        router.add({.pattern = pattern, .handler = [&services, answer](const Request& request) {
                        Arguments arguments(request);
                        if (auto wrong = arguments.problem()) return std::move(*wrong);
                        return answer(services);
                    }});
    };
    add("/api/v1/status", status);
    add("/api/v1/ledger", ledger);
    add("/api/v1/ports", ports);
    add("/api/v1/workers", workers);
    router.add({.pattern = "/api/v1/rates",
                .handler = [&](const Request& request) { return rates(services, request); }});
}

}  // namespace baleen::endpoints
