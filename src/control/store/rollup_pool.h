// Memory for roll-ups: what the tables of all open slices together may take.
//
// Why a pool: tables are emptied every few seconds. Chunks that go from one to the next are neither
// faulted in again nor cleared.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "control/store/rollup.h"

namespace baleen::store {

inline constexpr size_t rollup_key_bytes_max = 32;

struct RollupRow {
    int64_t start_ns;
    Sums sums;
    std::array<uint8_t, rollup_key_bytes_max> key_bytes;  // behind the key: zero
    Dimension dimension;
    uint8_t key_size;
};
static_assert(sizeof(RollupRow) == 96);

inline constexpr uint32_t rollup_chunk_rows = 1024;
using RollupChunk = std::array<RollupRow, rollup_chunk_rows>;

class RollupPool {
public:
    explicit RollupPool(uint64_t limit_bytes = 64ull << 20) : limit_bytes_(limit_bytes) {}

    std::unique_ptr<RollupChunk> take() {
        used_++;
        if (free_.empty()) return std::make_unique_for_overwrite<RollupChunk>();
        auto chunk = std::move(free_.back());
        free_.pop_back();
        return chunk;
    }
    void give(std::unique_ptr<RollupChunk> chunk) {
        used_--;
        free_.push_back(std::move(chunk));
    }

    // Half of it is for what is kept, half for what writing takes: the rows of minutes, which are
    // no more, and the order of all.
    bool is_spent() const { return used_ * chunk_bytes > limit_bytes_ / 2; }

    // With their places in a hash table, of which there are two to four for each row.
    static constexpr uint64_t chunk_bytes =
        sizeof(RollupChunk) + uint64_t{4} * rollup_chunk_rows * 8;

private:
    uint64_t limit_bytes_;
    uint64_t used_ = 0;
    std::vector<std::unique_ptr<RollupChunk>> free_;
};

}  // namespace baleen::store
