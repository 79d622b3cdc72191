// What is asked of a graph, and what the answer says: the contract of `baleen-graph`, the program
// that knows igraph, with those who start it.
//
// A message is one header and arrays of fixed elements behind it, in host byte order: both ends are
// one machine. Whoever reads one believes nothing: sizes are bounded and add up, indices are of
// this graph, numbers are numbers.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace baleen::graph {

// Bits of what is wanted. Each costs its own time.
enum class Metric : uint32_t {
    pagerank = 1 << 0,      // weighted by bytes, damping 0.85
    betweenness = 1 << 1,   // by hops, as a share of all pairs
    closeness = 1 << 2,     // by hops, scaled by the share of nodes in reach (Wasserman and Faust)
    harmonic = 1 << 3,      // by hops, the sum of inverse distances
    components = 1 << 4,    // connected ones
    cores = 1 << 5,         // the largest k of whose k-core a node is part
    clustering = 1 << 6,    // of each node and of the graph
    communities = 1 << 7,   // Leiden, modularity, weighted by bytes
    bridges = 1 << 8,       // edges without which a component falls apart
    articulation = 1 << 9,  // nodes without which it does
    assortativity = 1 << 10,  // by degree
    density = 1 << 11,
    diameter = 1 << 12,  // longest of all shortest paths, of the component where that is largest
    path = 1 << 13,      // between two nodes, by hops and by inverse bytes
    layout = 1 << 14,    // places in a plane (Fruchterman and Reingold)
};
inline constexpr uint32_t metrics_all = (1u << 15) - 1;
constexpr uint32_t bit(Metric metric) { return static_cast<uint32_t>(metric); }

namespace bounds {
inline constexpr uint32_t nodes_max = 1'000'000;
inline constexpr uint32_t edges_max = 4'000'000;
inline constexpr uint32_t layout_nodes_max = 5'000;
}  // namespace bounds

struct MetricsRequest {
    struct Edge {
        uint32_t a, b;
        double weight;  // bytes; positive
        bool operator==(const Edge&) const = default;
    };
    static_assert(sizeof(Edge) == 16);
    struct Place {
        double x, y;
        bool operator==(const Place&) const = default;
    };

    uint32_t wanted = 0;
    uint32_t node_count = 0;
    std::vector<Edge> edges;  // a < b, each pair once
    uint32_t path_from = 0, path_to = 0;
    uint32_t exact_nodes = 1500;   // above that betweenness is sampled, and more costs too much
    uint32_t sample_sources = 64;  // whose shortest paths are then counted
    uint64_t seed = 1;
    std::vector<Place> places;  // of all nodes, or none: where a layout begins
};

// Values of a metric: one for each node, or what its name says.
enum class Values : uint32_t {
    pagerank = 1,
    betweenness,
    betweenness_sources,  // one number; 0: exact
    closeness,
    harmonic,
    component,
    component_count,
    core,
    clustering,
    clustering_mean,
    transitivity,
    community,
    community_count,
    modularity,
    bridges,       // indices of edges
    articulation,  // indices of nodes
    assortativity,
    density,
    diameter,
    diameter_is_bound,  // 1: it may be longer than that
    path_by_hops,       // nodes from one end to the other; none: there is no way
    path_by_bytes,
    x,
    y,
    left_out,  // bits of Metric: wanted, but too much for a graph of this size
};
inline constexpr uint32_t values_count = static_cast<uint32_t>(Values::left_out);
// In JSON and tables; none for what has no name there.
std::string_view name_of(Values values);

using MetricsAnswer = std::map<Values, std::vector<double>>;
// The first one of what is a single number.
std::optional<double> number_of(const MetricsAnswer& answer, Values values);

std::vector<char> encode(const MetricsRequest& request);
base::Result<MetricsRequest> decode_request(std::span<const char> bytes);
// Of the message that begins so, if it is one: before that much is read. 0: it makes no sense.
inline constexpr size_t request_head_bytes = 64;
size_t request_bytes(std::span<const char> head);

std::vector<char> encode(const MetricsAnswer& answer);
// Checked against what was asked.
base::Result<MetricsAnswer> decode_answer(std::span<const char> bytes,
                                          const MetricsRequest& request);
// No answer is larger.
size_t answer_bytes_max(const MetricsRequest& request);

}  // namespace baleen::graph
