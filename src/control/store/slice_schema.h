// Tables and indexes of a slice, and how one that an older version has begun becomes one of this.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "control/store/database.h"

namespace baleen::store {

// 7: flow_sections, no index of flows. 6: block, event_block, rollup, flow_columns. 5: `delivered`,
// rows have numbers. 4: app_proto.
inline constexpr int64_t slice_version = 7;

// Each type of event has a column that others leave empty: an index costs only those that have it.
inline constexpr std::array slice_indexes = {
    "CREATE INDEX IF NOT EXISTS event_time ON event (time_ns)",
    "CREATE INDEX IF NOT EXISTS event_flow ON event (flow_id)",
    "CREATE INDEX IF NOT EXISTS event_rule ON event (rule_id) WHERE rule_id IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS event_app ON event (app_proto, time_ns) "
    "WHERE app_proto IS NOT NULL",
};

base::Result<bool> has_table(Database& database, std::string_view name);

// 0: there are no tables yet.
base::Result<int64_t> read_slice_version(Database& database);

// Begins a slice, or has one of an older version go on. A newer one's is refused: whoever reads it
// relies on what this version does not write.
base::Status make_slice(Database& database);

}  // namespace baleen::store
