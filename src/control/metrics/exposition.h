// The metrics of the control process in Prometheus' text format, made when they are asked for.
//
// Must hold: counters live where they are counted; nothing here is kept between two questions.
// What each metric says is in docs/metrics.md, made from the same source.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

#include "control/metrics/status.h"

namespace baleen::metrics {

inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

std::vector<prometheus::MetricFamily> families(const Sources& sources);
std::string exposition(const Sources& sources);

}  // namespace baleen::metrics
