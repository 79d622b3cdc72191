// Data that came before its time: fixed-size blocks, linked in sequence order for each direction.
//
// Owns: one worker's blocks, all taken at start and touched when first used. Why blocks of 2 KiB:
// one segment of an Ethernet link fits in, and the first line of a block says all that a search
// looks at.
// Must hold: a direction's blocks never overlap, all lie beyond its next_sequence, and the first
// byte of the first one is not next_sequence. No more than the direction's limit of blocks are in
// its list, so a search is bounded by that.
#pragma once

#include <cstdint>
#include <span>

#include "base/huge_memory.h"
#include "base/result.h"
#include "dataplane/stream/stream.h"

namespace baleen::stream {

using Bytes = std::span<const uint8_t>;

inline constexpr uint32_t block_bytes = 2048;
inline constexpr uint32_t block_header_bytes = 16;
inline constexpr uint32_t block_data_bytes = block_bytes - block_header_bytes;

struct alignas(64) Block {
    uint32_t next;      // block_absent: the last one
    uint32_t previous;  // of the first one: the last one
    uint32_t sequence;
    uint32_t bytes;
    uint8_t data[block_data_bytes];

    Bytes content() const { return {data, bytes}; }
    uint32_t end() const { return sequence + bytes; }
};
static_assert(sizeof(Block) == block_bytes);

// What part of a segment was buffered before, and whether it said the same then.
struct Overlap {
    uint64_t bytes = 0;
    bool differs = false;
};

class SegmentBuffer {
public:
    static base::Result<SegmentBuffer> create(const StreamSettings& settings);

    const Block& operator[](uint32_t index) const { return blocks_[index]; }
    // Behind the highest byte buffered. Only where there is one.
    uint32_t end(const Direction& direction) const {
        return blocks_[blocks_[direction.first_block].previous].end();
    }

    // Keeps what is not there yet. Returns how much from the front has been dealt with: all, unless
    // there is no block for the rest.
    size_t insert(Direction& direction, uint32_t sequence, Bytes bytes, Overlap& overlap);
    // Compares a stretch with the block's part of it; `sequence` lies in the block.
    void compare(uint32_t block, uint32_t sequence, Bytes bytes, Overlap& overlap) const;

    // Takes the first block out of the list; its bytes stay valid until give_back().
    uint32_t take_first(Direction& direction);
    void give_back(uint32_t block);
    // Gives back all; returns how many bytes there were.
    uint64_t clear(Direction& direction);

    uint32_t blocks_in_use() const { return in_use_; }

private:
    static constexpr uint32_t at_front = block_absent;

    uint32_t last_not_behind(const Direction& direction, uint32_t sequence) const;
    uint32_t next_of(const Direction& direction, uint32_t block) const {
        return block == at_front ? direction.first_block : blocks_[block].next;
    }
    uint32_t allocate(const Direction& direction);
    void link_behind(Direction& direction, uint32_t before, uint32_t block);
    uint32_t add(Direction& direction, uint32_t before, uint32_t sequence, Bytes bytes);

    base::HugeMemory memory_;
    Block* blocks_ = nullptr;  // the one with number 0 is never used
    uint32_t free_ = block_absent;
    uint32_t high_water_ = 1;
    uint32_t block_count_ = 1;
    uint32_t in_use_ = 0;
    uint32_t blocks_per_direction_ = 0;
};

}  // namespace baleen::stream
