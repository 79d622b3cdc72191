// One burst of packet buffers on its way to a queue.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <array>
#include <cstdint>

#include "drivers/gen/pacer.h"

namespace baleen::gen {

class MbufBurst {
public:
    MbufBurst(uint16_t port_id, uint16_t queue_id, rte_mempool* pool)
        : port_id_(port_id), queue_id_(queue_id), pool_(pool) {}

    // False: no buffers; the port still holds them.
    bool prepare(uint32_t count) {
        return rte_pktmbuf_alloc_bulk(pool_, mbufs_.data(), count) == 0;
    }
    uint8_t* room(uint32_t index) { return rte_pktmbuf_mtod(mbufs_[index], uint8_t*); }
    void set_length(uint32_t index, uint32_t bytes) {
        mbufs_[index]->data_len = static_cast<uint16_t>(bytes);
        mbufs_[index]->pkt_len = bytes;
    }
    // How many of [first, count) the port took: these, in order, are no longer ours.
    uint32_t send(uint32_t first, uint32_t count) {
        return rte_eth_tx_burst(port_id_, queue_id_, &mbufs_[first],
                                static_cast<uint16_t>(count - first));
    }
    void drop(uint32_t first, uint32_t count) {
        if (first < count) rte_pktmbuf_free_bulk(&mbufs_[first], count - first);
    }

private:
    const uint16_t port_id_, queue_id_;
    rte_mempool* const pool_;
    std::array<rte_mbuf*, Pacer::burst> mbufs_{};
};

}  // namespace baleen::gen
