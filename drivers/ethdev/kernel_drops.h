// What the kernel dropped on the sockets behind AF_PACKET and AF_XDP ports.
//
// Why: DPDK 22.11's drivers for the two report no drops (AF_PACKET) or only some (AF_XDP leaves out
// the full receive ring), but the kernel counts them per socket, and the sockets are this process's
// own.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

namespace baleen::drivers {

class KernelDrops {
public:
    // The descriptors that are open now; the sockets of a port are those opened after.
    static std::set<int> open_descriptors();

    // Watches the AF_PACKET and AF_XDP sockets among the descriptors opened since `before`.
    explicit KernelDrops(const std::set<int>& before);

    bool watches_any() const { return !packet_sockets_.empty() || !xdp_sockets_.empty(); }

    // Packets dropped so far, over all sockets.
    uint64_t read_total();

private:
    std::vector<int> packet_sockets_;
    std::vector<int> xdp_sockets_;
    uint64_t packet_drops_ = 0;  // the kernel's counter starts anew at each reading
};

}  // namespace baleen::drivers
