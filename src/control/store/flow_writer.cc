#include "control/store/flow_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "control/store/block_ranges.h"
#include "control/store/flow_blocks.h"
#include "control/store/slice_schema.h"

namespace baleen::store {
namespace {

int64_t block_start(int64_t row) { return (row - 1) / block_rows * block_rows + 1; }

}  // namespace

base::Result<int64_t> last_flow_row(Database& database) {
    const auto has_blocks = has_table(database, "flow_columns");
    if (!has_blocks) return has_blocks.error();
    auto last = database.prepare(fmt::format(
        "SELECT max(ifnull((SELECT max(rowid) FROM flow), 0), ifnull({}, 0))",
        *has_blocks ? "(SELECT last_row FROM flow_columns ORDER BY first_row DESC LIMIT 1)" : "0"));
    if (!last) return last.error();
    if (last->step() != SQLITE_ROW) return database.error("does not tell its rows");
    return last->column_int(0);
}

base::Status FlowWriter::prepare(Database& database) {
    for (const auto& [statement, sql] :
         {std::pair{&insert_row_,
                    "INSERT INTO flow (rowid, run, worker, sequence, first_ns, last_ns, record) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)"},
          std::pair{&insert_columns_, "INSERT OR REPLACE INTO flow_columns VALUES (?, ?, ?)"},
          std::pair{&insert_sections_, "INSERT INTO flow_sections VALUES (?, ?)"},
          std::pair{&delete_rows_, "DELETE FROM flow WHERE rowid BETWEEN ? AND ?"}}) {
        auto prepared = database.prepare(sql);
        if (!prepared) return prepared.error();
        *statement = std::move(*prepared);
    }
    return base::Ok{};
}

base::Status FlowWriter::open(Database& database, int64_t rows_max) {
    *this = {};
    if (auto status = prepare(database); !status) return status;
    const auto last = last_flow_row(database);
    if (!last) return last.error();
    next_row_ = *last + 1;
    if (rows_max == INT64_MAX) return take_up(database, 0);
    auto in_blocks = database.prepare("SELECT max(last_row) FROM flow_columns");
    if (!in_blocks) return in_blocks.error();
    if (in_blocks->step() != SQLITE_ROW) return database.error("does not tell its blocks");
    const int64_t in_block = in_blocks->column_int(0);
    return take_up(database, *last - in_block > rows_max ? block_start(*last + 1) - 1 : in_block);
}

// Some rows at a time: blocks are made of them while they are read.
base::Status FlowWriter::take_up(Database& database, int64_t behind_row) {
    auto rows = database.prepare(
        "SELECT rowid, record, run, worker, sequence FROM flow WHERE rowid > ? ORDER BY rowid "
        "LIMIT ?");
    if (!rows) return rows.error();
    struct Row {
        int64_t number;
        FlowImage image;
        std::vector<uint8_t> sections;
    };
    std::vector<Row> some;
    do {
        some.clear();
        rows->bind(1, behind_row).bind(2, block_rows);
        int code;
        while ((code = rows->step()) == SQLITE_ROW) {
            behind_row = rows->column_int(0);
            const auto image = FlowImage::of_row(*rows, 1);
            // Of no record: the rest of this block has a gap then.
            if (!image) continue;
            const auto sections = rows->column_blob(1).subspan(image->fixed.size());
            if (sections.size() > record_sections_bytes_max) continue;
            some.push_back({behind_row, *image, {sections.begin(), sections.end()}});
        }
        rows->reset();
        if (code != SQLITE_DONE) return database.error("cannot be read back");
        for (const Row& row : some)
            if (auto status = take(database, row.number, row.image, row.sections, true); !status)
                return status;
    } while (!some.empty());
    return base::Ok{};
}

base::Result<int64_t> FlowWriter::add(Database& database, const FlowImage& image,
                                      std::span<const uint8_t> sections) {
    const int64_t row = next_row_++;
    if (auto status = take(database, row, image, sections, false); !status) return status.error();
    return row;
}

base::Status FlowWriter::take(Database& database, int64_t row, const FlowImage& image,
                              std::span<const uint8_t> sections, bool is_stored) {
    const bool goes_on =
        !waiting_.empty() && row == first_row_ + static_cast<int64_t>(waiting_.size());
    if (!goes_on) {
        if (auto status = write(database); !status) return status;
        forget_waiting();
        first_row_ = row;
    }
    waiting_.push_back(image);
    sections_.add(sections);
    if (is_stored) stored_ = waiting_.size();
    return block_start(row + 1) == row + 1 ? end_block(database) : base::Ok{};
}

// What began behind the block's first row, or has a gap, stays as it is.
base::Status FlowWriter::end_block(Database& database) {
    const bool is_whole = waiting_.size() == static_cast<size_t>(block_rows);
    auto status = is_whole ? put_block(database) : write(database);
    forget_waiting();
    return status;
}

base::Status FlowWriter::put_block(Database& database) {
    const auto columns = pack_columns(waiting_);
    const auto sections = sections_.pack();
    const int64_t last_row = first_row_ + block_rows - 1;
    insert_columns_.bind(1, first_row_).bind(2, last_row).bind(3, columns);
    insert_sections_.bind(1, first_row_).bind(2, sections);
    delete_rows_.bind(1, first_row_).bind(2, last_row);
    bool is_done = insert_columns_.step() == SQLITE_DONE && insert_sections_.step() == SQLITE_DONE;
    if (is_done && stored_ > 0) is_done = delete_rows_.step() == SQLITE_DONE;
    for (Statement* statement : {&insert_columns_, &insert_sections_, &delete_rows_})
        statement->reset();
    return is_done ? base::Status(base::Ok{}) : database.error("cannot take a block of records");
}

base::Status FlowWriter::write(Database& database) {
    JoinedRecord record;
    for (; stored_ < waiting_.size(); stored_++) {
        const FlowImage& image = waiting_[stored_];
        insert_row_.bind(1, first_row_ + static_cast<int64_t>(stored_))
            .bind(2, image.run)
            .bind(3, image.worker)
            .bind(4, image.sequence)
            .bind(5, image.first_ns())
            .bind(6, image.last_ns())
            .bind(7, record.join(image, sections_[stored_]));
        const int code = insert_row_.step();
        insert_row_.reset();
        if (code != SQLITE_DONE) return database.error("cannot take a record");
    }
    return base::Ok{};
}

void FlowWriter::forget_waiting() {
    waiting_.clear();
    sections_.clear();
    stored_ = 0;
}

}  // namespace baleen::store
