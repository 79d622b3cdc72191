// A block of flow records in columns: of each row the fixed part, byte by byte. A byte that is the
// same in all rows is kept once, and of a flow's counters and times most are: some 60 bytes of 208
// are left.
//
// Shape: a `Head`; for each byte of a FlowImage whether it is the same in all rows; the first row's
// image; the columns of the other bytes, one after the other, a byte for each row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "baleen/record.h"
#include "control/store/column_test.h"
#include "control/store/database.h"

namespace baleen::store {

// A row without its record's sections.
struct FlowImage {
    std::array<uint8_t, record::fixed_record_bytes> fixed;
    int64_t run;
    int64_t worker;
    int64_t sequence;

    // Of a record's first bytes, and of the frame it came in.
    static FlowImage of(std::span<const uint8_t, record::fixed_record_bytes> record, int64_t run,
                        int64_t worker, int64_t sequence);
    // Of a row of `record`, `run`, `worker` and `sequence`, in columns from `column` on; nullopt:
    // it has no record.
    static std::optional<FlowImage> of_row(const Statement& row, int column);

    bool operator==(const FlowImage&) const = default;
    int64_t first_ns() const { return number_at(offsetof(record::FlowRecord, first_ns)); }
    int64_t last_ns() const { return number_at(offsetof(record::FlowRecord, last_ns)); }

private:
    int64_t number_at(size_t at) const;
};
static_assert(sizeof(FlowImage) == record::fixed_record_bytes + 3 * sizeof(int64_t));

// Rows that are looked at together: their images, 15 KB, stay in the first cache.
inline constexpr uint32_t column_rows_at_once = 64;
using ColumnRows = std::array<uint32_t, column_rows_at_once>;

std::vector<uint8_t> pack_columns(std::span<const FlowImage> rows);

// Rows out of a block's bytes, which stay where they are. Nothing is believed of them: images are
// to be checked like bytes of rows.
class ColumnReader {
public:
    // nullopt: these bytes are no block of columns.
    static std::optional<ColumnReader> open(std::span<const uint8_t> block);

    uint32_t rows() const { return rows_; }
    // Numbers of those of rows `first` to `last` that pass.
    std::span<const uint32_t> passing(const ColumnTest& test, uint32_t first, uint32_t last,
                                      ColumnRows& room) const;
    // The rows with these numbers, which are there.
    void read(std::span<const uint32_t> rows, std::span<FlowImage> out) const;
    FlowImage row(uint32_t number) const;

private:
    uint32_t rows_ = 0;
    FlowImage base_;
    std::array<const uint8_t*, sizeof(FlowImage)> values_{};  // of each byte; none: as in `base_`
    std::vector<size_t> places_;                              // of those that have some
};

}  // namespace baleen::store
