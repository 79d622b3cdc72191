// What a TCP flow keeps beyond Flow: its rare events, three cache lines that a segment touches only
// if it is one of them. docs/tcp-metrics.md defines what is counted.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "baleen/record.h"

namespace baleen::flow {

// A stretch of sequence space that was passed over, and may still come: [begin, end).
struct Hole {
    uint32_t begin;
    uint32_t end;
};

struct alignas(64) TcpSideEvents {
    int64_t syn_ns;  // of the last SYN or SYN+ACK
    uint32_t isn;    // of the SYN or SYN+ACK, where one was seen
    uint32_t retransmissions;
    uint32_t out_of_order;
    uint32_t gaps;
    uint64_t missed_bytes;
    uint32_t zero_windows;
    uint16_t mss;
    uint16_t resets;
    // The latest two: more at once are rare, and what fills an older one counts as retransmitted.
    std::array<Hole, 2> holes;
    uint16_t keep_alives;
    uint8_t hole_count;
    uint8_t window_scale;
    uint8_t options;      // record::TcpOptions
    uint8_t events_seen;  // TcpEvents
    uint8_t reserved[2];
};
static_assert(sizeof(TcpSideEvents) == 64);

// What a connection's state is derived from, per side.
enum TcpEvents : uint8_t {
    sent_syn = 1 << 0,
    sent_syn_ack = 1 << 1,
    sent_fin = 1 << 2,
    sent_rst = 1 << 3,
    odd_flags_told = 1 << 4,  // the history's letters q and i
    fin_and_rst_told = 1 << 5,
};

struct TcpFlow {
    std::array<TcpSideEvents, 2> sides;  // as Flow::sides

    std::array<uint64_t, 2> rtt_ns;  // SYN to SYN+ACK, SYN+ACK to ACK; 0: not seen
    uint8_t history_length;
    // From the first packet's point of view: upper case is side 0.
    std::array<char, record::history_letters_max> history;
    uint8_t reserved[17];
};
static_assert(sizeof(TcpFlow) == 192 && alignof(TcpFlow) == 64);
static_assert(std::is_trivially_copyable_v<TcpFlow>);

}  // namespace baleen::flow
