// The ledger: every packet accounted for exactly once, every record too (DESIGN invariant 1).
//
// Owns: the sum over workers, ports and rings, the check that it balances, and its JSON form. It
// reads the shared segments only, so that any process can draw it up, also after the data plane has
// died.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "baleen/stats.h"

namespace baleen::base {

// What one entry of xdp.shunt kept away.
struct ShuntedEntry {
    std::string text;
    uint64_t packets = 0;
    uint64_t bytes = 0;
};

// One port's part: what it says of itself (docs/nics.md).
struct PortLedger {
    std::string name;
    std::string_view clock;  // of time stamps: file, tsc or nic
    uint64_t clock_error_ns = 0;
    uint64_t wire = 0;
    uint64_t wire_bytes = 0;
    uint64_t no_mbuf = 0;
    uint64_t shunted = 0;
    // Causes of nic_missed.
    uint64_t no_descriptor = 0, phy_discard = 0, error = 0, unpolled = 0, passed = 0;
    uint64_t mbuf_failures = 0;
    uint32_t link_up = 0, link_down = 0;  // changes since the start
    bool is_up = false;                   // no more than that, where nothing is known of the link
    bool is_absent = false;
    uint64_t progress_done = 0, progress_total = 0;  // files: bytes read, bytes in all (0: unknown)
    std::vector<uint64_t> queues;                    // packets received on each
};

struct Ledger {
    // ports
    uint64_t wire = 0;
    uint64_t nic_missed = 0;
    uint64_t no_mbuf = 0;
    uint64_t shunted = 0;
    uint64_t passed = 0;  // of nic_missed: went on to the kernel's network stack
    std::vector<ShuntedEntry> shunts;
    std::vector<PortLedger> ports;
    // workers
    std::array<uint64_t, stats::counter_count> counters{};
    uint64_t flows_active = 0;
    uint32_t threads_in_update = 0;  // dead, or stopped by the kernel, inside an update of counters
    // rings
    uint64_t records_consumed = 0;
    uint64_t records_in_rings = 0;

    uint64_t counter(stats::Counter which) const { return counters[static_cast<uint32_t>(which)]; }
    uint64_t term(std::string_view name) const;  // sum over the causes of one term

    // Which equations do not hold; empty when the ledger balances. `ended`: the run is over, every
    // flow has been told and every ring read, so the equations over records hold as well.
    std::vector<std::string> imbalances(bool ended) const;

    std::string to_json(bool ended) const;
};

// What one thread has counted. Returns whether that is of one instant (sequence lock): if not, the
// thread has died or stands still in the middle of an update, and is read as it is.
using Counts = std::array<uint64_t, stats::counter_count>;
bool read_counts(const stats::WorkerStats& thread, Counts& counts);

// Adds what one statistics segment says. Counters of one worker are of one instant, but for those
// of `threads_in_update`.
void add_statistics(const stats::Segment& segment, Ledger& ledger);

// Static facts of each counter, from counters.def.
struct CounterInfo {
    std::string_view term;
    std::string_view cause;
    std::string_view unit;
    std::string_view description;
};
extern const std::array<CounterInfo, stats::counter_count> counter_infos;

}  // namespace baleen::base
