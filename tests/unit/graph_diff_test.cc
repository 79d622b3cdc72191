// What is different between two graphs.
#include "control/graph/diff.h"

#include <gtest/gtest.h>

#include "control/graph/shape.h"
#include "tests/unit/graph_talk.h"

namespace baleen::graph {
namespace {

using test::talk;
using Names = std::vector<std::string>;

Names names(const std::vector<NodeKey>& keys) {
    Names out;
    for (const NodeKey& key : keys) out.push_back(name_of(key));
    return out;
}
Names names(const std::vector<Difference::Traffic>& edges) {
    Names out;
    for (const auto& edge : edges) out.push_back(name_of(edge.a) + " " + name_of(edge.b));
    return out;
}

TEST(Compare, TellsWhatCameAndWent) {
    const Graph before =
        shape({talk("10.0.0.1", "10.0.0.2", 80, 100), talk("10.0.0.1", "10.0.0.3", 80, 500),
               talk("10.0.0.5", "10.0.0.6", 80, 1)},
              {});
    const Graph after =
        shape({talk("10.0.0.1", "10.0.0.2", 443, 900), talk("10.0.0.2", "10.0.0.4", 80, 7),
               talk("10.0.0.5", "10.0.0.6", 80, 1)},
              {});
    const Difference found = compare(before, after, {});
    EXPECT_EQ(names(found.new_nodes), Names{"10.0.0.4"});
    EXPECT_EQ(names(found.gone_nodes), Names{"10.0.0.3"});
    EXPECT_EQ(names(found.new_edges), Names{"10.0.0.2 10.0.0.4"});
    EXPECT_EQ(names(found.gone_edges), Names{"10.0.0.1 10.0.0.3"});
    ASSERT_EQ(names(found.changed_edges), Names{"10.0.0.1 10.0.0.2"});
    EXPECT_EQ(found.changed_edges[0].before.bytes_total(), 100u);
    EXPECT_EQ(found.changed_edges[0].after.bytes_total(), 900u);
    EXPECT_DOUBLE_EQ(found.changed_edges[0].change, 800);
    EXPECT_TRUE(found.degree_jumps.empty());
}

TEST(Compare, TellsChangesBySecondWhereTimesDiffer) {
    Graph before = shape({talk("10.0.0.1", "10.0.0.2", 80, 1000)}, {});
    Graph after = shape({talk("10.0.0.1", "10.0.0.2", 80, 500)}, {});
    before.until_ns = 100'000'000'000;
    after.until_ns = 10'000'000'000;
    EXPECT_DOUBLE_EQ(compare(before, after, {}).changed_edges.at(0).change, 40);
}

TEST(Compare, FindsWhoseDegreeJumped) {
    std::vector<ChannelSums> few, many;
    for (int i = 0; i < 30; i++) {
        const auto peer = "10.1.0." + std::to_string(i);
        if (i < 5) few.push_back(talk("10.0.0.1", peer, 80, 1));
        many.push_back(talk("10.0.0.1", peer, 80, 1));
        // From 2 to 8 is a large factor and a small number.
        if (i < 2) few.push_back(talk("10.0.0.3", peer, 80, 1));
        if (i < 8) many.push_back(talk("10.0.0.3", peer, 80, 1));
        if (i >= 10) few.push_back(talk("10.0.0.2", peer, 80, 1));
        many.push_back(talk("10.0.0.2", peer, 80, 1));
    }
    const auto jumps = compare(shape(few, {}), shape(many, {}), {}).degree_jumps;
    ASSERT_EQ(jumps.size(), 1u) << "from 20 to 30 is no jump";
    EXPECT_EQ(name_of(jumps[0].node), "10.0.0.1");
    EXPECT_EQ(jumps[0].before, 5u);
    EXPECT_EQ(jumps[0].after, 30u);
    EXPECT_EQ(compare(shape(many, {}), shape(few, {}), {}).degree_jumps.size(), 1u);
}

TEST(Compare, ComparesOthersWithNothing) {
    const std::vector<ChannelSums> traffic = {talk("10.0.0.1", "10.0.0.2", 80, 100),
                                              talk("10.0.0.3", "10.0.0.4", 80, 5)};
    const Difference found = compare(shape(traffic, {}), shape(traffic, {.nodes_max = 2}), {});
    EXPECT_EQ(names(found.gone_nodes), (Names{"10.0.0.3", "10.0.0.4"}));
    EXPECT_TRUE(found.new_nodes.empty() && found.new_edges.empty());
}

}  // namespace
}  // namespace baleen::graph
