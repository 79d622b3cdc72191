#include "drivers/ethdev/transmit_port.h"

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <thread>

#include "drivers/ethdev/attach.h"

namespace baleen::drivers {
namespace {

using std::chrono::milliseconds;

constexpr uint16_t descriptors_wanted = 1024;

// Per queue: 1024 to send, the 6144 that DPDK 22.11's AF_XDP driver holds for a queue in both
// directions, 512 in a thread's cache; rte_mempool_create(): the optimum is a power of two less
// one, which all queues together make.
constexpr uint64_t buffers_per_queue_sent = 8192;

// The drivers that pass any length on to another process of ours.
bool takes_any_length(std::string_view driver) {
    return driver == "net_memif" || driver == "net_vhost" || driver == "net_virtio_user" ||
           driver == "net_null" || driver == "net_pcap";
}

// A memif client wants as many queues in both directions; the queues of kernel interfaces are made
// with the device.
uint16_t receive_queues(std::string_view driver, uint16_t queue_count, uint16_t max) {
    if (driver == "net_memif") return queue_count;
    if (driver == "net_af_packet" || driver == "net_af_xdp" || driver == "net_vhost") return max;
    return 1;
}

}  // namespace

config::Settings TransmitPort::settings_for(uint16_t queue_count, uint32_t frame_bytes) {
    config::Settings settings;
    settings.worker.count = queue_count;
    settings.ethdev.queues = queue_count;
    settings.ethdev.mbufs = buffers_per_queue_sent * queue_count * 2 - 1;
    settings.ethdev.mbuf_bytes =
        std::max<uint64_t>(settings.ethdev.mbuf_bytes, frame_bytes + RTE_PKTMBUF_HEADROOM);
    return settings;
}

TransmitPort::~TransmitPort() {
    if (id_ != id_absent) {
        rte_eth_dev_stop(id_);
        rte_eth_dev_close(id_);
    }
    if (pool_ != nullptr) rte_mempool_free(pool_);
}

base::Status TransmitPort::start(const config::Settings& settings, uint16_t queue_count) {
    rte_eth_dev_info info;
    if (const int code = rte_eth_dev_info_get(id_, &info); code != 0)
        return failed("no information", code);
    const std::string_view driver = info.driver_name;
    if (queue_count > info.max_tx_queues)
        return base::Error{fmt::format("has {} queues to send on, fewer than --queues {}",
                                       info.max_tx_queues, queue_count)};
    const uint16_t receive = receive_queues(driver, queue_count, info.max_rx_queues);
    const rte_eth_conf configuration{};
    if (const int code = rte_eth_dev_configure(id_, receive, queue_count, &configuration);
        code != 0)
        return failed("cannot be configured", code);
    uint16_t rx_descriptors = 512, tx_descriptors = descriptors_wanted;
    if (const int code = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors, &tx_descriptors);
        code != 0)
        return failed("takes no number of descriptors", code);
    pool_ = rte_pktmbuf_pool_create("baleen-gen", static_cast<unsigned>(settings.ethdev.mbufs), 256,
                                    0, static_cast<uint16_t>(settings.ethdev.mbuf_bytes),
                                    rte_eth_dev_socket_id(id_));
    if (pool_ == nullptr)
        return base::Error{fmt::format("no memory for {} packet buffers", settings.ethdev.mbufs)};
    const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id_));
    for (uint16_t queue = 0; queue < receive; queue++)
        if (const int code =
                rte_eth_rx_queue_setup(id_, queue, rx_descriptors, socket, nullptr, pool_);
            code != 0)
            return failed("receive queue cannot be set up", code);
    for (uint16_t queue = 0; queue < queue_count; queue++)
        if (const int code = rte_eth_tx_queue_setup(id_, queue, tx_descriptors, socket, nullptr);
            code != 0)
            return failed("transmit queue cannot be set up", code);
    if (const int code = rte_eth_dev_start(id_); code != 0)
        return failed("cannot be started", code);
    uint16_t mtu = RTE_ETHER_MTU;
    rte_eth_dev_get_mtu(id_, &mtu);
    length_max_ = takes_any_length(driver)
                      ? static_cast<uint32_t>(settings.ethdev.mbuf_bytes) - RTE_PKTMBUF_HEADROOM
                      : mtu + uint32_t{RTE_ETHER_HDR_LEN};
    has_peer_ = driver == "net_memif" || driver == "net_vhost" || driver == "net_virtio_user";
    return base::Ok{};
}

base::Result<TransmitPort> TransmitPort::open(const Device& device,
                                              const config::Settings& settings,
                                              uint16_t queue_count, std::string& notice) {
    std::string attempts;
    for (const Candidate& candidate : device.choices) {
        TransmitPort port;
        base::Status status = base::Ok{};
        if (auto id = attach(candidate); id) {
            port.id_ = *id;
            status = port.start(settings, queue_count);
        } else {
            status = id.error();
        }
        if (status) {
            notice = fmt::format("{}: {}", device.name, candidate.driver);
            return port;
        }
        attempts += fmt::format("{}{} {}", attempts.empty() ? "" : "; ", candidate.driver,
                                status.error().message);
    }
    return base::Error{fmt::format("device '{}' cannot be sent on: {}", device.name, attempts)};
}

base::Status TransmitPort::wait_for_link(const std::atomic<bool>& stop) const {
    constexpr auto wait_max = std::chrono::seconds(15);
    constexpr auto look_every = milliseconds(20);
    for (auto waited = milliseconds(0); waited < wait_max && !stop; waited += look_every) {
        rte_eth_link link{};
        rte_eth_link_get_nowait(id_, &link);
        if (link.link_status == RTE_ETH_LINK_UP) {
            // memif and vhost: the other side maps the rings a little later than this one.
            if (has_peer_) std::this_thread::sleep_for(milliseconds(300));
            return base::Ok{};
        }
        std::this_thread::sleep_for(look_every);
    }
    return base::Error{"the link stays down: is there something at its other end?"};
}

// memif and vhost take what is in the rings with them when they close. 0.3 s is thirty time slices
// of a receiver that was put aside.
void TransmitPort::linger() const { std::this_thread::sleep_for(milliseconds(300)); }

}  // namespace baleen::drivers
