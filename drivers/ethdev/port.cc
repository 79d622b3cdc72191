#include "drivers/ethdev/port.h"

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/units.h"
#include "drivers/ethdev/attach.h"
#include "drivers/ethdev/rss.h"
#include "drivers/ethdev/sizes.h"

namespace baleen::drivers {
namespace {

// qemu's e1000e and vmxnet3 change the link without an interrupt (seen in DPDK 22.11's testpmd),
// and with interrupts on, the state that DPDK tells is the one of the last interrupt. So they are
// polled.
bool interrupts_on_link_change(const rte_eth_dev_info& info) {
    const std::string_view driver = info.driver_name;
    return (*info.dev_flags & RTE_ETH_DEV_INTR_LSC) != 0 && driver != "net_e1000_em" &&
           driver != "net_vmxnet3";
}

// Nothing is sent, but drivers want one queue, and a memif server refuses a client that wants to
// receive on more queues than there are.
uint16_t transmit_queues(std::string_view driver, uint16_t receive_queues) {
    return driver == "net_memif" ? receive_queues : 1;
}

base::Result<uint64_t> rx_offloads(const config::Settings& settings, const rte_eth_dev_info& info) {
    // A driver that names no greatest MTU names a greatest frame.
    uint32_t max_mtu = info.max_mtu;
    if (info.max_rx_pktlen != 0 && info.max_rx_pktlen < max_mtu)
        max_mtu = info.max_rx_pktlen - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN;
    const auto chains = needs_chains(settings, info.min_mtu, max_mtu);
    if (!chains) return chains.error();
    const bool can_chain = (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER) != 0;
    if (*chains && !can_chain && settings.ethdev.mtu != 0)
        return base::Error{fmt::format(
            "takes no packet in several buffers; raise ethdev.mbuf_bytes above ethdev.mtu = {}",
            settings.ethdev.mtu)};
    uint64_t offloads = *chains ? RTE_ETH_RX_OFFLOAD_SCATTER : 0;
    // Asked for only where somebody reads it: some drivers have slower receive functions then, and
    // virtio lets its peer leave checksums undone.
    if (settings.parse.verify_checksums) offloads |= RTE_ETH_RX_OFFLOAD_CHECKSUM;
    return offloads & info.rx_offload_capa;
}

}  // namespace

Port::Port(Port&& other) noexcept
    : id_(std::exchange(other.id_, id_absent)),
      rx_descriptors_(other.rx_descriptors_),
      tx_descriptors_(other.tx_descriptors_),
      tx_queue_count_(other.tx_queue_count_),
      plan_(std::move(other.plan_)),
      rss_key_(std::move(other.rss_key_)),
      steering_(std::move(other.steering_)),
      name_(std::move(other.name_)),
      pool_(std::exchange(other.pool_, nullptr)),
      counters_(std::move(other.counters_)),
      link_(std::move(other.link_)),
      nic_clock_(std::move(other.nic_clock_)) {}

Port::~Port() {
    link_.reset();
    if (id_ != id_absent) {
        rte_eth_dev_stop(id_);
        rte_eth_dev_close(id_);
    }
    if (pool_ != nullptr) rte_mempool_free(pool_);
}

base::Status Port::configure(const config::Settings& settings, const rte_eth_dev_info& info,
                             uint64_t offloads) {
    rte_eth_conf configuration{};
    configuration.rxmode.offloads = offloads;
    configuration.rxmode.mtu = static_cast<uint32_t>(settings.ethdev.mtu);
    configuration.intr_conf.lsc = interrupts_on_link_change(info) ? 1 : 0;
    configuration.intr_conf.rmv = (*info.dev_flags & RTE_ETH_DEV_INTR_RMV) != 0 ? 1 : 0;
    rss_key_ = symmetric_key(info.hash_key_size);
    if (plan_.rss_types != 0) ask_for_rss(configuration, plan_.rss_types, rss_key_);
    tx_queue_count_ = transmit_queues(info.driver_name, plan_.count);
    if (const int code = rte_eth_dev_configure(id_, plan_.count, tx_queue_count_, &configuration);
        code != 0)
        return failed("cannot be configured", code);
    rx_descriptors_ = static_cast<uint16_t>(settings.ethdev.rx_descriptors);
    tx_descriptors_ = 512;
    if (const int code = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors_, &tx_descriptors_);
        code != 0)
        return failed("takes no number of descriptors", code);
    return base::Ok{};
}

