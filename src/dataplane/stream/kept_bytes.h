// Bytes of a stream's direction, kept because they may be looked at again: a rule may have to be
// judged on them, or a message go on in the next segment.
//
// Owns: one worker's blocks. A direction's bytes lie in a chain of them; whoever looks wants them
// in one piece, which is made only then.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "dataplane/stream/block_pool.h"

namespace baleen::stream {

// Nothing is kept while `bytes` is 0, whatever the blocks say: a Kept may lie in zeroed memory.
struct Kept {
    uint32_t first_block = BlockPool::none;
    uint32_t last_block = BlockPool::none;
    uint32_t bytes = 0;
};

class KeptBytes {
public:
    // 2 KiB hold a request or an answer's head; a multiple of a line and of a page's half.
    static constexpr uint32_t block_bytes_usual = 2048;

    // `direction_bytes_max`: more is never kept of one direction. `block_bytes`: a multiple of 64.
    static base::Result<KeptBytes> create(uint64_t bytes, uint64_t direction_bytes_max,
                                          uint32_t block_bytes = block_bytes_usual) {
        auto pool = BlockPool::create(block_bytes, bytes);
        if (!pool) return pool.error();
        KeptBytes kept;
        kept.pool_ = std::move(*pool);
        kept.linear_.resize(direction_bytes_max);
        kept.data_bytes_ = block_bytes - link_bytes;
        return kept;
    }

    // False: no block is free, or it is more than the maximum; what is kept stays as it was.
    bool append(Kept& kept, std::span<const uint8_t> bytes) {
        if (kept.bytes + bytes.size() > linear_.size()) return false;
        if (kept.bytes > 0 && kept.bytes + bytes.size() <= data_bytes_) [[likely]] {
            std::memcpy(data(kept.first_block) + kept.bytes, bytes.data(), bytes.size());
            kept.bytes += static_cast<uint32_t>(bytes.size());
            return true;
        }
        if (blocks_of(kept.bytes + bytes.size()) - blocks_of(kept.bytes) > pool_.left()) {
            shortages_++;
            return false;
        }
        while (!bytes.empty()) {
            const uint32_t used = kept.bytes % data_bytes_;
            if (used == 0) grow(kept);
            const size_t part = std::min<size_t>(bytes.size(), data_bytes_ - used);
            std::memcpy(data(kept.last_block) + used, bytes.data(), part);
            kept.bytes += static_cast<uint32_t>(part);
            bytes = bytes.subspan(part);
        }
        return true;
    }

    // As whole(), but in its place where it lies in one block: valid until it is appended to or
    // released, and until the next call.
    std::span<const uint8_t> view(const Kept& kept) {
        if (kept.bytes == 0) return {};
        if (kept.bytes <= data_bytes_) [[likely]]
            return {data(kept.first_block), kept.bytes};
        return whole(kept);
    }

    // A copy, valid until the next call.
    std::span<const uint8_t> whole(const Kept& kept) {
        uint32_t block = kept.first_block;
        for (uint32_t at = 0; at < kept.bytes; at += data_bytes_, block = next(block))
            std::memcpy(linear_.data() + at, data(block), std::min(data_bytes_, kept.bytes - at));
        return {linear_.data(), kept.bytes};
    }

    void release(Kept& kept) {
        uint32_t block = kept.bytes == 0 ? BlockPool::none : kept.first_block;
        while (block != BlockPool::none) {
            const uint32_t following = next(block);
            pool_.give_back(block);
            block = following;
        }
        kept = {};
    }

    uint32_t blocks_in_use() const { return pool_.in_use(); }
    // Times that no block was free.
    uint64_t shortages() const { return shortages_; }

private:
    static constexpr uint32_t link_bytes = 4;

    uint8_t* data(uint32_t block) { return pool_.at(block) + link_bytes; }
    uint32_t next(uint32_t block) {
        uint32_t index;
        std::memcpy(&index, pool_.at(block), sizeof index);
        return index;
    }
    uint64_t blocks_of(uint64_t bytes) const { return (bytes + data_bytes_ - 1) / data_bytes_; }
    void grow(Kept& kept) {
        const uint32_t block = pool_.take();
        constexpr uint32_t end = BlockPool::none;
        std::memcpy(pool_.at(block), &end, sizeof end);
        if (kept.bytes == 0) kept.first_block = block;
        else std::memcpy(pool_.at(kept.last_block), &block, sizeof block);
        kept.last_block = block;
    }

    BlockPool pool_;
    uint32_t data_bytes_ = 0;  // of a block
    uint64_t shortages_ = 0;
    std::vector<uint8_t> linear_;
};

}  // namespace baleen::stream
