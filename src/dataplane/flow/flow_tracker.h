// The flow stage: finds the flow of every packet of a batch, counts the packet there, and tells
// each flow when it has ended.
//
// Owns: one worker's flow table and the rules of when a flow begins and ends. Knows nothing of
// sources.
//
// When a flow ends (all on the source clock, so that the same packets give the same flows
// everywhere):
//   idle       a packet comes, or the sweep passes, `idle_timeout` or more after its last packet
//   finished   as idle, but after `tcp_end_timeout`, once TCP has closed it (RST, or FIN from both
//              sides); a SYN in between ends it at once and begins a new flow (port reuse)
//   active     a packet comes `active_timeout` or more after the record began: the record is told,
//              the flow goes on with the same flow_id and the next `part`
//   resources  the table is full, and the flow is worth least among those looked at: finished or a
//              single packet, then unanswered, then others; the one idle longest of these. Where
//              nearly all packets begin flows (a flood), a part of them is counted in aggregated
//              flows instead (record::aggregated)
//   forced     the run ends
//   fragments  as idle, but after `fragment_timeout`, for later fragments without their first one;
//              when that comes in time, their flow joins its flow without being told
// A packet's own arrival decides, the sweep only tells what no packet can reach any more.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "baleen/record.h"
#include "baleen/ruleset.h"
#include "dataplane/counters.h"
#include "dataplane/flow/flow_end.h"
#include "dataplane/flow/flow_table.h"
#include "dataplane/flow/tcp_segment.h"
#include "packet/batch.h"
#include "packet/flow_hash.h"
#include "ring/writer.h"

namespace baleen::flow {

// Bound of one sweep, of which a poll makes one, or some (worker.h): 64 due times, 512 bytes read
// in order, and at worst as many flows looked at and told.
inline constexpr uint32_t sweep_flows_max = 64;

// Who goes over flows in order asks for so many ahead: some 100 ns of memory, some 6 ns a flow.
inline constexpr uint32_t heads_fetched_ahead = 16;

// New flows of a batch that a full table makes room for. In a network whose table is a little too
// small new flows are some 5 % of the packets; in a flood they are nearly all, and ending an old
// flow for each would cost ten packets' time.
inline constexpr uint32_t admissions_per_batch = limits::lane_count / 8;

struct FlowSettings {
    uint64_t flow_count_max = 0;
    int64_t idle_timeout_ns = 0;
    int64_t active_timeout_ns = 0;
    int64_t tcp_end_timeout_ns = 0;
    int64_t fragment_timeout_ns = 0;
    uint32_t splt_packets = 0;                          // first packets of a flow told one by one
    bool matches = false;                               // the table has places for them
    packet::HashKey hash_key = packet::fixed_hash_key;  // that of the batches' hashes
};

class FlowTracker {
public:
    FlowTracker(FlowTable table, const FlowSettings& settings, ring::Writer& ring,
                dataplane::Counters& counters);

    // Asks for the index lines of all lanes.
    void prefetch_lines(const packet::Batch& batch) const;

    // Guesses the flows of the batch that comes next, whose index lines have arrived meanwhile, and
    // asks for them; then counts each packet of `batch` with verdict counted_flow in its flow and
    // writes Batch::flows. `batch` has been `upcoming` in the call before: so memory is busy while
    // this computes.
    void account_batch(packet::Batch& batch, packet::Batch& upcoming);

    // Packets known to be lost in front of the workers so far; flows tell if it changed while they
    // lived.
    void set_losses(uint64_t packets) { losses_ = packets; }

    // Tells and frees flows that have ended, looking at a bounded number of them. True: there are
    // more that it should have looked at by now.
    bool sweep(int64_t clock_ns);

    // At the end of a run: tells up to sweep_flows_max of the flows that are left. False: none is
    // left.
    bool drain(int64_t clock_ns);

    // What rules have found in a flow so far (Batch::flows); from the first call on its record
    // tells it. Only with FlowSettings::matches.
    record::Matches& matches(uint32_t index) {
        Flow& flow = table_[index];
        if ((flow.record_flags & record::has_matches) == 0) table_.matches(index) = {};
        flow.record_flags |= record::has_matches;
        return table_.matches(index);
    }

    void prefetch_matches(uint32_t index) { __builtin_prefetch(&table_.matches(index), 1); }

    uint32_t size() const { return table_.size(); }

