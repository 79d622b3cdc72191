// How many packet buffers a port needs, from the configuration; plain arithmetic.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "config/settings.h"

namespace baleen::drivers {

// Slots of a worker's ring behind a distributor (dataplane/packet_ring.h): buffers that may wait
// there.
inline constexpr uint32_t distributor_slots = 4096;

struct PoolSizes {
    uint32_t mbufs;
    uint32_t cache;  // per thread
};

// Buffers that one receive queue holds. `driver` is its name, or a device string of it.
uint32_t buffers_per_queue(std::string_view driver, uint64_t descriptors);

// Buffers that can be out of the pool at once: what the queues hold, every thread a burst and
// a cache, and a distributor whatever its rings hold. ethdev.mbufs, if given, is taken instead; it
// is refused below what the descriptors hold, for then a queue could never be filled.
base::Result<PoolSizes> pool_sizes(const config::Settings& settings, uint32_t queue_count,
                                   uint32_t queue_buffers);

// Memory of one port, before it is opened: what EAL has to be given.
uint64_t pool_bytes(const config::Settings& settings, uint32_t mbufs);

// Whether the frames that are to be received fit: an error, or if they need more than one buffer.
base::Result<bool> needs_chains(const config::Settings& settings, uint32_t min_mtu,
                                uint32_t max_mtu);

}  // namespace baleen::drivers
