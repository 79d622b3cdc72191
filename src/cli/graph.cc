// `baleen graph`: who talks to whom, of what is in the store; and its subcommands that need nothing
// but the graph.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <memory>

#include "cli/commands.h"
#include "cli/graph_commands.h"
#include "cli/graph_source.h"
#include "cli/options.h"
#include "control/graph/export.h"
#include "control/graph/fan_out.h"

namespace baleen::cli {
namespace {

std::string name_of(const graph::Address& address) {
    return graph::name_of({graph::NodeKind::host, 0, address});
}

std::string sentence_of(const graph::Finding& found) {
    const bool is_scan = found.kind == graph::Finding::Kind::scan;
    const std::string service = graph::name_of(graph::Service{found.protocol, found.port, 0, 0});
    return fmt::format("{:<6} {:<39} {} {} {} ({} flows, {} unanswered)\n",
                       is_scan ? "scan" : "sweep", name_of(found.source), found.distinct,
                       is_scan ? service + " ports" : "hosts on " + service,
                       is_scan ? "of " + name_of(found.target) : "", found.flows, found.unanswered);
}

std::string json_of(const graph::Finding& found) {
    const bool is_scan = found.kind == graph::Finding::Kind::scan;
    std::string out =
        fmt::format("{{\"kind\": \"{}\", \"source\": \"{}\", \"protocol\": {}, ",
                    is_scan ? "scan" : "sweep", name_of(found.source), found.protocol);
    if (is_scan) out += fmt::format("\"target\": \"{}\", ", name_of(found.target));
    else out += fmt::format("\"port\": {}, ", found.port);
    return out + fmt::format(
                     "\"distinct\": {}, \"flows\": {}, \"unanswered\": {}, "
                     "\"first_ns\": {}, \"last_ns\": {}}}\n",
                     found.distinct, found.flows, found.unanswered, found.first_ns, found.last_ns);
}

}  // namespace

Command add_graph_export(CLI::App& app) {
    struct State {
        GraphSource source;
        std::string format = "graphml";
        bool with_metrics = false;
    };
    auto state = std::make_shared<State>();
    state->source.declare(app, true);
    app.add_option("--format", state->format, "graphml, gexf, json (node-link), dot or csv");
    app.add_flag("--metrics", state->with_metrics,
                 "With PageRank, core, community, component and place of each node");
    app.add_option("FILTER", state->source.words, "As of `baleen flows`");
    return [state]() -> int {
        const auto format = graph::format_of(state->format);
        if (!format)
            return usage_error(fmt::format(
                "--format: '{}' is none of graphml, gexf, json, dot, csv", state->format));
        if (const int status = state->source.complete(); status != exit_ok) return status;
        graph::Graph graph;
        if (const int status = load_graph(state->source, state->source.range, graph);
            status != exit_ok)
            return status;
        std::vector<graph::NodeColumn> columns;
        if (state->with_metrics) {
            using graph::Metric;
            graph::MetricsView view = graph::view_of(graph);
            view.request.wanted = bit(Metric::pagerank) | bit(Metric::cores) |
                                  bit(Metric::communities) | bit(Metric::components) |
                                  bit(Metric::layout);
            const auto answer = graph::ask_helper(view.request, state->source.helper());
            if (!answer) return run_error(answer.error().message);
            columns = graph::columns_of(graph, view, *answer);
        }
        const std::string text = graph::export_graph(graph, *format, columns);
        std::fwrite(text.data(), 1, text.size(), stdout);
        return exit_ok;
    };
}

Command add_graph_path(CLI::App& app) {
    struct State {
        GraphSource source;
        std::string from, to;
        bool json = false;
    };
    auto state = std::make_shared<State>();
    app.add_option("FROM", state->from, "Address of one host")->required();
    app.add_option("TO", state->to, "Address of the other")->required();
    state->source.declare(app, true);
    app.add_flag("--json", state->json, "One JSON object");
    app.add_option("FILTER", state->source.words, "As of `baleen flows`");
    return [state]() -> int {
        if (const int status = state->source.complete(); status != exit_ok) return status;
        graph::Graph graph;
        if (const int status = load_graph(state->source, state->source.range, graph);
            status != exit_ok)
            return status;
        graph::MetricsView view = graph::view_of(graph);
        for (const std::string* name : {&state->from, &state->to}) {
            const auto node = find_node(graph, state->source, *name);
            const auto index = node ? view.index_of(*node) : std::nullopt;
            if (!index) return run_error(fmt::format("{} is not in this graph", *name));
            (name == &state->from ? view.request.path_from : view.request.path_to) = *index;
        }
        view.request.wanted = bit(graph::Metric::path);
        const auto answer = graph::ask_helper(view.request, state->source.helper());
        if (!answer) return run_error(answer.error().message);
        const auto names = [&](graph::Values values) {
            std::vector<std::string> out;
            for (const double index : answer->at(values))
                out.push_back(
                    graph::name_of(graph.key_of(view.nodes.at(static_cast<size_t>(index)))));
            return out;
        };
        const auto by_hops = names(graph::Values::path_by_hops);
        const auto by_bytes = names(graph::Values::path_by_bytes);
        if (state->json) {
            const auto list = [](const std::vector<std::string>& of) {
                return of.empty() ? "[]" : fmt::format("[\"{}\"]", fmt::join(of, "\", \""));
            };
            fmt::print("{{\"by_hops\": {}, \"by_bytes\": {}}}\n", list(by_hops), list(by_bytes));
            return exit_ok;
        }
        if (by_hops.empty()) return run_error("no way leads from one to the other");
        fmt::print("by hops   {}\nby bytes  {}\n", fmt::join(by_hops, " - "),
                   fmt::join(by_bytes, " - "));
        return exit_ok;
    };
}

Command add_graph_scans(CLI::App& app) {
    struct State {
        GraphSource source;
        bool json = false;
    };
    auto state = std::make_shared<State>();
    state->source.declare(app, true);
    app.add_flag("--json", state->json, "One JSON object per line");
    app.add_option("FILTER", state->source.words, "As of `baleen flows`");
    return [state]() -> int {
        if (const int status = state->source.complete(); status != exit_ok) return status;
        // All of the time that was asked for is one window.
        graph::FanOutOptions options = graph::fan_out_options(state->source.settings.graph);
        options.window_ns = INT64_MAX;
        graph::FanOut fan_out(options);
        const int status = visit_records(state->source, state->source.range,
                                         [&](const record::FlowRecord& record) {
                                             fan_out.take(record);
                                             fan_out.commit();
                                         });
        if (status != exit_ok) return status;
        for (const graph::Finding& found : fan_out.findings()) {
            const std::string line = state->json ? json_of(found) : sentence_of(found);
            std::fwrite(line.data(), 1, line.size(), stdout);
        }
        return exit_ok;
    };
}

Command add_graph(CLI::App& app) {
    app.require_subcommand(1);
    struct Entry {
        CLI::App* app;
        Command command;
    };
    std::vector<Entry> entries;
    const auto add = [&](const char* name, const char* description, Command (*declare)(CLI::App&)) {
        CLI::App* sub = app.add_subcommand(name, description);
        entries.push_back({sub, declare(*sub)});
    };
    add("metrics", "Centralities, cores, communities and more of each host", add_graph_metrics);
    add("export", "The graph as GraphML, GEXF, node-link JSON, DOT or CSV", add_graph_export);
    add("path", "The shortest way between two hosts", add_graph_path);
    add("diff", "What is different between two times", add_graph_diff);
    add("scans", "Who has tried many hosts or many ports", add_graph_scans);
    return [entries]() -> int {
        for (const Entry& entry : entries)
            if (entry.app->parsed()) return entry.command();
        return exit_usage;
    };
}

}  // namespace baleen::cli
