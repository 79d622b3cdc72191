// The handshake of a connection whose stream somebody begins to read later on.
//
// Why: stages that read streams want a context only for connections with payload, and by then the
// SYNs have passed. The flow remembers their sequence numbers, and so where the streams begin.
#pragma once

#include "dataplane/flow/flow_tracker.h"
#include "dataplane/flow/tcp_segment.h"

namespace baleen::flow {

// Calls `take(direction, segment)` for the SYN of each direction that has been seen.
template <class Take>
void tell_known_syns(FlowTracker& flows, uint32_t index, const Take& take) {
    if ((flows.flow(index).record_flags & record::has_tcp) == 0) return;
    for (const uint32_t direction : {0u, 1u}) {
        const TcpSideEvents& events = flows.tcp(index).sides[direction];
        if ((events.events_seen & (sent_syn | sent_syn_ack)) == 0) continue;
        take(direction, Segment{.sequence = events.isn,
                                .acknowledgement = 0,
                                .payload = 0,
                                .length = 1,
                                .flags = packet::tcp::syn,
                                .window = 0,
                                .options = nullptr,
                                .options_bytes = 0});
    }
}

}  // namespace baleen::flow
