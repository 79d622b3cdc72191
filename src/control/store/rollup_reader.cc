// The part of a slice's reader that is about roll-ups.
#include <fmt/format.h>

#include "control/store/flow_writer.h"
#include "control/store/slice_reader.h"

namespace baleen::store {

base::Result<bool> SliceReader::look_for_rollups() {
    not_rolled_up_.clear();
    if (!is_readable_ || !has_rowid_ || !indexes_.contains("rollup")) return false;
    auto meta = database_.prepare(
        "SELECT (SELECT value FROM meta WHERE key = 'rolled_up_row'), "
        "(SELECT value FROM meta WHERE key = 'rollup_from_row')");
    if (!meta) return meta.error();
    const auto flows = last_flow_row(database_);
    if (!flows) return flows.error();
    if (meta->step() != SQLITE_ROW) return database_.error("cannot be read");
    const int64_t last_rolled_up = meta->column_int(0);
    if (last_rolled_up <= 0) return false;
    // Rows of a version that knew no roll-ups, in front of those that are in them.
    const int64_t first_rolled_up = std::max<int64_t>(meta->column_int(1), 1);
    const int64_t last = *flows;
    const auto add = [&](int64_t first_row, int64_t last_row) {
        if (first_row <= last_row)
            not_rolled_up_.push_back(
                {.way = Part::Way::rows, .first_row = first_row, .last_row = last_row});
    };
    add(1, std::min(first_rolled_up - 1, last));
    add(std::max(last_rolled_up + 1, first_rolled_up), last);
    return true;
}

base::Status SliceReader::read_rollups(
    const LevelSpan& span, Dimension dimension,
    const std::function<void(int64_t, std::string_view, const Sums&)>& visit) {
    if (!rollups_) {
        auto prepared = database_.prepare(
            "SELECT start_ns, key, flows, records, packets_out, packets_in, bytes_out, bytes_in "
            "FROM rollup WHERE level = ?1 AND dimension = ?2 AND start_ns >= ?3 AND start_ns < ?4");
        if (!prepared) return prepared.error();
        rollups_ = std::move(*prepared);
    }
    rollups_.bind(1, int64_t{static_cast<uint8_t>(span.level)})
        .bind(2, int64_t{static_cast<uint8_t>(dimension)})
        .bind(3, span.begin_ns)
        .bind(4, span.end_ns);
    int code = SQLITE_OK;
    while (!watch_->should_stop_at_row() && (code = rollups_.step()) == SQLITE_ROW) {
        const auto bytes = rollups_.column_blob(1);
        const auto column = [&](int index) {
            return static_cast<uint64_t>(rollups_.column_int(index));
        };
        visit(rollups_.column_int(0), {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
              {.flows = column(2),
               .records = column(3),
               .packets_out = column(4),
               .packets_in = column(5),
               .bytes_out = column(6),
               .bytes_in = column(7)});
    }
    return finish_scan(rollups_, code);
}

}  // namespace baleen::store
