// Messages to and from baleen-graph, and the helper as a child that may do anything.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "control/graph/helper/confine.h"
#include "control/graph/metrics_client.h"
#include "tests/unit/random.h"
#include "tests/unit/temp_folder.h"

namespace baleen::graph {
namespace {

MetricsRequest triangle_with_tail() {
    return {.wanted = metrics_all & ~bit(Metric::layout),
            .node_count = 5,
            .edges = {{0, 1, 10}, {1, 2, 20}, {0, 2, 30}, {2, 3, 1}},
            .path_from = 0,
            .path_to = 3};
}

TEST(MetricsMessage, ReadsBackWhatItWrote) {
    MetricsRequest request = triangle_with_tail();
    request.places = {{1, 2}, {3, 4}, {-5, 6}, {0, 0}, {1e9, -1e9}};
    const auto bytes = encode(request);
    EXPECT_EQ(request_bytes(std::span(bytes).first(request_head_bytes)), bytes.size());
    const auto again = decode_request(bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(encode(*again), bytes);
    EXPECT_EQ(again->edges, request.edges);
    EXPECT_EQ(again->places, request.places);
}

TEST(MetricsMessage, RefusesWhatMakesNoSense) {
    using Change = void (*)(MetricsRequest&);
    const Change changes[] = {
        [](MetricsRequest& r) { r.wanted = 1u << 15; },
        [](MetricsRequest& r) { r.node_count = 3; },
        [](MetricsRequest& r) { r.node_count = bounds::nodes_max + 1; },
        [](MetricsRequest& r) { r.path_to = 5; },
        [](MetricsRequest& r) {
            r.edges[0] = {1, 0, 1};
        },
        [](MetricsRequest& r) {
            r.edges[0] = {1, 1, 1};
        },
        [](MetricsRequest& r) { r.edges[0].weight = 0; },
        [](MetricsRequest& r) { r.edges[0].weight = std::nan(""); },
        [](MetricsRequest& r) { r.edges[0].weight = INFINITY; },
        [](MetricsRequest& r) {
            r.places = {{1, 1}};
        },
        [](MetricsRequest& r) {
            r.places.assign(5, {std::nan(""), 0});
        },
    };
    for (size_t i = 0; i < std::size(changes); i++) {
        MetricsRequest request = triangle_with_tail();
        changes[i](request);
        EXPECT_FALSE(decode_request(encode(request))) << i;
    }
    const auto bytes = encode(triangle_with_tail());
    for (size_t size = 0; size < bytes.size(); size++)
        EXPECT_FALSE(decode_request(std::span(bytes).first(size))) << size;
}

TEST(MetricsMessage, BelievesNoAnswer) {
    const MetricsRequest request = triangle_with_tail();
    const auto reads = [&](const MetricsAnswer& answer) {
        return static_cast<bool>(decode_answer(encode(answer), request));
    };
    EXPECT_TRUE(reads({{Values::pagerank, {1, 2, 3, 4, 5}}, {Values::bridges, {3}}}));
    EXPECT_TRUE(reads({{Values::assortativity, {std::nan("")}}}));
    EXPECT_FALSE(reads({{Values::pagerank, {1, 2, 3, 4}}})) << "not one for each node";
    EXPECT_FALSE(reads({{Values::pagerank, {1, 2, 3, 4, INFINITY}}}));
    EXPECT_FALSE(reads({{Values::bridges, {4}}})) << "no such edge";
    EXPECT_FALSE(reads({{Values::articulation, {5}}}));
    EXPECT_FALSE(reads({{Values::articulation, {1.5}}}));
    EXPECT_FALSE(reads({{Values::community, {0, 0, 0, 0, -1}}}));
    EXPECT_FALSE(reads({{Values::density, {}}}));
    const auto bytes = encode(MetricsAnswer{{Values::density, {0.5}}});
    for (size_t size = 0; size < bytes.size(); size++)
        EXPECT_FALSE(decode_answer(std::span(bytes).first(size), request)) << size;
    auto longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(decode_answer(longer, request));
}

// What stands where the helper should: a script.
class FakeHelper {
public:
    explicit FakeHelper(const std::string& script) {
        std::ofstream(folder_.path("helper")) << "#!/bin/sh\n" << script << "\n";
        std::filesystem::permissions(folder_.path("helper"), std::filesystem::perms::owner_all);
    }
    std::string problem(int deadline_ms = 20'000) const {
        const auto answer =
            ask_helper(triangle_with_tail(), {.program = folder_.path("helper"),
                                              .deadline = std::chrono::milliseconds(deadline_ms)});
        return answer ? "" : answer.error().message;
    }

private:
    test::TempFolder folder_;
};

TEST(AskHelper, SaysWhatWentWrong) {
    EXPECT_EQ(FakeHelper("echo 'baleen-graph: no luck' >&2; exit 1").problem(),
              "baleen-graph: no luck");
    EXPECT_EQ(FakeHelper("exit 3").problem(), "baleen-graph: exit status 3");
    EXPECT_EQ(FakeHelper("kill -11 $$").problem(), "baleen-graph: ended by signal 11");
    EXPECT_NE(FakeHelper("cat >/dev/null; echo hello").problem().find("makes no sense"),
              std::string::npos);
    EXPECT_NE(FakeHelper("exec yes").problem().find("more than it was asked"), std::string::npos);
    EXPECT_NE(FakeHelper("exec sleep 100").problem(200).find("longer than 200 ms"),
              std::string::npos);
    const auto absent = ask_helper(triangle_with_tail(), {.program = "/nonexistent"});
    ASSERT_FALSE(absent);
    EXPECT_NE(absent.error().message.find("/nonexistent"), std::string::npos);
}

TEST(AskHelper, AsksNothingThatMakesNoSense) {
    MetricsRequest request = triangle_with_tail();
    request.edges[0] = {7, 8, 1};
    const auto answer = ask_helper(request, {.program = "/nonexistent"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().message, "metrics: an edge between no two nodes");
}

MetricsAnswer ask(const MetricsRequest& request) {
    const auto answer =
        ask_helper(request, {.program = BALEEN_GRAPH, .deadline = std::chrono::seconds(30)});
    EXPECT_TRUE(answer) << answer.error().message;
    return answer ? *answer : MetricsAnswer{};
}

// Worked out by hand; the rest is compared with NetworkX (tests/e2e/test_graph.py).
TEST(Helper, KnowsATriangleWithATail) {
    auto answer = ask(triangle_with_tail());
    using Numbers = std::vector<double>;
    EXPECT_EQ(answer[Values::core], (Numbers{2, 2, 2, 1, 0}));
    EXPECT_EQ(answer[Values::component], (Numbers{0, 0, 0, 0, 1}));
    EXPECT_EQ(answer[Values::bridges], Numbers{3});
    EXPECT_EQ(answer[Values::articulation], Numbers{2});
    EXPECT_EQ(answer[Values::diameter], Numbers{2});
    EXPECT_EQ(answer[Values::diameter_is_bound], Numbers{0});
    EXPECT_EQ(answer[Values::path_by_hops], (Numbers{0, 2, 3}));
    EXPECT_EQ(answer[Values::density], Numbers{0.4});
    EXPECT_DOUBLE_EQ(answer[Values::betweenness][2], 2.0 / 6);
    EXPECT_EQ(answer[Values::left_out], Numbers{0});
}

TEST(Helper, SamplesWhatIsTooLargeAndSaysSo) {
    MetricsRequest request{.wanted = metrics_all, .node_count = 300, .exact_nodes = 100};
    for (uint32_t i = 1; i < 300; i++) request.edges.push_back({i / 2, i, 1});
    auto answer = ask(request);
    EXPECT_EQ(*number_of(answer, Values::betweenness_sources), 64);
    EXPECT_EQ(*number_of(answer, Values::diameter_is_bound), 1);
    EXPECT_EQ(*number_of(answer, Values::left_out), bit(Metric::closeness) | bit(Metric::harmonic));
    EXPECT_FALSE(answer.contains(Values::closeness));
    request.exact_nodes = 1000;
    auto exact = ask(request);
    EXPECT_NEAR(answer[Values::betweenness][1], exact[Values::betweenness][1], 0.15);
    request.exact_nodes = 100;
    EXPECT_EQ(encode(ask(request)), encode(answer)) << "the same question, the same answer";
    // All nodes as sources are no sample.
    request.sample_sources = 300;
    auto all = ask(request);
    for (size_t i = 0; i < 300; i++)
        EXPECT_NEAR(all[Values::betweenness][i], exact[Values::betweenness][i], 1e-9);
}

TEST(Helper, LaysOutFromGivenPlacesWithoutAJump) {
    MetricsRequest request{.wanted = bit(Metric::layout), .node_count = 60};
    for (uint32_t i = 1; i < 60; i++) request.edges.push_back({i / 3, i, 1});
    auto first = ask(request);
    for (size_t i = 0; i < 60; i++)
        request.places.push_back({first[Values::x][i], first[Values::y][i]});
    auto second = ask(request);
    double moved = 0, size = 0;
    for (size_t i = 0; i < 60; i++) {
        moved += std::hypot(first[Values::x][i] - second[Values::x][i],
                            first[Values::y][i] - second[Values::y][i]);
        size += std::hypot(first[Values::x][i], first[Values::y][i]);
    }
    EXPECT_LT(moved, size / 4);
    request.node_count = bounds::layout_nodes_max + 1;
    request.places.clear();
    EXPECT_EQ(*number_of(ask(request), Values::left_out), bit(Metric::layout));
}

TEST(Helper, EndsWithinItsMemory) {
    MetricsRequest request{.wanted = metrics_all, .node_count = 900'000};
    for (uint32_t i = 1; i < request.node_count; i++) request.edges.push_back({i / 2, i, 1});
    const auto answer = ask_helper(request, {.program = BALEEN_GRAPH, .memory_bytes = 80 << 20});
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().message.find("baleen-graph"), std::string::npos)
        << answer.error().message;
}

// In a child, which then may do no more than end.
TEST(Confine, LeavesNoWayOut) {
    const auto try_everything = [] {
        if (!confine()) std::_Exit(1);
        if (::socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM) std::_Exit(2);
        if (::open("/etc/passwd", O_RDONLY) >= 0 || errno != EPERM) std::_Exit(3);
        if (::fork() >= 0 || errno != EPERM) std::_Exit(4);
        const std::vector<char> memory(32 << 20, 'x');
        std::_Exit(memory[1 << 20] == 'x' ? 0 : 5);
    };
    EXPECT_EXIT(try_everything(), testing::ExitedWithCode(0), "");
}

TEST(Helper, AnswersForNothing) {
    for (const uint32_t nodes : {0u, 1u, 2u}) {
        MetricsRequest request{.wanted = metrics_all & ~bit(Metric::path), .node_count = nodes};
        EXPECT_EQ(ask(request)[Values::pagerank].size(), nodes);
    }
}

TEST(View, LeavesOutOthersAndTalkWithOneself) {
    Graph graph;
    const Address one = {1}, two = {2};
    graph.nodes = {
        {.key = {}}, {.key = {NodeKind::host, 0, one}}, {.key = {NodeKind::host, 0, two}}};
    graph.edges = {{.a = 0, .b = 1}, {.a = 1, .b = 1}, {.a = 1, .b = 2}};
    graph.edges[2].sums.bytes = {7, 5};
    const MetricsView view = view_of(graph);
    EXPECT_EQ(view.nodes, (std::vector<uint32_t>{1, 2}));
    EXPECT_EQ(view.edges, std::vector<uint32_t>{2});
    EXPECT_EQ(view.request.edges, (std::vector<MetricsRequest::Edge>{{0, 1, 12}}));
}

}  // namespace
}  // namespace baleen::graph
