// One worker: takes bursts from its source and takes them through the stages.
//
// Owns: the order of the stages, and nothing else of them. poll_once() is the data plane.
// Why two batches: a batch is parsed in one turn and accounted in the next, so that the cache lines
// of its flows arrive while other work is done. An idle turn accounts what the last one left.
// Must hold: no lock, no allocation, no system call, no log line inside poll_once().
#pragma once

#include <x86intrin.h>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/ledger.h"
#include "dataplane/counters.h"
#include "dataplane/filter_jit.h"
#include "dataplane/flow/fragment_table.h"
#include "dataplane/run_control.h"
#include "dataplane/stage.h"
#include "dataplane/stage_memory.h"
#include "dataplane/worker_settings.h"
#include "drivers/source.h"
#include "packet/checksum.h"
#include "packet/flow_hash.h"
#include "ring/writer.h"

namespace baleen::dataplane {

template <drivers::PacketSource Source>
class Worker {
public:
    Worker(Source source, const WorkerSettings& settings, const FilterJit& filter,
           StageMemory memory, ring::Writer ring, stats::WorkerStats& stats)
        : source_(std::move(source)),
          settings_(settings),
          filter_(filter),
          ring_(ring),
          fragments_(settings.fragmented_datagrams, settings.flow.fragment_timeout_ns,
                     settings.hash_key, counters_),
          flows_(std::move(memory.table), settings.flow, ring_, counters_),
          stats_(stats) {
        if (memory.inspecting) {
            inspector_.emplace(std::move(*memory.inspecting), settings.protocol, flows_, ring_,
                               counters_);
            flows_.add_end_listener(*inspector_);
            flows_.set_application_source(*inspector_);
        }
        if (memory.matching) {
            matcher_.emplace(std::move(*memory.matching), settings.match, flows_, ring_, counters_);
            flows_.add_end_listener(*matcher_);
        }
        // Behind the matcher, which may choose a flow when it ends.
        if (memory.capturing) {
            captured_ = std::move(memory.capturing);
            capturer_.emplace(*captured_, settings.capture, *settings.capture_filter,
                              *settings.interfaces, flows_, counters_);
            flows_.add_end_listener(*capturer_);
        }
    }
    Worker(const Worker&) = delete;

    void poll_once() {
        Unobserved nobody;
        poll_once(nobody);
    }

    // The same; `observer` is told when each stage is done.
    template <class Observer>
    void poll_once(Observer& observer) {
        if (source_.must_quiesce()) account(*parsed_, none_, observer);
        receive_and_parse(*fresh_, observer);
        account(*parsed_, *fresh_, observer);
        std::swap(parsed_, fresh_);
        publish_statistics();
        observer.done(Stage::ring);
    }

    // Until the source is exhausted or the run is stopped; then tells what is left.
    void run(RunControl& control) {
        // What rules and parsers find in one poll has no bound: events may wait in the middle.
        if (settings_.wait_for_reader) ring_.wait_when_full(pause_unless_aborted, &control);
        while (!source_.exhausted() && !control.aborted()) {
            if (!control.goes_on()) source_.stop();
            if (must_wait()) {
                control.pause();
                continue;
            }
            poll_once();
            empty_polls_ = parsed_->count == 0 ? empty_polls_ + 1 : 0;
            if (empty_polls_ > 0) control.idle(empty_polls_);
        }
        Unobserved nobody;
        account(*parsed_, none_, nobody);
        drain(control);
    }

    Source& source() { return source_; }
    // Main thread: the rules to match with from now on. Only where there is memory for matching.
    void offer_rules(match::WorkerRules* rules) { matcher_->offer(rules); }

private:
    template <class Observer>
    void receive_and_parse(packet::Batch& batch, Observer& observer) {
        source_.receive(batch, settings_.burst);
        batch.clock_ns = source_.clock_ns();
        observer.done(Stage::rx);
        settings_.parse_batch(batch, settings_.parse, counters_.values());
        if (settings_.verify_checksums) packet::verify_checksums(batch, counters_.values());
        filter_.apply_batch(batch);
        observer.done(Stage::parse);
        fragments_.link_batch(batch);
        packet::hash_batch(batch, settings_.hash_key);
        flows_.prefetch_lines(batch);
        count(batch);
        observer.done(Stage::flow);
    }

    // The sweep's clock is that of the batch accounted: no packet of the next one is before it.
    template <class Observer>
    void account(packet::Batch& batch, packet::Batch& upcoming, Observer& observer) {
        if (inspector_) inspector_->begin_batch(batch);
        if (matcher_) matcher_->begin_batch(batch);
        if (capturer_) capturer_->begin_batch(batch);
        flows_.account_batch(batch, upcoming);
        observer.done(Stage::flow);
        if (inspector_) inspector_->inspect_batch();
        observer.done(Stage::protocol);
        if (matcher_) matcher_->match_batch();
        observer.done(Stage::match);
        if (capturer_) capturer_->capture_batch();
        observer.done(Stage::capture);
        source_.release(batch);
        batch.count = 0;
        observer.done(Stage::rx);
        sweep(batch.clock_ns, upcoming.count < settings_.burst);
        observer.done(Stage::record);
        ring_.publish();
    }

