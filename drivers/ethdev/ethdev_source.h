// Packets from the queues of DPDK ports, taken in turn.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <cstdint>
#include <vector>

#include "base/tsc_clock.h"
#include "drivers/source.h"

namespace baleen::drivers {

class EthdevSource {
public:
    struct Queue {
        uint16_t port_id;
        uint16_t queue_id;
        uint16_t port_index;  // into the ports of the run
    };

    // `clock` outlives the source.
    EthdevSource(std::vector<Queue> queues, const base::TscClock& clock, uint32_t rx_descriptors)
        : queues_(std::move(queues)),
          tsc_clock_(&clock),
          stop_budget_(uint64_t{rx_descriptors} * queues_.size()) {}

    void receive(packet::Batch& batch, uint32_t limit) {
        batch.count = 0;
        auto** mbufs = reinterpret_cast<rte_mbuf**>(batch.handles.data());
        const Queue* queue = nullptr;
        for (size_t tried = 0; tried < queues_.size() && batch.count == 0; tried++) {
            queue = &queues_[next_];
            next_ = next_ + 1 == queues_.size() ? 0 : next_ + 1;
            batch.count = rte_eth_rx_burst(queue->port_id, queue->queue_id, mbufs,
                                           static_cast<uint16_t>(limit));
        }
        const int64_t time_ns = tsc_clock_->now_ns();
        const int64_t clock_ns = clock_.advance(time_ns);
        for (uint32_t lane = 0; lane < batch.count; lane++)
            rte_prefetch0(rte_pktmbuf_mtod(mbufs[lane], void*));
        for (uint32_t lane = 0; lane < batch.count; lane++) {
            const rte_mbuf* mbuf = mbufs[lane];
            batch.packets[lane] = {.data = rte_pktmbuf_mtod(mbuf, const uint8_t*),
                                   .captured_length = mbuf->data_len,
                                   .wire_length = mbuf->pkt_len,
                                   .time_ns = time_ns,
                                   .clock_ns = clock_ns,
                                   .link = packet::LinkType::ethernet,
                                   .port_index = queue->port_index,
                                   .checksums = 0,
                                   .reserved = {}};
        }
        if (stopping_) account_stop(batch.count);
    }

    void release(packet::Batch& batch) {
        if (batch.count > 0)
            rte_pktmbuf_free_bulk(reinterpret_cast<rte_mbuf**>(batch.handles.data()), batch.count);
    }

    int64_t clock_ns() const { return clock_.now_ns(); }
    // What the port holds now still comes out, but no more than its rings can hold: under load a
    // port never runs empty.
    void stop() { stopping_ = true; }
    bool exhausted() const { return ended_; }
    bool must_quiesce() const { return false; }

private:
    void account_stop(uint32_t received) {
        ended_ = received == 0 || received >= stop_budget_;
        stop_budget_ -= received < stop_budget_ ? received : stop_budget_;
    }

    std::vector<Queue> queues_;
    const base::TscClock* tsc_clock_;
    SourceClock clock_;
    size_t next_ = 0;
    uint64_t stop_budget_;
    bool stopping_ = false;
    bool ended_ = false;
};

static_assert(PacketSource<EthdevSource>);

}  // namespace baleen::drivers
