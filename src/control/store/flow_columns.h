// What most questions ask of flow records, a second time and narrower: of each full block of rows
// its columns (column_block.h), where a whole row has 300 to 400 bytes. So a question reads and
// looks through a fifth.
//
// Must hold: the rows of `flow` say the same. Who has no columns of some rows reads those.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "control/store/column_block.h"
#include "control/store/database.h"

namespace baleen::store {

// Blocks of a slice, one after the other.
struct ColumnBlock {
    int64_t first_row;
    int64_t last_row;
    ColumnReader columns;  // until the next one is asked for
};
class ColumnBlocks {
public:
    // Of a slice that has columns: from the block on that `first_row` is in.
    base::Status find(Database& database, int64_t first_row, int64_t last_row);
    // Those that make sense. nullopt: there are no more, or code() tells what is wrong.
    std::optional<ColumnBlock> next();
    int code() const { return code_; }
    // To be reset when no more are wanted.
    Statement& statement() { return statement_; }
    void clear() { *this = {}; }

private:
    Statement statement_;
    int code_ = SQLITE_OK;
};

// The writing side: rows as they are inserted, until there is a block of them.
class FlowColumns {
public:
    // Goes on behind what `database` has, and reads back at most `rows_max` rows that no columns
    // have; of more only those of the last block.
    base::Status open(Database& database, int64_t rows_max);
    // `row` has just been inserted. Rows come one after the other; a block with a gap has none.
    base::Status add(Database& database, int64_t row, const FlowImage& image);

private:
    Statement insert_;
    std::vector<FlowImage> waiting_;
    int64_t first_row_ = 0;
};

}  // namespace baleen::store
