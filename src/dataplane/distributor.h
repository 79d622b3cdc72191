// Spreads one source over several workers, so that everything two hosts send each other meets on
// one of them.
//
// Why the host pair and not the ports: see packet/flow_hash.h. Of packets in tunnels it is the
// inner pair, so a tunnel's later fragments, which show the outer one, have to take over that of
// their first one here as well as in the worker. Packets without addresses go to worker 0. Must
// hold: a file loses nothing (the distributor waits for a slow worker); a live port sheds what a
// worker can't take, and counts it.
#pragma once

#include <memory>
#include <vector>

#include "dataplane/counters.h"
#include "dataplane/flow/fragment_table.h"
#include "dataplane/packet_ring.h"
#include "dataplane/run_control.h"
#include "dataplane/worker_settings.h"
#include "drivers/source.h"
#include "packet/flow_hash.h"
#include "packet/parser.h"

namespace baleen::dataplane {

template <drivers::PacketSource Source>
class Distributor {
public:
    Distributor(Source source, const WorkerSettings& settings, uint32_t worker_count, bool may_shed,
                stats::WorkerStats& stats)
        : source_(std::move(source)),
          parse_batch_(settings.parse_batch),
          parse_(settings.parse),
          hash_key_(settings.hash_key),
          burst_(settings.burst),
          fragments_(settings.fragmented_datagrams * worker_count,
                     settings.flow.fragment_timeout_ns, settings.hash_key, ignored_),
          may_shed_(may_shed),
          stats_(stats) {
        for (uint32_t i = 0; i < worker_count; i++)
            rings_.push_back(std::make_unique<PacketRing>());
    }
    Distributor(const Distributor&) = delete;

    PacketRing& ring(uint32_t worker) { return *rings_[worker]; }
    Source& source() { return source_; }

    void poll_once(const RunControl& control) {
        if (source_.must_quiesce()) wait_until_released(control);
        source_.receive(batch_, burst_);
        parse_batch_(batch_, parse_, ignored_.values());
        fragments_.link_batch(batch_);
        for (uint32_t lane = 0; lane < batch_.count; lane++) push(lane, control);
        for (const auto& ring : rings_) ring->publish(source_.clock_ns());
        counters_.publish(stats_, 0, source_.clock_ns());
    }

    void run(const RunControl& control) {
        while (!source_.exhausted() && !control.aborted()) {
            if (!control.goes_on()) source_.stop();
            poll_once(control);
            empty_polls_ = batch_.count == 0 ? empty_polls_ + 1 : 0;
            if (empty_polls_ > 0) control.idle(empty_polls_);
        }
        for (const auto& ring : rings_) {
            ring->publish(source_.clock_ns());
            ring->finish();
        }
        counters_.publish(stats_, 0, source_.clock_ns());
        // The bytes of a file or chunk must outlive its packets.
        wait_until_released(control);
    }

private:
    void push(uint32_t lane, const RunControl& control) {
        const uint64_t hash = packet::hash_host_pair(batch_.keys[lane], hash_key_);
        // The upper half scaled to the number of workers: no division, no bias worth the name.
        PacketRing& ring = *rings_[((hash >> 32) * rings_.size()) >> 32];
        while (!ring.has_room()) {
            if (may_shed_ || control.aborted()) return shed(lane);
            ring.publish(batch_.packets[lane].clock_ns);
            control.pause();
        }
        ring.push(batch_.packets[lane], batch_.handles[lane]);
    }

    void shed(uint32_t lane) {
        counters_[stats::Counter::received_packets]++;
        counters_[stats::Counter::received_bytes] += batch_.packets[lane].wire_length;
        counters_[stats::Counter::shed_worker_busy]++;
        shed_.count = 1;
        shed_.packets[0] = batch_.packets[lane];
        shed_.handles[0] = batch_.handles[lane];
        source_.release(shed_);
    }

    void wait_until_released(const RunControl& control) {
        for (const auto& ring : rings_)
            while (!ring->is_empty() && !control.aborted()) control.pause();
    }

    Source source_;
    const packet::ParseBatch parse_batch_;
    const packet::ParseOptions parse_;
    const packet::HashKey hash_key_;
    const uint32_t burst_;
    Counters ignored_;  // the workers parse and link again, and count
    flow::FragmentTable fragments_;
    const bool may_shed_;
    std::vector<std::unique_ptr<PacketRing>> rings_;
    Counters counters_;
    stats::WorkerStats& stats_;
    uint64_t empty_polls_ = 0;
    packet::Batch batch_;
    packet::Batch shed_;
};

}  // namespace baleen::dataplane
