#include "drivers/ethdev/kernel_drops.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <string>

namespace baleen::drivers {

std::set<int> KernelDrops::open_descriptors() {
    std::set<int> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        const std::string name = entry.path().filename();
        int fd = -1;
        std::from_chars(name.data(), name.data() + name.size(), fd);
        found.insert(fd);
    }
    // The listing's own descriptor is among them and closed by now: its number is free again, and
    // may well be the one that a port's socket is given.
    std::erase_if(found, [](int fd) { return ::fcntl(fd, F_GETFD) < 0; });
    return found;
}

KernelDrops::KernelDrops(const std::set<int>& before) {
    for (const int fd : open_descriptors()) {
        int domain = 0;
        socklen_t length = sizeof domain;
        if (before.contains(fd) || ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0)
            continue;
        if (domain == AF_PACKET) packet_sockets_.push_back(fd);
        if (domain == AF_XDP) xdp_sockets_.push_back(fd);
    }
}

uint64_t KernelDrops::read_total() {
    for (const int fd : packet_sockets_) {
        tpacket_stats statistics{};
        socklen_t length = sizeof statistics;
        if (::getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) == 0)
            packet_drops_ += statistics.tp_drops;
    }
    uint64_t xdp_drops = 0;
    for (const int fd : xdp_sockets_) {
        xdp_statistics statistics{};
        socklen_t length = sizeof statistics;
        if (::getsockopt(fd, SOL_XDP, XDP_STATISTICS, &statistics, &length) == 0)
            xdp_drops += statistics.rx_dropped + statistics.rx_ring_full;
    }
    return packet_drops_ + xdp_drops;
}

}  // namespace baleen::drivers
