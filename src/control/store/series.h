// How much there was step by step, of all or of the largest keys; and as a matrix, of rows by
// columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/store/aggregate.h"

namespace baleen::store {

inline constexpr int64_t step_ns_min = 1'000'000'000;
inline constexpr int64_t step_ns_max = 86'400 * step_ns_min;
// Steps of an answer.
inline constexpr size_t steps_max = 20'000;

struct Line {
    std::string key;
    std::vector<std::string> texts;
    Sums total;
    std::vector<Sums> steps;
};

struct Series {
    int64_t start_ns = 0;  // of the first step, a multiple of it
    int64_t step_ns = 0;
    std::vector<Sums> total;   // of all records, by step
    std::vector<Line> lines;   // the largest keys
    std::vector<Sums> others;  // of all other keys, and of what has none, by step
    AnswerInfo info;
};

// Without `by` totals alone. An error if the steps are too many: steps begin and end with the
// span, or else with what there is.
base::Result<Series> find_series(const Scope& scope, const std::optional<Grouping>& by,
                                 Measure measure, int64_t step_ns, size_t limit);

}  // namespace baleen::store
