#include "control/graph/attributes.h"

#include <fmt/format.h>

#include <cmath>

namespace baleen::graph {
namespace {

using Type = Attribute::Type;

template <class Member>
Attribute integer_of_node(const Graph& graph, std::string name, Member member) {
    return {Type::integer, std::move(name), [&graph, member](uint32_t node) {
                return fmt::format("{}", graph.nodes[node].*member);
            }};
}

// `side`: sent by the edge's first end, or by its second; flows: begun by it.
Attribute integer_of_edge(const Graph& graph, std::string name,
                          std::array<uint64_t, 2> Sums::*member, size_t side) {
    return {Type::integer, std::move(name), [&graph, member, side](uint32_t edge) {
                return fmt::format("{}", (graph.edges[edge].sums.*member)[side]);
            }};
}

Attribute of_column(const NodeColumn& column) {
    return {column.is_integer ? Type::integer : Type::number, column.name,
            [&column](uint32_t node) {
                const double value = column.values.at(node);
                if (std::isnan(value)) return std::string();
                return column.is_integer ? fmt::format("{}", static_cast<int64_t>(value))
                                         : fmt::format("{}", value);
            }};
}

}  // namespace

std::string_view kind_name(NodeKind kind) {
    switch (kind) {
        case NodeKind::others: return "others";
        case NodeKind::host: return "host";
        case NodeKind::subnet: return "subnet";
        case NodeKind::autonomous_system: return "autonomous_system";
    }
    return "";
}

std::string services_text(const Edge& edge) {
    std::string text;
    for (const Service& service : edge.services)
        text += fmt::format("{}{}:{}", text.empty() ? "" : " ", name_of(service), service.bytes);
    if (edge.other_services.bytes > 0)
        text += fmt::format("{}other:{}", text.empty() ? "" : " ", edge.other_services.bytes);
    return text;
}

std::vector<Attribute> node_attributes(const Graph& graph, std::span<const NodeColumn> columns) {
    std::vector<Attribute> attributes = {
        {Type::text, "kind",
         [&graph](uint32_t node) { return std::string(kind_name(graph.nodes[node].key.kind)); }},
        integer_of_node(graph, "bytes_sent", &Node::bytes_sent),
        integer_of_node(graph, "bytes_received", &Node::bytes_received),
        integer_of_node(graph, "packets_sent", &Node::packets_sent),
        integer_of_node(graph, "packets_received", &Node::packets_received),
        integer_of_node(graph, "flows_begun", &Node::flows_begun),
        integer_of_node(graph, "flows_answered", &Node::flows_answered),
        integer_of_node(graph, "degree", &Node::degree),
        integer_of_node(graph, "degree_in", &Node::degree_in),
        integer_of_node(graph, "degree_out", &Node::degree_out),
        integer_of_node(graph, "first_ns", &Node::first_ns),
        integer_of_node(graph, "last_ns", &Node::last_ns),
    };
    for (const NodeColumn& column : columns) attributes.push_back(of_column(column));
    return attributes;
}

std::vector<Attribute> edge_attributes(const Graph& graph) {
    const auto integer = [&](std::string name, auto value) {
        return Attribute{Type::integer, std::move(name), [&graph, value](uint32_t edge) {
                             return fmt::format("{}", value(graph.edges[edge]));
                         }};
    };
    return {
        integer("bytes", [](const Edge& edge) { return edge.sums.bytes_total(); }),
        integer_of_edge(graph, "bytes_from_source", &Sums::bytes, 0),
        integer_of_edge(graph, "bytes_from_target", &Sums::bytes, 1),
        integer_of_edge(graph, "packets_from_source", &Sums::packets, 0),
        integer_of_edge(graph, "packets_from_target", &Sums::packets, 1),
        integer_of_edge(graph, "flows_from_source", &Sums::flows, 0),
        integer_of_edge(graph, "flows_from_target", &Sums::flows, 1),
        integer("records", [](const Edge& edge) { return edge.sums.records; }),
        integer("first_ns", [](const Edge& edge) { return edge.first_ns; }),
        integer("last_ns", [](const Edge& edge) { return edge.last_ns; }),
        {Type::text, "services",
         [&graph](uint32_t edge) { return services_text(graph.edges[edge]); }},
    };
}

}  // namespace baleen::graph
