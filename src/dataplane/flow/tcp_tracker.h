// Follows a TCP connection segment by segment: what was lost, sent again, refused or out of order.
//
// How: most segments are the next one of their direction, with letters that the history has
// already; these are done inline, in the side's own cache line. All others go to track_event(),
// which knows the rest (TcpFlow). docs/tcp-metrics.md defines what is counted, and how that differs
// from Wireshark's analysis.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/flow/flow.h"
#include "dataplane/flow/tcp_flow.h"
#include "dataplane/flow/tcp_segment.h"

namespace baleen::flow {

// Before the first segment of a flow, and before the next record of one that goes on.
void begin_tcp(Flow& flow, TcpFlow& tcp);
void begin_tcp_part(Flow& flow, TcpFlow& tcp);

// A SYN that cannot belong to the connection so far: the port pair is used again.
bool reuses_ports(const Flow& flow, const TcpFlow& tcp, const Segment& segment, uint32_t direction);

// Everything but the next segment.
void track_event(Flow& flow, TcpFlow& tcp, const Segment& segment, uint32_t direction,
                 int64_t time_ns);

// Signed distance in sequence space (RFC 9293 section 3.4: modulo 2^32).
inline int32_t sequence_distance(uint32_t from, uint32_t to) {
    return static_cast<int32_t>(to - from);
}

inline void take_window(Side& side, uint16_t window) {
    if (window < side.window_min) [[unlikely]]
        side.window_min = window;
    if (window > side.window_max) [[unlikely]]
        side.window_max = window;
}

// The largest window there is (RFC 7323 section 2.3): what lies farther away is another sequence
// space.
inline constexpr int32_t window_bytes_max = 1 << 30;

// What `other` has acknowledged of `side` and nobody has seen, at the end of what was sent.
inline uint32_t acknowledged_unseen(const Side& side, const Side& other) {
    if ((side.tcp_flags & sequence_known) == 0 || (other.tcp_flags & has_acked) == 0) return 0;
    const int32_t unseen = sequence_distance(side.next_sequence, other.acked);
    return unseen > 0 && unseen <= window_bytes_max ? static_cast<uint32_t>(unseen) : 0;
}

// Neither opens nor closes anything, and its letter is in the history.
inline bool is_usual(const Side& side, uint16_t flags, uint32_t payload_bytes) {
    namespace tcp = packet::tcp;
    const uint16_t needed = sequence_known | has_acked | (payload_bytes > 0 ? data_seen : ack_seen);
    return (flags & (tcp::syn | tcp::fin | tcp::rst | tcp::ack)) == tcp::ack &&
           (side.tcp_flags & needed) == needed;
}

// True: it was the next segment, and is done with.
inline bool track_next(Side& side, const Segment& segment) {
    if (!is_usual(side, segment.flags, segment.payload) || segment.sequence != side.next_sequence ||
        segment.window == 0)
        return false;
    side.next_sequence += segment.payload;
    if (sequence_distance(side.acked, segment.acknowledgement) > 0)
        side.acked = segment.acknowledgement;
    take_window(side, segment.window);
    return true;
}

}  // namespace baleen::flow
