#include "measure/protocol_bench.h"

#include <algorithm>
#include <array>
#include <memory>

#include "base/median.h"
#include "config/settings.h"
#include "measure/capture_worker.h"
#include "measure/contenders.h"
#include "measure/usual.h"

namespace baleen::measure {
namespace {

using dataplane::WorkerSettings;
using stats::Counter;

constexpr Counter shortages[] = {Counter::app_suppressed, Counter::app_kept_full,
                                 Counter::app_facts_full, Counter::app_conversations_full,
                                 Counter::app_conversations_given_up};

// As without a configuration, but with memory for every flow: what is measured is not a shortage.
WorkerSettings settings_for(uint64_t flow_count, const Effort& effort, bool with_ndpi) {
    const config::Settings::Protocol usual;
    // Those of the round before wait for the sweep, and a connection may come in several flows.
    const uint64_t capacity = 3 * flow_count + 1000;
    WorkerSettings settings =
        worker_settings(*packet::choose_parse_kernel("auto"), effort.seed, capacity);
    settings.protocol = {.conversations = {.conversations_max = capacity,
                                           .kept_bytes = usual.memory_bytes,
                                           .long_tail = with_ndpi},
                         .reorder_bytes = usual.reorder_memory_bytes,
                         .facts_bytes = capacity * 640,
                         .events_per_second = UINT32_MAX};
    return settings;
}

}  // namespace

base::Result<ProtocolFigures> measure_protocols(const drivers::CaptureMemory& capture,
                                                const Effort& effort, bool with_ndpi) {
    enum { off, on, on_with_ndpi, worker_count_max };
    const uint32_t worker_count = with_ndpi ? worker_count_max : on_with_ndpi;
    const auto packets = capture.share([](const packet::Packet&) { return true; });
    Divider flows(1);
    for (const packet::Packet& packet : packets) flows.worker_of(packet);
    const uint64_t flow_count = flows.flows_of(0);
    std::array<std::unique_ptr<CaptureWorker>, worker_count_max> workers;
    std::vector<Contender> contenders;
    std::array<uint64_t, worker_count_max> played{};
    for (uint32_t i = 0; i < worker_count; i++) {
        WorkerSettings settings = settings_for(flow_count, effort, i == on_with_ndpi);
        settings.has_protocols = i != off;
        auto worker = CaptureWorker::create(packets, settings);
        if (!worker) return worker.error();
        workers[i] = std::move(*worker);
        contenders.emplace_back([&, i] {
            played[i]++;
            return workers[i]->play_round();
        });
    }
    const auto ns = run_in_turn(contenders, effort);
    std::vector<double> ratios;
    for (size_t slice = 0; slice < ns[on].size(); slice++)
        ratios.push_back(ns[on][slice] / ns[off][slice]);
    const CaptureWorker& own = *workers[on];
    ProtocolFigures figures{};
    figures.packets = packets.size();
    for (const packet::Packet& packet : packets) figures.bytes += packet.wire_length;
    figures.flows = flow_count;
    figures.events = own.counted(Counter::app_events) / played[on];
    const auto count = static_cast<double>(packets.size());
    figures.off_mpps = count * 1e3 / base::median(ns[off]);
    figures.on_mpps = count * 1e3 / base::median(ns[on]);
    figures.time_ratio = base::median(ratios);
    if (with_ndpi) {
        std::vector<double> differences;
        for (size_t slice = 0; slice < ns[on].size(); slice++)
            differences.push_back(ns[on_with_ndpi][slice] - ns[on][slice]);
        figures.ndpi_asked =
            workers[on_with_ndpi]->counted(Counter::app_ndpi_asked) / played[on_with_ndpi];
        figures.ndpi_ns_per_flow =
            base::median(differences) / std::max(1.0, static_cast<double>(figures.ndpi_asked));
    }
    for (const Counter shortage : shortages) figures.shortages += own.counted(shortage);
    return figures;
}

}  // namespace baleen::measure
