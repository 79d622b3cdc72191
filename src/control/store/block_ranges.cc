#include "control/store/block_ranges.h"

#include <fmt/format.h>

#include <algorithm>

namespace baleen::store {

template <size_t column_count>
base::Status BlockRanges<column_count>::open(Database& database, const char* table) {
    *this = {};
    std::string places = "?, ?";
    for (size_t i = 0; i < column_count; i++) places += ", ?, ?";
    auto insert =
        database.prepare(fmt::format("INSERT OR REPLACE INTO {} VALUES ({})", table, places));
    if (!insert) return insert.error();
    insert_ = std::move(*insert);
    auto last =
        database.prepare(fmt::format("SELECT * FROM {} ORDER BY first_row DESC LIMIT 1", table));
    if (!last) return last.error();
    const int code = last->step();
    if (code == SQLITE_DONE) return base::Ok{};
    if (code != SQLITE_ROW) return database.error("does not tell its blocks");
    first_row_ = last->column_int(0);
    last_row_ = last->column_int(1);
    for (size_t i = 0; i < column_count; i++) {
        smallest_[i] = last->column_int(static_cast<int>(2 + 2 * i));
        largest_[i] = last->column_int(static_cast<int>(3 + 2 * i));
    }
    return base::Ok{};
}

template <size_t column_count>
base::Status BlockRanges<column_count>::add(Database& database, int64_t row, const Times& times) {
    const bool is_full = last_row_ - first_row_ + 1 >= block_rows;
    if (is_full) {
        if (auto status = write(database); !status) return status;
        first_row_ = row;
    }
    const bool is_first = is_full || last_row_ < first_row_;
    for (size_t i = 0; i < column_count; i++) {
        smallest_[i] = is_first ? times[i] : std::min(smallest_[i], times[i]);
        largest_[i] = is_first ? times[i] : std::max(largest_[i], times[i]);
    }
    last_row_ = row;
    is_written_ = false;
    return base::Ok{};
}

template <size_t column_count>
base::Status BlockRanges<column_count>::add_unknown(Database& database, int64_t row) {
    first_row_ = last_row_ + 1;
    last_row_ = row;
    smallest_.fill(INT64_MIN);
    largest_.fill(INT64_MAX);
    is_written_ = false;
    if (auto status = write(database); !status) return status;
    first_row_ = row + 1;
    return base::Ok{};
}

template <size_t column_count>
base::Status BlockRanges<column_count>::write(Database& database) {
    if (is_written_) return base::Ok{};
    insert_.bind(1, first_row_).bind(2, last_row_);
    for (size_t i = 0; i < column_count; i++)
        insert_.bind(static_cast<int>(3 + 2 * i), smallest_[i])
            .bind(static_cast<int>(4 + 2 * i), largest_[i]);
    const int code = insert_.step();
    insert_.reset();
    if (code != SQLITE_DONE) return database.error("cannot take the times of a block");
    is_written_ = true;
    return base::Ok{};
}

template class BlockRanges<1>;
template class BlockRanges<2>;

}  // namespace baleen::store
