// Memory blocks of one size, taken at start and handed out one by one.
//
// Owns: one worker's share of a budget. Blocks that were given back are taken first, so memory that
// was never needed is never touched. Not for more than one thread.
#pragma once

#include <cstdint>
#include <cstring>

#include "base/assert.h"
#include "base/huge_memory.h"

namespace baleen::stream {

class BlockPool {
public:
    static constexpr uint32_t none = UINT32_MAX;

    BlockPool() = default;
    // `block_bytes`: a multiple of 64. As many as `bytes` hold, up to 2^32 - 2.
    static base::Result<BlockPool> create(uint64_t block_bytes, uint64_t bytes) {
        BALEEN_ASSERT(block_bytes > 0 && block_bytes % 64 == 0);
        BlockPool pool;
        pool.block_bytes_ = block_bytes;
        pool.count_ = static_cast<uint32_t>(std::min<uint64_t>(bytes / block_bytes, none - 1));
        if (pool.count_ == 0) return pool;
        auto memory = base::HugeMemory::allocate(pool.count_ * block_bytes);
        if (!memory) return memory.error();
        pool.memory_ = std::move(*memory);
        return pool;
    }

    // `none`: all are in use.
    uint32_t take() {
        const uint32_t index = free_ != none ? free_ : high_water_ < count_ ? high_water_++ : none;
        if (index == none) return none;
        if (index == free_) std::memcpy(&free_, at(index), sizeof free_);
        in_use_++;
        return index;
    }
    void give_back(uint32_t index) {
        std::memcpy(at(index), &free_, sizeof free_);
        free_ = index;
        in_use_--;
    }

    uint8_t* at(uint32_t index) {
        return static_cast<uint8_t*>(memory_.data()) + index * block_bytes_;
    }
    // Of a place inside of the pool.
    uint32_t index_of(const void* block) const {
        const auto offset =
            static_cast<const uint8_t*>(block) - static_cast<uint8_t*>(memory_.data());
        return static_cast<uint32_t>(static_cast<uint64_t>(offset) / block_bytes_);
    }
    uint64_t block_bytes() const { return block_bytes_; }
    uint32_t in_use() const { return in_use_; }
    uint32_t left() const { return count_ - in_use_; }

private:
    base::HugeMemory memory_;
    uint64_t block_bytes_ = 0;
    uint32_t count_ = 0;
    uint32_t high_water_ = 0;
    uint32_t free_ = none;  // each has the next one in its first bytes
    uint32_t in_use_ = 0;
};

}  // namespace baleen::stream
