// The store's reading side: flow records, or events, of all slices that match a filter, in a stated
// order.
//
// Shape: slices are asked one by one and merged, so that memory grows with the number of slices,
// not of records. The order is total (ties are settled by flow_id and part, by rule and
// offset, or by an event's number in its flow), hence the same for the same records.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "filter/filter.h"

namespace baleen::store {

struct Query {
    // The filter's: flows, or events of some kinds.
    filter::Kind kind = filter::Kind::flow;
    filter::Filter filter;
    const filter::Field* sort = nullptr;  // nullptr: by start, or time
    bool descending = false;
    uint64_t limit = UINT64_MAX;
    uint64_t run_id = 0;  // 0: all runs
    // Events of application protocols: of these alone; empty: of all.
    std::vector<application::AppProto> app_protos;
    // Events only: since <= time < until.
    int64_t since_ns = 0;
    int64_t until_ns = INT64_MAX;
};

// Called for each record in order; false ends the query.
using Visitor = std::function<bool(const filter::Subject&)>;

// Slices that cannot be read cost a sentence in `problems`; the others are answered.
base::Status run_query(const std::string& directory, const Query& query, const Visitor& visit,
                       std::vector<std::string>& problems);

// The newest run in the store, 0 if there is none.
uint64_t last_run_id(const std::string& directory);

}  // namespace baleen::store
