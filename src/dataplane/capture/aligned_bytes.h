// Memory that O_DIRECT takes: aligned to chunk_alignment, zeroed, as long as asked for.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

#include "base/assert.h"
#include "packets/chunk.h"

namespace baleen::capture {

constexpr uint64_t aligned(uint64_t bytes) {
    return (bytes + packets::chunk_alignment - 1) & ~uint64_t{packets::chunk_alignment - 1};
}

class AlignedBytes {
public:
    AlignedBytes() = default;
    explicit AlignedBytes(uint64_t bytes)
        : data_(
              static_cast<uint8_t*>(std::aligned_alloc(packets::chunk_alignment, aligned(bytes)))),
          size_(bytes) {
        BALEEN_ASSERT(data_ != nullptr);
        std::memset(data_.get(), 0, aligned(bytes));
    }

    uint8_t* data() const { return data_.get(); }
    uint64_t size() const { return size_; }
    std::span<uint8_t> bytes() const { return {data(), size_}; }

private:
    struct Free {
        void operator()(uint8_t* data) const { std::free(data); }
    };
    std::unique_ptr<uint8_t, Free> data_;
    uint64_t size_ = 0;
};

}  // namespace baleen::capture
