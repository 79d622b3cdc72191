// What columns of a slice can say of a query, before records are looked at.
#pragma once

#include <string>
#include <string_view>

#include "control/store/query.h"
#include "control/store/times.h"

namespace baleen::store {

// What times a record has that the query wants, as far as its filter and bounds say so.
Times wanted_times(const Query& query);

// " AND ..." about all columns but times.
std::string condition_of(const Query& query);

// Equal values of a column are demanded that has an index: few rows are left, in any order.
bool is_looked_up(const Query& query);

}  // namespace baleen::store
