// `baleen graph metrics`: of each node and of the whole, as a table or as JSON.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/units.h"
#include "cli/graph_commands.h"
#include "cli/graph_source.h"
#include "cli/options.h"
#include "control/graph/export.h"

namespace baleen::cli {
namespace {

using graph::Values;
using nlohmann::json;

struct Asked {
    graph::Graph graph;
    graph::MetricsView view;
    graph::MetricsAnswer answer;
};

// NaN: there is none.
json number(double value) { return std::isnan(value) ? json() : json(value); }

json whole_of(const Asked& asked) {
    json whole = {{"nodes", asked.view.nodes.size()},
                  {"edges", asked.view.edges.size()},
                  {"from_ns", asked.graph.from_ns},
                  {"until_ns", asked.graph.until_ns},
                  {"bytes", asked.graph.total().bytes_total()},
                  {"records", asked.graph.total().records}};
    for (const Values values :
         {Values::component_count, Values::transitivity, Values::clustering_mean,
          Values::assortativity, Values::density, Values::diameter, Values::diameter_is_bound,
          Values::community_count, Values::modularity, Values::betweenness_sources})
        if (const auto value = graph::number_of(asked.answer, values))
            whole[std::string(graph::name_of(values))] = number(*value);
    return whole;
}

int print_json(const Asked& asked, const std::vector<uint32_t>& order) {
    const auto columns = graph::columns_of(asked.graph, asked.view, asked.answer);
    json nodes = json::array();
    for (const uint32_t index : order) {
        const graph::Node& node = asked.graph.nodes[asked.view.nodes[index]];
        json out = {{"id", graph::name_of(node.key)},        {"bytes_sent", node.bytes_sent},
                    {"bytes_received", node.bytes_received}, {"degree", node.degree},
                    {"degree_in", node.degree_in},           {"degree_out", node.degree_out}};
        for (const graph::NodeColumn& column : columns)
            out[column.name] = number(column.values[asked.view.nodes[index]]);
        nodes.push_back(std::move(out));
    }
    json bridges = json::array();
    if (const auto found = asked.answer.find(Values::bridges); found != asked.answer.end())
        for (const double index : found->second) {
            const graph::Edge& edge =
                asked.graph.edges[asked.view.edges.at(static_cast<size_t>(index))];
            bridges.push_back({graph::name_of(asked.graph.key_of(edge.a)),
                               graph::name_of(asked.graph.key_of(edge.b))});
        }
    fmt::print("{}\n",
               json{{"graph", whole_of(asked)}, {"nodes", nodes}, {"bridges", bridges}}.dump(1));
    return exit_ok;
}

std::string cell(const Asked& asked, Values values, uint32_t index, int digits) {
    const auto found = asked.answer.find(values);
    if (found == asked.answer.end()) return "-";
    return fmt::format("{:.{}f}", found->second[index], digits);
}

int print_table(const Asked& asked, const std::vector<uint32_t>& order) {
    const auto of = [&](Values values) {
        return graph::number_of(asked.answer, values).value_or(std::nan(""));
    };
    fmt::print("{} nodes, {} edges, {} components, {} communities (modularity {:.3f})\n",
               asked.view.nodes.size(), asked.view.edges.size(), of(Values::component_count),
               of(Values::community_count), of(Values::modularity));
    fmt::print("density {:.4f}, transitivity {:.3f}, assortativity {:.3f}, diameter {}{}\n",
               of(Values::density), of(Values::transitivity), of(Values::assortativity),
               of(Values::diameter_is_bound) > 0 ? "at least " : "", of(Values::diameter));
    const double sources = of(Values::betweenness_sources);
    if (sources > 0) fmt::print("betweenness is an estimate from {} nodes\n", sources);
    fmt::print("\n{:<39} {:>10} {:>6} {:>5} {:>5} {:>9} {:>9} {:>9} {:>4} {:>7} {:>9}\n", "node",
               "bytes", "degree", "in", "out", "pagerank", "between", "closeness", "core",
               "cluster", "community");
    for (const uint32_t index : order) {
        const graph::Node& node = asked.graph.nodes[asked.view.nodes[index]];
        fmt::print(
            "{:<39} {:>10} {:>6} {:>5} {:>5} {:>9} {:>9} {:>9} {:>4} {:>7} {:>9}\n",
            graph::name_of(node.key), base::format_rounded(static_cast<double>(node.bytes()), "B"),
            node.degree, node.degree_in, node.degree_out, cell(asked, Values::pagerank, index, 6),
            cell(asked, Values::betweenness, index, 5), cell(asked, Values::closeness, index, 4),
            cell(asked, Values::core, index, 0), cell(asked, Values::clustering, index, 3),
            cell(asked, Values::community, index, 0));
    }
    return exit_ok;
}

// Largest first; nodes that are equal stay in the order of their names.
std::vector<uint32_t> order_by(const Asked& asked, const std::string& sort, bool& is_known) {
    std::vector<double> keys(asked.view.nodes.size());
    is_known = sort == "bytes" || sort == "degree";
    if (is_known) {
        for (size_t i = 0; i < keys.size(); i++) {
            const graph::Node& node = asked.graph.nodes[asked.view.nodes[i]];
            keys[i] = sort == "bytes" ? static_cast<double>(node.bytes()) : node.degree;
        }
    } else {
        for (const auto& [values, numbers] : asked.answer)
            if (graph::name_of(values) == sort && numbers.size() == keys.size()) {
                keys = numbers;
                is_known = true;
            }
    }
    std::vector<uint32_t> order(keys.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint32_t x, uint32_t y) { return keys[x] > keys[y]; });
    return order;
}

}  // namespace

Command add_graph_metrics(CLI::App& app) {
    struct State {
        GraphSource source;
        std::string sort = "pagerank";
        size_t limit = SIZE_MAX;
        bool json = false, layout = false;
    };
    auto state = std::make_shared<State>();
    state->source.declare(app, true);
    app.add_option("--sort", state->sort, "bytes, degree, pagerank, betweenness, core, ...");
    app.add_option("--limit", state->limit, "At most so many nodes in the list");
    app.add_flag("--layout", state->layout, "With a place for each node (up to 5000)");
    app.add_flag("--json", state->json, "One JSON object");
    app.add_option("FILTER", state->source.words, "As of `baleen flows`");
    return [state]() -> int {
        if (const int status = state->source.complete(); status != exit_ok) return status;
        Asked asked;
        if (const int status = load_graph(state->source, state->source.range, asked.graph);
            status != exit_ok)
            return status;
        asked.view = graph::view_of(asked.graph);
        asked.view.request.wanted = graph::metrics_all & ~bit(graph::Metric::path);
        if (!state->layout) asked.view.request.wanted &= ~bit(graph::Metric::layout);
        asked.view.request.exact_nodes =
            static_cast<uint32_t>(state->source.settings.graph.exact_nodes);
        auto answer = graph::ask_helper(asked.view.request, state->source.helper());
        if (!answer) return run_error(answer.error().message);
        asked.answer = std::move(*answer);
        bool is_known = false;
        auto order = order_by(asked, state->sort, is_known);
        if (!is_known)
            return usage_error(fmt::format("--sort: there is no '{}' to sort by", state->sort));
        if (order.size() > state->limit) order.resize(state->limit);
        return state->json ? print_json(asked, order) : print_table(asked, order);
    };
}

}  // namespace baleen::cli
