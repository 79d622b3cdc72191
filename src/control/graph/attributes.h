// What is told of nodes and edges, in the order and by the names that all formats share.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/graph/export.h"

namespace baleen::graph {

struct Attribute {
    enum class Type { integer, number, text } type;
    std::string name;
    // Empty: that node or edge has none.
    std::function<std::string(uint32_t)> value;
};

std::vector<Attribute> node_attributes(const Graph& graph, std::span<const NodeColumn> columns);
std::vector<Attribute> edge_attributes(const Graph& graph);

// "tcp/443:5300 udp/53:120 other:7": services with their bytes.
std::string services_text(const Edge& edge);
std::string_view kind_name(NodeKind kind);

}  // namespace baleen::graph
