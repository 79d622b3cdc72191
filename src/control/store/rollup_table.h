// Sums by key, of one span and one dimension.
//
// Why so: a key has a fixed size and is found by one hash. Rows stand in the order in which they
// came, and only places of eight bytes are hashed.
// PERF: rows are looked up several at a time, so that their cache misses overlap (`baleen bench
// store`, rollup_ratio).
//
// Must hold: memory grows with the number of rows alone; keys are chosen by whoever sends packets,
// so the hash has a seed of the process's own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "control/store/rollup.h"
#include "control/store/rollup_pool.h"

namespace baleen::store {

template <size_t key_bytes>
struct RollupRow {
    Sums sums;
    std::array<uint8_t, key_bytes> key;
};

template <size_t key_bytes>
class RollupTable {
public:
    using Row = RollupRow<key_bytes>;
    static constexpr size_t rows_at_once = 16;

    explicit RollupTable(const std::shared_ptr<RollupPool>& pool) : rows_(pool) {}

    // At most `rows_at_once`.
    void add(std::span<const Row> rows);
    void add(const RollupTable& other);
    // It is likely to be as large again.
    void clear();

    uint32_t size() const { return rows_.size(); }
    size_t bytes() const { return rows_.bytes() + places_.size() * sizeof(Place); }
    const Row& operator[](uint32_t index) const { return rows_[index]; }

private:
    // The hash's low bits tell where it is; the table is doubled without a look at the rows.
    struct Place {
        uint32_t hash;
        uint32_t index;  // from 1; 0: free
    };

    void add(const Row& row, uint32_t hash);
    void grow();

    PooledList<Row> rows_;
    std::vector<Place> places_;  // a power of two, at most half of them taken
};

extern template class RollupTable<4>;
extern template class RollupTable<16>;
extern template class RollupTable<32>;

}  // namespace baleen::store
