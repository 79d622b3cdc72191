#include "drivers/ethdev/link_watch.h"

#include <fmt/format.h>
#include <net/if.h>
#include <rte_ethdev.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/file_descriptor.h"

namespace baleen::drivers {
namespace {

int take_event(uint16_t, rte_eth_event_type event, void* watch, void*) {
    if (event == RTE_ETH_EVENT_INTR_LSC) static_cast<LinkWatch*>(watch)->saw_link_event();
    if (event == RTE_ETH_EVENT_INTR_RMV) static_cast<LinkWatch*>(watch)->saw_removal();
    return 0;
}

// Empty: there is none, or it is gone. It may have been renamed since the last look.
std::string interface_name(uint32_t index) {
    char name[IF_NAMESIZE];
    return index != 0 && ::if_indextoname(index, name) != nullptr ? name : "";
}

constexpr rte_eth_event_type watched_events[] = {RTE_ETH_EVENT_INTR_LSC, RTE_ETH_EVENT_INTR_RMV};

}  // namespace

LinkWatch::LinkWatch(uint16_t port_id, std::string name, uint32_t interface_index)
    : port_id_(port_id), name_(std::move(name)), interface_index_(interface_index) {
    for (const auto event : watched_events)
        rte_eth_dev_callback_register(port_id_, event, take_event, this);
}

LinkWatch::~LinkWatch() {
    for (const auto event : watched_events)
        rte_eth_dev_callback_unregister(port_id_, event, take_event, this);
}

// An interface that is deleted and made anew has another index: our sockets are on the old one.
bool LinkWatch::is_gone() const {
    if (removed_.load(std::memory_order_relaxed)) return true;
    if (interface_index_ != 0 && interface_name(interface_index_).empty()) return true;
    return rte_eth_dev_is_removed(port_id_) == 1;
}

LinkWatch::Link LinkWatch::read_link() const {
    if (interface_index_ != 0) {
        const std::string interface = interface_name(interface_index_);
        const base::FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ifreq request{};
        interface.copy(request.ifr_name, IFNAMSIZ - 1);
        if (!socket || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return Link::unknown;
        return (request.ifr_flags & IFF_RUNNING) != 0 ? Link::up : Link::down;
    }
    rte_eth_link link{};
    if (rte_eth_link_get_nowait(port_id_, &link) != 0) return Link::unknown;
    return link.link_status == RTE_ETH_LINK_UP ? Link::up : Link::down;
}

void LinkWatch::look(stats::PortStats& stats, std::vector<std::string>& notices) {
    if (!is_present()) return;
    if (is_gone()) {
        present_.store(false, std::memory_order_relaxed);
        stats.is_absent.store(1, std::memory_order_relaxed);
        stats.link_is_up.store(0, std::memory_order_relaxed);
        notices.push_back(fmt::format("{}: the device has disappeared", name_));
        return;
    }
    const uint32_t events = link_events_.load(std::memory_order_relaxed);
    const uint32_t fresh = events - link_events_seen_;
    link_events_seen_ = events;
    const Link now = read_link();
    if (now == Link::unknown) return;
    const bool changed = now != link_ && (link_ != Link::unknown || now == Link::down);
    // Every event is a change; those beyond the one that is seen came in pairs, down and up.
    const uint32_t pairs = fresh > 1 ? fresh / 2 : 0;
    const uint32_t up = pairs + (changed && now == Link::up ? 1 : 0);
    const uint32_t down = pairs + (changed && now == Link::down ? 1 : 0);
    stats.link_up_count.fetch_add(up, std::memory_order_relaxed);
    stats.link_down_count.fetch_add(down, std::memory_order_relaxed);
    stats.link_is_up.store(now == Link::up ? 1 : 0, std::memory_order_relaxed);
    if (changed || pairs > 0)
        notices.push_back(fmt::format("{}: link {}{}", name_, now == Link::up ? "up" : "down",
                                      pairs > 0 ? ", after changes in between" : ""));
    link_ = now;
}

}  // namespace baleen::drivers
