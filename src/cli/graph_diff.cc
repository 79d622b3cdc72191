// `baleen graph diff`: who came, who went, whose neighbours or traffic changed.
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/graph_commands.h"
#include "cli/graph_source.h"
#include "cli/options.h"
#include "control/graph/diff.h"

namespace baleen::cli {
namespace {

using graph::Difference;
using nlohmann::json;

struct State {
    GraphSource source;
    std::string before, after, last;
    graph::DiffOptions options;
    size_t limit = 20;
    bool json = false;
};

// --before and --after, or --since: from then on, against as much time before it.
int ranges_of(const State& state, TimeRange& before, TimeRange& after) {
    const int64_t now = now_ns();
    if (!state.last.empty()) {
        if (!state.before.empty() || !state.after.empty())
            return usage_error("--since stands for --before and --after");
        const auto since = parse_when(state.last, now);
        if (!since) return usage_error("--since: " + since.error().message);
        after = {*since, now};
        before = {std::max<int64_t>(*since - (now - *since), 0), *since};
        if (after.since_ns >= after.until_ns) return usage_error("--since lies ahead");
        return exit_ok;
    }
    if (state.before.empty() || state.after.empty())
        return usage_error("diff needs --before T1..T2 and --after T3..T4, or --since T");
    for (auto [text, to, name] : {std::tuple(&state.before, &before, "--before"),
                                  std::tuple(&state.after, &after, "--after")}) {
        const auto range = parse_range(*text, now);
        if (!range) return usage_error(fmt::format("{}: {}", name, range.error().message));
        *to = *range;
    }
    return exit_ok;
}

json names_of(const std::vector<graph::NodeKey>& keys) {
    json out = json::array();
    for (const graph::NodeKey& key : keys) out.push_back(graph::name_of(key));
    return out;
}

json json_of(const std::vector<Difference::Traffic>& edges) {
    json out = json::array();
    for (const Difference::Traffic& edge : edges)
        out.push_back({{"a", graph::name_of(edge.a)},
                       {"b", graph::name_of(edge.b)},
                       {"bytes_before", edge.before.bytes_total()},
                       {"bytes_after", edge.after.bytes_total()},
                       {"flows_before", edge.before.flows_total()},
                       {"flows_after", edge.after.flows_total()},
                       {"change_bytes_per_s", edge.change}});
    return out;
}

int print_json(const Difference& found) {
    json jumps = json::array();
    for (const Difference::Degree& jump : found.degree_jumps)
        jumps.push_back(
            {{"node", graph::name_of(jump.node)}, {"before", jump.before}, {"after", jump.after}});
    fmt::print("{}\n", json{{"new_nodes", names_of(found.new_nodes)},
                            {"gone_nodes", names_of(found.gone_nodes)},
                            {"new_edges", json_of(found.new_edges)},
                            {"gone_edges", json_of(found.gone_edges)},
                            {"changed_edges", json_of(found.changed_edges)},
                            {"degree_jumps", jumps}}
                           .dump(1));
    return exit_ok;
}

template <class List, class Print>
void print_first(std::string_view title, const List& list, size_t limit, const Print& print) {
    if (list.empty()) return;
    fmt::print("{} {}\n", list.size(), title);
    for (size_t i = 0; i < std::min(limit, list.size()); i++) print(list[i]);
    if (list.size() > limit) fmt::print("  ... {} more (--limit)\n", list.size() - limit);
}

int print_text(const Difference& found, size_t limit) {
    const auto node = [](const graph::NodeKey& key) { fmt::print("  {}\n", graph::name_of(key)); };
    const auto edge = [](const Difference::Traffic& traffic) {
        const auto size = [](const graph::Sums& sums) {
            return base::format_rounded(static_cast<double>(sums.bytes_total()), "B");
        };
        fmt::print("  {:<39} {:<39} {:>10} -> {:>10}\n", graph::name_of(traffic.a),
                   graph::name_of(traffic.b), size(traffic.before), size(traffic.after));
    };
    const auto jump = [](const Difference::Degree& degree) {
        fmt::print("  {:<39} {} -> {}\n", graph::name_of(degree.node), degree.before, degree.after);
    };
    print_first("new nodes", found.new_nodes, limit, node);
    print_first("nodes gone", found.gone_nodes, limit, node);
    print_first("nodes with many more or fewer neighbours", found.degree_jumps, limit, jump);
    print_first("new edges", found.new_edges, limit, edge);
    print_first("edges gone", found.gone_edges, limit, edge);
    print_first("edges with more or less traffic", found.changed_edges, limit, edge);
    return exit_ok;
}

}  // namespace

Command add_graph_diff(CLI::App& app) {
    auto state = std::make_shared<State>();
    state->source.declare(app, false);
    app.add_option("--before", state->before, "T1..T2, such as yesterday..today");
    app.add_option("--after", state->after, "T3..T4, such as today..now");
    app.add_option("--since", state->last, "From then until now, against as much time before");
    app.add_option("--degree-factor", state->options.degree_factor,
                   "Tell nodes whose degree grew or fell by this factor")
        ->check(CLI::Range(1.0, 1e9));
    app.add_option("--degree-change", state->options.degree_change_min, "And by so many");
    app.add_option("--bytes-change", state->options.bytes_change_min,
                   "Tell edges whose traffic changed by so many bytes");
    app.add_option("--limit", state->limit, "At most so many of each kind in the text");
    app.add_flag("--json", state->json, "One JSON object");
    app.add_option("FILTER", state->source.words, "As of `baleen flows`");
    return [state]() -> int {
        if (const int status = state->source.complete(); status != exit_ok) return status;
        TimeRange before_range, after_range;
        if (const int status = ranges_of(*state, before_range, after_range); status != exit_ok)
            return status;
        graph::Graph before, after;
        if (const int status = load_graph(state->source, before_range, before); status != exit_ok)
            return status;
        if (const int status = load_graph(state->source, after_range, after); status != exit_ok)
            return status;
        const Difference found = graph::compare(before, after, state->options);
        return state->json ? print_json(found) : print_text(found, state->limit);
    };
}

}  // namespace baleen::cli
