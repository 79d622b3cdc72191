// What a packet adds to its flow, and how parts of flows become one.
//
// Functions of one flow and one packet, inline because they run for each; when a flow begins and
// ends is the tracker's business.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/flow/flow.h"
#include "packet/ip.h"

namespace baleen::flow {

// TCP tells who began: the sender of the SYN, or the receiver of the SYN+ACK.
inline void settle_direction(Flow& flow, uint16_t tcp_flags, uint32_t direction) {
    if ((flow.state & direction_settled) != 0 || (tcp_flags & packet::tcp::syn) == 0) return;
    const bool from_responder = (tcp_flags & packet::tcp::ack) != 0;
    if ((direction ^ (from_responder ? 1u : 0u)) != 0) flow.state |= reversed;
    flow.state |= direction_settled;
    flow.initiator_reason =
        from_responder ? record::InitiatorReason::syn_ack : record::InitiatorReason::syn;
}

inline void note_tcp_end(Flow& flow, uint16_t tcp_flags, uint32_t direction) {
    if ((tcp_flags & packet::tcp::fin) != 0)
        flow.state |= direction == 0 ? fin_forward : fin_backward;
    const bool closed_by_both = (flow.state & fin_forward) != 0 && (flow.state & fin_backward) != 0;
    if (closed_by_both || (tcp_flags & packet::tcp::rst) != 0) flow.state |= finished;
}

inline uint16_t saturated(uint32_t bytes) {
    return static_cast<uint16_t>(std::min<uint32_t>(bytes, UINT16_MAX));
}

// The first packet of a side in this record.
inline void begin_side(Flow& flow, const packet::Packet& packet, const packet::Layers& layers,
                       uint32_t direction) {
    Side& side = flow.sides[direction];
    side.last_ns = packet.time_ns;
    side.size_min = side.size_max = saturated(layers.ip_bytes);
    side.ttl_min = side.ttl_max = layers.ttl;
    flow.first_ns[direction] = packet.time_ns;
    flow.tos[direction] = layers.tos;
}

inline void take_gap_and_ranges(Flow& flow, const packet::Packet& packet,
                                const packet::Layers& layers, uint32_t direction) {
    Side& side = flow.sides[direction];
    const int64_t gap_ns = packet.time_ns - side.last_ns;
    if (gap_ns >= 0) [[likely]] {
        side.gap_squares += static_cast<double>(gap_ns) * static_cast<double>(gap_ns);
        side.last_ns = packet.time_ns;
    } else {
        flow.first_ns[direction] = std::min(flow.first_ns[direction], packet.time_ns);
    }
    // Branches, for these hardly ever change, and a predictor knows that.
    const uint16_t size = saturated(layers.ip_bytes);
    if (size < side.size_min) [[unlikely]]
        side.size_min = size;
    if (size > side.size_max) [[unlikely]]
        side.size_max = size;
    if (layers.ttl < side.ttl_min) [[unlikely]]
        side.ttl_min = layers.ttl;
    if (layers.ttl > side.ttl_max) [[unlikely]]
        side.ttl_max = layers.ttl;
}

inline void count(Flow& flow, const packet::Packet& packet, const packet::Layers& layers,
                  uint32_t payload_bytes, uint32_t direction) {
    Side& side = flow.sides[direction];
    flow.last_clock_ns = packet.clock_ns;
    if (side.packets++ == 0) begin_side(flow, packet, layers, direction);
    else take_gap_and_ranges(flow, packet, layers, direction);
    uint32_t known = direction * (several_packets | answered);
    if (side.packets > 1) known |= several_packets;
    if ((known & ~flow.state) != 0) [[unlikely]]
        flow.state |= static_cast<uint8_t>(known);
    side.ip_bytes += layers.ip_bytes;
    side.wire_bytes += packet.wire_length;
    side.payload_bytes += payload_bytes;
    if (layers.fragment != packet::FragmentKind::none) [[unlikely]] {
        flow.record_flags |= record::has_fragments;
        side.tcp_flags &= static_cast<uint16_t>(~sequence_known);  // what follows is not known
    }
    side.tcp_flags |= layers.tcp_flags;
    constexpr uint16_t rare = packet::tcp::syn | packet::tcp::fin | packet::tcp::rst;
    if ((layers.tcp_flags & rare) == 0 || (flow.record_flags & record::aggregated) != 0) return;
    settle_direction(flow, layers.tcp_flags, direction);
    note_tcp_end(flow, layers.tcp_flags, direction);
}

// The first tunnel seen in a direction is told.
inline void take_tunnel(Flow& flow, record::Encapsulation& told, const packet::Layers& layers,
                        const packet::Tunnel& tunnel, uint32_t direction) {
    // Blank the first time that something is to be told there.
    if (!record::has_encapsulation(flow.record_flags)) told = {};
    if ((flow.record_flags & record::has_tunnel) == 0) {
        const auto& initiator = direction == 0 ? tunnel.src : tunnel.dst;
        const auto& responder = direction == 0 ? tunnel.dst : tunnel.src;
        std::copy(initiator.begin(), initiator.end(), told.outer_initiator);
        std::copy(responder.begin(), responder.end(), told.outer_responder);
        told.outer_ip_version = tunnel.ip_version;
        told.tunnel_type = layers.tunnel;
        told.tunnel_depth = tunnel.depth;
        flow.record_flags |= record::has_tunnel;
    }
    if (told.tunnel_ids[direction] == 0) told.tunnel_ids[direction] = tunnel.id;
}

inline void take_quote(Flow& flow, record::Encapsulation& told, const packet::Quote& quote) {
    if (!record::has_encapsulation(flow.record_flags)) told = {};
    std::copy(quote.dst.begin(), quote.dst.end(), told.quoted_destination);
    told.quoted_src_port = quote.src_port;
    told.quoted_dst_port = quote.dst_port;
    told.quoted_protocol = quote.protocol;
    flow.record_flags |= record::has_quoted_flow;
}

// `part` is a flow of later fragments that turn out to belong to `flow`; they run in `direction`.
inline void join(Flow& flow, const Flow& part, uint32_t direction) {
    Side& side = flow.sides[direction];
    const Side& from = part.sides[0];
    flow.last_clock_ns = std::max(flow.last_clock_ns, part.last_clock_ns);
    flow.first_ns[direction] = std::min(flow.first_ns[direction], part.first_ns[0]);
    side.last_ns = std::max(side.last_ns, from.last_ns);
    side.gap_squares += from.gap_squares;
    side.packets += from.packets;
    side.ip_bytes += from.ip_bytes;
    side.wire_bytes += from.wire_bytes;
    side.payload_bytes += from.payload_bytes;
    side.size_min = std::min(side.size_min, from.size_min);
    side.size_max = std::max(side.size_max, from.size_max);
    side.ttl_min = std::min(side.ttl_min, from.ttl_min);
    side.ttl_max = std::max(side.ttl_max, from.ttl_max);
}

// Begins the next record of a flow: counters anew; identity, direction and sequence numbers kept.
inline void begin_next_part(Flow& flow, const packet::Packet& packet) {
    flow.first_clock_ns = packet.clock_ns;
    for (Side& side : flow.sides) {
        side.ip_bytes = side.wire_bytes = side.payload_bytes = 0;
        side.gap_squares = 0;
        side.packets = 0;
        side.window_min = UINT16_MAX;
        side.window_max = 0;
        side.tcp_flags &= static_cast<uint16_t>(~packet::tcp::flags_mask);
    }
    flow.tos = {};
    flow.part++;
    flow.record_flags |= record::continued;
    flow.record_flags &= static_cast<uint16_t>(~(record::has_splt | record::has_matches));
}

}  // namespace baleen::flow
