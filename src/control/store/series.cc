#include "control/store/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "control/store/top.h"

namespace baleen::store {
namespace {

int64_t step_of(int64_t time_ns, int64_t step_ns) { return time_ns / step_ns; }

// Steps by their numbers; only those that have something.
using Steps = std::map<int64_t, Sums>;

std::vector<Sums> laid_out(const Steps& steps, int64_t first, size_t count) {
    std::vector<Sums> out(count);
    for (const auto& [step, sums] : steps)
        if (step >= first && static_cast<size_t>(step - first) < count)
            out[static_cast<size_t>(step - first)] = sums;
    return out;
}

base::Error too_many(int64_t step_ns) {
    return {fmt::format("steps of {} s are more than {}: take longer ones, or a shorter span",
                        step_ns / step_ns_min, steps_max)};
}

}  // namespace

base::Result<Series> find_series(const Scope& scope, const std::optional<Grouping>& by,
                                 Measure measure, int64_t step_ns, size_t limit) {
    if (step_ns < step_ns_min || step_ns > step_ns_max)
        return base::Error{"a step is between a second and a day"};
    Series series;
    series.step_ns = step_ns;
    std::map<std::string, size_t, std::less<>> lines;
    std::vector<Steps> steps;
    if (by) {
        auto top = find_top(scope, *by, measure, limit);
        if (!top) return top.error();
        series.info = top->info;
        for (TopRow& row : top->rows) {
            lines[row.key] = series.lines.size();
            series.lines.push_back(
                {.key = row.key, .texts = std::move(row.texts), .total = {}, .steps = {}});
        }
        steps.resize(series.lines.size());
    }
    Steps total, others;
    bool is_too_long = false;
    const Counter counter{.key =
                              [&](int64_t time_ns, std::string_view key, const Sums& sums) {
                                  const auto line = lines.find(key);
                                  if (line == lines.end()) {
                                      if (by) others[step_of(time_ns, step_ns)].add(sums);
                                      return;
                                  }
                                  series.lines[line->second].total.add(sums);
                                  steps[line->second][step_of(time_ns, step_ns)].add(sums);
                              },
                          .total =
                              [&](int64_t time_ns, const Sums& sums) {
                                  total[step_of(time_ns, step_ns)].add(sums);
                                  is_too_long = is_too_long || total.size() > steps_max;
                              }};
    auto info = count_by(scope, by.value_or(Grouping::of(Dimension::total)), step_ns, counter);
    if (!info) return info.error();
    const AnswerInfo first_pass = std::move(series.info);
    series.info = std::move(*info);
    if (by) series.info.add(first_pass);
    if (is_too_long) return too_many(step_ns);

    // Bounds that say nothing give way to what there is.
    int64_t first = step_of(series.info.since_ns, step_ns);
    int64_t last = step_of(std::max<int64_t>(series.info.until_ns - 1, 0), step_ns);
    if (series.info.since_ns == 0) first = total.empty() ? 0 : total.begin()->first;
    if (series.info.until_ns == INT64_MAX) last = total.empty() ? first - 1 : total.rbegin()->first;
    const int64_t count = std::max<int64_t>(last - first + 1, 0);
    if (static_cast<uint64_t>(count) > steps_max) return too_many(step_ns);
    series.start_ns = first * step_ns;
    series.total = laid_out(total, first, static_cast<size_t>(count));
    if (by) series.others = laid_out(others, first, static_cast<size_t>(count));
    for (size_t i = 0; i < series.lines.size(); i++)
        series.lines[i].steps = laid_out(steps[i], first, static_cast<size_t>(count));
    return series;
}

}  // namespace baleen::store
