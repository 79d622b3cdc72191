#include "control/graph/diff.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace baleen::graph {
namespace {

bool is_told(const NodeKey& key) { return key.kind != NodeKind::others; }

// Walks two sorted lists at once: `visit` gets what has the same key together, or one and nullptr.
template <class List, class Order, class Visit>
void side_by_side(const List& before, const List& after, const Order& order, const Visit& visit) {
    auto b = before.begin();
    auto a = after.begin();
    while (b != before.end() || a != after.end()) {
        const bool take_b = a == after.end() || (b != before.end() && !order(*a, *b));
        const bool take_a = b == before.end() || (a != after.end() && !order(*b, *a));
        visit(take_b ? &*b : nullptr, take_a ? &*a : nullptr);
        if (take_b) ++b;
        if (take_a) ++a;
    }
}

// An edge by the names of its ends, which are sorted as the edges are.
std::vector<Difference::Traffic> named_edges(const Graph& graph) {
    std::vector<Difference::Traffic> edges;
    for (const Edge& edge : graph.edges) {
        const NodeKey &a = graph.key_of(edge.a), &b = graph.key_of(edge.b);
        if (is_told(a) && is_told(b)) edges.push_back({a, b, {}, edge.sums, 0});
    }
    return edges;
}

double seconds_of(const Graph& graph) {
    constexpr double second_ns = 1e9;
    return static_cast<double>(graph.until_ns - graph.from_ns) / second_ns;
}

bool has_jumped(uint32_t before, uint32_t after, const DiffOptions& options) {
    const auto low = static_cast<double>(std::min(before, after));
    const auto high = static_cast<double>(std::max(before, after));
    return high - low >= options.degree_change_min && high >= low * options.degree_factor;
}

uint32_t change_of(const Difference::Degree& degree) {
    return std::max(degree.before, degree.after) - std::min(degree.before, degree.after);
}

void compare_nodes(const Graph& before, const Graph& after, const DiffOptions& options,
                   Difference& out) {
    side_by_side(
        before.nodes, after.nodes, [](const Node& x, const Node& y) { return x.key < y.key; },
        [&](const Node* b, const Node* a) {
            if (!is_told((b != nullptr ? b : a)->key)) return;
            if (b == nullptr) out.new_nodes.push_back(a->key);
            else if (a == nullptr) out.gone_nodes.push_back(b->key);
            else if (has_jumped(b->degree, a->degree, options))
                out.degree_jumps.push_back({a->key, b->degree, a->degree});
        });
    std::stable_sort(out.degree_jumps.begin(), out.degree_jumps.end(),
                     [](const auto& x, const auto& y) { return change_of(x) > change_of(y); });
}

void compare_edges(const Graph& before, const Graph& after, const DiffOptions& options,
                   Difference& out) {
    const bool has_times = seconds_of(before) > 0 && seconds_of(after) > 0;
    const double before_s = has_times ? seconds_of(before) : 1;
    const double after_s = has_times ? seconds_of(after) : 1;
    side_by_side(
        named_edges(before), named_edges(after),
        [](const auto& x, const auto& y) { return std::tie(x.a, x.b) < std::tie(y.a, y.b); },
        [&](const Difference::Traffic* b, const Difference::Traffic* a) {
            Difference::Traffic edge = a != nullptr ? *a : *b;
            edge.before = b != nullptr ? b->after : Sums{};
            edge.after = a != nullptr ? a->after : Sums{};
            const auto bytes_before = static_cast<double>(edge.before.bytes_total());
            const auto bytes_after = static_cast<double>(edge.after.bytes_total());
            edge.change = bytes_after / after_s - bytes_before / before_s;
            if (b == nullptr) out.new_edges.push_back(edge);
            else if (a == nullptr) out.gone_edges.push_back(edge);
            else if (std::abs(bytes_after - bytes_before) >=
                     static_cast<double>(options.bytes_change_min))
                out.changed_edges.push_back(edge);
        });
    for (auto* edges : {&out.new_edges, &out.gone_edges, &out.changed_edges})
        std::stable_sort(edges->begin(), edges->end(), [](const auto& x, const auto& y) {
            return std::abs(x.change) > std::abs(y.change);
        });
}

}  // namespace

Difference compare(const Graph& before, const Graph& after, const DiffOptions& options) {
    Difference out;
    compare_nodes(before, after, options, out);
    compare_edges(before, after, options, out);
    return out;
}

}  // namespace baleen::graph
