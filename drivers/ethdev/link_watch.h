// Whether a port's link is up, and whether the port is there at all; told once per change.
//
// How: by interrupt where the driver has one (RTE_ETH_EVENT_INTR_LSC, RTE_ETH_EVENT_INTR_RMV),
// which also counts flaps between two looks; else by looking, a few times a second. A port on a
// kernel interface is looked at through the kernel: DPDK 22.11's AF_PACKET and AF_XDP drivers say
// "up" whatever happens.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "baleen/stats.h"

namespace baleen::drivers {

class LinkWatch {
public:
    // Registers for the events of a port that is configured; `name` is how the user calls it.
    LinkWatch(uint16_t port_id, std::string name, uint32_t interface_index);
    ~LinkWatch();
    LinkWatch(const LinkWatch&) = delete;

    // Main thread: looks, writes link state and counts, and adds a sentence for each change.
    void look(stats::PortStats& stats, std::vector<std::string>& notices);

    // Workers: false once the device has disappeared; its queues are polled no more.
    bool is_present() const { return present_.load(std::memory_order_relaxed); }

    // Interrupt thread.
    void saw_link_event() { link_events_.fetch_add(1, std::memory_order_relaxed); }
    void saw_removal() { removed_.store(true, std::memory_order_relaxed); }

private:
    enum class Link : uint8_t { unknown, down, up };
    bool is_gone() const;
    Link read_link() const;

    const uint16_t port_id_;
    const std::string name_;
    const uint32_t interface_index_;  // 0: none
    Link link_ = Link::unknown;
    uint32_t link_events_seen_ = 0;
    std::atomic<uint32_t> link_events_{0};
    std::atomic<bool> removed_{false};
    std::atomic<bool> present_{true};
};

}  // namespace baleen::drivers
