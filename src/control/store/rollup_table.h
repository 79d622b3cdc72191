// Roll-ups in memory: sums by start of the span, dimension and key, until they are written.
//
// Why so: a record touches six rows, so a row has a key of fixed size and is found by one hash.
// Rows stand in chunks in the order in which they came, and only places of eight bytes are hashed:
// what belongs to one second lies together.
// PERF: rows are looked up several at a time, so that their cache misses overlap (`baleen bench
// store`, rollup_ratio).
//
// Must hold: memory grows with the number of rows alone; keys are chosen by whoever sends packets,
// so the hash has a seed of the process's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "control/store/rollup_pool.h"

namespace baleen::store {

class RollupTable {
public:
    explicit RollupTable(std::shared_ptr<RollupPool> pool = std::make_shared<RollupPool>())
        : pool_(std::move(pool)) {}
    RollupTable(RollupTable&& other) noexcept;
    RollupTable& operator=(RollupTable&& other) noexcept;
    ~RollupTable() { clear(); }

    // In all dimensions, in the second that the record ended in.
    void add(const record::FlowRecord& record);
    // At most `rows_at_once`.
    void add(std::span<const RollupRow> rows);
    // All rows of `finer`, in the longer spans of `level`.
    void add(const RollupTable& finer, Level level);
    // It is likely to be as large again.
    void clear();

    static constexpr size_t rows_at_once = 16;

    uint32_t size() const { return size_; }
    // All rows are of one span.
    bool is_of_one_span() const { return first_start_ns_ >= last_start_ns_; }
    size_t bytes() const { return chunks_.size() * RollupPool::chunk_bytes; }
    const RollupRow& operator[](uint32_t index) const { return row(index); }

private:
    // The hash's low bits tell where it is; the table is doubled without a look at the rows.
    struct Place {
        uint32_t hash;
        uint32_t index;  // from 1; 0: free
    };

    RollupRow& row(uint32_t index) const {
        return (*chunks_[index / rollup_chunk_rows])[index % rollup_chunk_rows];
    }
    void add(const RollupRow& row, uint32_t hash);
    void append(const RollupRow& row);
    // To so many places.
    void grow(size_t places);

    std::shared_ptr<RollupPool> pool_;
    std::vector<std::unique_ptr<RollupChunk>> chunks_;
    std::vector<Place> places_;  // a power of two, at most half of them taken
    size_t places_before_ = 0;
    uint32_t size_ = 0;
    int64_t first_start_ns_ = INT64_MAX;
    int64_t last_start_ns_ = INT64_MIN;
};

}  // namespace baleen::store
