// Questions of several kinds about flows that are stored, and how long each waits for its answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace baleen::cli {

struct QuestionFigures {
    std::string name;
    double p50_ms, p99_ms;
    double answer_rows;  // on average
};

// `count` of each kind, drawn from the seed. `span_ns`: the flows end between `start_ns` and that
// much later.
base::Result<std::vector<QuestionFigures>> ask_questions(const std::string& directory,
                                                         int64_t start_ns, int64_t span_ns,
                                                         uint64_t count, uint64_t seed);

}  // namespace baleen::cli
