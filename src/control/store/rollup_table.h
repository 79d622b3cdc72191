// Roll-ups in memory: sums by start of the span, dimension and key, until they are written.
//
// Why so: a record touches six rows, so a row has a key of fixed size and is found by one hash.
// Rows stand in chunks in the order in which they came, and only places of four and four bytes are
// hashed: what belongs to one second lies together.
//
// Must hold: memory grows with the number of rows alone, and bytes() tells it; keys are chosen by
// whoever sends packets, so the hash has a seed of the process's own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
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

    std::span<const uint8_t> key() const { return std::span(key_bytes).first(key_size); }
};
static_assert(sizeof(RollupRow) == 96);

class RollupTable {
public:
    // In all dimensions, in the second that the record ended in.
    void add(const record::FlowRecord& record);
    // The key may be longer than it looks: `key_bytes` holds zeros behind `key_size`.
    void add(const RollupRow& row);
    // All rows of `finer`, in the longer spans of `level`.
    void add(const RollupTable& finer, Level level);
    void clear();

    uint32_t size() const { return size_; }
    const RollupRow& operator[](uint32_t index) const {
        return chunks_[index / chunk_rows][index % chunk_rows];
    }
    size_t bytes() const {
        return chunks_.size() * chunk_rows * sizeof(RollupRow) + places_.size() * sizeof(Place);
    }

private:
    static constexpr uint32_t chunk_rows = 1024;  // 96 KiB
    struct Place {
        uint32_t hash;
        uint32_t index;  // from 1; 0: free
    };

    RollupRow& append(const RollupRow& row);
    void grow();

    std::vector<std::unique_ptr<std::array<RollupRow, chunk_rows>>> chunk_store_;
    std::vector<RollupRow*> chunks_;
    std::vector<Place> places_;  // a power of two, at most half of them taken
    uint32_t size_ = 0;
};

}  // namespace baleen::store
