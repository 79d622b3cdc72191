#include "control/metrics/ledger_names.h"

#include <fmt/format.h>

#include <algorithm>

namespace baleen::metrics {
namespace {

constexpr std::string_view terms_of_different_things[] = {
    "received", "flows", "records", "match", "app", "capture_written", "events", "poll"};

bool has_word(std::string_view name, std::string_view word) {
    return fmt::format("_{}_", name).find(fmt::format("_{}_", word)) != std::string::npos;
}

}  // namespace

bool is_told_by_cause(const base::CounterInfo& counter) {
    return std::find(std::begin(terms_of_different_things), std::end(terms_of_different_things),
                     counter.term) == std::end(terms_of_different_things);
}

std::string metric_name(const base::CounterInfo& counter) {
    std::string name(counter.term);
    // "total" as a cause says no more than the ending does.
    if (!is_told_by_cause(counter) && counter.cause != "total")
        name += fmt::format("_{}", counter.cause);
    if (!has_word(name, counter.unit)) name += fmt::format("_{}", counter.unit);
    return fmt::format("baleen_{}_total", name);
}

}  // namespace baleen::metrics
