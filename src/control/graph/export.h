// A graph in the formats of those who draw and compute with graphs: GraphML, GEXF 1.2 (Gephi),
// node-link JSON (NetworkX, D3), DOT (Graphviz), and its edges as CSV.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/graph/model.h"

namespace baleen::graph {

enum class Format : uint8_t { graphml, gexf, node_link, dot, csv };
// "graphml", "gexf", "json", "dot", "csv".
std::optional<Format> format_of(std::string_view name);

// Something known of each node besides what a graph says of it, such as its PageRank.
struct NodeColumn {
    std::string name;
    bool is_integer = false;
    std::vector<double> values;  // by node; NaN: not known of that one
};

std::string export_graph(const Graph& graph, Format format,
                         std::span<const NodeColumn> columns = {});

}  // namespace baleen::graph
