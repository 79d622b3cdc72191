// A heat map: the largest keys by steps of time, or by the largest keys of something else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/store/aggregate.h"

namespace baleen::store {

struct MatrixAxis {
    std::string key;
    std::vector<std::string> texts;
    Sums total;
};

struct Matrix {
    std::vector<MatrixAxis> rows;
    std::vector<MatrixAxis> columns;       // of steps: their texts are empty
    int64_t start_ns = 0;                  // of steps: where the first begins
    int64_t step_ns = 0;                   // 0: columns are keys
    std::vector<std::vector<Sums>> cells;  // by row, then column
    AnswerInfo info;
};

// Columns are steps of time.
base::Result<Matrix> find_matrix(const Scope& scope, const Grouping& rows, Measure measure,
                                 size_t row_limit, int64_t step_ns);
// Columns are keys. Out of records, whatever the rows are.
base::Result<Matrix> find_matrix(const Scope& scope, const Grouping& rows, const Grouping& columns,
                                 Measure measure, size_t row_limit, size_t column_limit);

}  // namespace baleen::store