    // A source that waits by itself, as a pipe does, is polled seldom: where it had no more packets
    // there is time for some more of what is due.
    void sweep(int64_t clock_ns, bool is_quiet) {
        constexpr int rounds_max = 16;
        bool is_due = flows_.sweep(clock_ns);
        for (int i = 1; i < rounds_max && is_due && is_quiet; i++)
            is_due = ring_.free_bytes() >= poll_bytes_max && flows_.sweep(clock_ns);
    }

    // A poll makes at most two records per packet (its own flow's, an evicted one's) and one per
    // flow swept.
    static constexpr uint64_t record_bytes = ring::frame_bytes(sizeof(record::FlowRecord));
    static constexpr uint64_t poll_bytes_max =
        (2 * limits::lane_count + flow::sweep_flows_max) * record_bytes;
    static_assert(poll_bytes_max <= limits::ring_bytes_min,
                  "an empty ring takes what one poll makes");

    bool must_wait() {
        if (capturer_ && capturer_->must_wait()) return true;
        return settings_.wait_for_reader && ring_.free_bytes() < poll_bytes_max &&
               !ring_.store_failed();
    }

    static bool pause_unless_aborted(const void* context) {
        const auto& control = *static_cast<const RunControl*>(context);
        if (!control.aborted()) control.pause();
        return !control.aborted();
    }

    void count(const packet::Batch& batch) {
        // Nearly all have one verdict, whose counter would be read and written 64 times in a row.
        uint64_t bytes = 0, in_flows = 0;
        for (uint32_t lane = 0; lane < batch.count; lane++) {
            in_flows += batch.verdicts[lane] == packet::Verdict::counted_flow ? 1 : 0;
            bytes += batch.packets[lane].wire_length;
        }
        counters_[packet::Verdict::counted_flow] += in_flows;
        for (uint32_t lane = 0; lane < batch.count && in_flows < batch.count; lane++)
            if (batch.verdicts[lane] != packet::Verdict::counted_flow)
                counters_[batch.verdicts[lane]]++;
        counters_[stats::Counter::received_bytes] += bytes;
        counters_[stats::Counter::received_packets] += batch.count;
        if constexpr (requires { source_.misplaced_packets(); })
            counters_[stats::Counter::note_rss_misplaced] = source_.misplaced_packets();
        counters_[stats::Counter::poll_total]++;
        counters_[stats::Counter::poll_empty] += batch.count == 0 ? 1 : 0;
    }

    void publish_statistics() {
        // About a millisecond on machines of 2 to 4 GHz; nothing depends on the exact length.
        constexpr uint64_t interval_tsc = 3'000'000;
        const uint64_t now_tsc = __rdtsc();
        if (now_tsc - published_tsc_ < interval_tsc) return;
        published_tsc_ = now_tsc;
        counters_.publish(stats_, flows_.size(), source_.clock_ns());
        if (settings_.losses != nullptr)
            flows_.set_losses(settings_.losses->load(std::memory_order_relaxed));
    }

    void drain(RunControl& control) {
        const int64_t end_clock_ns = source_.clock_ns();
        while (!control.aborted()) {
            if (must_wait()) {
                control.pause();
                continue;
            }
            const bool more = flows_.drain(end_clock_ns);
            ring_.publish();
            counters_.publish(stats_, flows_.size(), end_clock_ns);
            if (!more) break;
        }
        ring_.close();
        if (capturer_) capturer_->close();
        counters_.publish(stats_, flows_.size(), end_clock_ns);
    }

    Source source_;
    const WorkerSettings settings_;
    const FilterJit& filter_;
    Counters counters_;
    ring::Writer ring_;
    flow::FragmentTable fragments_;
    flow::FlowTracker flows_;
    std::optional<protocol::Inspector> inspector_;
    std::optional<match::Matcher> matcher_;
    std::shared_ptr<const capture::CaptureMemory> captured_;
    std::optional<capture::Capturer> capturer_;
    stats::WorkerStats& stats_;
    uint64_t published_tsc_ = 0;
    uint64_t empty_polls_ = 0;
    alignas(64) std::array<packet::Batch, 2> batches_;
    packet::Batch* parsed_ = &batches_[0];  // to be accounted in the next turn
    packet::Batch* fresh_ = &batches_[1];
    packet::Batch none_;
};

}  // namespace baleen::dataplane
