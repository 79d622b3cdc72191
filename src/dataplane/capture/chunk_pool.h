// The memory of one stream of chunks between a worker and its writer: free chunks go one way, full
// ones the other.
//
// Why memory of its own instead of holding on to packet buffers: a disk that stands still would
// keep them from the port, and packets of a file or of the generator have none. The worker's copy
// is the only one: chunks are written, kept and searched where they have been made
// (docs/adr/0009-packets-are-copied-once.md).
// Must hold: whoever has a chunk's number is the only one to touch it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/huge_memory.h"
#include "base/result.h"
#include "dataplane/capture/sealed_chunk.h"
#include "dataplane/capture/slot_ring.h"

namespace baleen::capture {

class ChunkPool {
public:
    // `reserve`: chunks that the writer tries to keep free; the others may hold history.
    static base::Result<std::unique_ptr<ChunkPool>> create(uint32_t worker, uint32_t chunk_count,
                                                           uint32_t reserve);

    // Worker's side.
    // The one that has come back last: its lines may still be in a cache.
    bool take_free(uint32_t& slot) {
        for (uint32_t back; free_.take(back);) at_hand_.push_back(back);
        if (at_hand_.empty()) return false;
        slot = at_hand_.back();
        at_hand_.pop_back();
        at_hand_count_.store(static_cast<uint32_t>(at_hand_.size()), std::memory_order_relaxed);
        return true;
    }
    void hand_over(uint32_t slot) { sealed_.push(slot); }
    // No chunk will follow.
    void close() { closed_.store(true, std::memory_order_release); }
    // Why there may be no free chunk: the disk refuses.
    bool is_failing() const { return failing_.load(std::memory_order_relaxed); }

    // Writer's side.
    bool take_sealed(SealedChunk& chunk);
    void give_back(const SealedChunk& chunk) { free_.push(chunk.slot); }
    void set_failing(bool failing) { failing_.store(failing, std::memory_order_relaxed); }
    // ORDER: what was handed over before is seen by whoever sees this.
    bool is_closed() const { return closed_.load(std::memory_order_acquire); }
    // Every chunk has been taken, and none will follow.
    bool is_drained() const { return is_closed() && sealed_.size() == 0; }

    packets::ChunkMemory memory(uint32_t slot) const {
        return {
            bytes_.data() + uint64_t{slot} * packets::chunk_bytes_max,
            flows_.subspan(uint64_t{slot} * packets::chunk_flows_max, packets::chunk_flows_max)};
    }
    // By either side; the other one may be about to change it.
    uint32_t free_count() const {
        return free_.size() + at_hand_count_.load(std::memory_order_relaxed);
    }
    uint32_t chunk_count() const { return chunk_count_; }
    uint32_t reserve() const { return reserve_; }
    uint32_t worker() const { return worker_; }

private:
    ChunkPool(uint32_t worker, uint32_t chunk_count, uint32_t reserve, base::HugeMemory bytes,
              base::HugeMemory flows);

    const uint32_t worker_;
    const uint32_t chunk_count_;
    const uint32_t reserve_;
    base::HugeMemory chunk_memory_;
    base::HugeMemory flow_memory_;
    std::span<uint8_t> bytes_;
    std::span<packets::ChunkFlow> flows_;
    SlotRing free_;
    SlotRing sealed_;
    std::vector<uint32_t> at_hand_;  // the worker's; its room is taken at start
    std::atomic<uint32_t> at_hand_count_{0};
    std::atomic<bool> closed_{false};
    std::atomic<bool> failing_{false};
};

}  // namespace baleen::capture
