// What a host graph is: who talks to whom, as a value that readers keep.
//
// Nodes are hosts, or groups of them (grouping.h); an edge is all that two nodes said to one
// another, with each direction by itself, so that an undirected and a directed view can be made of
// it. One node may be `others`: what had no place of its own. Nothing is lost there but the names:
// sums over all edges are those of the records they were made of.
//
// Must hold: nodes are in order of their keys, edges in order of their ends, a <= b. Both ends of
// an edge may be one node: traffic inside a subnet, or of a host with itself.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baleen::graph {

// Network byte order, IPv4 as ::ffff:a.b.c.d.
using Address = std::array<uint8_t, 16>;
bool is_ipv4(const Address& address);

enum class NodeKind : uint8_t { others, host, subnet, autonomous_system };

struct NodeKey {
    NodeKind kind = NodeKind::others;
    uint8_t prefix_bits = 0;  // of a subnet, as it is written: 0 to 32 or 0 to 128
    Address address{};        // of a subnet the first one; of an autonomous system, its number last

    // NOLINTNEXTLINE(modernize-use-nullptr): it takes the zero that is meant for one.
    auto operator<=>(const NodeKey&) const = default;
};
// "10.0.0.1", "10.0.0.0/24", "AS64500", "others".
std::string name_of(const NodeKey& key);

// Additive, hence can be subtracted as well. [0]: sent by a, and of flows: begun by a.
struct Sums {
    std::array<uint64_t, 2> packets{};
    std::array<uint64_t, 2> bytes{};  // on the wire
    std::array<uint64_t, 2> flows{};  // those that began: records with part 0
    uint64_t records = 0;             // all of them

    uint64_t bytes_total() const { return bytes[0] + bytes[1]; }
    uint64_t packets_total() const { return packets[0] + packets[1]; }
    uint64_t flows_total() const { return flows[0] + flows[1]; }
    void add(const Sums& other);
    void subtract(const Sums& other);
    Sums reversed() const;
    bool operator==(const Sums&) const = default;
};

// The responder's side of flows of an edge.
struct Service {
    uint8_t protocol = 0;
    uint16_t port = 0;  // 0: the protocol has none, or it is not known
    uint64_t bytes = 0;
    uint64_t flows = 0;
    bool operator==(const Service&) const = default;
};
// "tcp/443", "icmp".
std::string name_of(const Service& service);
inline constexpr size_t services_told_max = 8;

struct Edge {
    uint32_t a = 0, b = 0;  // indices of nodes
    Sums sums;
    int64_t first_ns = INT64_MAX;  // when the two were first and last seen, as far back as is known
    int64_t last_ns = INT64_MIN;
    std::vector<Service> services;  // the largest by bytes first
    Service other_services;         // the sum of those that are not told
};

// Seen from the node; self edges count once as sent and once as received.
struct Node {
    NodeKey key;
    uint64_t bytes_sent = 0, bytes_received = 0;
    uint64_t packets_sent = 0, packets_received = 0;
    uint64_t flows_begun = 0, flows_answered = 0;
    uint32_t degree = 0;      // nodes that it shares an edge with, itself left out
    uint32_t degree_out = 0;  // those it began a flow to
    uint32_t degree_in = 0;   // those that began one to it
    int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;

    uint64_t bytes() const { return bytes_sent + bytes_received; }
};

struct Graph {
    std::vector<Node> nodes;
    std::vector<Edge> edges;
    int64_t from_ns = 0, until_ns = 0;  // time that the records are of
    // What the edges add up to.
    Sums total() const;
    std::optional<uint32_t> find(const NodeKey& key) const;
    const NodeKey& key_of(uint32_t node) const { return nodes[node].key; }
};

}  // namespace baleen::graph
