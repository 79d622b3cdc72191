#include "drivers/ethdev/sizes.h"

#include <fmt/format.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <algorithm>
#include <bit>

namespace baleen::drivers {
namespace {

// What a packet buffer takes beyond its data: rte_mbuf (128), object header and trailer of the
// pool, alignment.
constexpr uint64_t mbuf_overhead_bytes = 256;
constexpr uint32_t cache_wanted = 256;  // four bursts, so that the pool itself is met in every 4th
constexpr uint32_t cache_min = 32;

// Frames are longer than the MTU by the Ethernet header, the frame check sequence that some devices
// deliver, and two VLAN tags.
constexpr uint32_t frame_overhead_bytes = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN + 2 * 4;

}  // namespace

uint32_t buffers_per_queue(std::string_view driver, uint64_t descriptors) {
    // DPDK 22.11's AF_XDP driver lends the kernel a fill ring of 2048, and the receive ring of as
    // many holds others, whatever number of descriptors it is given.
    constexpr uint64_t af_xdp_buffers = 4096;
    return static_cast<uint32_t>(
        driver.starts_with("net_af_xdp") ? std::max(descriptors, af_xdp_buffers) : descriptors);
}

base::Result<PoolSizes> pool_sizes(const config::Settings& settings, uint32_t queue_count,
                                   uint32_t queue_buffers) {
    const auto workers = static_cast<uint32_t>(settings.worker.count);
    // One burst is parsed while the one before it waits to be accounted.
    const auto burst = 2 * static_cast<uint32_t>(settings.worker.burst);
    const uint32_t held = queue_count * queue_buffers + burst;
    const auto given = static_cast<uint32_t>(settings.ethdev.mbufs);
    uint32_t mbufs = given;
    if (given == 0) {
        const uint32_t threads = workers == 1 ? 1 : workers + 1;
        const uint32_t waiting = workers == 1 ? 0 : workers * distributor_slots;
        // rte_mempool_create(): the optimum is a power of two less one.
        mbufs = std::bit_ceil(held + waiting + threads * (burst + cache_wanted) + 1) - 1;
    } else if (given < held) {
        return base::Error{fmt::format(
            "ethdev.mbufs = {} is less than the {} that {} queues of {} buffers and two bursts "
            "hold; raise it, or lower ethdev.rx_descriptors",
            given, held, queue_count, queue_buffers)};
    }
    // rte_mempool_create(): a cache is at most RTE_MEMPOOL_CACHE_MAX_SIZE and n / 1.5. What lies in
    // the caches of other threads must not starve a queue either.
    const uint32_t spare = mbufs - std::min(held, mbufs);
    const uint32_t cache = std::min({cache_wanted, uint32_t{RTE_MEMPOOL_CACHE_MAX_SIZE},
                                     mbufs * 2 / 3, spare / (2 * (workers + 1))});
    return PoolSizes{mbufs, cache < cache_min ? 0 : cache};
}

uint64_t pool_bytes(const config::Settings& settings, uint32_t mbufs) {
    return mbufs * (settings.ethdev.mbuf_bytes + mbuf_overhead_bytes);
}

base::Result<bool> needs_chains(const config::Settings& settings, uint32_t min_mtu,
                                uint32_t max_mtu) {
    const uint64_t mtu = settings.ethdev.mtu != 0 ? settings.ethdev.mtu : RTE_ETHER_MTU;
    if (settings.ethdev.mtu != 0 && (mtu < min_mtu || mtu > max_mtu))
        return base::Error{fmt::format("ethdev.mtu = {} is not possible: it takes {} to {}", mtu,
                                       min_mtu, max_mtu)};
    return mtu + frame_overhead_bytes > settings.ethdev.mbuf_bytes - RTE_PKTMBUF_HEADROOM;
}

}  // namespace baleen::drivers
