// One stream of chunks from its worker's side: packets go into the chunk at hand, full or old ones
// go to the writer.
#pragma once

#include <x86intrin.h>

#include <cstdint>

#include "dataplane/capture/chunk_pool.h"
#include "packets/chunk_builder.h"

namespace baleen::capture {

class ChunkStream {
public:
    explicit ChunkStream(ChunkPool& pool) : pool_(&pool) {}

    // A chunk with room for such a packet is at hand. False: there is no memory.
    bool reserve(uint32_t captured_bytes, uint32_t comment) {
        if (is_open_ && builder_.has_room(captured_bytes, comment)) return true;
        seal();
        uint32_t slot;
        if (!pool_->take_free(slot)) return false;
        slot_ = slot;
        is_open_ = true;
        opened_tsc_ = __rdtsc();
        builder_.begin(pool_->memory(slot), pool_->worker(), next_sequence_++);
        return true;
    }
    void append(const packets::PacketView& packet) { builder_.append(packet); }
    uint32_t add_flow(const packets::ChunkFlow& flow) { return builder_.add_flow(flow); }
    // Of the chunk at hand.
    uint64_t sequence() const { return builder_.header().sequence; }

    // Where the next packet will be. Before all later ones, behind all earlier ones.
    struct Position {
        uint64_t sequence;
        uint32_t packets;
    };
    Position position() const {
        return is_open_ ? Position{sequence(), builder_.header().packets}
                        : Position{next_sequence_, 0};
    }

    void seal() {
        if (!is_open_) return;
        builder_.seal();
        pool_->hand_over(slot_);
        is_open_ = false;
    }
    void seal_if_older(uint64_t age_ns) {
        if (is_open_ && (__rdtsc() - opened_tsc_) / ticks_per_ns > age_ns) seal();
    }
    void close() {
        seal();
        pool_->close();
    }

    const ChunkPool& pool() const { return *pool_; }

private:
    // Of the time stamp counter, on machines of 2 to 4 GHz; nothing depends on the exact length.
    static constexpr uint64_t ticks_per_ns = 3;

    ChunkPool* pool_;
    packets::ChunkBuilder builder_;
    uint32_t slot_ = 0;
    bool is_open_ = false;
    uint64_t opened_tsc_ = 0;
    uint64_t next_sequence_ = 0;
};

}  // namespace baleen::capture
