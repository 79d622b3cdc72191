// Packets from the queues of DPDK ports, taken in turn.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/tsc_clock.h"
#include "drivers/ethdev/link_watch.h"
#include "drivers/ethdev/nic_clock.h"
#include "drivers/ethdev/queue_steering.h"
#include "drivers/ethdev/rx_flags.h"
#include "drivers/source.h"

namespace baleen::drivers {

class EthdevSource {
public:
    struct Queue {
        uint16_t port_id;
        uint16_t queue_id;
        uint16_t port_index;             // into the ports of the run
        const LinkWatch* link;           // says when to leave the queue alone
        const QueueSteering* steering;   // null: packets may come to any queue
        const NicClock* nic_clock;       // null: packets have no time stamps
        std::atomic<uint64_t>* packets;  // counts those received
    };

    // All that the queues point to, and the clock, outlive the source.
    EthdevSource(std::vector<Queue> queues, const base::TscClock& clock, uint64_t descriptors)
        : queues_(std::move(queues)), tsc_clock_(&clock), stop_budget_(descriptors) {}

    void receive(packet::Batch& batch, uint32_t limit) {
        batch.count = 0;
        auto** mbufs = reinterpret_cast<rte_mbuf**>(batch.handles.data());
        const Queue* queue = nullptr;
        bool any_present = false;
        for (size_t tried = 0; tried < queues_.size() && batch.count == 0; tried++) {
            queue = &queues_[next_];
            next_ = next_ + 1 == queues_.size() ? 0 : next_ + 1;
            if (!queue->link->is_present()) continue;
            any_present = true;
            batch.count = rte_eth_rx_burst(queue->port_id, queue->queue_id, mbufs,
                                           static_cast<uint16_t>(limit));
        }
        fill(batch, *queue, mbufs);
        if (batch.count > 0) account(batch, *queue);
        if (stopping_) account_stop(batch.count);
        if (!any_present) ended_ = true;
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

    // Packets looked at that came to another queue than the port's steering says.
    uint64_t misplaced_packets() const { return misplaced_packets_; }

private:
    void fill(packet::Batch& batch, const Queue& queue, rte_mbuf** mbufs) {
        const int64_t now_ns = tsc_clock_->now_ns();
        if (queue.nic_clock == nullptr || batch.count == 0) clock_.advance(now_ns);
        for (uint32_t lane = 0; lane < batch.count; lane++)
            rte_prefetch0(rte_pktmbuf_mtod(mbufs[lane], void*));
        for (uint32_t lane = 0; lane < batch.count; lane++) {
            const rte_mbuf* mbuf = mbufs[lane];
            const int64_t time_ns =
                queue.nic_clock == nullptr ? now_ns : queue.nic_clock->time_ns(*mbuf, now_ns);
            // Of a packet in several buffers the first one is read: it holds the headers.
            batch.packets[lane] = {.data = rte_pktmbuf_mtod(mbuf, const uint8_t*),
                                   .captured_length = mbuf->data_len,
                                   .wire_length = mbuf->pkt_len,
                                   .time_ns = time_ns,
                                   .clock_ns = clock_.advance(time_ns),
                                   .link = packet::LinkType::ethernet,
                                   .port_index = queue.port_index,
                                   .checksums = checksums_of(mbuf->ol_flags),
                                   .reserved = {}};
        }
    }

    void account(const packet::Batch& batch, const Queue& queue) {
        // This thread alone writes it.
        queue.packets->store(queue.packets->load(std::memory_order_relaxed) + batch.count,
                             std::memory_order_relaxed);
        if (queue.steering == nullptr || ++bursts_ % bursts_per_look != 0) return;
        const uint32_t expected =
            queue.steering->queue_of(batch.packets[0].data, batch.packets[0].captured_length);
        misplaced_packets_ +=
            expected != QueueSteering::queue_unknown && expected != queue.queue_id ? 1 : 0;
    }

    void account_stop(uint32_t received) {
        ended_ = received == 0 || received >= stop_budget_;
        stop_budget_ -= received < stop_budget_ ? received : stop_budget_;
    }

    // One packet in every 16th burst: its hash takes 100 to 250 ns, so some 10 ns a burst, and
    // under load (full bursts) 0.2 ns a packet.
    static constexpr uint32_t bursts_per_look = 16;

    std::vector<Queue> queues_;
    const base::TscClock* tsc_clock_;
    SourceClock clock_;
    size_t next_ = 0;
    uint64_t stop_budget_;
    uint64_t misplaced_packets_ = 0;
    uint32_t bursts_ = 0;
    bool stopping_ = false;
    bool ended_ = false;
};

static_assert(PacketSource<EthdevSource>);

}  // namespace baleen::drivers
