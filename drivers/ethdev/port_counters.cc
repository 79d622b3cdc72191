#include "drivers/ethdev/port_counters.h"

#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

namespace baleen::drivers {
namespace {

// Their receive functions stop at a failed allocation and leave the packet in the ring: it comes at
// the next poll, or the ring fills and the loss is in imissed.
constexpr std::array<std::string_view, 12> attempt_counters = {
    "mlx5_pci",     "net_ice",       "net_i40e", "net_iavf",   "net_ixgbe",       "net_ixgbe_vf",
    "net_e1000_em", "net_e1000_igb", "net_ena",  "net_virtio", "net_virtio_user", "net_vmxnet3"};

}  // namespace

bool no_mbuf_is_loss(const std::string& driver) {
    return std::find(attempt_counters.begin(), attempt_counters.end(), driver) ==
           attempt_counters.end();
}

std::vector<std::string> phy_discard_names(const std::string& driver) {
    // imissed is "out_of_buffer" of the queues alone.
    if (driver == "mlx5_pci" || driver == "mlx5_auxiliary") return {"rx_phy_discard_packets"};
    return {};
}

void publish_reading(const PortReading& reading, uint64_t polled, bool loses_no_mbuf, bool ended,
                     stats::PortStats& stats) {
    constexpr auto relaxed = std::memory_order_relaxed;
    // Some drivers (memif) forget their count with the connection: then ours is the better one.
    const uint64_t received = std::max(reading.received, polled);
    const uint64_t unpolled = ended ? received - polled : 0;
    const uint64_t missed = reading.no_descriptor + reading.phy_discard + reading.error + unpolled;
    const uint64_t no_mbuf = loses_no_mbuf ? reading.no_mbuf : 0;
    stats.missed_no_descriptor.store(reading.no_descriptor, relaxed);
    stats.missed_phy_discard.store(reading.phy_discard, relaxed);
    stats.missed_error.store(reading.error, relaxed);
    stats.missed_unpolled.store(unpolled, relaxed);
    stats.nic_missed_packets.store(missed, relaxed);
    stats.no_mbuf_packets.store(no_mbuf, relaxed);
    stats.mbuf_failures.store(reading.no_mbuf, relaxed);
    stats.wire_bytes.store(std::max(reading.received_bytes, stats.wire_bytes.load(relaxed)),
                           relaxed);
    stats.wire_packets.store(received - unpolled + missed + no_mbuf, relaxed);
}

PortCounters::PortCounters(uint16_t port_id, std::string driver,
                           std::unique_ptr<KernelDrops> kernel_drops)
    : port_id_(port_id), driver_(std::move(driver)), kernel_drops_(std::move(kernel_drops)) {
    for (const std::string& name : phy_discard_names(driver_)) {
        uint64_t id = 0;
        if (rte_eth_xstats_get_id_by_name(port_id_, name.c_str(), &id) == 0)
            phy_discard_ids_.push_back(id);
    }
}

PortReading PortCounters::read() {
    PortReading reading;
    rte_eth_stats counters{};
    if (rte_eth_stats_get(port_id_, &counters) == 0)
        reading = {.received = counters.ipackets,
                   .received_bytes = counters.ibytes,
                   .no_descriptor = counters.imissed,
                   .error = counters.ierrors,
                   .no_mbuf = counters.rx_nombuf};
    if (kernel_drops_->watches_any()) reading.no_descriptor = kernel_drops_->read_total();
    std::vector<uint64_t> values(phy_discard_ids_.size());
    if (!values.empty() &&
        rte_eth_xstats_get_by_id(port_id_, phy_discard_ids_.data(), values.data(),
                                 static_cast<unsigned>(values.size())) ==
            static_cast<int>(values.size()))
        reading.phy_discard = std::accumulate(values.begin(), values.end(), uint64_t{0});
    return reading;
}

void PortCounters::publish(stats::PortStats& stats, bool ended) {
    uint64_t polled = 0;
    for (const auto& packets : stats.queue_packets)
        polled += packets.load(std::memory_order_relaxed);
    publish_reading(read(), polled, no_mbuf_is_loss(driver_), ended, stats);
}

}  // namespace baleen::drivers
