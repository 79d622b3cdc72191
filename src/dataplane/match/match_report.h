// Hits: counted, marked on their flow, and written to the ring as events, within limits.
//
// Owns: the rules of what becomes an event. Knows nothing of how a hit was found.
#pragma once

#include <span>

#include "baleen/match_event.h"
#include "dataplane/counters.h"
#include "dataplane/flow/flow_tracker.h"
#include "dataplane/match/generation.h"
#include "dataplane/match/match_settings.h"
#include "ring/writer.h"

namespace baleen::match {

// Where something is being looked for, and at what time.
struct Sighting {
    uint32_t flow;
    uint32_t direction;
    ruleset::Side side;
    uint8_t flags;    // record::MatchFlags
    int64_t time_ns;  // of the packet
    int64_t clock_ns;
    uint64_t offset;                 // behind the match
    uint64_t begin;                  // offset of the first of `bytes`
    std::span<const uint8_t> bytes;  // being scanned
    uint8_t icmp_type = 0;           // of the packet
    uint8_t icmp_code = 0;
};

class MatchReport {
public:
    MatchReport(const MatchSettings& settings, flow::FlowTracker& flows, ring::Writer& ring,
                dataplane::Counters& counters)
        : settings_(settings), flows_(flows), ring_(ring), counters_(counters) {}

    void hit(WorkerRules& rules, uint32_t rule, const Sighting& sighting);

private:
    bool may_tell(HotRule& rule, const Sighting& sighting, uint32_t events_of_flow) const;
    bool write(const record::MatchEvent& head, const HotRule& rule, const Sighting& sighting);

    const MatchSettings settings_;
    flow::FlowTracker& flows_;
    ring::Writer& ring_;
    dataplane::Counters& counters_;
};

}  // namespace baleen::match