    // Before the first packet.
    void add_end_listener(FlowEndListener& listener) {
        *std::ranges::find(end_listeners_, nullptr) = &listener;
    }
    void set_application_source(ApplicationSource& source) { applications_ = &source; }
    application::AppProto app_proto(uint32_t index) const {
        return applications_ == nullptr ? application::AppProto::unknown
                                        : applications_->app_proto(index);
    }
    // For the stages behind this one: the flows of a batch, by Batch::flows.
    Flow& flow(uint32_t index) { return table_[index]; }
    const TcpFlow& tcp(uint32_t index) { return table_.tcp(index); }
    uint32_t capacity() const { return table_.capacity(); }
    // A hit of a rule: the flow's record tells. True: the record has not told of this rule before,
    // or has room for no more.
    struct Hit {
        uint32_t rule_id;
        uint8_t severity;
        ruleset::Action action;
        bool is_suppressed;  // it makes no event, for a limit
    };
    bool take_match(uint32_t index, const Hit& hit);
    uint32_t events_of(uint32_t index);

private:
    int64_t timeout_ns(const Flow& flow) const {
        if ((flow.state & finished) != 0) return settings_.tcp_end_timeout_ns;
        return flow.ports_absent == packet::PortsAbsent::later_fragment
                   ? settings_.fragment_timeout_ns
                   : settings_.idle_timeout_ns;
    }
    bool is_over(const Flow& flow, int64_t clock_ns) const {
        return clock_ns - flow.last_clock_ns >= timeout_ns(flow);
    }
    // The first instant at which it is over, if nothing happens before.
    int64_t due_ns(const Flow& flow) const {
        const int64_t timeout = timeout_ns(flow);
        return flow.last_clock_ns > INT64_MAX - timeout ? INT64_MAX : flow.last_clock_ns + timeout;
    }
    static record::EndReason reason_over(const Flow& flow) {
        return (flow.state & finished) != 0 ? record::EndReason::end_of_flow
                                            : record::EndReason::idle_timeout;
    }

    void prefetch_flow(packet::Batch& batch, uint32_t lane);
    template <bool is_tcp>
    void approach(const packet::Batch& batch, uint32_t lane) const;
    template <bool is_tcp>
    void account_lanes(packet::Batch& batch, std::span<const uint8_t> lanes);
    template <bool is_tcp>
    void account(packet::Batch& batch, uint32_t lane);
    FlowTable::Found flow_of(const packet::Batch& batch, uint32_t lane, const Segment* segment);
    FlowTable::Found flow_of_new(const packet::Batch& batch, uint32_t lane);
    FlowTable::Found aggregate_of(const packet::Batch& batch, uint32_t lane);
    uint32_t begin(const packet::Batch& batch, uint32_t lane, const packet::FlowKey& key,
                   uint64_t hash, uint64_t id_salt);
    bool may_end(FlowTable::Found found, const packet::Packet& packet,
                 const Segment* segment) const;
    FlowTable::Found end_if_due(FlowTable::Found found, const packet::Batch& batch, uint32_t lane,
                                const Segment* segment);
    void track_event(FlowTable::Found found, const Segment& segment, int64_t time_ns);
    void take_splt(uint32_t index, const packet::Packet& packet, const packet::Layers& layers,
                   uint32_t direction);
    void take_outer(FlowTable::Found found, const packet::Layers& layers,
                    const packet::Outer& outer, int64_t clock_ns);
    void adopt_fragments(FlowTable::Found found, const packet::Fragment& fragment,
                         int64_t clock_ns);
    void make_room(uint32_t wanted, int64_t clock_ns);
    void tell(uint32_t index, record::EndReason reason);
    void end(uint32_t index, record::EndReason reason);
    void prefetch_end(uint32_t index) const;

    FlowTable table_;
    FlowSettings settings_;
    ring::Writer& ring_;
    dataplane::Counters& counters_;

    uint32_t sweep_at_ = 0;
    int64_t sweep_clock_ns_ = 0;
    int64_t sweep_period_ns_ = 0;
    double sweep_due_ = 0;
    int64_t shortest_timeout_ns_ = 0;
    uint64_t losses_ = 0;
    std::array<FlowEndListener*, 3> end_listeners_{};  // the first ones that are not null
    ApplicationSource* applications_ = nullptr;
    // Flows that the batch being accounted, and the one after it, seem to begin.
    uint32_t new_flows_due_ = 0;
    uint32_t new_flows_upcoming_ = 0;
    uint32_t admitted_ = 0;  // new flows of this batch
    bool tcp_goes_first_ = false;
    // Flows that stand for many while the table is full: by the hash of the responder, and one for
    // all responders of each protocol.
    std::array<uint32_t, 64> aggregates_;
    std::array<uint32_t, 256> aggregates_of_all_;
};

}  // namespace baleen::flow
