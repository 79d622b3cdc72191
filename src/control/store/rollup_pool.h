// Memory for roll-ups: what those of all open slices together may take.
//
// Why a pool: what waits is written every few seconds, and what is added up every second of
// records' time. Chunks that go from one to the next are neither faulted in again nor cleared.
// It takes memory in slabs of 2 MB, and keeps them.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace baleen::store {

class RollupPool {
public:
    static constexpr uint64_t chunk_bytes = 16 << 10;
    struct alignas(64) Chunk {
        std::array<std::byte, chunk_bytes> bytes;
    };

    explicit RollupPool(uint64_t limit_bytes = 64ull << 20) : limit_bytes_(limit_bytes) {}
    RollupPool(const RollupPool&) = delete;
    RollupPool& operator=(const RollupPool&) = delete;

    Chunk* take() {
        if (free_.empty()) add_slab();
        used_++;
        Chunk* chunk = free_.back();
        free_.pop_back();
        return chunk;
    }
    void give(Chunk* chunk) {
        used_--;
        free_.push_back(chunk);
    }

    // Half of it is for what waits, a tenth for the order in which that is added up, and a fifth
    // for sums (twice, while those of a span go to a longer one). Tables of a row or two, of three
    // levels and four dimensions, are no reason to write them.
    bool is_spent() const { return used_ * chunk_bytes > limit_bytes_ / 2; }
    uint64_t sums_bytes_max() const { return std::max(limit_bytes_ / 5, 32 * chunk_bytes); }

private:
    // PERF: keys are looked up in no order, so what they meet is on few pages.
    static constexpr size_t slab_bytes = 2 << 20;
    struct Free {
        void operator()(Chunk* slab) const { std::free(slab); }
    };

    void add_slab() {
        auto* slab = static_cast<Chunk*>(std::aligned_alloc(slab_bytes, slab_bytes));
        if (slab == nullptr) throw std::bad_alloc();
        slabs_.emplace_back(slab);
        static_cast<void>(::madvise(slab, slab_bytes, MADV_HUGEPAGE));
        for (size_t i = slab_bytes / chunk_bytes; i-- > 0;) free_.push_back(slab + i);
    }

    uint64_t limit_bytes_;
    uint64_t used_ = 0;
    std::vector<std::unique_ptr<Chunk, Free>> slabs_;
    std::vector<Chunk*> free_;  // the one given last comes first: it is in the cache
};

// Grows without moving what is in it.
template <class T>
class PooledList {
public:
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(RollupPool::Chunk));

    explicit PooledList(std::shared_ptr<RollupPool> pool) : pool_(std::move(pool)) {}
    PooledList(PooledList&& other) noexcept
        : pool_(std::exchange(other.pool_, {})),
          chunks_(std::exchange(other.chunks_, {})),
          size_(std::exchange(other.size_, 0)) {}
    PooledList& operator=(PooledList&& other) noexcept {
        std::swap(pool_, other.pool_);
        std::swap(chunks_, other.chunks_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~PooledList() { clear(); }

    void push_back(const T& value) {
        if (size_ == chunks_.size() * chunk_items) chunks_.push_back(pool_->take());
        std::construct_at(&(*this)[size_++], value);
    }
    T& operator[](uint32_t index) const {
        return reinterpret_cast<T*>(
            chunks_[index / chunk_items]->bytes.data())[index % chunk_items];
    }
    void clear() {
        for (RollupPool::Chunk* chunk : chunks_) pool_->give(chunk);
        chunks_.clear();
        size_ = 0;
    }

    uint32_t size() const { return size_; }
    size_t bytes() const { return chunks_.size() * RollupPool::chunk_bytes; }

private:
    static constexpr uint32_t chunk_items = RollupPool::chunk_bytes / sizeof(T);

    std::shared_ptr<RollupPool> pool_;
    std::vector<RollupPool::Chunk*> chunks_;
    uint32_t size_ = 0;
};

}  // namespace baleen::store
