// From channels to the graph that somebody wants to see.
//
// In this order: hosts are grouped, edges with too little are left out, then all that is far from
// one host; of what remains, the largest nodes are told and the rest is `others`. Only the two
// filters take anything away; grouping and folding keep all sums.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "control/graph/channel.h"
#include "control/graph/grouping.h"

namespace baleen::graph {

struct ShapeOptions {
    Grouping grouping;
    uint64_t flows_min = 0;  // of an edge
    uint64_t bytes_min = 0;
    std::optional<Address> around;  // with the nodes at most `hops` away, and all edges among them
    uint32_t hops = 1;
    uint64_t nodes_max = 0;  // by bytes; 0: all. `others` comes on top, `around` is always there.
};

Graph shape(const std::vector<ChannelSums>& channels, const ShapeOptions& options);

}  // namespace baleen::graph
