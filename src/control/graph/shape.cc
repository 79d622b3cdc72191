#include "control/graph/shape.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <tuple>
#include <unordered_map>

namespace baleen::graph {
namespace {

// A channel between nodes: rows of one edge stand together once they are sorted.
struct Row {
    NodeKey a, b;
    Service service;  // without sums
    bool is_other_services;
    int64_t first_ns, last_ns;
    Sums sums;

    bool same_edge(const Row& other) const { return a == other.a && b == other.b; }
    auto order() const { return std::tie(a, b, is_other_services, service.protocol, service.port); }
};
using Rows = std::vector<Row>;

// Ends in order, one row for each service of each edge.
void tidy(Rows& rows) {
    for (Row& row : rows) {
        if (!(row.b < row.a)) continue;
        std::swap(row.a, row.b);
        row.sums = row.sums.reversed();
    }
    std::sort(rows.begin(), rows.end(),
              [](const Row& x, const Row& y) { return x.order() < y.order(); });
    size_t count = 0;
    for (size_t i = 0; i < rows.size(); i++) {
        if (count == 0 || rows[count - 1].order() != rows[i].order()) {
            if (count != i) rows[count] = rows[i];
            count++;
            continue;
        }
        Row& row = rows[count - 1];
        row.sums.add(rows[i].sums);
        row.first_ns = std::min(row.first_ns, rows[i].first_ns);
        row.last_ns = std::max(row.last_ns, rows[i].last_ns);
    }
    rows.erase(rows.begin() + static_cast<ptrdiff_t>(count), rows.end());
}

Rows grouped(const std::vector<ChannelSums>& channels, const Grouping& grouping) {
    Rows rows;
    rows.reserve(channels.size());
    const auto node = [&](const NodeKey& key) {
        return key.kind == NodeKind::others ? key : group_of(key.address, grouping);
    };
    for (const ChannelSums& channel : channels)
        rows.push_back({node(channel.key.a_key()), node(channel.key.b_key()),
                        Service{channel.key.protocol, channel.key.port, 0, 0},
                        (channel.key.flags & ChannelKey::other_services) != 0, channel.first_ns,
                        channel.last_ns, channel.sums});
    tidy(rows);
    return rows;
}

// Calls `visit` with the rows of each edge.
template <class RowsOf, class Visit>
void for_each_edge(RowsOf& rows, const Visit& visit) {
    for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
        while (end < rows.size() && rows[begin].same_edge(rows[end])) end++;
        visit(std::span(rows).subspan(begin, end - begin));
    }
}

template <class Keep>
Rows filtered(const Rows& rows, const Keep& keep) {
    Rows kept;
    for_each_edge(rows, [&](std::span<const Row> edge) {
        if (keep(edge)) kept.insert(kept.end(), edge.begin(), edge.end());
    });
    return kept;
}

Sums sums_of(std::span<const Row> edge) {
    Sums sums;
    for (const Row& row : edge) sums.add(row.sums);
    return sums;
}

struct KeyHash {
    size_t operator()(const NodeKey& key) const {
        uint64_t high = 0, low = 0;
        std::memcpy(&high, key.address.data(), sizeof high);
        std::memcpy(&low, key.address.data() + sizeof high, sizeof low);
        // Multipliers of splitmix64; tables are of this call only, made of rows already at hand.
        return (high * 0xbf58476d1ce4e5b9 ^ low) * 0x94d049bb133111eb ^ key.prefix_bits;
    }
};
template <class Value>
using ByNode = std::unordered_map<NodeKey, Value, KeyHash>;

// The nodes that are at most `hops` away from one. `others` is no way from one host to another.
ByNode<uint32_t> near(const Rows& rows, const NodeKey& from, uint32_t hops) {
    ByNode<std::vector<NodeKey>> neighbours;
    for_each_edge(rows, [&](std::span<const Row> edge) {
        neighbours[edge[0].a].push_back(edge[0].b);
        neighbours[edge[0].b].push_back(edge[0].a);
    });
    ByNode<uint32_t> distance;
    if (!neighbours.contains(from)) return distance;
    std::vector<NodeKey> reached = {from};
    distance[from] = 0;
    for (size_t i = 0; i < reached.size(); i++) {
        const NodeKey node = reached[i];
        if (distance[node] == hops || (node.kind == NodeKind::others && i > 0)) continue;
        for (const NodeKey& next : neighbours[node])
            if (distance.try_emplace(next, distance[node] + 1).second) reached.push_back(next);
    }
    return distance;
}

// Nodes that are not among the largest become part of `others`.
void keep_largest(Rows& rows, const ShapeOptions& options) {
    ByNode<uint64_t> bytes;
    for (const Row& row : rows) {
        bytes[row.a] += row.sums.bytes_total();
        if (row.b != row.a) bytes[row.b] += row.sums.bytes_total();
    }
    bytes.erase(NodeKey{});
    if (bytes.size() <= options.nodes_max) return;
    if (options.around) bytes[group_of(*options.around, options.grouping)] = UINT64_MAX;
    std::vector<std::pair<NodeKey, uint64_t>> order(bytes.begin(), bytes.end());
    std::sort(order.begin(), order.end(), [](const auto& x, const auto& y) {
        return x.second != y.second ? x.second > y.second : x.first < y.first;
    });
    ByNode<bool> is_kept;
    for (size_t i = 0; i < options.nodes_max && i < order.size(); i++)
        is_kept[order[i].first] = true;
    for (Row& row : rows) {
        if (!is_kept.contains(row.a)) row.a = NodeKey{};
        if (!is_kept.contains(row.b)) row.b = NodeKey{};
    }
    tidy(rows);
}

Edge edge_of(std::span<const Row> rows) {
    Edge edge;
    edge.sums = sums_of(rows);
    for (const Row& row : rows) {
        edge.first_ns = std::min(edge.first_ns, row.first_ns);
        edge.last_ns = std::max(edge.last_ns, row.last_ns);
        Service service = row.service;
        service.bytes = row.sums.bytes_total();
        service.flows = row.sums.flows_total();
        if (!row.is_other_services) {
            edge.services.push_back(service);
            continue;
        }
        edge.other_services.bytes += service.bytes;
        edge.other_services.flows += service.flows;
    }
    std::sort(edge.services.begin(), edge.services.end(), [](const Service& x, const Service& y) {
        if (x.bytes != y.bytes) return x.bytes > y.bytes;
        return std::tie(x.protocol, x.port) < std::tie(y.protocol, y.port);
    });
    while (edge.services.size() > services_told_max) {
        edge.other_services.bytes += edge.services.back().bytes;
        edge.other_services.flows += edge.services.back().flows;
        edge.services.pop_back();
    }
    return edge;
}

// `side`: which of the edge's ends the node is.
void count_in(Node& node, const Edge& edge, size_t side) {
    const size_t other = 1 - side;
    node.bytes_sent += edge.sums.bytes[side];
    node.bytes_received += edge.sums.bytes[other];
    node.packets_sent += edge.sums.packets[side];
    node.packets_received += edge.sums.packets[other];
    node.flows_begun += edge.sums.flows[side];
    node.flows_answered += edge.sums.flows[other];
    node.first_ns = std::min(node.first_ns, edge.first_ns);
    node.last_ns = std::max(node.last_ns, edge.last_ns);
    if (edge.a == edge.b) return;
    node.degree++;
    node.degree_out += edge.sums.flows[side] > 0 ? 1 : 0;
    node.degree_in += edge.sums.flows[other] > 0 ? 1 : 0;
}

void count_self(Node& node, const Edge& edge) {
    Edge both = edge;
    both.sums.add(edge.sums.reversed());
    both.sums.packets[1] = both.sums.bytes[1] = both.sums.flows[1] = 0;
    count_in(node, both, 0);
    both.sums = both.sums.reversed();
    count_in(node, both, 0);
}

Graph finished(const Rows& rows) {
    Graph graph;
    std::vector<NodeKey> keys;
    for (const Row& row : rows) keys.insert(keys.end(), {row.a, row.b});
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const NodeKey& key : keys) graph.nodes.push_back({.key = key});
    for_each_edge(rows, [&](std::span<const Row> edge_rows) {
        Edge edge = edge_of(edge_rows);
        edge.a = *graph.find(edge_rows[0].a);
        edge.b = *graph.find(edge_rows[0].b);
        if (edge.a == edge.b) {
            count_self(graph.nodes[edge.a], edge);
        } else {
            count_in(graph.nodes[edge.a], edge, 0);
            count_in(graph.nodes[edge.b], edge, 1);
        }
        graph.edges.push_back(std::move(edge));
    });
    return graph;
}

}  // namespace

Graph shape(const std::vector<ChannelSums>& channels, const ShapeOptions& options) {
    Rows rows = grouped(channels, options.grouping);
    if (options.flows_min > 0 || options.bytes_min > 0)
        rows = filtered(rows, [&](std::span<const Row> edge) {
            const Sums sums = sums_of(edge);
            return sums.flows_total() >= options.flows_min &&
                   sums.bytes_total() >= options.bytes_min;
        });
    if (options.around) {
        const auto distance = near(rows, group_of(*options.around, options.grouping), options.hops);
        rows = filtered(rows, [&](std::span<const Row> edge) {
            return distance.contains(edge[0].a) && distance.contains(edge[0].b);
        });
    }
    if (options.nodes_max > 0) keep_largest(rows, options);
    return finished(rows);
}

}  // namespace baleen::graph
