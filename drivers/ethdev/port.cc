#include "drivers/ethdev/port.h"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <cstring>
#include <utility>

namespace baleen::drivers {
namespace {

constexpr uint32_t pool_cache_mbufs = 256;

// The port that a device string has just made.
uint16_t port_of(const std::string& device_string) {
    const std::string name = device_string.substr(0, device_string.find(','));
    uint16_t id = UINT16_MAX;
    if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0) return id;
    rte_dev_iterator iterator;
    RTE_ETH_FOREACH_MATCHING_DEV(id, device_string.c_str(), &iterator) {
        rte_eth_iterator_cleanup(&iterator);
        return id;
    }
    return UINT16_MAX;
}

base::Error failed(std::string_view what, int code) {
    return {fmt::format("{}: {}", what, std::strerror(code < 0 ? -code : code))};
}

}  // namespace

Port::Port(Port&& other) noexcept
    : id_(std::exchange(other.id_, id_absent)),
      queue_count_(other.queue_count_),
      name_(std::move(other.name_)),
      pool_(std::exchange(other.pool_, nullptr)),
      kernel_drops_(std::move(other.kernel_drops_)) {}

Port::~Port() {
    if (id_ != id_absent) {
        rte_eth_dev_stop(id_);
        rte_eth_dev_close(id_);
    }
    if (pool_ != nullptr) rte_mempool_free(pool_);
}

base::Status Port::start(const config::Settings& settings, size_t index) {
    rte_eth_dev_info info;
    if (const int code = rte_eth_dev_info_get(id_, &info); code != 0)
        return failed("no information", code);
    // AF_XDP delivers only what arrives on queues it is bound to, so all of them are opened; other
    // ports steer everything to one.
    queue_count_ = std::strcmp(info.driver_name, "net_af_xdp") == 0
                       ? std::max<uint16_t>(1, info.max_rx_queues)
                       : 1;
    const int socket = rte_eth_dev_socket_id(id_);
    pool_ = rte_pktmbuf_pool_create(fmt::format("baleen-{}", index).c_str(),
                                    static_cast<unsigned>(settings.ethdev.mbufs), pool_cache_mbufs,
                                    0, static_cast<uint16_t>(settings.ethdev.mbuf_bytes), socket);
    if (pool_ == nullptr)
        return base::Error{"no memory for packet buffers; lower ethdev.mbufs or reserve hugepages"};

    const rte_eth_conf configuration{};
    if (const int code = rte_eth_dev_configure(id_, queue_count_, 1, &configuration); code != 0)
        return failed("cannot be configured", code);
    auto rx_descriptors = static_cast<uint16_t>(settings.ethdev.rx_descriptors);
    uint16_t tx_descriptors = 512;
    rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors, &tx_descriptors);
    for (uint16_t queue = 0; queue < queue_count_; queue++)
        if (const int code = rte_eth_rx_queue_setup(id_, queue, rx_descriptors,
                                                    static_cast<unsigned>(socket), nullptr, pool_);
            code != 0)
            return failed("receive queue cannot be set up", code);
    if (const int code =
            rte_eth_tx_queue_setup(id_, 0, tx_descriptors, static_cast<unsigned>(socket), nullptr);
        code != 0)
        return failed("transmit queue cannot be set up", code);
    if (const int code = rte_eth_dev_start(id_); code != 0)
        return failed("cannot be started", code);
    // Not every device has a promiscuous mode (memif, null): then it takes everything as it is.
    if (settings.ethdev.promiscuous) rte_eth_promiscuous_enable(id_);
    return base::Ok{};
}

base::Result<Port> Port::open(const Device& device, size_t index, const config::Settings& settings,
                              std::string& notice) {
    std::string attempts;
    std::string why = device.reason;
    for (const Candidate& candidate : device.choices) {
        Port port;
        port.name_ = device.interface.empty() ? device.name : device.interface;
        const auto before = KernelDrops::open_descriptors();
        base::Status status = base::Error{};
        // EAL opens the PCI devices that it finds by itself, and says "Failed to attach device"
        // when it is asked to open one again.
        port.id_ = candidate.driver == "PCI" ? port_of(candidate.device_string) : id_absent;
        const int code = port.id_ == id_absent ? rte_dev_probe(candidate.device_string.c_str()) : 0;
        if (code != 0) {
            status = failed("cannot be opened", code);
        } else {
            if (port.id_ == id_absent) port.id_ = port_of(candidate.device_string);
            status = port.id_ == id_absent ? base::Error{"has no Ethernet port"}
                                           : port.start(settings, index);
        }
        if (status) {
            port.kernel_drops_ = std::make_unique<KernelDrops>(before);
            notice = fmt::format("{}: {}{}{}", port.name_, candidate.driver,
                                 why.empty() ? "" : ", because ", why);
            return port;
        }
        why = fmt::format("{} {}", candidate.driver, status.error().message);
        attempts += fmt::format("{}{}", attempts.empty() ? "" : "; ", why);
    }
    return base::Error{fmt::format("device '{}' does not work: {}", device.name, attempts)};
}

void Port::publish(stats::PortStats& stats) {
    rte_eth_stats counters{};
    if (rte_eth_stats_get(id_, &counters) != 0) return;
    const bool by_socket = kernel_drops_->watches_any();
    const uint64_t missed = by_socket ? kernel_drops_->read_total() : counters.imissed;
    stats.nic_missed_packets.store(missed, std::memory_order_relaxed);
    stats.no_mbuf_packets.store(counters.rx_nombuf, std::memory_order_relaxed);
    stats.wire_bytes.store(counters.ibytes, std::memory_order_relaxed);
    stats.wire_packets.store(counters.ipackets + missed + counters.rx_nombuf,
                             std::memory_order_relaxed);
}

}  // namespace baleen::drivers
