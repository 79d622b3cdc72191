// What is different between two graphs: of two windows, or of the same hours of two days.
//
// `others` is compared with nothing: which hosts it stands for is another matter each time.
#pragma once

#include <cstdint>
#include <vector>

#include "control/graph/model.h"

namespace baleen::graph {

struct DiffOptions {
    // A host's degree has jumped if it grew or fell by this factor and by so many.
    double degree_factor = 3;
    uint32_t degree_change_min = 10;
    // Traffic of an edge that changes less than this is not told.
    uint64_t bytes_change_min = 1;
};

struct Difference {
    struct Traffic {
        NodeKey a, b;
        Sums before, after;
        // In bytes a second, where both times are known, else in bytes.
        double change = 0;
    };
    struct Degree {
        NodeKey node;
        uint32_t before = 0, after = 0;
    };
    std::vector<NodeKey> new_nodes, gone_nodes;
    // By bytes, the largest first; `change` by its size.
    std::vector<Traffic> new_edges, gone_edges, changed_edges;
    std::vector<Degree> degree_jumps;  // hosts of both graphs, the largest change first
};

Difference compare(const Graph& before, const Graph& after, const DiffOptions& options);

}  // namespace baleen::graph
