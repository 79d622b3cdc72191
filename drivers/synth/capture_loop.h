// A capture held in memory and played round and round, as fast as it is taken.
//
// Owns: the packets' bytes, whole and in order, each from a cache line of its own on, as in a
// packet pool; several sources may play one capture. Time: each round's stamps follow those of the
// one before, so that flows go on where a capture ends and begins anew less than a timeout apart;
// unless a pause is asked for. Captures of different years are brought together, so that time does
// not run out: no step between two packets is longer than an hour, or goes back by more.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/huge_memory.h"
#include "drivers/source.h"

namespace baleen::drivers {

class CaptureMemory {
public:
    // What is kept of a capture at most: bounds the memory, and the time that reading it takes.
    static constexpr size_t packets_max = 4 << 20;
    static constexpr size_t bytes_max = size_t{2} << 30;

    static base::Result<CaptureMemory> create();

    // False: full; the packet is not kept. Packets of a capture come in its order.
    bool add(const packet::Packet& packet);

    std::span<const packet::Packet> packets() const { return packets_; }
    // Without those that `keeps` refuses.
    template <class Keeps>
    std::vector<packet::Packet> share(Keeps keeps) const {
        std::vector<packet::Packet> out;
        for (const packet::Packet& packet : packets_)
            if (keeps(packet)) out.push_back(packet);
        return out;
    }

private:
    explicit CaptureMemory(base::HugeMemory memory) : memory_(std::move(memory)) {}

    base::HugeMemory memory_;
    size_t used_bytes_ = 0;
    std::vector<packet::Packet> packets_;
    int64_t last_ns_ = 0;   // as it was captured
    int64_t shift_ns_ = 0;  // what is added to stamps
};

class CaptureLoop {
public:
    // `packets`, of which there is at least one, point into a CaptureMemory that outlives this.
    // `pause_ns`: that much more passes between two rounds.
    explicit CaptureLoop(std::vector<packet::Packet> packets, int64_t pause_ns = 0);

    void receive(packet::Batch& batch, uint32_t limit);
    void release(packet::Batch&) {}
    int64_t clock_ns() const { return clock_.now_ns(); }
    void stop() { stopped_ = true; }
    bool exhausted() const { return stopped_; }
    bool must_quiesce() const { return false; }

    uint64_t packets() const { return handed_out_; }
    uint64_t packets_per_round() const { return packets_.size(); }
    // Two rounds: after them a flow that comes in every round is in the table.
    uint64_t warm_up_packets() const { return 2 * packets_.size(); }

private:
    std::vector<packet::Packet> packets_;
    size_t next_ = 0;
    int64_t round_ns_ = 0;   // what a round takes
    int64_t offset_ns_ = 0;  // of this round
    SourceClock clock_;
    uint64_t handed_out_ = 0;
    bool stopped_ = false;
};

static_assert(PacketSource<CaptureLoop>);

}  // namespace baleen::drivers
