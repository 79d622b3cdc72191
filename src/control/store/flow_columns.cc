#include "control/store/flow_columns.h"

#include "control/store/block_ranges.h"

namespace baleen::store {

base::Status ColumnBlocks::find(Database& database, int64_t first_row, int64_t last_row) {
    if (!statement_) {
        auto prepared = database.prepare(
            "SELECT first_row, last_row, columns FROM flow_columns WHERE first_row >= coalesce("
            "(SELECT max(first_row) FROM flow_columns WHERE first_row <= ?1), ?1) "
            "AND first_row <= ?2 ORDER BY first_row");
        if (!prepared) return prepared.error();
        statement_ = std::move(*prepared);
    }
    statement_.bind(1, first_row).bind(2, last_row);
    code_ = SQLITE_OK;
    return base::Ok{};
}

std::optional<ColumnBlock> ColumnBlocks::next() {
    while ((code_ = statement_.step()) == SQLITE_ROW) {
        auto columns = ColumnReader::open(statement_.column_blob(2));
        const int64_t first = statement_.column_int(0), last = statement_.column_int(1);
        if (columns && first > 0 && last == first + columns->rows() - 1)
            return ColumnBlock{first, last, std::move(*columns)};
    }
    return std::nullopt;
}

base::Status FlowColumns::open(Database& database, int64_t rows_max) {
    *this = {};
    waiting_.reserve(block_rows);
    auto insert = database.prepare("INSERT OR REPLACE INTO flow_columns VALUES (?, ?, ?)");
    if (!insert) return insert.error();
    insert_ = std::move(*insert);
    auto bounds = database.prepare(
        "SELECT (SELECT max(rowid) FROM flow), (SELECT max(last_row) FROM flow_columns)");
    if (!bounds) return bounds.error();
    if (bounds->step() != SQLITE_ROW) return database.error("does not tell its columns");
    const int64_t last = bounds->column_int(0);
    int64_t from = bounds->column_int(1);
    if (last - from > rows_max) from = last / block_rows * block_rows;
    auto rows =
        database.prepare("SELECT rowid, record, run, worker, sequence FROM flow WHERE rowid > ?");
    if (!rows) return rows.error();
    rows->bind(1, from);
    int code;
    while ((code = rows->step()) == SQLITE_ROW) {
        const auto image = FlowImage::of_row(*rows, 1);
        // Of no record: the rest of this block has a gap then.
        if (!image) continue;
        if (auto status = add(database, rows->column_int(0), *image); !status) return status;
    }
    return code == SQLITE_DONE ? base::Status(base::Ok{}) : database.error("cannot be read back");
}

base::Status FlowColumns::add(Database& database, int64_t row, const FlowImage& image) {
    const bool begins = (row - 1) % block_rows == 0;
    const bool goes_on =
        !waiting_.empty() && row == first_row_ + static_cast<int64_t>(waiting_.size());
    if (begins || !goes_on) waiting_.clear();
    if (!begins && !goes_on) return base::Ok{};
    if (begins) first_row_ = row;
    waiting_.push_back(image);
    if (waiting_.size() < static_cast<size_t>(block_rows)) return base::Ok{};
    const auto columns = pack_columns(waiting_);
    insert_.bind(1, first_row_).bind(2, row).bind(3, columns);
    const int code = insert_.step();
    insert_.reset();
    waiting_.clear();
    if (code != SQLITE_DONE) return database.error("cannot take columns");
    return base::Ok{};
}

}  // namespace baleen::store
