#include "control/store/top.h"

#include <algorithm>

#include "control/store/tally.h"

namespace baleen::store {
namespace {

Sums difference(const Sums& a, const Sums& b) {
    return {a.flows - b.flows,           a.records - b.records,     a.packets_out - b.packets_out,
            a.packets_in - b.packets_in, a.bytes_out - b.bytes_out, a.bytes_in - b.bytes_in};
}

void add_path(ProtocolNode& node, const TopRow& row, size_t depth) {
    node.sums.add(row.sums);
    if (depth == row.texts.size() || row.texts[depth].empty()) return;
    const std::string& name = row.texts[depth];
    auto child = std::ranges::find(node.children, name, &ProtocolNode::name);
    if (child == node.children.end())
        child = node.children.insert(child, ProtocolNode{.name = name, .sums = {}, .children = {}});
    add_path(*child, row, depth + 1);
}

void sort_children(ProtocolNode& node, Measure measure, filter::Kind kind) {
    std::ranges::sort(node.children, [&](const ProtocolNode& a, const ProtocolNode& b) {
        const uint64_t of_a = value_of(a.sums, measure, kind);
        const uint64_t of_b = value_of(b.sums, measure, kind);
        return of_a != of_b ? of_a > of_b : a.name < b.name;
    });
    for (ProtocolNode& child : node.children) sort_children(child, measure, kind);
}

}  // namespace

base::Result<Top> find_top(const Scope& scope, const Grouping& by, Measure measure, size_t limit) {
    Top top;
    Tally tally(measure, scope.query.kind, std::max(scope.keys_max, limit));
    Sums without_key;
    const Counter counter{.key =
                              [&](int64_t, std::string_view key, const Sums& sums) {
                                  if (key.empty()) without_key.add(sums);
                                  else tally.add(key, sums);
                              },
                          .total = [&](int64_t, const Sums& sums) { top.total.add(sums); }};
    auto info = count_by(scope, by, 0, counter);
    if (!info) return info.error();
    top.info = std::move(*info);
    top.info.is_exact = top.info.is_exact && tally.is_exact();
    Sums shown;
    for (Tally::Entry& entry : tally.top(limit)) {
        shown.add(entry.sums);
        top.rows.push_back({entry.key, by.texts_of(entry.key), entry.sums});
    }
    top.others = difference(tally.sum(), shown);
    top.others.add(without_key);
    return top;
}

base::Result<Hierarchy> find_hierarchy(const Scope& scope, Measure measure) {
    auto top = find_top(scope, Grouping::of(Dimension::protocol), measure, scope.keys_max);
    if (!top) return top.error();
    Hierarchy hierarchy{.root = {}, .info = std::move(top->info)};
    hierarchy.root.name = "all";
    for (const TopRow& row : top->rows) add_path(hierarchy.root, row, 0);
    // What is told of no protocol belongs to none.
    hierarchy.root.sums.add(top->others);
    sort_children(hierarchy.root, measure, scope.query.kind);
    return hierarchy;
}

}  // namespace baleen::store
