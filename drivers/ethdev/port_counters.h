// What a port says of packets that never reached a worker, in the terms of the ledger.
//
// Why a table of drivers: rte_eth_stats has one name for different things. Whether `rx_nombuf`
// counts packets or attempts, and whether `imissed` includes what the port dropped before its
// queues, was read from the drivers of DPDK 22.11; docs/nics.md has the rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "baleen/stats.h"
#include "drivers/ethdev/kernel_drops.h"

namespace baleen::drivers {

// One reading of a port's own counters.
struct PortReading {
    uint64_t received = 0;  // handed to the driver's queues, by the port's own count
    uint64_t received_bytes = 0;
    uint64_t no_descriptor = 0;
    uint64_t phy_discard = 0;
    uint64_t error = 0;
    uint64_t no_mbuf = 0;  // rte_eth_stats::rx_nombuf
};

// Whether rx_nombuf counts packets lost (else: attempts, after which the packet is still there).
bool no_mbuf_is_loss(const std::string& driver);

// Names of the xstats that count packets lost before the queues and not in `imissed`.
std::vector<std::string> phy_discard_names(const std::string& driver);

// Writes a reading into the statistics segment. `polled` is what our own queues have taken.
// `ended`: nobody polls any more, so what the port has counted beyond that is left in its queues.
void publish_reading(const PortReading& reading, uint64_t polled, bool loses_no_mbuf, bool ended,
                     stats::PortStats& stats);

class PortCounters {
public:
    // `kernel_drops` as of the opening of the port; may watch nothing.
    PortCounters(uint16_t port_id, std::string driver, std::unique_ptr<KernelDrops> kernel_drops);

    void publish(stats::PortStats& stats, bool ended);

private:
    PortReading read();

    uint16_t port_id_;
    std::string driver_;
    std::vector<uint64_t> phy_discard_ids_;
    std::unique_ptr<KernelDrops> kernel_drops_;
};

}  // namespace baleen::drivers
