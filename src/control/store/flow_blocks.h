// Flow records in blocks: of each full block of rows (block_ranges.h) the fixed parts in columns
// (column_block.h), and the sections beside them (section_block.h). What most questions ask, times,
// addresses, ports and counters, is in the columns: a fifth of a whole row.
//
// Slices that version 6 has written have blocks without sections: there the rows themselves stand
// in `flow` as well, and say the same.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "baleen/record.h"
#include "control/store/column_block.h"
#include "control/store/database.h"
#include "control/store/section_block.h"

namespace baleen::store {

struct FlowBlock {
    int64_t first_row;
    int64_t last_row;
    bool has_sections;     // and so its rows are not in `flow`
    ColumnReader columns;  // until the next block is asked for

    bool holds(int64_t row) const { return first_row <= row && row <= last_row; }
    uint32_t number_of(int64_t row) const { return static_cast<uint32_t>(row - first_row); }
};

// Those of a slice, one after the other.
class FlowBlocks {
public:
    // Of a slice that has some: from the block on that `first_row` is in.
    base::Status find(Database& database, int64_t first_row, int64_t last_row);
    // Those that make sense. nullopt: there are no more, or code() tells what is wrong.
    std::optional<FlowBlock> next();
    // False: it has none that make sense.
    bool read_sections(const FlowBlock& block, SectionReader& out);
    int code() const { return code_; }
    // Of blocks that made no sense, and whose rows stand nowhere else.
    int64_t lost_rows() const { return lost_rows_; }
    // To be reset when no more are wanted.
    Statement& statement() { return statement_; }
    void clear() { *this = {}; }

private:
    Statement statement_;
    Statement sections_;
    int code_ = SQLITE_OK;
    int64_t lost_rows_ = 0;
};

// A record as it was: its fixed part, and its sections behind that.
class JoinedRecord {
public:
    // Until the next one.
    std::span<const uint8_t> join(const FlowImage& image, std::span<const uint8_t> sections);

private:
    std::array<uint8_t, sizeof(record::FlowRecord)> bytes_;
};

}  // namespace baleen::store
