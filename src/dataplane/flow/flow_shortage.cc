// A table that is full: whom it gives up, and what becomes of new flows that it has no room for.
#include <algorithm>
#include <array>
#include <span>

#include "dataplane/flow/flow_tracker.h"
#include "packet/flow_hash.h"

namespace baleen::flow {
namespace {

using packet::flow_absent;
using packet::FlowKey;
using record::EndReason;
using stats::Counter;

// A full table looks at twice as many flows as it has to end and some, and at this many at most: 8
// for each packet of a batch. With half of the table worth keeping, the chance that too few of
// these are worth nothing is below 2^-64.
constexpr uint32_t candidates_spare = 6;
constexpr uint32_t candidates_max = 8 * limits::lane_count;

// Who goes first when the table is full: what a flood is made of, then what nobody answered. A
// closed connection has said all it had to.
uint32_t worth(const Flow& flow) {
    if ((flow.record_flags & record::aggregated) != 0) return 2;
    if ((flow.state & finished) != 0 || (flow.state & several_packets) == 0) return 0;
    return (flow.state & answered) == 0 ? 1 : 2;
}

}  // namespace

// Ends `wanted` flows of a table that is full: of those the sweep would look at next, the ones
// worth least, and of these the ones idle longest. Twice as many are looked at, and more while too
// few are worth nothing. Three passes, each asking for the lines that the next one needs.
void FlowTracker::make_room(uint32_t wanted, int64_t clock_ns) {
    struct Candidate {
        uint32_t index, worth;
        int64_t last_clock_ns;
        bool operator<(const Candidate& other) const {
            return worth != other.worth ? worth < other.worth : last_clock_ns < other.last_clock_ns;
        }
    };
    std::array<Candidate, candidates_max> candidates;
    uint32_t count = 0, worthless = 0;
    for (uint32_t looks = 0; looks < candidates_max; looks++) {
        if (count >= 2 * wanted + candidates_spare && worthless >= wanted) break;
        if (sweep_at_ >= table_.high_water()) sweep_at_ = 0;
        const uint32_t index = sweep_at_++;
        table_.prefetch_head(index + heads_fetched_ahead);
        const Flow& flow = table_[index];
        if ((flow.state & in_use) == 0) continue;
        candidates[count] = {index, worth(flow), flow.last_clock_ns};
        worthless += candidates[count++].worth == 0 ? 1 : 0;
    }
    const uint32_t ended = std::min(wanted, count);
    std::nth_element(candidates.begin(), candidates.begin() + ended, candidates.begin() + count);
    const auto victims = std::span(candidates).first(ended);
    for (const Candidate& victim : victims) table_.prefetch_whole(victim.index);
    for (const Candidate& victim : victims) table_.prefetch_line(table_[victim.index].hash);
    for (const Candidate& victim : victims) {
        const Flow& flow = table_[victim.index];
        const bool over = is_over(flow, clock_ns);
        end(victim.index, over ? reason_over(flow) : EndReason::lack_of_resources);
    }
}

// New flows that are not admitted, to one responder or to all, are counted in one.
FlowTable::Found FlowTracker::aggregate_of(const packet::Batch& batch, uint32_t lane) {
    counters_[Counter::note_aggregated]++;
    FlowKey key = batch.keys[lane];
    key.src = {};
    key.src_port = 0;
    uint64_t hash = packet::hash_flow(key, settings_.hash_key);
    uint32_t* slot = &aggregates_[hash % aggregates_.size()];
    const auto is_at = [&](uint32_t index) {
        return index != flow_absent && FlowTable::matches(table_[index], key, 0);
    };
    const auto is_aggregate = [&](uint32_t index) {
        return index != flow_absent && (table_[index].record_flags & record::aggregated) != 0;
    };
    if (!is_at(*slot) && is_aggregate(*slot)) {
        // Its place is taken: one for all responders of the protocol.
        key.dst = {};
        key.dst_port = 0;
        hash = packet::hash_flow(key, settings_.hash_key);
        slot = &aggregates_of_all_[key.protocol];
    }
    if (!is_at(*slot)) {
        *slot = begin(batch, lane, key, hash, 0);
        table_[*slot].record_flags |= record::aggregated;
    }
    return {*slot, 0};
}

}  // namespace baleen::flow
