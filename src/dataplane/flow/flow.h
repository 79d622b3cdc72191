// One flow in the table: four cache lines, of which a packet touches two.
//
// Layout: line 0 says which flow it is and when it was seen (a lookup and the expiry sweep need no
// more); lines 1 and 2 are the two directions, and a packet counts in its own; line 3 is written
// when the flow, or a direction, begins, and read when it is told. What only some flows have lies
// apart, in arrays of the same index: TcpFlow for TCP's rare events, Encapsulation for tunnels.
// Must hold: the first 43 bytes of Flow equal those of packet::FlowKey, in the direction of the
// first packet. A zeroed Flow is a free one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "baleen/limits.h"
#include "packet/batch.h"

namespace baleen::flow {

enum FlowState : uint8_t {
    in_use = 1 << 0,
    finished = 1 << 1,  // TCP: RST, or FIN from both sides
    reversed = 1 << 2,  // the initiator is the receiver of the first packet (TCP handshake says so)
    direction_settled = 1 << 3,  // a SYN has told who the initiator is
    fin_forward = 1 << 4,        // TCP: FIN seen in the direction of the first packet
    fin_backward = 1 << 5,
    several_packets = 1 << 6,
    answered = 1 << 7,  // packets in both directions
};

// Bits of Side::tcp_flags above TCP's own: what every segment needs to know of those before it.
enum SideState : uint16_t {
    sequence_known = 1 << 9,  // next_sequence is
    data_seen = 1 << 10,      // the history has its letter already
    ack_seen = 1 << 11,
    has_acked = 1 << 12,  // `acked` is
};

// Bits of Flow::record_flags that records do not tell.
enum HiddenFlags : uint16_t {
    in_conversation = 1 << 14,  // the protocol stage wants its packets, those without payload too
    inspected = 1 << 15,        // and no more of them
};
inline constexpr uint16_t told_flags = static_cast<uint16_t>(~(in_conversation | inspected));

// What one direction has sent.
struct alignas(64) Side {
    int64_t last_ns;  // largest time stamp
    uint64_t ip_bytes;
    uint64_t wire_bytes;
    uint64_t payload_bytes;
    double gap_squares;  // sum of squared gaps, in ns^2
    uint32_t packets;
    uint32_t next_sequence;  // TCP: behind the highest byte sent
    uint32_t acked;          // TCP: highest acknowledgement it has sent
    uint16_t size_min;       // IP bytes
    uint16_t size_max;
    uint16_t window_min;  // TCP: as in the header, without SYN
    uint16_t window_max;
    uint16_t tcp_flags;  // union, and SideState
    uint8_t ttl_min;
    uint8_t ttl_max;
};
static_assert(sizeof(Side) == 64);

struct alignas(64) Flow {
    std::array<uint8_t, 16> src;  // of the first packet
    std::array<uint8_t, 16> dst;
    uint16_t src_port;
    uint16_t dst_port;
    std::array<uint16_t, limits::vlan_ids_kept> key_vlan_ids;
    uint8_t protocol;
    uint8_t ip_version;
    packet::PortsAbsent ports_absent;
    uint8_t state;  // FlowState; packet::FlowKey has padding from here on
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint16_t record_flags;
    int64_t first_clock_ns;
    int64_t last_clock_ns;

    std::array<Side, 2> sides;  // 0: in the direction of the first packet, 1: against it

    std::array<int64_t, 2> first_ns;  // smallest time stamp of each side
    uint64_t flow_id;
    uint64_t hash;
    uint64_t losses_at_begin;  // of the worker (FlowTracker::set_losses)
    uint32_t part;
    uint16_t port_index;
    std::array<uint16_t, limits::vlan_ids_kept> vlan_ids;
    std::array<uint8_t, 2> tos;
    record::InitiatorReason initiator_reason;
    bool is_matched;  // the match stage keeps something of it
    uint8_t reserved[2];
};

inline constexpr size_t key_bytes = 43;

static_assert(sizeof(Flow) == 256);
static_assert(offsetof(Flow, state) == key_bytes &&
              offsetof(packet::FlowKey, reserved) == key_bytes);
static_assert(offsetof(Flow, src_port) == offsetof(packet::FlowKey, src_port));
static_assert(offsetof(Flow, key_vlan_ids) == offsetof(packet::FlowKey, vlan_ids));
static_assert(offsetof(Flow, protocol) == offsetof(packet::FlowKey, protocol));
static_assert(offsetof(Flow, sides) == 64 && offsetof(Flow, first_ns) == 192);
static_assert(std::is_trivially_copyable_v<Flow>);

// The largest time stamp of either direction; a side that has sent nothing has none.
inline int64_t last_ns(const Flow& flow) {
    const auto of = [&](uint32_t side) {
        return flow.sides[side].packets > 0 ? flow.sides[side].last_ns : 0;
    };
    return of(0) > of(1) ? of(0) : of(1);
}

}  // namespace baleen::flow
