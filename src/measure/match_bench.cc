#include "measure/match_bench.h"

#include <x86intrin.h>

#include <algorithm>
#include <functional>

#include "base/median.h"
#include "config/settings.h"
#include "measure/capture_worker.h"
#include "measure/contenders.h"
#include "measure/machine.h"
#include "measure/match_scan.h"
#include "measure/usual.h"
#include "packet/ip.h"
#include "packet/parser.h"

namespace baleen::measure {
namespace {

using base::median;
using dataplane::WorkerSettings;
using stats::Counter;

// The match stage behind parser and flow stage, and the ticks that it takes.
class MatchStage final : public flow::FlowEndListener {
public:
    MatchStage(MatchFlows& flows, match::MatchMemory memory, const match::MatchSettings& settings)
        : flows_(flows),
          matcher_(std::move(memory), settings, flows.flows(), flows.ring(), flows.counters()) {
        flows.flows().add_end_listener(*this);
    }

    match::Matcher& matcher() { return matcher_; }
    uint64_t play_round() {
        ticks_ = 0;
        flows_.play_round(*this);
        return ticks_;
    }

    void begin(packet::Batch& batch) { matcher_.begin_batch(batch); }
    void take(packet::Batch&) {
        timed([&] { matcher_.match_batch(); });
    }
    void telling(uint32_t flow) override {
        timed([&] { matcher_.telling(flow); });
    }
    void ending(uint32_t flow) override {
        timed([&] { matcher_.ending(flow); });
    }

private:
    template <class Work>
    void timed(Work work) {
        _mm_lfence();
        const uint64_t begun = __rdtsc();
        work();
        _mm_lfence();
        ticks_ += __rdtsc() - begun;
    }

