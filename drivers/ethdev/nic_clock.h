// Time stamps that a NIC writes into packets, as real time.
//
// A port has one if its driver offers RTE_ETH_RX_OFFLOAD_TIMESTAMP and lets its clock be read
// (rte_eth_read_clock): in DPDK 22.11 that is mlx5 and cnxk. Others (ice, iavf) stamp packets by a
// clock that cannot be compared with the system's in this way; their packets get the time at which
// they were polled, as on every other port.
#pragma once

#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <cstdint>
#include <memory>

#include "base/device_clock.h"

namespace baleen::drivers {

class NicClock {
public:
    // Before the port is configured: reserves the field in packet buffers. Null: no room for it.
    static std::unique_ptr<NicClock> reserve();

    // Reads the clocks of a started port for the first time, which takes 20 ms. False: its clock
    // cannot be read.
    bool begin(uint16_t port_id);
    // Reads them again; about once a second.
    void calibrate(uint16_t port_id);

    // A packet that bears no stamp came `now_ns`.
    int64_t time_ns(const rte_mbuf& mbuf, int64_t now_ns) const {
        if ((mbuf.ol_flags & flag_) == 0) return now_ns;
        return clock_.to_ns(*RTE_MBUF_DYNFIELD(&mbuf, offset_, const rte_mbuf_timestamp_t*));
    }
    uint64_t error_ns() const { return clock_.error_ns(); }

private:
    base::DeviceClock clock_;
    int offset_ = -1;
    uint64_t flag_ = 0;
};

}  // namespace baleen::drivers