base::Status Port::make_pool(const config::Settings& settings, size_t index,
                             std::string_view driver) {
    const auto sizes =
        pool_sizes(settings, plan_.count, buffers_per_queue(driver, rx_descriptors_));
    if (!sizes) return sizes.error();
    pool_ = rte_pktmbuf_pool_create(
        fmt::format("baleen-{}", index).c_str(), sizes->mbufs, sizes->cache, 0,
        static_cast<uint16_t>(settings.ethdev.mbuf_bytes), rte_eth_dev_socket_id(id_));
    if (pool_ == nullptr)
        return base::Error{
            fmt::format("no memory for {} packet buffers ({}); reserve more hugepages, or lower "
                        "ethdev.rx_descriptors or ethdev.queues",
                        sizes->mbufs, base::format_bytes(pool_bytes(settings, sizes->mbufs)))};
    return base::Ok{};
}

base::Status Port::set_up_queues() {
    const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id_));
    for (uint16_t queue = 0; queue < plan_.count; queue++)
        if (const int code =
                rte_eth_rx_queue_setup(id_, queue, rx_descriptors_, socket, nullptr, pool_);
            code != 0)
            return failed("receive queue cannot be set up", code);
    for (uint16_t queue = 0; queue < tx_queue_count_; queue++)
        if (const int code = rte_eth_tx_queue_setup(id_, queue, tx_descriptors_, socket, nullptr);
            code != 0)
            return failed("transmit queue cannot be set up", code);
    return base::Ok{};
}

base::Status Port::start(const config::Settings& settings, size_t index) {
    rte_eth_dev_info info;
    if (const int code = rte_eth_dev_info_get(id_, &info); code != 0)
        return failed("no information", code);
    auto plan = plan_queues(info, settings);
    if (!plan) return plan.error();
    plan_ = std::move(*plan);
    auto offloads = rx_offloads(settings, info);
    if (!offloads) return offloads.error();
    if ((info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0)
        nic_clock_ = NicClock::reserve();
    if (nic_clock_) *offloads |= RTE_ETH_RX_OFFLOAD_TIMESTAMP;
    if (auto status = configure(settings, info, *offloads); !status) return status;
    if (auto status = make_pool(settings, index, info.driver_name); !status) return status;
    link_ = std::make_unique<LinkWatch>(id_, name_, info.if_index);
    if (auto status = start_queues(settings); !status) return status;
    if (nic_clock_ && !nic_clock_->begin(id_)) nic_clock_.reset();
    if (prove_steering(info)) return base::Ok{};
    // Queues that part flows serve nobody: one, with a distributor behind it, keeps their order.
    rte_eth_dev_stop(id_);
    plan_.count = 1;
    plan_.rss_types = 0;
    if (auto status = configure(settings, info, *offloads); !status) return status;
    return start_queues(settings);
}

base::Status Port::start_queues(const config::Settings& settings) {
    if (auto status = set_up_queues(); !status) return status;
    if (const int code = rte_eth_dev_start(id_); code != 0)
        return failed("cannot be started", code);
    // Not every device has a promiscuous mode (memif, null): then it takes everything as it is.
    if (settings.ethdev.promiscuous) rte_eth_promiscuous_enable(id_);
    return base::Ok{};
}

bool Port::prove_steering(const rte_eth_dev_info& info) {
    if (std::string_view(info.driver_name) == "net_af_packet") {
        steering_.function = QueueSteering::Function::fanout;
        steering_.types = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6;
        steering_.table.resize(plan_.count);
        std::iota(steering_.table.begin(), steering_.table.end(), uint16_t{0});
    } else if (plan_.rss_types != 0) {
        auto proven = prove_rss(id_, plan_.rss_types, plan_.count);
        if (!proven) {
            plan_.reason = proven.error().message;
            return false;
        }
        steering_ = std::move(*proven);
    }
    return true;
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
        if (auto id = attach(candidate); id) {
            port.id_ = *id;
            status = port.start(settings, index);
        } else {
            status = id.error();
        }
        if (status) {
            rte_eth_dev_info info;
            rte_eth_dev_info_get(port.id_, &info);
            port.counters_ = std::make_unique<PortCounters>(port.id_, info.driver_name,
                                                            std::make_unique<KernelDrops>(before));
            notice = fmt::format("{}: {}{}{}", port.name_, candidate.driver,
                                 why.empty() ? "" : ", because ", why);
            return port;
        }
        why = fmt::format("{} {}", candidate.driver, status.error().message);
        attempts += fmt::format("{}{}", attempts.empty() ? "" : "; ", why);
    }
    return base::Error{fmt::format("device '{}' does not work: {}", device.name, attempts)};
}

void Port::calibrate() {
    if (nic_clock_ && link_->is_present()) nic_clock_->calibrate(id_);
}

void Port::publish(stats::PortStats& stats, bool ended, std::vector<std::string>& notices) {
    link_->look(stats, notices);
    counters_->publish(stats, ended);
}

}  // namespace baleen::drivers
