// The host graph: of a live window, or of the flows in the store that fit; its metrics, paths,
// differences and scans.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <variant>

#include "control/endpoints/answers.h"
#include "control/endpoints/arguments.h"
#include "control/endpoints/endpoints.h"
#include "control/endpoints/graph_json.h"
#include "control/graph/diff.h"
#include "control/graph/export.h"
#include "control/graph/metrics_client.h"
#include "control/store/query.h"
#include "filter/literal.h"

namespace baleen::endpoints {
namespace {

using graph::Graph;
using graph::Metric;
using nlohmann::ordered_json;

constexpr uint64_t top_max = 5000;
constexpr uint64_t top_usual = 200;
// Records of the store that one graph is made of: some seconds.
constexpr uint64_t records_max = 20'000'000;
constexpr size_t batch_records = 4096;

// What a request wants a graph of.
struct Selection {
    std::optional<size_t> window;  // of the live graph; none: of the store
    store::Query query;
    graph::ShapeOptions shape;
};

base::Result<graph::Address> read_address(const std::string& text) {
    const auto prefix = filter::parse_prefix(text);
    if (!prefix) return prefix.error();
    if (prefix->prefix_bits != 128) return base::Error{"'" + text + "' is a prefix, not a host"};
    return prefix->address;
}

void read_group(const Services& services, Arguments& arguments, graph::Grouping& grouping) {
    const std::string group = arguments.text("group", "host");
    if (group == "asn") {
        if (services.systems == nullptr)
            arguments.refuse("group",
                             "there is no database of autonomous systems; "
                             "graph.asn_database names one");
        grouping.systems = services.systems;
        return;
    }
    const auto parsed = graph::parse_grouping(group);
    if (parsed) grouping = *parsed;
    else arguments.refuse("group", parsed.error().message);
}

void read_window(const Services& services, Arguments& arguments, Selection& out) {
    constexpr int64_t none = INT64_MIN;
    const int64_t since_ns = arguments.time("since", none);
    const int64_t until_ns = arguments.time("until", none);
    out.query.filter = arguments.filter("filter", filter::Kind::flow);
    const int64_t window_ns = arguments.duration("window", none, 1);
    const bool is_stored =
        since_ns != none || until_ns != none || out.query.filter.root() != nullptr;
    if (is_stored) {
        if (window_ns != none)
            arguments.refuse("window",
                             "it is of the live graph, which has no filter and no since "
                             "and until");
        if (since_ns != none) out.query.since_ns = since_ns;
        if (until_ns != none) out.query.until_ns = until_ns;
        return;
    }
    const auto& windows = services.graph.windows_ns();
    const auto found = window_ns == none ? windows.begin() : std::ranges::find(windows, window_ns);
    if (found == windows.end()) arguments.refuse("window", "graph.windows has no such window");
    else out.window = static_cast<size_t>(found - windows.begin());
}

Selection read_selection(const Services& services, Arguments& arguments) {
    Selection out;
    read_window(services, arguments, out);
    read_group(services, arguments, out.shape.grouping);
    out.shape.nodes_max = arguments.count("top", top_usual, 1, top_max);
    out.shape.bytes_min = arguments.count("min_bytes", 0, 0, UINT64_MAX);
    out.shape.flows_min = arguments.count("min_flows", 0, 0, UINT64_MAX);
    out.shape.hops = static_cast<uint32_t>(arguments.count("hops", 1, 1, 8));
    if (const std::string around = arguments.text("around"); !around.empty()) {
        const auto address = read_address(around);
        if (address) out.shape.around = *address;
        else arguments.refuse("around", address.error().message);
    }
    return out;
}

// An answer instead of a graph.
using GraphOrProblem = std::variant<Graph, api::Response>;

GraphOrProblem graph_of(const Services& services, const api::Request& request,
                        Selection selection) {
    if (selection.window) return services.graph.snapshot(*selection.window, selection.shape);
    graph::LiveGraph built(
        {.windows_ns = {base::duration_off}, .memory_bytes = services.settings.graph.memory_bytes});
    selection.query.limit = records_max;
    auto run =
        store::QueryRun::open(services.directory, std::move(selection.query), cancel_of(request));
    if (!run) return store_problem(run.error());
    for (uint64_t count = 1; const filter::Subject* subject = run->next(); count++) {
        built.take(subject->record);
        if (count % batch_records == 0) built.commit();
    }
    built.commit();
    if (auto problem = stopped(run->outcome())) return std::move(*problem);
    return built.snapshot(0, selection.shape);
}

std::string_view content_type_of(graph::Format format) {
    switch (format) {
        case graph::Format::graphml:
        case graph::Format::gexf: return "application/xml";
        case graph::Format::node_link: return "application/json";
        case graph::Format::dot: return "text/vnd.graphviz";
        case graph::Format::csv: return "text/csv";
    }
    return "text/plain";
}

graph::HelperOptions helper_of(const Services& services) {
    return {.memory_bytes = services.settings.graph.metrics_memory_bytes,
            .deadline = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::nanoseconds(services.settings.graph.metrics_deadline_ns))};
}

api::Response helper_problem(const base::Error& error) {
    return api::problem(503, "graph-metrics", "The graph could not be measured", error.message);
}

api::Response show(const Services& services, const api::Request& request) {
    constexpr std::string_view formats[] = {"json", "graphml", "gexf", "node-link", "dot", "csv"};
    Arguments arguments(request);
    Selection selection = read_selection(services, arguments);
    uint32_t wanted = 0;
    if (arguments.flag("layout")) wanted |= bit(Metric::layout);
    if (arguments.flag("communities")) wanted |= bit(Metric::communities);
    const std::string format = arguments.choice("format", formats, "json");
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    auto made = graph_of(services, request, std::move(selection));
    if (auto* problem = std::get_if<api::Response>(&made)) return std::move(*problem);
    const Graph& graph = std::get<Graph>(made);
    graph::MetricsView view = graph::view_of(graph);
    view.request.wanted = wanted;
    base::Result<graph::MetricsAnswer> answer{graph::MetricsAnswer{}};
    if (wanted != 0) answer = graph::ask_helper(view.request, helper_of(services));
    if (!answer) return helper_problem(answer.error());
    if (format == "json")
        return {.content_type = "application/json", .body = graph_json(graph, view, *answer)};
    const graph::Format file = *graph::format_of(format == "node-link" ? "json" : format);
    return {.content_type = std::string(content_type_of(file)),
            .body = graph::export_graph(graph, file, graph::columns_of(graph, view, *answer))};
}

// The bits of the names, or of all.
uint32_t read_metrics(Arguments& arguments) {
    const std::string text = arguments.text("metrics");
    if (text.empty()) return graph::metrics_all & ~(bit(Metric::path) | bit(Metric::layout));
    uint32_t wanted = 0;
    for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find(',', at), text.size());
        const auto metric = metric_of(std::string_view(text).substr(at, end - at));
        if (!metric)
            arguments.refuse("metrics", fmt::format("there is no measure '{}'; there are {}",
                                                    text.substr(at, end - at), metric_names()));
        else wanted |= bit(*metric);
        at = end + 1;
    }
    return wanted;
}

