#include "control/store/flow_blocks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "control/store/slice_schema.h"

namespace baleen::store {

base::Status FlowBlocks::find(Database& database, int64_t first_row, int64_t last_row) {
    if (!statement_) {
        const auto has_sections = has_table(database, "flow_sections");
        if (!has_sections) return has_sections.error();
        auto prepared = database.prepare(fmt::format(
            "SELECT first_row, last_row, columns, {} FROM flow_columns WHERE first_row >= coalesce("
            "(SELECT max(first_row) FROM flow_columns WHERE first_row <= ?1), ?1) "
            "AND first_row <= ?2 AND last_row >= ?1 ORDER BY first_row",
            *has_sections ? "EXISTS (SELECT 1 FROM flow_sections AS s "
                            "WHERE s.first_row = flow_columns.first_row)"
                          : "0"));
        if (!prepared) return prepared.error();
        statement_ = std::move(*prepared);
        if (*has_sections) {
            auto sections =
                database.prepare("SELECT sections FROM flow_sections WHERE first_row = ?");
            if (!sections) return sections.error();
            sections_ = std::move(*sections);
        }
    }
    statement_.bind(1, first_row).bind(2, last_row);
    code_ = SQLITE_OK;
    return base::Ok{};
}

std::optional<FlowBlock> FlowBlocks::next() {
    while ((code_ = statement_.step()) == SQLITE_ROW) {
        auto columns = ColumnReader::open(statement_.column_blob(2));
        const int64_t first = statement_.column_int(0), last = statement_.column_int(1);
        if (columns && first > 0 && last == first + columns->rows() - 1)
            return FlowBlock{first, last, statement_.column_int(3) != 0, std::move(*columns)};
        if (statement_.column_int(3) != 0) lost_rows_ += std::max<int64_t>(last - first + 1, 1);
    }
    return std::nullopt;
}

bool FlowBlocks::read_sections(const FlowBlock& block, SectionReader& out) {
    if (!block.has_sections) return false;
    const bool is_read = sections_.bind(1, block.first_row).step() == SQLITE_ROW &&
                         out.open(sections_.column_blob(0), block.columns.rows());
    sections_.reset();
    return is_read;
}

std::span<const uint8_t> JoinedRecord::join(const FlowImage& image,
                                            std::span<const uint8_t> sections) {
    BALEEN_ASSERT(sections.size() <= record_sections_bytes_max);
    const auto end = std::ranges::copy(image.fixed, bytes_.begin()).out;
    std::ranges::copy(sections, end);
    return std::span(bytes_).first(image.fixed.size() + sections.size());
}

}  // namespace baleen::store
