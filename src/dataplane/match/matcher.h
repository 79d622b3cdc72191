// The match stage: finds the patterns of the rules in packets and in TCP streams, judges the rules
// whose patterns were found, and tells of those that hit.
//
// Owns: which flow is scanned by which ruleset, and how far. Packets and datagrams are scanned as
// blocks; a TCP direction as a stream, in order, up to its depth. A flow's streams keep the ruleset
// that they began with until they end: a pattern that was half seen is still found, and none is
// found twice, whenever a new ruleset comes. Packets take the newest.
//
// What costs memory has a budget, and what does not fit has a counter: flows without a stream of
// their own are scanned packet by packet, rules that cannot be judged for want of kept bytes count
// as unjudged. Without a ruleset the stage is one comparison per batch.
#pragma once

#include <x86intrin.h>

#include <atomic>
#include <memory>

#include "dataplane/counters.h"
#include "dataplane/flow/due_lanes.h"
#include "dataplane/flow/flow_tracker.h"
#include "dataplane/match/flow_scan.h"
#include "dataplane/match/generation.h"
#include "dataplane/match/header_check.h"
#include "dataplane/match/match_report.h"
#include "dataplane/match/match_settings.h"
#include "dataplane/stream/reassembler.h"
#include "packet/batch.h"

namespace baleen::match {

using stream::KeptBytes;

// As a packet of that direction has it: from its sender to its receiver.
packet::FlowKey key_of(const flow::Flow& flow, uint32_t direction);

// The memory of one worker's matcher, taken at start.
struct MatchMemory {
    // `flow_count_max`: of the worker's flow table.
    static base::Result<MatchMemory> create(const MatchSettings& settings, uint64_t flow_count_max);

    stream::Reassembler reassembler;
    KeptBytes kept;
    base::HugeMemory scans;    // FlowScan, one for each context of the reassembler
    base::HugeMemory handles;  // uint32_t, one for each flow
};

class Matcher final : public flow::FlowEndListener {
public:
    Matcher(MatchMemory memory, const MatchSettings& settings, flow::FlowTracker& flows,
            ring::Writer& ring, dataplane::Counters& counters);
    Matcher(const Matcher&) = delete;

    // Main thread: this ruleset from the next batch on, even if no packet comes. One offered before
    // that the worker has not taken up is left at once.
    void offer(WorkerRules* rules);

    // Before the flow stage accounts the batch, so that flows that end meanwhile find theirs.
    void begin_batch(packet::Batch& batch);
    // Behind it: what has not been matched on that occasion.
    void match_batch();

    void telling(uint32_t flow) override;
    void ending(uint32_t flow) override;

private:
    // One packet, with what several steps want to know of it.
    struct Subject {
        uint32_t lane;
        uint32_t flow;
        uint32_t direction;
        ruleset::Side side;
        uint16_t group;
        std::span<const uint8_t> payload;
    };
    // What a Hyperscan callback is for.
    struct Scan {
        Matcher& matcher;
        WorkerRules& rules;
        Sighting& sighting;
        FlowScan* scan;          // null: a packet, or a chunk by itself
        const Subject* subject;  // null: a stream
        uint64_t begin;          // what Hyperscan's offsets are counted from
    };

    // What `work` returns; its time is added to `ticks` where somebody wants to know.
    template <class Work>
    auto timed(Count& ticks, const Work& work) const {
        if (!settings_.profile) [[likely]]
            return work();
        const uint64_t begun = __rdtsc();
        auto result = work();
        ticks.add(__rdtsc() - begun);
        return result;
    }
    Judgement judge(WorkerRules& rules, uint32_t rule, std::span<const uint8_t> bytes);

    void take_offer();
    void match_lane(uint32_t lane);
    FlowFacts facts_of(const ruleset::Rule& rule, uint32_t flow, ruleset::Side side) const;
    bool concerns_stream(const WorkerRules& rules, uint32_t rule, const Sighting& sighting) const;

    void match_packet(const Subject& subject);
    bool concerns_packet(const WorkerRules& rules, uint32_t rule, const Subject& subject) const;
    void judge_packet(WorkerRules& rules, uint32_t rule, Sighting& sighting,
                      const Subject& subject);

    void match_segment(const Subject& subject);
    uint32_t begin_streams(const Subject& subject, const flow::Segment& segment);
    void scan_chunk(uint32_t handle, const stream::Chunk& chunk, int64_t time_ns, int64_t clock_ns);
    void pass_gap(FlowScan& scan, uint32_t direction, Sighting& sighting);
    void scan_bytes(FlowScan& scan, uint32_t direction, Sighting& sighting);
    hs_stream_t* stream_of(FlowScan& scan, ScanSide& side, uint32_t database);
    static void leave_shelf(WorkerRules& rules, ScanSide& side);
    bool shelve_idle(WorkerRules& rules);
    bool shelve(WorkerRules& rules, ScanSide& side);
    void finish_closed(uint32_t handle, int64_t time_ns, int64_t clock_ns);
    void finish(FlowScan& scan, uint32_t direction, Sighting& sighting);
    void watch(FlowScan& scan, uint32_t direction, uint32_t rule);
    void judge_watched(FlowScan& scan, uint32_t direction, bool is_end, Sighting& sighting);
    void judge_stream(FlowScan& scan, Watched& watched, bool is_end, std::span<const uint8_t> bytes,
                      Sighting& sighting);
    void judge_alone(FlowScan& scan, uint32_t direction, uint32_t rule, Sighting& sighting);
    void end_streams(uint32_t flow);
    void leave(uint32_t handle);
    void match_chunkwise(const Subject& subject);
    void judge_chunk(WorkerRules& rules, uint32_t rule, const Sighting& sighting);

    static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                        void* context);
    void take_sign(const Scan& scan, uint32_t rule);

    MatchMemory memory_;
    const MatchSettings settings_;
    flow::FlowTracker& flows_;
    dataplane::Counters& counters_;
    MatchReport report_;
    std::span<FlowScan> scans_;
    std::span<uint32_t> handles_;
    std::atomic<WorkerRules*> offered_{nullptr};  // null: the last one has been taken up
    WorkerRules* rules_ = nullptr;
    flow::DueLanes lanes_;
    uint32_t shelf_hand_ = 0;  // context that was looked at last for an idle stream
};

}  // namespace baleen::match
