// One DPDK port to send on: opened, configured, started; closed at the end.
//
// Why not Port: what one needs the other must not have. Here are queues to send on, one per thread,
// and buffers for what is sent; what the port receives meanwhile is nobody's.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "config/settings.h"
#include "drivers/ethdev/device.h"

struct rte_mempool;

namespace baleen::drivers {

class TransmitPort {
public:
    // Opens `device` by the first of its choices that works; `notice` says which one that was.
    static base::Result<TransmitPort> open(const Device& device, const config::Settings& settings,
                                           uint16_t queue_count, std::string& notice);

    TransmitPort(TransmitPort&& other) noexcept
        : id_(std::exchange(other.id_, id_absent)),
          length_max_(other.length_max_),
          has_peer_(other.has_peer_),
          pool_(std::exchange(other.pool_, nullptr)) {}
    TransmitPort& operator=(TransmitPort&&) = delete;
    ~TransmitPort();

    // Until the other end is there, or `stop`.
    base::Status wait_for_link(const std::atomic<bool>& stop) const;
    // What the rings still hold gets time to leave.
    void linger() const;

    uint16_t id() const { return id_; }
    rte_mempool* pool() const { return pool_; }
    // The longest frame that can be sent, without its check sequence.
    uint32_t length_max() const { return length_max_; }

    // Settings that reserve the memory such a port needs (Eal::start).
    static config::Settings settings_for(uint16_t queue_count, uint32_t frame_bytes);

private:
    TransmitPort() = default;
    base::Status start(const config::Settings& settings, uint16_t queue_count);

    static constexpr uint16_t id_absent = UINT16_MAX;
    uint16_t id_ = id_absent;
    uint32_t length_max_ = 0;
    bool has_peer_ = false;  // memif, vhost, virtio-user: another process
    rte_mempool* pool_ = nullptr;
};

}  // namespace baleen::drivers
