// Memory for objects of parsers, taken at start: blocks of 64 B, 128 B and so on up to 64 KiB.
//
// Owns: one worker's share of a budget. Why buddies: a block is cut into halves as smaller ones are
// needed and joined with its neighbour when both are free, so no pattern of sizes, however chosen,
// leaves memory in pieces for ever; taking and giving back are a few steps each.
// Must hold: what a flow may take is bounded by its HeapShare. Not for more than one thread.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/assert.h"
#include "base/huge_memory.h"

namespace baleen::protocol {

class Heap {
public:
    static constexpr uint32_t block_bytes_min = 64;
    static constexpr uint32_t block_bytes_max = 64 * 1024;

    Heap() = default;
    // As many blocks of the largest size as `bytes` hold.
    static base::Result<Heap> create(uint64_t bytes) {
        Heap heap;
        const uint64_t count = std::min<uint64_t>(bytes / block_bytes_max, count_max);
        if (count == 0) return heap;
        // Behind the blocks a byte for each of the smallest ones.
        const uint64_t smallest = count << order_max;
        auto memory = base::HugeMemory::allocate(count * block_bytes_max + smallest);
        if (!memory) return memory.error();
        heap.memory_ = std::move(*memory);
        heap.smallest_count_ = static_cast<uint32_t>(smallest);
        return heap;
    }

    // nullptr: it is too much, or all is in use, and counted.
    void* take(size_t bytes) {
        if (bytes > block_bytes_max) return refuse();
        const uint32_t wanted = order_of(bytes);
        uint32_t order = wanted;
        while (order <= order_max && free_[order] == none) order++;
        uint32_t block = none;
        if (order <= order_max) {
            block = free_[order];
            remove(block, order);
        } else if (high_water_ < smallest_count_) {
            block = high_water_;
            high_water_ += 1u << order_max;
            order = order_max;
        } else {
            return refuse();
        }
        while (order > wanted) {
            order--;
            insert(block + (1u << order), order);
        }
        marks()[block] = static_cast<uint8_t>(wanted);
        in_use_++;
        return at(block);
    }

    void give_back(void* memory) {
        uint32_t block = index_of(memory);
        uint32_t order = marks()[block];
        for (; order < order_max; order++) {
            const uint32_t buddy = block ^ 1u << order;
            if (marks()[buddy] != (order | is_free)) break;
            remove(buddy, order);
            block = std::min(block, buddy);
        }
        insert(block, order);
        in_use_--;
    }

    // Whether it is of this heap.
    bool contains(const void* memory) const {
        const auto* byte = static_cast<const uint8_t*>(memory);
        return smallest_count_ > 0 && byte >= at(0) && byte < at(smallest_count_);
    }
    // What a block that was taken holds: at least as much as was asked for.
    uint32_t bytes_of(const void* memory) const {
        return block_bytes_min << marks()[index_of(memory)];
    }
    uint32_t blocks_in_use() const { return in_use_; }
    uint64_t refused() const { return refused_; }
    // For HeapShare: a share is at its end, which counts as well.
    void* refuse() {
        refused_++;
        return nullptr;
    }

    static constexpr uint32_t bytes_for(size_t bytes) { return block_bytes_min << order_of(bytes); }

private:
    static constexpr uint32_t none = UINT32_MAX;
    static constexpr uint32_t order_max = std::countr_zero(block_bytes_max / block_bytes_min);
    static constexpr uint64_t count_max = UINT64_C(1) << (31 - order_max);
    static constexpr uint8_t is_free = 0x80;  // of a mark: the order of the block that begins here

    // Of a free block, in its first bytes.
    struct Links {
        uint32_t previous;
        uint32_t next;
    };

    static constexpr uint32_t order_of(size_t bytes) {
        const size_t smallest =
            (std::max<size_t>(bytes, 1) + block_bytes_min - 1) / block_bytes_min;
        return static_cast<uint32_t>(std::bit_width(smallest - 1));
    }
    uint8_t* at(uint32_t block) const {
        return static_cast<uint8_t*>(memory_.data()) + uint64_t{block} * block_bytes_min;
    }
    uint8_t* marks() const { return at(smallest_count_); }
    uint32_t index_of(const void* memory) const {
        const auto offset = static_cast<const uint8_t*>(memory) - at(0);
        return static_cast<uint32_t>(offset / block_bytes_min);
    }
    void insert(uint32_t block, uint32_t order) {
        const Links links{none, free_[order]};
        std::memcpy(at(block), &links, sizeof links);
        if (links.next != none)
            std::memcpy(at(links.next) + offsetof(Links, previous), &block, sizeof block);
        free_[order] = block;
        marks()[block] = static_cast<uint8_t>(order | is_free);
    }
    void remove(uint32_t block, uint32_t order) {
        Links links;
        std::memcpy(&links, at(block), sizeof links);
        if (links.previous == none) free_[order] = links.next;
        else
            std::memcpy(at(links.previous) + offsetof(Links, next), &links.next, sizeof links.next);
        if (links.next != none)
            std::memcpy(at(links.next) + offsetof(Links, previous), &links.previous,
                        sizeof links.previous);
        marks()[block] = 0;
    }

    base::HugeMemory memory_;
    uint32_t smallest_count_ = 0;
    uint32_t high_water_ = 0;  // in smallest blocks: what was never needed is never touched
    std::array<uint32_t, order_max + 1> free_ = [] {
        std::array<uint32_t, order_max + 1> empty{};
        empty.fill(none);
        return empty;
    }();
    uint32_t in_use_ = 0;
    uint64_t refused_ = 0;
};

// What one flow has of it, and may have.
class HeapShare {
public:
    HeapShare(Heap& heap, uint32_t bytes_max) : heap_(&heap), bytes_max_(bytes_max) {}

    void* take(size_t bytes) {
        if (bytes > Heap::block_bytes_max || Heap::bytes_for(bytes) > bytes_max_ - used_bytes_)
            return heap_->refuse();
        void* memory = heap_->take(bytes);
        if (memory != nullptr) used_bytes_ += heap_->bytes_of(memory);
        return memory;
    }
    void give_back(void* memory) {
        if (memory == nullptr) return;
        used_bytes_ -= heap_->bytes_of(memory);
        heap_->give_back(memory);
    }
    // As realloc().
    void* resize(void* memory, size_t bytes) {
        if (memory == nullptr) return take(bytes);
        const uint32_t there = heap_->bytes_of(memory);
        if (bytes <= there) return memory;
        void* larger = take(bytes);
        if (larger == nullptr) return nullptr;
        std::memcpy(larger, memory, there);
        give_back(memory);
        return larger;
    }
    uint32_t used_bytes() const { return used_bytes_; }

private:
    Heap* heap_;
    uint32_t bytes_max_;
    uint32_t used_bytes_ = 0;
};

}  // namespace baleen::protocol
