// What commands that ask the store have in common: bounds of time, filter and order, as people
// write them.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "control/store/query.h"

namespace baleen::cli {

struct TimeBounds {
    std::string since, until;

    void add_to(CLI::App& app, const std::string& what);
    // Empty: done; else what is wrong with the options.
    std::string apply(store::Query& query) const;
};

// The same; `words` are a filter.
std::string apply_filter(const std::vector<std::string>& words, store::Query& query);
// "flow.bytes", "-bytes"; empty: by time.
std::string apply_sort(const std::string& sort, store::Query& query);

}  // namespace baleen::cli
