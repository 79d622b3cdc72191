// Blocks of a slice: of each run of rows the smallest and largest times, for those who look for a
// span of time before the slice has indexes.
//
// Must hold: every committed row is in exactly one block; all but the last have block_rows rows.
// (But for rows of a version that knew no blocks, which may all be in the first.)
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "control/store/database.h"

namespace baleen::store {

// 4096 rows of 300 bytes are 75 pages, read in less than a millisecond; of a slice of a million
// rows there are 250 blocks then.
inline constexpr int64_t block_rows = 4096;

template <size_t column_count>
class BlockRanges {
public:
    using Times = std::array<int64_t, column_count>;

    // Goes on with the last block of `table`, which has columns first_row, last_row and two for
    // each time.
    base::Status open(Database& database, const char* table);

    // Rows come one after the other.
    base::Status add(Database& database, int64_t row, const Times& times);
    // All rows until `row`, of whatever time.
    base::Status add_unknown(Database& database, int64_t row);
    // In the open transaction, before it ends.
    base::Status write(Database& database);
    int64_t last_row() const { return last_row_; }

private:
    Statement insert_;
    int64_t first_row_ = 1;
    int64_t last_row_ = 0;
    Times smallest_{};
    Times largest_{};
    bool is_written_ = true;
};

}  // namespace baleen::store
