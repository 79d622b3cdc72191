// Room for bytes that end where memory ends: the page behind them can't be read.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <span>

#include "base/assert.h"

namespace baleen::test {

class GuardedBytes {
public:
    explicit GuardedBytes(size_t capacity) {
        const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
        room_ = (capacity + page - 1) / page * page;
        mapped_ = room_ + page;
        void* const memory = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        BALEEN_ASSERT(memory != MAP_FAILED);
        memory_ = static_cast<uint8_t*>(memory);
        BALEEN_ASSERT(::mprotect(memory_ + room_, page, PROT_NONE) == 0);
    }
    ~GuardedBytes() { ::munmap(memory_, mapped_); }
    GuardedBytes(const GuardedBytes&) = delete;
    GuardedBytes& operator=(const GuardedBytes&) = delete;

    // Stays until the next put().
    const uint8_t* put(std::span<const uint8_t> bytes) {
        BALEEN_ASSERT(bytes.size() <= room_);
        uint8_t* const at = memory_ + room_ - bytes.size();
        if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
        return at;
    }

private:
    uint8_t* memory_;
    size_t room_;
    size_t mapped_;
};

}  // namespace baleen::test
