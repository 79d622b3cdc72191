// Asks `baleen-graph`: starts it for one request, and ends it when it takes too long.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "control/graph/export.h"
#include "control/graph/metrics.h"
#include "control/graph/model.h"

namespace baleen::graph {

struct HelperOptions {
    std::string program;  // empty: baleen-graph in the folder of this program
    uint64_t memory_bytes = 1ull << 30;
    std::chrono::milliseconds deadline{10'000};
};

// Safe to call from several threads at a time.
base::Result<MetricsAnswer> ask_helper(const MetricsRequest& request, const HelperOptions& options);

// A graph as metrics see it: without `others`, which is no host, and without what a node says to
// itself.
struct MetricsView {
    MetricsRequest request;
    std::vector<uint32_t> nodes;  // of the graph, by the request's
    std::vector<uint32_t> edges;
    std::optional<uint32_t> index_of(uint32_t graph_node) const;
};
MetricsView view_of(const Graph& graph);

// What the answer has of each node, by the graph's nodes; `articulation` as 0 or 1.
std::vector<NodeColumn> columns_of(const Graph& graph, const MetricsView& view,
                                   const MetricsAnswer& answer);

}  // namespace baleen::graph
