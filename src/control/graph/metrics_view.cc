// Between a graph and the numbered nodes that metrics are about.
#include <algorithm>
#include <cmath>

#include "control/graph/metrics_client.h"

namespace baleen::graph {

std::optional<uint32_t> MetricsView::index_of(uint32_t graph_node) const {
    const auto at = std::lower_bound(nodes.begin(), nodes.end(), graph_node);
    if (at == nodes.end() || *at != graph_node) return std::nullopt;
    return static_cast<uint32_t>(at - nodes.begin());
}

MetricsView view_of(const Graph& graph) {
    MetricsView view;
    for (uint32_t node = 0; node < graph.nodes.size(); node++)
        if (graph.nodes[node].key.kind != NodeKind::others) view.nodes.push_back(node);
    view.request.node_count = static_cast<uint32_t>(view.nodes.size());
    for (uint32_t i = 0; i < graph.edges.size(); i++) {
        const Edge& edge = graph.edges[i];
        const auto a = view.index_of(edge.a), b = view.index_of(edge.b);
        if (edge.a == edge.b || !a || !b) continue;
        view.request.edges.push_back(
            {*a, *b, std::max(static_cast<double>(edge.sums.bytes_total()), 1.0)});
        view.edges.push_back(i);
    }
    return view;
}

std::vector<NodeColumn> columns_of(const Graph& graph, const MetricsView& view,
                                   const MetricsAnswer& answer) {
    std::vector<NodeColumn> columns;
    const auto add = [&](Values values, bool is_integer, const auto& value_of) {
        NodeColumn column{std::string(name_of(values)), is_integer,
                          std::vector<double>(graph.nodes.size(), std::nan(""))};
        for (size_t i = 0; i < view.nodes.size(); i++) column.values[view.nodes[i]] = value_of(i);
        columns.push_back(std::move(column));
    };
    for (const Values values : {Values::pagerank, Values::betweenness, Values::closeness,
                                Values::harmonic, Values::component, Values::core,
                                Values::clustering, Values::community, Values::x, Values::y}) {
        const auto found = answer.find(values);
        if (found == answer.end()) continue;
        const bool is_integer =
            values == Values::component || values == Values::core || values == Values::community;
        add(values, is_integer, [&](size_t i) { return found->second[i]; });
    }
    if (const auto found = answer.find(Values::articulation); found != answer.end())
        add(Values::articulation, true, [&](size_t i) {
            return std::binary_search(found->second.begin(), found->second.end(),
                                      static_cast<double>(i))
                       ? 1.0
                       : 0.0;
        });
    return columns;
}

}  // namespace baleen::graph
