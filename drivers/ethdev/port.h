// One DPDK port: opened, configured, started; closed at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "baleen/stats.h"
#include "base/result.h"
#include "config/settings.h"
#include "drivers/ethdev/device.h"
#include "drivers/ethdev/link_watch.h"
#include "drivers/ethdev/nic_clock.h"
#include "drivers/ethdev/port_counters.h"
#include "drivers/ethdev/queue_plan.h"
#include "drivers/ethdev/queue_steering.h"

struct rte_eth_conf;
struct rte_eth_dev_info;
struct rte_mempool;

namespace baleen::drivers {

class Port {
public:
    // Opens `device` by the first of its choices that works. `notice` says which one that was, and
    // why.
    static base::Result<Port> open(const Device& device, size_t index,
                                   const config::Settings& settings, std::string& notice);

    Port(Port&&) noexcept;
    Port& operator=(Port&&) = delete;
    ~Port();

    uint16_t id() const { return id_; }
    uint16_t queue_count() const { return plan_.count; }
    uint16_t rx_descriptors() const { return rx_descriptors_; }
    const std::string& name() const { return name_; }

    // How packets get to queues. Unknown: `why_unknown` says why, where there are several workers.
    const QueueSteering& steering() const { return steering_; }
    const std::string& why_unknown() const { return plan_.reason; }

    const LinkWatch& link() const { return *link_; }

    // Null: packets bear no time stamps that could be used.
    const NicClock* nic_clock() const { return nic_clock_.get(); }
    // Reads both clocks; about once a second.
    void calibrate();

    // Writes the port's counters and the state of its link; adds a sentence for each change of it.
    void publish(stats::PortStats& stats, bool ended, std::vector<std::string>& notices);

private:
    Port() = default;
    base::Status start(const config::Settings& settings, size_t index);
    base::Status configure(const config::Settings& settings, const rte_eth_dev_info& info,
                           uint64_t offloads);
    base::Status make_pool(const config::Settings& settings, size_t index, std::string_view driver);
    base::Status set_up_queues();
    base::Status start_queues(const config::Settings& settings);
    // Whether the queues are steered as wanted, or not at all; if not, `plan_` says why.
    bool prove_steering(const rte_eth_dev_info& info);

    static constexpr uint16_t id_absent = UINT16_MAX;
    uint16_t id_ = id_absent;
    uint16_t rx_descriptors_ = 0;
    uint16_t tx_descriptors_ = 0;
    uint16_t tx_queue_count_ = 1;
    QueuePlan plan_;
    std::vector<uint8_t> rss_key_;  // igb and others read it when the port starts
    QueueSteering steering_;
    std::string name_;
    rte_mempool* pool_ = nullptr;
    std::unique_ptr<PortCounters> counters_;
    std::unique_ptr<LinkWatch> link_;
    std::unique_ptr<NicClock> nic_clock_;
};

}  // namespace baleen::drivers
