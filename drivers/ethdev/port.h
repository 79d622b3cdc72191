// One DPDK port: opened, configured, started; closed at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "baleen/stats.h"
#include "base/result.h"
#include "config/settings.h"
#include "drivers/ethdev/device.h"
#include "drivers/ethdev/kernel_drops.h"

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
    uint16_t queue_count() const { return queue_count_; }
    const std::string& name() const { return name_; }

    // Writes the port's own counters: wire, nic_missed, no_mbuf.
    void publish(stats::PortStats& stats);

private:
    Port() = default;
    base::Status start(const config::Settings& settings, size_t index);

    static constexpr uint16_t id_absent = UINT16_MAX;
    uint16_t id_ = id_absent;
    uint16_t queue_count_ = 1;
    std::string name_;
    rte_mempool* pool_ = nullptr;
    std::unique_ptr<KernelDrops> kernel_drops_;
};

}  // namespace baleen::drivers