api::Response metrics(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    Selection selection = read_selection(services, arguments);
    const uint32_t wanted = read_metrics(arguments);
    const std::string sort = arguments.text("sort", "pagerank");
    const uint64_t limit = arguments.count("limit", 100, 1, top_max);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    auto made = graph_of(services, request, std::move(selection));
    if (auto* problem = std::get_if<api::Response>(&made)) return std::move(*problem);
    const Graph& graph = std::get<Graph>(made);
    graph::MetricsView view = graph::view_of(graph);
    view.request.wanted = wanted;
    view.request.exact_nodes = static_cast<uint32_t>(services.settings.graph.exact_nodes);
    const auto answer = graph::ask_helper(view.request, helper_of(services));
    if (!answer) return helper_problem(answer.error());
    return api::json_response(metrics_json(graph, view, *answer, sort, limit));
}

std::optional<uint32_t> find_node(const Graph& graph, std::string_view name) {
    for (uint32_t i = 0; i < graph.nodes.size(); i++)
        if (name_of(graph.nodes[i].key) == name) return i;
    return std::nullopt;
}

api::Response path(const Services& services, const api::Request& request) {
    constexpr std::string_view weights[] = {"hops", "bytes"};
    Arguments arguments(request);
    Selection selection = read_selection(services, arguments);
    const std::string from = arguments.text("from"), to = arguments.text("to");
    const std::string weight = arguments.choice("weight", weights, "hops");
    if (from.empty()) arguments.refuse("from", "name a host, or a group as `group` makes them");
    if (to.empty()) arguments.refuse("to", "name a host, or a group as `group` makes them");
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    auto made = graph_of(services, request, std::move(selection));
    if (auto* problem = std::get_if<api::Response>(&made)) return std::move(*problem);
    const Graph& graph = std::get<Graph>(made);
    graph::MetricsView view = graph::view_of(graph);
    std::array<uint32_t, 2> ends{};
    for (size_t i = 0; i < 2; i++) {
        const std::string& name = i == 0 ? from : to;
        const auto node = find_node(graph, name);
        const auto index = node ? view.index_of(*node) : std::nullopt;
        if (!index)
            return api::problem(404, "not-found", "There is no such node",
                                name + " is not in this graph; a larger `top` shows more");
        ends[i] = *index;
    }
    view.request.wanted = bit(Metric::path);
    view.request.path_from = ends[0];
    view.request.path_to = ends[1];
    const auto answer = graph::ask_helper(view.request, helper_of(services));
    if (!answer) return helper_problem(answer.error());
    return api::json_response(path_json(graph, view, *answer, weight));
}

