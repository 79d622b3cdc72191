// The writing side of a slice's flow records: rows wait until there is a block of them
// (flow_blocks.h). At a commit those that fill none become rows of `flow`, so that a crash costs
// none of them, and leave it again with their block.
//
// Must hold: every committed row stands in `flow` or in a block with sections, never in both; rows
// have numbers from 1 on without gaps.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/store/column_block.h"
#include "control/store/database.h"
#include "control/store/section_block.h"

namespace baleen::store {

class FlowWriter {
public:
    // Goes on behind what `database` has. At most `rows_max` rows that are in no block are made
    // blocks of, the newest ones; INT64_MAX: all, those of version 6 among them.
    base::Status open(Database& database, int64_t rows_max);
    // Takes a row, and returns its number.
    base::Result<int64_t> add(Database& database, const FlowImage& image,
                              std::span<const uint8_t> sections);
    // In the transaction, before it ends.
    base::Status write(Database& database);
    int64_t last_row() const { return next_row_ - 1; }
    // A commit now would write rows that their block writes again.
    bool has_rows_waiting() const { return stored_ < waiting_.size(); }

private:
    base::Status prepare(Database& database);
    base::Status take_up(Database& database, int64_t behind_row);
    base::Status take(Database& database, int64_t row, const FlowImage& image,
                      std::span<const uint8_t> sections, bool is_stored);
    base::Status end_block(Database& database);
    base::Status put_block(Database& database);
    void forget_waiting();

    Statement insert_row_;
    Statement insert_columns_;
    Statement insert_sections_;
    Statement delete_rows_;
    int64_t next_row_ = 1;
    // Neighbours of one block, the last of them the last one taken.
    std::vector<FlowImage> waiting_;
    SectionList sections_;
    int64_t first_row_ = 0;  // of those that wait
    size_t stored_ = 0;      // so many of them, the first ones, stand in `flow`
};

// The last row of a slice, in a block or not; 0: there is none.
base::Result<int64_t> last_flow_row(Database& database);

}  // namespace baleen::store
