#include "control/store/flow_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "control/store/slice_schema.h"

namespace baleen::store {

base::Result<FlowRows> FlowRows::open(Database& database, int64_t first_row) {
    FlowRows rows;
    rows.database_ = &database;
    rows.at_ = first_row;
    const auto is_numbered = has_table(database, "block");
    if (!is_numbered) return is_numbered.error();
    const auto has_blocks = has_table(database, "flow_sections");
    if (!has_blocks) return has_blocks.error();
    rows.has_blocks_ = *has_blocks;
    auto statement = database.prepare(fmt::format(
        "SELECT {}, run, first_ns, last_ns, record FROM flow {}", *is_numbered ? "rowid" : "0",
        *is_numbered ? "WHERE rowid BETWEEN ?1 AND ?2 ORDER BY rowid" : ""));
    if (!statement) return statement.error();
    rows.rows_ = std::move(*statement);
    if (rows.has_blocks_)
        if (auto status = rows.blocks_.find(database, first_row, INT64_MAX); !status)
            return status.error();
    rows.look_for_block();
    return rows;
}

bool FlowRows::next(FlowRow& row) {
    while (status_) {
        if (in_block_ && block_->holds(at_)) {
            next_of_block(row);
            return true;
        }
        if (in_block_) look_for_block();
        else if (next_stored(row)) return true;
        else if (!block_) return false;
        else begin_block();
    }
    return false;
}

// The next block, and the rows in front of it, or all that are left.
void FlowRows::look_for_block() {
    in_block_ = false;
    block_.reset();
    do {
        if (has_blocks_) block_ = blocks_.next();
    } while (block_ && !block_->has_sections);
    if (has_blocks_ && !block_ && blocks_.code() != SQLITE_DONE)
        status_ = database_->error("cannot be read further");
    if (blocks_.lost_rows() > 0) note("columns of a block make no sense");
    rows_.reset();
    rows_.bind(1, at_).bind(2, block_ ? block_->first_row - 1 : INT64_MAX);
}

bool FlowRows::next_stored(FlowRow& row) {
    const int code = rows_.step();
    if (code == SQLITE_ROW) {
        row = {rows_.column_int(0), rows_.column_int(1), rows_.column_int(2), rows_.column_int(3),
               rows_.column_blob(4)};
        return true;
    }
    if (code != SQLITE_DONE) status_ = database_->error("cannot be read further");
    return false;
}

void FlowRows::begin_block() {
    at_ = std::max(at_, block_->first_row);
    images_.clear();
    in_block_ = blocks_.read_sections(*block_, sections_);
    if (in_block_) return;
    note(fmt::format("sections of rows {} to {} make no sense", block_->first_row,
                     block_->last_row));
    at_ = block_->last_row + 1;
    look_for_block();
}

void FlowRows::next_of_block(FlowRow& row) {
    const uint32_t number = block_->number_of(at_);
    if (images_.empty() || number == images_from_ + images_.size()) {
        images_from_ = number;
        images_.resize(std::min(column_rows_at_once, block_->columns.rows() - number));
        ColumnRows numbers;
        std::iota(numbers.begin(), numbers.end(), number);
        block_->columns.read(std::span(numbers).first(images_.size()), images_);
    }
    const FlowImage& image = images_[number - images_from_];
    row = {at_++, image.run, image.first_ns(), image.last_ns(),
           joined_.join(image, sections_.of(number))};
}

void FlowRows::note(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
}

}  // namespace baleen::store
