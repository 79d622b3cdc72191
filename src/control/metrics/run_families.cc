#include "control/metrics/run_families.h"

#include <fmt/format.h>

#include "control/metrics/ledger_names.h"

namespace baleen::metrics {
namespace {

using base::CounterInfo;
using stats::Counter;

double seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

// "Causes: arp: ARP and RARP; ethertype: ..." out of the descriptions of a family's counters.
std::string help_of(const std::string& name) {
    std::string help;
    for (const CounterInfo& info : base::counter_infos) {
        if (metric_name(info) != name) continue;
        if (!is_told_by_cause(info)) return std::string(info.description);
        help += fmt::format("{}{}: {}", help.empty() ? "By cause. " : "; ", info.cause,
                            info.description);
    }
    return help;
}

bool is_begun_before(uint32_t at, const std::string& name) {
    for (uint32_t i = 0; i < at; i++)
        if (metric_name(base::counter_infos[i]) == name) return true;
    return false;
}

// Of each thread, one counter.
void add_threads(std::string name, std::string help, const std::vector<live::ThreadStatus>& threads,
                 std::string_view label, Counter which, Families& to) {
    to.begin(Type::Counter, std::move(name), std::move(help));
    for (const live::ThreadStatus& thread : threads)
        to.add(static_cast<double>(thread.count(which)), {{label, thread.name}});
}

}  // namespace

void add_ledger(const base::Ledger& ledger, Families& to) {
    for (uint32_t at = 0; at < stats::counter_count; at++) {
        const std::string name = metric_name(base::counter_infos[at]);
        if (is_begun_before(at, name)) continue;
        to.begin(Type::Counter, name, help_of(name));
        for (uint32_t i = at; i < stats::counter_count; i++) {
            const CounterInfo& info = base::counter_infos[i];
            if (metric_name(info) != name) continue;
            const auto value = static_cast<double>(ledger.counters[i]);
            if (is_told_by_cause(info)) to.add(value, {{"cause", info.cause}});
            else to.add(value);
        }
    }
}

void add_threads(const live::RunStatus& run, Families& to) {
    const auto add = [&](std::string name, std::string help, Counter which) {
        add_threads(std::move(name), std::move(help), run.workers, "worker", which, to);
    };
    add("baleen_worker_packets_total",
        "Packets of each worker; of a distributor those that it shed", Counter::received_packets);
    add("baleen_worker_bytes_total", "Their length on the wire", Counter::received_bytes);
    add("baleen_worker_records_made_total", "Flow records that each worker made",
        Counter::records_made);
    add("baleen_worker_polls_total", "Turns of each worker's loop", Counter::poll_total);
    add("baleen_worker_empty_polls_total",
        "Turns that found no packet: when there are none left, the worker is at its limit",
        Counter::poll_empty);
    to.begin(Type::Gauge, "baleen_worker_flows_active", "Flows in each worker's memory");
    for (const live::ThreadStatus& worker : run.workers)
        to.add(static_cast<double>(worker.flows_active), {{"worker", worker.name}});
    to.begin(Type::Gauge, "baleen_worker_clock_seconds",
             "Time of the newest packet that each worker has seen, since 1970");
    for (const live::ThreadStatus& worker : run.workers)
        if (worker.clock_ns != 0) to.add(seconds(worker.clock_ns), {{"worker", worker.name}});

    add_threads("baleen_writer_packets_total", "Packets that each writer has put on disk",
                run.writers, "writer", Counter::capture_written_packets, to);
    add_threads("baleen_writer_bytes_total", "What was written of them", run.writers, "writer",
                Counter::capture_written_bytes, to);
}

void add_rings(const std::vector<live::RingStatus>& rings, Families& to) {
    const auto add = [&](Type type, std::string name, std::string help,
                         uint64_t live::RingStatus::*field) {
        to.begin(type, std::move(name), std::move(help));
        for (size_t i = 0; i < rings.size(); i++)
            to.add(static_cast<double>(rings[i].*field), {{"worker", std::to_string(i)}});
    };
    add(Type::Counter, "baleen_ring_written_frames_total",
        "Records and events that went into each worker's ring", &live::RingStatus::written_frames);
    add(Type::Counter, "baleen_ring_consumed_frames_total",
        "Those that were read and are safe in the store", &live::RingStatus::consumed_frames);
    add(Type::Counter, "baleen_ring_dropped_frames_total",
        "Records and events that found each worker's ring full", &live::RingStatus::dropped_frames);
    add(Type::Gauge, "baleen_ring_waiting_bytes", "What is in each ring and not yet safe",
        &live::RingStatus::waiting_bytes);
    add(Type::Gauge, "baleen_ring_capacity_bytes", "Room in each ring",
        &live::RingStatus::capacity_bytes);
}

void add_run(const live::RunStatus& run, Families& to) {
    to.gauge("baleen_run_attached",
             "1: a run goes on. 0: what is told of the run is how the last one ended",
             run.is_attached ? 1 : 0);
    to.gauge("baleen_run_live", "1: packets come from ports. 0: from files", run.is_live ? 1 : 0);
    to.gauge("baleen_run_start_time_seconds", "When the workers began, since 1970",
             seconds(run.start_ns));
    to.begin(Type::Gauge, "baleen_run_end_time_seconds",
             "When they ended by themselves, since 1970; absent before, and when they were killed");
    if (run.end_ns != 0) to.add(seconds(run.end_ns));
    to.gauge("baleen_ledger_imbalances",
             "Equations of the ledger that do not hold: any is an error in Baleen",
             static_cast<double>(run.imbalances));
    to.gauge("baleen_flows_active", "Flows in memory",
             static_cast<double>(run.ledger.flows_active));
    add_ledger(run.ledger, to);
    add_threads(run, to);
    add_ports(run, to);
    add_rings(run.rings, to);
}

}  // namespace baleen::metrics
