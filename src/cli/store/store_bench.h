// How fast the store takes records, beside bare inserts of the same rows, and how long questions
// wait for its answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/store/store_questions.h"

namespace baleen::cli {

struct StoreEffort {
    uint64_t records = 1'000'000;  // in a round: flows, and as many events
    int rounds = 3;
    uint64_t queries = 200;
    uint64_t seed = 1;
    bool alone = false;  // flows into the store only, nothing beside them: for large ones
};

struct StoreFigures {
    double record_bytes, event_bytes;  // on average
    // Medians of the rounds; the ratio that of the rounds' ratios.
    double records_per_s, bare_records_per_s, ratio;
    double plain_records_per_s;  // without roll-ups
    double rollup_ratio;         // with them, to without
    double events_per_s;
    double query_p50_ms, query_p99_ms;  // the largest of all kinds of questions
    double flows_found;                 // by a question of the first kind, on average
    std::vector<QuestionFigures> questions;
    // What was not measured (StoreEffort::alone) is 0.
};

// Stores of its own are made below `directory`; the last one is left there. One that is there
// already is only asked.
base::Result<StoreFigures> measure_store(const std::string& directory, const StoreEffort& effort);

}  // namespace baleen::cli
