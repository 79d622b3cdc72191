// All rows of a slice, one after the other as they are stored: for those who copy or check them.
// (Questions are query.h's.)
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "filter/filter.h"

namespace baleen::store {

struct RowsWanted {
    filter::Kind kinds = filter::Kind::flow | filter::Kind::event;
    // Flows that ended, events that happened from then until before then.
    int64_t from_ns = 0;
    int64_t to_ns = INT64_MAX;
};

struct Run {
    int64_t id = 0;
    int64_t start_ns = 0;
    std::string ports;  // names, one a line
};

// False ends the reading.
using RowVisitor = std::function<bool(const Run& run, const filter::Subject& subject)>;

// Rows that make no sense end it with an error, as damage does; what came before has been visited.
base::Status read_rows(const std::string& path, const RowsWanted& wanted, const RowVisitor& visit);

}  // namespace baleen::store
