// What the roll-ups of all open slices together take of their budget.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

namespace baleen::store {

struct RollupMemory {
    uint64_t limit_bytes = 64ull << 20;
    uint64_t used_bytes = 0;
};

// A slice's part of it.
class RollupLease {
public:
    RollupLease() = default;
    explicit RollupLease(std::shared_ptr<RollupMemory> memory) : memory_(std::move(memory)) {}
    RollupLease(RollupLease&& other) noexcept
        : memory_(std::move(other.memory_)), bytes_(std::exchange(other.bytes_, 0)) {}
    RollupLease& operator=(RollupLease&& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~RollupLease() {
        if (memory_ != nullptr) set(0);
    }

    void set(uint64_t bytes) {
        memory_->used_bytes += bytes - bytes_;
        bytes_ = bytes;
    }
    uint64_t bytes() const { return bytes_; }
    // Half of it is for those that are kept, half for what writing takes: the rows of minutes,
    // which are no more, and the order of all.
    bool is_spent() const { return memory_->used_bytes > memory_->limit_bytes / 2; }

private:
    std::shared_ptr<RollupMemory> memory_;
    uint64_t bytes_ = 0;
};

}  // namespace baleen::store
