// Graphs and what is known of them, as the API writes them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/graph/diff.h"
#include "control/graph/fan_out.h"
#include "control/graph/metrics_client.h"
#include "control/graph/model.h"

namespace baleen::endpoints {

// With places and communities, as far as `answer` has them.
std::string graph_json(const graph::Graph& graph, const graph::MetricsView& view,
                       const graph::MetricsAnswer& answer);
nlohmann::ordered_json metrics_json(const graph::Graph& graph, const graph::MetricsView& view,
                                    const graph::MetricsAnswer& answer, const std::string& sort,
                                    size_t limit);
nlohmann::ordered_json path_json(const graph::Graph& graph, const graph::MetricsView& view,
                                 const graph::MetricsAnswer& answer, std::string_view weight);
nlohmann::ordered_json difference_json(const graph::Difference& difference, size_t limit);
nlohmann::ordered_json scans_json(const std::vector<graph::Finding>& findings);

// "pagerank", ...
std::optional<graph::Metric> metric_of(std::string_view name);
std::string metric_names();

}  // namespace baleen::endpoints
