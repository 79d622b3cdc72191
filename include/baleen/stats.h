// The statistics segment: what each worker and each port has counted, readable at any time by any
// process that holds the memfd, and still there after the data plane has died.
//
// Owns: the layout. Counters come from counters.def. Each worker's block is guarded by a sequence
// lock (odd while it is being written), so a reader sees counters of one instant, in which the
// ledger balances.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "baleen/limits.h"

namespace baleen::stats {

enum class Counter : uint32_t {
#define BALEEN_COUNTER(term, cause, unit, description) term##_##cause,
#include "baleen/counters.def"
#undef BALEEN_COUNTER
    count
};
inline constexpr uint32_t counter_count = static_cast<uint32_t>(Counter::count);

inline constexpr uint64_t segment_magic = 0x315453464e4c4142;  // "BALNFST1" in memory order
inline constexpr uint32_t segment_version = 4;

struct alignas(128) WorkerStats {
    std::atomic<uint64_t> sequence;  // seqlock: odd while the counters change
    std::atomic<uint64_t> flows_active;
    std::atomic<int64_t> clock_ns;  // source clock of the newest packet
    std::array<std::atomic<uint64_t>, counter_count> counters;
};

// Where the time stamps of a port's packets come from.
enum class ClockSource : uint32_t { none, file, tsc, nic };

// What a port knows of packets that never reached a worker: `wire = nic_missed + no_mbuf +
// shunted + received`, and nic_missed is the sum of its causes. What they mean for each driver:
// docs/nics.md.
struct alignas(128) PortStats {
    char name[limits::port_name_bytes];
    std::atomic<uint64_t> wire_packets;
    std::atomic<uint64_t> wire_bytes;
    std::atomic<uint64_t> nic_missed_packets;
    std::atomic<uint64_t> no_mbuf_packets;
    std::atomic<uint64_t> progress_done;        // files: bytes read so far
    std::atomic<uint32_t> xdp_interface_index;  // 0: no XDP program; else what to take off if the
    std::atomic<uint32_t> xdp_program_id;       // data plane dies without closing the port
    std::atomic<uint64_t> progress_total;       // files: bytes in all, 0 where that is unknown
    std::atomic<uint64_t> shunted_packets;      // kept away from the capture by xdp.shunt

    // Causes of nic_missed.
    std::atomic<uint64_t> missed_no_descriptor;  // the queue was full: the worker was too slow
    std::atomic<uint64_t> missed_phy_discard;  // lost between wire and queues: port or bus too slow
    std::atomic<uint64_t> missed_error;        // damaged on the wire, or refused by the driver
    std::atomic<uint64_t> missed_unpolled;     // still in the queues when the run ended
    std::atomic<uint64_t> missed_passed;  // no socket on their queue: went on to the kernel's stack

    std::atomic<uint64_t> mbuf_failures;  // attempts to get a packet buffer, not packets
    std::atomic<uint32_t>
        link_up_count;  // times the link has come up, and gone down, since the start
    std::atomic<uint32_t> link_down_count;
    std::atomic<uint32_t> link_is_up;
    std::atomic<uint32_t> is_absent;  // 1: the device has disappeared
    std::atomic<ClockSource> clock_source;
    uint32_t queue_count;
    std::atomic<uint64_t> clock_error_ns;  // bound, against the system's clock
    std::array<std::atomic<uint64_t>, limits::worker_count_max> queue_packets;
};

// One entry of xdp.shunt and what it kept away, over all ports.
struct ShuntStats {
    char text[limits::shunt_text_bytes];  // empty: no entry, and none behind it
    std::atomic<uint64_t> packets;
    std::atomic<uint64_t> bytes;
};

struct SegmentHeader {
    uint64_t magic;
    uint32_t version;
    uint32_t counter_count;
    uint64_t run_id;
    int64_t start_ns;             // wall clock when the workers start
    std::atomic<int64_t> end_ns;  // when they have ended, 0 before
    uint32_t worker_count;
    uint32_t port_count;
    uint32_t is_live;  // 1: packets come from ports, 0: from files
    uint32_t reserved;
};

// Behind the workers' blocks is the distributor's (packets it had to shed), and at the end those of
// the threads that write packets to disk.
struct Segment {
    SegmentHeader header;
    std::array<WorkerStats, limits::worker_count_max + 1> workers;
    std::array<WorkerStats, limits::writer_count_max> writers;
    std::array<PortStats, limits::port_count_max> ports;
    std::array<ShuntStats, limits::shunt_entries_max> shunts;
};

static_assert(std::is_standard_layout_v<Segment>);
static_assert(sizeof(SegmentHeader) == 56);

}  // namespace baleen::stats