    MatchFlows& flows_;
    match::Matcher matcher_;
    uint64_t ticks_ = 0;
};

Contender bare_contender(BareScan& bare) {
    return [&] {
        const uint64_t begun = __rdtsc();
        bare.play_round();
        return __rdtsc() - begun;
    };
}

std::vector<packet::Packet> packets_of(const drivers::CaptureMemory& capture, MatchMode mode) {
    return capture.share([&](const packet::Packet& packet) {
        packet::Notes notes{};
        packet::FlowKey key;
        packet::Layers layers;
        packet::Outer outer;
        return mode != MatchMode::stream ||
               (packet::parse_packet(packet, {}, key, layers, outer, notes) ==
                    packet::Verdict::counted_flow &&
                key.protocol == packet::protocol::tcp);
    });
}

// As without a configuration, but with memory for every flow: what is measured is not a shortage.
WorkerSettings settings_for(const std::vector<packet::Packet>& packets, const ruleset::Image& image,
                            const Effort& effort) {
    Divider flows(1);
    for (const packet::Packet& packet : packets) flows.worker_of(packet);
    // Those of the round before wait for the sweep, and a connection may come in several flows.
    const uint64_t capacity = 3 * flows.flows_of(0) + 1000;
    WorkerSettings settings =
        worker_settings(*packet::choose_parse_kernel("auto"), effort.seed, capacity);
    uint64_t stream_bytes = 64;
    for (const ruleset::Database& database : image.databases())
        stream_bytes = std::max(stream_bytes, database.stream_bytes + 128);
    const config::Settings::Match usual;
    settings.flow.matches = true;
    settings.match = {
        .streams = {.contexts_max = capacity,
                    .buffer_bytes = usual.reorder_memory_bytes,
                    .buffer_bytes_per_direction = usual.stream_depth_bytes + 4096,
                    .depth_bytes = usual.stream_depth_bytes},
        .state_bytes = std::max(usual.state_memory_bytes, (2 * capacity + 16) * stream_bytes),
        .kept_bytes = usual.kept_memory_bytes,
        .events_per_flow = static_cast<uint32_t>(usual.events_per_flow),
        .events_per_second = static_cast<uint32_t>(usual.events_per_second),
        .excerpt_bytes = static_cast<uint32_t>(usual.excerpt_bytes)};
    return settings;
}

constexpr Counter shortages[] = {Counter::match_streams_full, Counter::match_states_full,
                                 Counter::match_kept_full};

// What is fixed before the clock runs.
struct Scene {
    std::vector<packet::Packet> packets;
    WorkerSettings settings;
    ScanList list;
    std::unique_ptr<match::Generation> generation;
};

void take_rates(const std::vector<double>& own_ns, double own_bytes,
                const std::vector<double>& bare_ns, double bare_bytes, MatchFigures& figures) {
    std::vector<double> ratios;
    for (size_t i = 0; i < own_ns.size(); i++)
        ratios.push_back(own_bytes / own_ns[i] / (bare_bytes / bare_ns[i]));
    figures.gbps = own_bytes * 8 / median(own_ns);
    figures.bare_gbps = bare_bytes * 8 / median(bare_ns);
    figures.ratio = median(ratios);
}

base::Result<MatchFigures> measure_stage(Scene& scene, const Effort& effort) {
    auto flows = MatchFlows::create(scene.packets, scene.settings);
    if (!flows) return flows.error();
    auto memory = match::MatchMemory::create(scene.settings.match, (*flows)->flows().capacity());
    if (!memory) return memory.error();
    MatchStage stage(**flows, std::move(*memory), scene.settings.match);
    stage.matcher().offer(&scene.generation->of_worker(0));
    BareScan bare(scene.list, scene.generation->of_worker(1));
    uint64_t played = 0;
    const auto ns = run_in_turn({[&] {
                                     played++;
                                     return stage.play_round();
                                 },
                                 bare_contender(bare)},
                                effort);
    dataplane::Counters& counters = (*flows)->counters();
    MatchFigures figures{};
    figures.scanned_bytes =
        (counters[Counter::match_packet_bytes] + counters[Counter::match_stream_bytes]) / played;
    figures.hits = counters[Counter::match_hits] / played;
    for (const Counter shortage : shortages) figures.shortages += counters[shortage];
    take_rates(ns[0], static_cast<double>(figures.scanned_bytes), ns[1],
               static_cast<double>(scene.list.bytes), figures);
    return figures;
}

base::Result<MatchFigures> measure_pipeline(Scene& scene, const Effort& effort) {
    enum { with_rules, no_rules, no_matcher, worker_count };
    std::array<std::unique_ptr<CaptureWorker>, worker_count> workers;
    std::vector<Contender> contenders;
    uint64_t played = 0;
    for (uint32_t i = 0; i < worker_count; i++) {
        WorkerSettings settings = scene.settings;
        settings.has_rules = settings.flow.matches = i != no_matcher;
        auto worker = CaptureWorker::create(scene.packets, settings);
        if (!worker) return worker.error();
        workers[i] = std::move(*worker);
        contenders.emplace_back([&, i] {
            played += i == with_rules ? 1 : 0;
            return workers[i]->play_round();
        });
    }
    workers[with_rules]->offer_rules(scene.generation->of_worker(0));
    BareScan bare(scene.list, scene.generation->of_worker(1));
    contenders.push_back(bare_contender(bare));
    const auto ns = run_in_turn(contenders, effort);
    const auto mpps = [&](uint32_t i) {
        return static_cast<double>(scene.packets.size()) * 1e3 / median(ns[i]);
    };
    const CaptureWorker& own = *workers[with_rules];
    MatchFigures figures{};
    // As of the last millisecond, in which statistics were published.
    figures.scanned_bytes =
        (own.counted(Counter::match_packet_bytes) + own.counted(Counter::match_stream_bytes)) /
        played;
    figures.hits = own.counted(Counter::match_hits) / played;
    for (const Counter shortage : shortages) figures.shortages += own.counted(shortage);
    figures.mpps = mpps(with_rules);
    figures.no_rules_mpps = mpps(no_rules);
    figures.no_matcher_mpps = mpps(no_matcher);
    const auto bytes = static_cast<double>(scene.list.bytes);
    take_rates(ns[with_rules], bytes, ns[worker_count], bytes, figures);
    return figures;
}

}  // namespace

base::Result<MatchFigures> measure_match(MatchMode mode, const drivers::CaptureMemory& capture,
                                         base::Mapping memory, const Effort& effort) {
    match::StreamMemory::install();
    const auto image = ruleset::Image::open({memory.data(), memory.bytes()});
    if (!image) return image.error();
    Scene scene{.packets = packets_of(capture, mode)};
    if (scene.packets.empty()) return base::Error{"the captures have no TCP packets"};
    scene.settings = settings_for(scene.packets, *image, effort);
    auto list = list_pieces(scene.packets, scene.settings, mode != MatchMode::block);
    if (!list) return list.error();
    if (list->bytes == 0) return base::Error{"the captures have no payload"};
    scene.list = std::move(*list);
    // One worker's part for the matcher, the other one's for bare Hyperscan.
    auto generation = match::Generation::load(std::move(memory), 1, scene.settings.match, 2);
    if (!generation) return generation.error();
    scene.generation = std::move(*generation);
    auto figures = mode == MatchMode::pipeline ? measure_pipeline(scene, effort)
                                               : measure_stage(scene, effort);
    if (!figures) return figures.error();
    BareScan once(scene.list, scene.generation->of_worker(1));
    once.play_round();
    figures->bare_hits = once.hits();
    figures->packets = scene.packets.size();
    figures->streams = scene.list.stream_count;
    figures->bytes = scene.list.bytes;
    return figures;
}

}  // namespace baleen::measure