// "T1..T2".
void read_range(Arguments& arguments, std::string_view name, Selection& out) {
    const auto [since_ns, until_ns] = arguments.time_range(name);
    out.query.since_ns = since_ns;
    out.query.until_ns = until_ns;
}

api::Response difference(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    Selection before, after;
    read_range(arguments, "before", before);
    read_range(arguments, "after", after);
    before.query.filter = arguments.filter("filter", filter::Kind::flow);
    after.query.filter = arguments.filter("filter", filter::Kind::flow);
    read_group(services, arguments, before.shape.grouping);
    after.shape = before.shape;
    const uint64_t limit = arguments.count("limit", 100, 1, 1000);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    auto first = graph_of(services, request, std::move(before));
    if (auto* problem = std::get_if<api::Response>(&first)) return std::move(*problem);
    auto second = graph_of(services, request, std::move(after));
    if (auto* problem = std::get_if<api::Response>(&second)) return std::move(*problem);
    return api::json_response(difference_json(
        graph::compare(std::get<Graph>(first), std::get<Graph>(second), {}), limit));
}

api::Response scans(const Services& services, const api::Request& request) {
    Arguments arguments(request);
    constexpr int64_t none = INT64_MIN;
    const int64_t since_ns = arguments.time("since", none);
    const int64_t until_ns = arguments.time("until", none);
    store::Query query;
    query.filter = arguments.filter("filter", filter::Kind::flow);
    if (auto wrong = arguments.problem()) return std::move(*wrong);
    if (since_ns == none && until_ns == none && query.filter.root() == nullptr)
        return api::json_response(scans_json(services.fan_out.findings()));
    if (since_ns != none) query.since_ns = since_ns;
    if (until_ns != none) query.until_ns = until_ns;
    query.limit = records_max;
    graph::FanOut found(graph::fan_out_options(services.settings.graph));
    auto run = store::QueryRun::open(services.directory, std::move(query), cancel_of(request));
    if (!run) return store_problem(run.error());
    for (uint64_t count = 1; const filter::Subject* subject = run->next(); count++) {
        found.take(subject->record);
        if (count % batch_records == 0) found.commit();
    }
    found.commit();
    if (auto problem = stopped(run->outcome())) return std::move(*problem);
    return api::json_response(scans_json(found.findings()));
}

}  // namespace

void add_graph(api::Router& router, const Services& services) {
    const auto add = [&](const char* pattern, auto answer) {
        router.add(
            {.pattern = pattern, .handler = [&services, answer](const api::Request& request) {
                 return answer(services, request);
             }});
    };
    add("/api/v1/graph", show);
    add("/api/v1/graph/metrics", metrics);
    add("/api/v1/graph/path", path);
    add("/api/v1/graph/diff", difference);
    add("/api/v1/graph/scans", scans);
}

}  // namespace baleen::endpoints
