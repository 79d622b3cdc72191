// Packets on their way from the distributor to one worker: a single-producer single-consumer ring
// of packet descriptors. The bytes of the packets stay where the source put them.
//
// Must hold: a worker's clock never passes a packet that is still under way to it, because the
// sweep trusts the clock. So the distributor publishes packets first and then the clock, and the
// worker reads the clock first and then the packets.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "packet/batch.h"

namespace baleen::dataplane {

class PacketRing {
public:
    // 4096 slots of 48 bytes: 64 full bursts of slack between two threads that share a core.
    static constexpr uint32_t slot_count = 4096;

    // Distributor's side.
    bool has_room() {
        if (head_ - tail_seen_ < slot_count) return true;
        tail_seen_ = tail_shared_.load(std::memory_order_acquire);
        return head_ - tail_seen_ < slot_count;
    }
    void push(const packet::Packet& packet, void* handle) {
        slots_[head_ % slot_count] = {packet, handle};
        head_++;
    }
    void publish(int64_t clock_ns) {
        // ORDER: packets before the clock that has passed them.
        head_shared_.store(head_, std::memory_order_release);
        clock_shared_.store(clock_ns, std::memory_order_release);
    }
    void finish() { finished_.store(true, std::memory_order_release); }
    bool is_empty() const { return tail_shared_.load(std::memory_order_acquire) == head_; }

    // Worker's side. `clock_ns` never goes back; `ended` turns true when nothing will follow.
    void take(packet::Batch& batch, uint32_t limit, int64_t& clock_ns, bool& ended) {
        const bool finished = finished_.load(std::memory_order_acquire);
        const int64_t clock_shared_ns = clock_shared_.load(std::memory_order_acquire);
        const uint64_t head = head_shared_.load(std::memory_order_acquire);
        const uint64_t available = head - taken_;
        batch.count = static_cast<uint32_t>(available < limit ? available : limit);
        for (uint32_t lane = 0; lane < batch.count; lane++) {
            const Slot& slot = slots_[(taken_ + lane) % slot_count];
            batch.packets[lane] = slot.packet;
            batch.handles[lane] = slot.handle;
        }
        taken_ += batch.count;
        if (batch.count == available) {
            clock_ns = clock_shared_ns > clock_ns ? clock_shared_ns : clock_ns;
            ended = finished;
        } else {
            clock_ns = batch.packets[batch.count - 1].clock_ns;
        }
    }
    // The first `count` packets taken and not released yet are done with.
    void release(uint32_t count) {
        released_ += count;
        tail_shared_.store(released_, std::memory_order_release);
    }

private:
    struct Slot {
        packet::Packet packet;
        void* handle;
    };

    alignas(128) std::atomic<uint64_t> head_shared_{0};
    std::atomic<int64_t> clock_shared_{0};
    std::atomic<bool> finished_{false};
    uint64_t head_ = 0;
    uint64_t tail_seen_ = 0;

    alignas(128) std::atomic<uint64_t> tail_shared_{0};
    uint64_t taken_ = 0;
    uint64_t released_ = 0;

    alignas(128) std::array<Slot, slot_count> slots_;
};

// A worker's source behind a distributor.
template <class Origin>
class DistributedSource {
public:
    // Both outlive the source.
    DistributedSource(PacketRing& ring, Origin& origin) : ring_(&ring), origin_(&origin) {}

    void receive(packet::Batch& batch, uint32_t limit) {
        ring_->take(batch, limit, clock_ns_, ended_);
    }
    void release(packet::Batch& batch) {
        origin_->release(batch);
        ring_->release(batch.count);
    }
    int64_t clock_ns() const { return clock_ns_; }
    void stop() {}  // the distributor stops; what it has pushed still comes
    bool exhausted() const { return ended_; }
    bool must_quiesce() const { return false; }

private:
    PacketRing* ring_;
    Origin* origin_;
    int64_t clock_ns_ = 0;
    bool ended_ = false;
};

}  // namespace baleen::dataplane
