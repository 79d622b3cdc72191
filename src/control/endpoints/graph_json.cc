#include "control/endpoints/graph_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "record/text.h"

namespace baleen::endpoints {
namespace {

using graph::Graph;
using graph::Metric;
using graph::MetricsAnswer;
using graph::MetricsView;
using graph::NodeKind;
using graph::Values;
using nlohmann::ordered_json;

std::string_view name_of(NodeKind kind) {
    switch (kind) {
        case NodeKind::others: return "others";
        case NodeKind::host: return "host";
        case NodeKind::subnet: return "subnet";
        case NodeKind::autonomous_system: return "asn";
    }
    return "host";
}

// Names of nodes are addresses, prefixes and numbers: nothing in them wants escaping.
void append_node(std::string& out, const graph::Node& node) {
    fmt::format_to(std::back_inserter(out),
                   "{{\"id\":\"{}\",\"kind\":\"{}\",\"bytes_sent\":{},\"bytes_received\":{},"
                   "\"packets_sent\":{},\"packets_received\":{},\"flows_begun\":{},"
                   "\"flows_answered\":{},\"degree\":{},\"degree_out\":{},\"degree_in\":{},"
                   "\"first_ns\":{},\"last_ns\":{}",
                   name_of(node.key), name_of(node.key.kind), node.bytes_sent, node.bytes_received,
                   node.packets_sent, node.packets_received, node.flows_begun, node.flows_answered,
                   node.degree, node.degree_out, node.degree_in, node.first_ns, node.last_ns);
}

void append_edge(std::string& out, const Graph& graph, const graph::Edge& edge) {
    const auto& [packets, bytes, flows, records] = edge.sums;
    fmt::format_to(std::back_inserter(out),
                   "{{\"a\":\"{}\",\"b\":\"{}\",\"bytes\":[{},{}],\"packets\":[{},{}],"
                   "\"flows\":[{},{}],\"first_ns\":{},\"last_ns\":{},\"services\":[",
                   name_of(graph.key_of(edge.a)), name_of(graph.key_of(edge.b)), bytes[0], bytes[1],
                   packets[0], packets[1], flows[0], flows[1], edge.first_ns, edge.last_ns);
    for (const graph::Service& service : edge.services)
        fmt::format_to(std::back_inserter(out), "{}{{\"name\":\"{}\",\"bytes\":{},\"flows\":{}}}",
                       &service == edge.services.data() ? "" : ",", name_of(service), service.bytes,
                       service.flows);
    out += "]}";
}

const std::vector<double>* values_of(const MetricsAnswer& answer, Values which) {
    const auto found = answer.find(which);
    return found == answer.end() || found->second.empty() ? nullptr : &found->second;
}

ordered_json number(const MetricsAnswer& answer, Values which) {
    const auto value = graph::number_of(answer, which);
    return value ? ordered_json(*value) : ordered_json(nullptr);
}

// Measures of single nodes.
constexpr std::array node_values = {Values::pagerank,   Values::betweenness, Values::closeness,
                                    Values::harmonic,   Values::component,   Values::core,
                                    Values::clustering, Values::community};

struct NamedMetric {
    std::string_view name;
    Metric metric;
};
constexpr NamedMetric named_metrics[] = {{"pagerank", Metric::pagerank},
                                         {"betweenness", Metric::betweenness},
                                         {"closeness", Metric::closeness},
                                         {"harmonic", Metric::harmonic},
                                         {"components", Metric::components},
                                         {"cores", Metric::cores},
                                         {"clustering", Metric::clustering},
                                         {"communities", Metric::communities},
                                         {"bridges", Metric::bridges},
                                         {"articulation", Metric::articulation},
                                         {"assortativity", Metric::assortativity},
                                         {"density", Metric::density},
                                         {"diameter", Metric::diameter}};

ordered_json graph_numbers(const MetricsView& view, const MetricsAnswer& answer) {
    ordered_json out{{"nodes", view.nodes.size()}, {"edges", view.edges.size()}};
    for (const auto& [name, which] : {std::pair{"density", Values::density},
                                      {"components", Values::component_count},
                                      {"clustering", Values::clustering_mean},
                                      {"transitivity", Values::transitivity},
                                      {"assortativity", Values::assortativity},
                                      {"communities", Values::community_count},
                                      {"modularity", Values::modularity},
                                      {"diameter", Values::diameter},
                                      {"diameter_is_bound", Values::diameter_is_bound},
                                      {"betweenness_sources", Values::betweenness_sources}})
        if (values_of(answer, which) != nullptr) out[name] = number(answer, which);
    return out;
}

// Measures that the graph itself has.
double measure_of(const graph::Node& node, std::string_view name) {
    if (name == "degree") return node.degree;
    if (name == "strength" || name == "bytes") return static_cast<double>(node.bytes());
    return 0;
}

ordered_json ends_json(const Graph& graph, const graph::Edge& edge) {
    return {name_of(graph.key_of(edge.a)), name_of(graph.key_of(edge.b))};
}

ordered_json keys_json(const std::vector<graph::NodeKey>& keys, size_t limit) {
    ordered_json out = ordered_json::array();
    for (size_t i = 0; i < std::min(limit, keys.size()); i++) out.push_back(name_of(keys[i]));
    return out;
}

ordered_json traffic_json(const std::vector<graph::Difference::Traffic>& edges, size_t limit) {
    ordered_json out = ordered_json::array();
    for (size_t i = 0; i < std::min(limit, edges.size()); i++) {
        const graph::Difference::Traffic& edge = edges[i];
        out.push_back({{"a", name_of(edge.a)},
                       {"b", name_of(edge.b)},
                       {"bytes_before", edge.before.bytes_total()},
                       {"bytes_after", edge.after.bytes_total()},
                       {"flows_before", edge.before.flows_total()},
                       {"flows_after", edge.after.flows_total()},
                       {"change", edge.change}});
    }
    return out;
}

}  // namespace

std::string graph_json(const Graph& graph, const MetricsView& view, const MetricsAnswer& answer) {
    std::string out =
        fmt::format("{{\"since_ns\":{},\"until_ns\":{},\"nodes\":[", graph.from_ns, graph.until_ns);
    const auto* x = values_of(answer, Values::x);
    const auto* y = values_of(answer, Values::y);
    const auto* community = values_of(answer, Values::community);
    for (uint32_t i = 0; i < graph.nodes.size(); i++) {
        if (i > 0) out += ',';
        append_node(out, graph.nodes[i]);
        const auto index = view.index_of(i);
        if (index && x != nullptr && y != nullptr)
            fmt::format_to(std::back_inserter(out), ",\"x\":{:.5g},\"y\":{:.5g}", (*x)[*index],
                           (*y)[*index]);
        if (index && community != nullptr)
            fmt::format_to(std::back_inserter(out), ",\"community\":{}", (*community)[*index]);
        out += '}';
    }
    out += "],\"edges\":[";
    for (const graph::Edge& edge : graph.edges) {
        if (&edge != graph.edges.data()) out += ',';
        append_edge(out, graph, edge);
    }
    const graph::Sums total = graph.total();
    fmt::format_to(std::back_inserter(out),
                   "],\"total\":{{\"bytes\":{},\"packets\":{},\"flows\":{},\"records\":{}}}}}",
                   total.bytes_total(), total.packets_total(), total.flows_total(), total.records);
    return out;
}

ordered_json metrics_json(const Graph& graph, const MetricsView& view, const MetricsAnswer& answer,
                          const std::string& sort, size_t limit) {
    struct Row {
        double order;
        ordered_json json;
    };
    std::vector<Row> rows;
    for (size_t i = 0; i < view.nodes.size(); i++) {
        const graph::Node& node = graph.nodes[view.nodes[i]];
        Row row{measure_of(node, sort),
                {{"id", name_of(node.key)},
                 {"degree", node.degree},
                 {"degree_out", node.degree_out},
                 {"degree_in", node.degree_in},
                 {"strength", node.bytes()}}};
        for (const Values which : node_values) {
            const auto* values = values_of(answer, which);
            if (values == nullptr) continue;
            row.json[std::string(graph::name_of(which))] = (*values)[i];
            if (graph::name_of(which) == sort) row.order = (*values)[i];
        }
        rows.push_back(std::move(row));
    }
    std::ranges::stable_sort(rows, std::greater{}, &Row::order);
    ordered_json out{{"graph", graph_numbers(view, answer)}};
    ordered_json told = ordered_json::array();
    for (size_t i = 0; i < std::min(limit, rows.size()); i++)
        told.push_back(std::move(rows[i].json));
    out["nodes"] = std::move(told);
    if (const auto* bridges = values_of(answer, Values::bridges)) {
        ordered_json edges = ordered_json::array();
        for (const double edge : *bridges)
            edges.push_back(ends_json(graph, graph.edges[view.edges[static_cast<size_t>(edge)]]));
        out["bridges"] = std::move(edges);
    }
    if (const auto* points = values_of(answer, Values::articulation)) {
        ordered_json nodes = ordered_json::array();
        for (const double node : *points)
            nodes.push_back(name_of(graph.key_of(view.nodes[static_cast<size_t>(node)])));
        out["articulation_points"] = std::move(nodes);
    }
    return out;
}

ordered_json path_json(const Graph& graph, const MetricsView& view, const MetricsAnswer& answer,
                       std::string_view weight) {
    ordered_json nodes = ordered_json::array();
    const auto* path =
        values_of(answer, weight == "bytes" ? Values::path_by_bytes : Values::path_by_hops);
    if (path != nullptr)
        for (const double node : *path)
            nodes.push_back(name_of(graph.key_of(view.nodes[static_cast<size_t>(node)])));
    const size_t hops = nodes.empty() ? 0 : nodes.size() - 1;
    return {{"nodes", std::move(nodes)}, {"weight", weight}, {"length", hops}};
}

ordered_json difference_json(const graph::Difference& difference, size_t limit) {
    ordered_json jumps = ordered_json::array();
    for (size_t i = 0; i < std::min(limit, difference.degree_jumps.size()); i++) {
        const auto& jump = difference.degree_jumps[i];
        jumps.push_back(
            {{"id", name_of(jump.node)}, {"before", jump.before}, {"after", jump.after}});
    }
    return {{"new_nodes", keys_json(difference.new_nodes, limit)},
            {"gone_nodes", keys_json(difference.gone_nodes, limit)},
            {"new_edges", traffic_json(difference.new_edges, limit)},
            {"gone_edges", traffic_json(difference.gone_edges, limit)},
            {"degree_jumps", std::move(jumps)},
            {"changes", traffic_json(difference.changed_edges, limit)},
            {"counts",
             {{"new_nodes", difference.new_nodes.size()},
              {"gone_nodes", difference.gone_nodes.size()},
              {"new_edges", difference.new_edges.size()},
              {"gone_edges", difference.gone_edges.size()},
              {"changes", difference.changed_edges.size()}}}};
}

ordered_json scans_json(const std::vector<graph::Finding>& findings) {
    ordered_json out = ordered_json::array();
    for (const graph::Finding& finding : findings) {
        const bool is_sweep = finding.kind == graph::Finding::Kind::sweep;
        const auto name = [](const graph::Address& address) {
            return name_of(graph::NodeKey{.kind = NodeKind::host, .address = address});
        };
        ordered_json scan{{"source", name(finding.source)},
                          {"kind", is_sweep ? "sweep" : "port_scan"}};
        const graph::Service port{.protocol = finding.protocol, .port = finding.port};
        scan["port"] = is_sweep ? ordered_json(name_of(port)) : ordered_json(nullptr);
        scan["target"] = is_sweep ? ordered_json(nullptr) : ordered_json(name(finding.target));
        scan[is_sweep ? "targets" : "ports"] = finding.distinct;
        scan["flows"] = finding.flows;
        scan["unanswered"] = finding.flows == 0 ? 0
                                                : static_cast<double>(finding.unanswered) /
                                                      static_cast<double>(finding.flows);
        scan["first_ns"] = finding.first_ns;
        scan["last_ns"] = finding.last_ns;
        out.push_back(std::move(scan));
    }
    return {{"scans", std::move(out)}};
}

std::optional<Metric> metric_of(std::string_view name) {
    const auto found = std::ranges::find(named_metrics, name, &NamedMetric::name);
    if (found == std::end(named_metrics)) return std::nullopt;
    return found->metric;
}

std::string metric_names() {
    std::string out;
    for (const NamedMetric& metric : named_metrics)
        out += fmt::format("{}{}", out.empty() ? "" : ", ", metric.name);
    return out;
}

}  // namespace baleen::endpoints
