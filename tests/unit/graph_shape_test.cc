// From channels to the graph that is shown: groups, filters, neighbourhoods, the largest.
#include "control/graph/shape.h"

#include <gtest/gtest.h>

#include "tests/unit/graph_talk.h"

namespace baleen::graph {
namespace {

using test::address;
using test::talk;

std::vector<std::string> names(const Graph& graph) {
    std::vector<std::string> out;
    for (const Node& node : graph.nodes) out.push_back(name_of(node.key));
    return out;
}
using Names = std::vector<std::string>;

// A chain 1 - 2 - 3 - 4, and a pair apart.
const std::vector<ChannelSums> chain = {
    talk("10.0.0.1", "10.0.0.2", 80, 100),
    talk("10.0.0.3", "10.0.0.2", 80, 1000),
    talk("10.0.0.3", "10.0.1.4", 443, 5000),
    talk("2001:db8::1", "2001:db8:0:1::2", 53, 10, 7),
};

TEST(Shape, GroupsByPrefix) {
    const Graph graph = shape(chain, {.grouping = *parse_grouping("/24")});
    EXPECT_EQ(names(graph),
              (Names{"10.0.0.0/24", "10.0.1.0/24", "2001:db8::/64", "2001:db8:0:1::/64"}));
    ASSERT_EQ(graph.edges.size(), 3u);
    EXPECT_EQ(graph.edges[0].a, graph.edges[0].b) << "inside a subnet";
    EXPECT_EQ(graph.edges[0].sums.bytes_total(), 1100u);
    EXPECT_EQ(graph.nodes[0].degree, 1u);
    EXPECT_EQ(graph.nodes[0].bytes_sent, 6100u);
    EXPECT_EQ(graph.nodes[0].bytes_received, 1100u);
}

TEST(Shape, GroupsByWhateverNumbersSystems) {
    struct Made : Systems {
        uint32_t number_of(const Address& of) const override { return is_ipv4(of) ? 64500 : 0; }
    } made;
    Grouping grouping;
    grouping.systems = &made;
    const Graph graph = shape(chain, {.grouping = grouping});
    EXPECT_EQ(names(graph), (Names{"AS unknown", "AS64500"}));
}

TEST(Shape, LeavesOutWhatIsSmall) {
    EXPECT_EQ(names(shape(chain, {.bytes_min = 1000})),
              (Names{"10.0.0.2", "10.0.0.3", "10.0.1.4"}));
    EXPECT_EQ(names(shape(chain, {.flows_min = 7})), (Names{"2001:db8::1", "2001:db8:0:1::2"}));
}

TEST(Shape, ShowsANeighbourhood) {
    ShapeOptions options{.around = address("10.0.0.1"), .hops = 1};
    EXPECT_EQ(names(shape(chain, options)), (Names{"10.0.0.1", "10.0.0.2"}));
    options.hops = 2;
    EXPECT_EQ(names(shape(chain, options)), (Names{"10.0.0.1", "10.0.0.2", "10.0.0.3"}));
    options.around = address("10.9.9.9");
    EXPECT_TRUE(shape(chain, options).nodes.empty());
    options = {.grouping = *parse_grouping("/24"), .around = address("10.0.1.77")};
    EXPECT_EQ(names(shape(chain, options)), (Names{"10.0.0.0/24", "10.0.1.0/24"}));
}

TEST(Shape, ThroughOthersIsNoWay) {
    std::vector<ChannelSums> channels = {talk("10.0.0.1", "10.0.0.9", 80, 5),
                                         talk("10.0.0.2", "10.0.0.9", 80, 5)};
    for (ChannelSums& channel : channels) {
        channel.key.b = {};
        channel.key.flags = ChannelKey::b_is_others;
    }
    const Graph graph = shape(channels, {.around = address("10.0.0.1"), .hops = 5});
    EXPECT_EQ(names(graph), (Names{"others", "10.0.0.1"}));
}

TEST(Shape, FoldsAllButTheLargest) {
    const Graph graph = shape(chain, {.nodes_max = 2});
    EXPECT_EQ(names(graph), (Names{"others", "10.0.0.3", "10.0.1.4"}));
    Sums expected;
    for (const ChannelSums& channel : chain) expected.add(channel.sums);
    EXPECT_EQ(graph.total().bytes_total(), expected.bytes_total());
    EXPECT_EQ(graph.nodes[1].bytes_sent, 6000u);
    EXPECT_EQ(names(shape(chain, {.around = address("10.0.0.1"), .nodes_max = 1})),
              (Names{"others", "10.0.0.1"}))
        << "the one that was asked for stays";
}

// What a node says to itself does not make it twice as large.
TEST(Shape, CountsTalkInsideOnce) {
    const std::vector<ChannelSums> channels = {talk("10.0.0.1", "10.0.0.2", 80, 600),
                                               talk("10.0.1.1", "10.0.2.1", 80, 1000)};
    EXPECT_EQ(names(shape(channels, {.grouping = *parse_grouping("/24"), .nodes_max = 2})),
              (Names{"others", "10.0.1.0/24", "10.0.2.0/24"}));
}

// Ends change places when what they are called compares the other way round.
TEST(Shape, KeepsDirectionsWhateverNodesAreCalled) {
    const std::vector<ChannelSums> channels = {talk("10.0.0.1", "10.0.0.2", 80, 600),
                                               talk("10.0.0.1", "10.0.0.3", 80, 10)};
    const Graph folded = shape(channels, {.around = address("10.0.0.1"), .nodes_max = 1});
    ASSERT_EQ(names(folded), (Names{"others", "10.0.0.1"}));
    EXPECT_EQ(folded.nodes[1].bytes_sent, 610u);
    EXPECT_EQ(folded.edges[0].sums.bytes, (std::array<uint64_t, 2>{0, 610}));
    struct Descending : Systems {
        uint32_t number_of(const Address& of) const override { return 100u - of[15]; }
    } systems;
    Grouping grouping;
    grouping.systems = &systems;
    const Graph grouped = shape(channels, {.grouping = grouping});
    ASSERT_EQ(names(grouped), (Names{"AS97", "AS98", "AS99"}));
    EXPECT_EQ(grouped.nodes[2].bytes_sent, 610u);
    EXPECT_EQ(grouped.nodes[2].flows_begun, 2u);
}

TEST(Shape, TellsTheLargestServicesAndTheRest) {
    std::vector<ChannelSums> channels;
    for (uint16_t port = 1; port <= 20; port++)
        channels.push_back(talk("10.0.0.1", "10.0.0.2", port, port));
    channels.push_back(talk("10.0.0.2", "10.0.0.1", 20, 5));
    const Graph graph = shape(channels, {});
    ASSERT_EQ(graph.edges.size(), 1u);
    ASSERT_EQ(graph.edges[0].services.size(), services_told_max);
    EXPECT_EQ(graph.edges[0].services[0], (Service{6, 20, 25, 2}));
    EXPECT_EQ(graph.edges[0].services[7].port, 13);
    EXPECT_EQ(graph.edges[0].other_services.bytes, 12u * 13 / 2);
}

TEST(ParseGrouping, RefusesWhatIsNoGroup) {
    EXPECT_EQ(parse_grouping("/16,/48")->ipv6_bits, 48);
    for (const char* wrong : {"", "24", "/33", "/-1", "/24,", "/24,/129", "/24 ", "hosts"})
        EXPECT_FALSE(parse_grouping(wrong)) << wrong;
}

}  // namespace
}  // namespace baleen::graph
