// What a TCP flow keeps beyond Flow: its rare events, in four cache lines. A segment that is sent
// again touches the one of its side; docs/tcp-metrics.md defines what is counted.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "baleen/record.h"

namespace baleen::flow {

// A stretch of a side's sequence space that was passed over, and may still come.
struct Hole {
    uint32_t begin;
    uint32_t end;         // behind its last byte
    uint32_t since : 31;  // units of 1024 ns: comes round after 36 minutes
    uint32_t direction : 1;
};

struct alignas(64) TcpSideEvents {
    int64_t syn_ns;   // of the last SYN or SYN+ACK
    uint64_t rtt_ns;  // from the other side's SYN or SYN+ACK to this side's answer; 0: not seen
    uint64_t missed_bytes;
    uint32_t isn;  // of the last SYN or SYN+ACK
    uint32_t retransmissions;
    uint32_t out_of_order;
    uint32_t gaps;
    uint32_t zero_windows;
    uint16_t mss;
    uint16_t resets;
    uint16_t keep_alives;
    uint8_t window_scale;
    uint8_t options;                // record::TcpOptions
    uint16_t events_seen;           // TcpEvents
    uint16_t data_retransmissions;  // those of them that have a letter, up to 65535
    uint8_t hole_count;             // of TcpFlow::holes, those of this side
    uint8_t reserved[7];
};
static_assert(sizeof(TcpSideEvents) == 64);

// What a connection's state and its history are derived from, per side.
enum TcpEvents : uint16_t {
    sent_syn = 1 << 0,
    sent_syn_ack = 1 << 1,
    sent_fin = 1 << 2,
    sent_rst = 1 << 3,
    opened = 1 << 4,    // by a SYN of either kind, and not aborted before
    aborted = 1 << 5,   // its RST came before any FIN of its own
    fin_told = 1 << 6,  // the history has its letter already
    rst_told = 1 << 7,
    fin_and_rst_told = 1 << 8,
    odd_flags_told = 1 << 9,
};

// More at once are rare; the oldest is given up then, and what fills it counts as sent again.
inline constexpr uint32_t holes_max = 7;

struct alignas(64) TcpFlow {
    std::array<TcpSideEvents, 2> sides;  // as Flow::sides

    uint8_t history_length;
    uint8_t reserved;
    // From the first packet's point of view: upper case is side 0.
    std::array<char, record::history_letters_max> history;
    std::array<Hole, holes_max> holes;  // of both sides, in the order they were seen
};
static_assert(sizeof(Hole) == 12 && sizeof(TcpFlow) == 256);
static_assert(std::is_trivially_copyable_v<TcpFlow>);

}  // namespace baleen::flow
