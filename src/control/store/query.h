// The store's reading side: flow records, or events, of all slices that match a filter, in a stated
// order, one by one.
//
// Shape: an answer is found part by part: the next so many records in the order, of all that stand
// behind the last one given. What cannot hold one of them, by its times, is not read: slices,
// blocks of rows within them, the rest of an index. So memory is bounded by a part, no transaction
// stays open between two calls, and going on where another answer has ended is the same thing.
//
// The order is total (ties are settled by flow_id and part, by rule and offset, or by an event's
// number in its flow, and then by the frame the record came in), hence the same for the same
// records.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/store/cancel.h"
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
    // since <= time < until: of an event its time; of a flow the time it ended, as slices and
    // roll-ups count it.
    int64_t since_ns = 0;
    int64_t until_ns = INT64_MAX;
    // Of the answer to the same query (but for the limit): what stands behind its position().
    std::string after;
};

class QueryRun {
public:
    // Errors: there is no store, or `after` is not of this query.
    static base::Result<QueryRun> open(const std::string& directory, Query query,
                                       Cancel cancel = {});
    // `query` stays as long as the run.
    static base::Result<QueryRun> open(const std::string& directory, const Query* query,
                                       Cancel cancel = {});
    QueryRun(QueryRun&&) noexcept;
    QueryRun& operator=(QueryRun&&) noexcept;
    ~QueryRun();

    // The next record, until the next call; nullptr: there is none, and outcome() tells why.
    const filter::Subject* next();
    // Of the record given last, or what the query began behind, or empty.
    std::string position() const;
    Outcome outcome() const;
    // Slices that cannot be read cost a sentence; the others are answered.
    const std::vector<std::string>& problems() const;

    // What it has cost so far.
    uint64_t rows_read() const;
    uint64_t slices_opened() const;

private:
    class Impl;
    explicit QueryRun(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

// Called for each record in order; false ends the query.
using Visitor = std::function<bool(const filter::Subject&)>;

// All of it at once.
base::Status run_query(const std::string& directory, const Query& query, const Visitor& visit,
                       std::vector<std::string>& problems);

// The newest run in the store, 0 if there is none.
uint64_t last_run_id(const std::string& directory);

}  // namespace baleen::store
