// One flow in the table: four cache lines, the first two touched by every packet.
//
// Layout: line 0 says which flow it is and when it was seen (a lookup and the expiry sweep need no
// more), line 1 counts, line 2 is written when the flow begins and read when it is told, line 3
// only where record_flags says that it was in a tunnel or quotes another flow. Must hold: the first
// 43 bytes of Flow equal those of packet::FlowKey, in the direction of the first packet. A zeroed
// Flow is a free one.
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
};

struct alignas(64) Flow {
    // line 0
    std::array<uint8_t, 16> src;  // of the first packet
    std::array<uint8_t, 16> dst;
    uint16_t src_port;
    uint16_t dst_port;
    std::array<uint16_t, limits::vlan_ids_kept> key_vlan_ids;
    uint8_t protocol;
    uint8_t ip_version;
    packet::PortsAbsent ports_absent;
    uint8_t state;  // FlowState; packet::FlowKey has padding from here on
    uint8_t record_flags;
    uint8_t icmp_type;
    uint8_t icmp_code;
    uint8_t reserved0;
    int64_t first_clock_ns;
    int64_t last_clock_ns;

    // line 1; index 0: in the direction of the first packet, 1: against it
    int64_t last_ns;  // largest time stamp
    std::array<uint64_t, 2> ip_bytes;
    std::array<uint64_t, 2> wire_bytes;
    std::array<uint32_t, 2> packets;
    std::array<uint16_t, 2> tcp_flags;
    std::array<uint8_t, 2> tos;
    std::array<uint8_t, 2> ttl_min;
    std::array<uint8_t, 2> ttl_max;
    uint8_t reserved1[6];

    // line 2
    int64_t first_ns;  // smallest time stamp
    uint64_t flow_id;
    uint64_t hash;
    uint32_t part;
    uint16_t port_index;
    std::array<uint16_t, limits::vlan_ids_kept> vlan_ids;
    uint8_t reserved2[30];

    // line 3: "initiator" stands for the sender of the first packet
    record::Encapsulation encapsulation;
};

inline constexpr size_t key_bytes = 43;

static_assert(sizeof(Flow) == 256);
static_assert(offsetof(Flow, state) == key_bytes &&
              offsetof(packet::FlowKey, reserved) == key_bytes);
static_assert(offsetof(Flow, src_port) == offsetof(packet::FlowKey, src_port));
static_assert(offsetof(Flow, key_vlan_ids) == offsetof(packet::FlowKey, vlan_ids));
static_assert(offsetof(Flow, protocol) == offsetof(packet::FlowKey, protocol));
static_assert(offsetof(Flow, last_ns) == 64);
static_assert(offsetof(Flow, first_ns) == 128);
static_assert(std::is_trivially_copyable_v<Flow>);

}  // namespace baleen::flow
