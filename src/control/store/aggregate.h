// What tops, series and matrices have in common: all that is counted by some key within a span of
// time, out of roll-ups where these have it, out of records where not.
//
// Roll-ups serve if there is no filter and the key is one of their dimensions: hours that lie
// within the span, then minutes and seconds at its ends; and records of slices, or of the rows of
// one, that are in no roll-up. The span is widened to whole seconds then.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/store/cancel.h"
#include "control/store/grouping.h"
#include "control/store/query.h"
#include "control/store/rollup.h"

namespace baleen::store {

// Of which records, and at what cost. Of the query kind, filter, run, protocols and bounds count.
struct Scope {
    std::string directory;
    Query query;
    Cancel cancel = {};
    // Rows, of records and roll-ups, that are read before it stops, and tells what it has.
    uint64_t rows_max = UINT64_MAX;
    // So few records are read themselves where roll-ups would serve: it is as fast, some 20 ms, and
    // exact, while roll-ups of seconds have the largest keys only.
    uint64_t few_rows = 50'000;
    // Keys that are told apart; more make it inexact.
    size_t keys_max = 100'000;
};

// How an answer came about.
struct AnswerInfo {
    // The span that it is about: since <= time < until.
    int64_t since_ns = 0;
    int64_t until_ns = INT64_MAX;
    Outcome outcome = Outcome::done;  // anything else: partial
    bool is_exact = true;             // false: counts of single keys are lower bounds
    bool from_rollups = false;
    uint64_t rows_read = 0;
    std::vector<std::string> problems;

    // One more pass over the same records.
    void add(const AnswerInfo& pass);
};

// Takes what is counted; times are those of records, or starts of spans.
struct Counter {
    // Sums of a key; the empty one is what has none.
    std::function<void(int64_t time_ns, std::string_view key, const Sums& sums)> key;
    // Sums of all records, each once.
    std::function<void(int64_t time_ns, const Sums& sums)> total;
};

// `step_ns`: no span that is counted at once crosses a multiple of it; 0: they may be of any size.
base::Result<AnswerInfo> count_by(const Scope& scope, const Grouping& by, int64_t step_ns,
                                  const Counter& counter);

// Out of records, whatever is counted.
base::Result<AnswerInfo> for_each_record(const Scope& scope, bool needs_sections,
                                         const std::function<void(const filter::Subject&)>& visit);

}  // namespace baleen::store
