// Spans of time as roll-ups have them.
#pragma once

#include <cstdint>
#include <vector>

#include "control/store/rollup.h"

namespace baleen::store {

// How a span is made up: of the largest level that fits, and of smaller ones at the ends.
struct LevelSpan {
    Level level;
    int64_t begin_ns;
    int64_t end_ns;
    bool operator==(const LevelSpan&) const = default;
};
std::vector<LevelSpan> level_spans(int64_t since_ns, int64_t until_ns, Level coarsest);

}  // namespace baleen::store
