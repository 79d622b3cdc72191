// The live graph: what windows hold while time goes on, and that no sum is ever lost.
#include "control/graph/live_graph.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "base/units.h"
#include "tests/unit/graph_talk.h"
#include "tests/unit/random.h"
#include "tests/unit/record_builder.h"

namespace baleen::graph {
namespace {

using test::second_ns;
using test::start_ns;

LiveGraph graph_of(std::vector<int64_t> windows_s, uint64_t memory_bytes = 64ull << 20) {
    for (int64_t& length : windows_s) length *= second_ns;
    return LiveGraph({.windows_ns = windows_s, .memory_bytes = memory_bytes, .seed = 1});
}

record::FlowRecord at(double after_s, const test::RecordBuilder& builder = {}) {
    record::FlowRecord record = builder;
    record.first_ns = record.last_ns =
        start_ns + static_cast<int64_t>(after_s * static_cast<double>(second_ns));
    return record;
}

Sums sums_of(const record::FlowRecord& record) {
    return {.packets = {record.initiator.packets, record.responder.packets},
            .bytes = {record.initiator.wire_bytes, record.responder.wire_bytes},
            .flows = {record.part == 0 ? 1u : 0u, 0},
            .records = 1};
}
// Whichever end is called a.
std::array<uint64_t, 4> sizes(const Sums& sums) {
    return {sums.packets_total(), sums.bytes_total(), sums.flows_total(), sums.records};
}

TEST(LiveGraph, TellsBothDirectionsOfAnEdgeByThemselves) {
    LiveGraph live = graph_of({60});
    live.take(test::RecordBuilder()
                  .from("10.0.0.2", 40000)
                  .to("10.0.0.1", 443)
                  .sent(3, 300)
                  .answered(2, 5000));
    live.take(test::RecordBuilder().from("10.0.0.1", 40001).to("10.0.0.2", 22).sent(1, 70));
    live.commit();
    const Graph graph = live.snapshot(0, {});
    ASSERT_EQ(graph.nodes.size(), 2u);
    EXPECT_EQ(name_of(graph.nodes[0].key), "10.0.0.1");
    EXPECT_EQ(graph.nodes[0].bytes_sent, 5070u);
    EXPECT_EQ(graph.nodes[0].bytes_received, 300u);
    EXPECT_EQ(graph.nodes[1].flows_begun, 1u);
    ASSERT_EQ(graph.edges.size(), 1u);
    const Edge& edge = graph.edges[0];
    EXPECT_EQ(edge.sums.packets, (std::array<uint64_t, 2>{3, 3}));
    EXPECT_EQ(edge.sums.bytes, (std::array<uint64_t, 2>{5070, 300}));
    EXPECT_EQ(edge.sums.flows, (std::array<uint64_t, 2>{1, 1}));
    ASSERT_EQ(edge.services.size(), 2u);
    EXPECT_EQ(name_of(edge.services[0]), "tcp/443");
    EXPECT_EQ(edge.services[0].bytes, 5300u);
    EXPECT_EQ(name_of(edge.services[1]), "tcp/22");
}

TEST(LiveGraph, ForgetsBucketByBucket) {
    LiveGraph live = graph_of({60, 600});
    live.take(at(0, test::RecordBuilder().from("10.0.0.1").to("10.0.0.2", 1)));
    live.take(at(30, test::RecordBuilder().from("10.0.0.1").to("10.0.0.3", 1)));
    live.take(at(62, test::RecordBuilder().from("10.0.0.1").to("10.0.0.4", 1)));
    live.commit();
    EXPECT_EQ(live.snapshot(0, {}).edges.size(), 2u) << "the first is more than a minute old";
    EXPECT_EQ(live.snapshot(1, {}).edges.size(), 3u);
    live.take(at(10'000));
    live.commit();
    EXPECT_EQ(live.snapshot(0, {}).edges.size(), 1u);
    EXPECT_EQ(live.snapshot(1, {}).edges.size(), 1u);
    EXPECT_EQ(live.counters().channels, 1u) << "what no window holds is freed";
}

TEST(LiveGraph, TakesLateRecordsWhileTheirBucketIsThere) {
    LiveGraph live = graph_of({60, 600});
    live.take(at(100));
    live.take(at(60));
    live.take(at(10));
    live.commit();
    EXPECT_EQ(live.snapshot(0, {}).total().records, 2u);
    EXPECT_EQ(live.snapshot(1, {}).total().records, 3u);
    EXPECT_EQ(live.counters().late, (std::vector<uint64_t>{1, 0}));
}

TEST(LiveGraph, AFlowThatEndsByTheIdleTimeoutCountsWhenItIsTold) {
    LiveGraph live({.windows_ns = {60 * second_ns}, .idle_timeout_ns = 90 * second_ns, .seed = 1});
    const test::RecordBuilder finished =
        test::RecordBuilder().ended(record::EndReason::end_of_flow);
    live.take(at(100, finished));
    record::FlowRecord idle = at(5, test::RecordBuilder().from("10.0.0.1").to("10.0.0.9", 53));
    ASSERT_EQ(idle.end_reason, record::EndReason::idle_timeout);
    live.take(idle);
    live.commit();
    const Graph graph = live.snapshot(0, {});
    EXPECT_EQ(graph.total().records, 2u);
    EXPECT_EQ(live.counters().late[0], 0u);
    const auto edge = std::ranges::find(graph.edges, idle.last_ns, &Edge::last_ns);
    EXPECT_NE(edge, graph.edges.end()) << "seen last is what was seen last on the wire";
    // The window has gone on to 95 s after it was seen, and forgets it 60 s after that.
    live.take(at(160, finished));
    live.commit();
    EXPECT_EQ(live.snapshot(0, {}).total().records, 1u);
    // Whatever a record says of its time.
    idle.last_ns = INT64_MAX;
    live.take(idle);
    live.commit();
}

TEST(LiveGraph, RollsBackWhatWasNotCommitted) {
    LiveGraph live = graph_of({60});
    live.take(at(0));
    EXPECT_TRUE(live.snapshot(0, {}).edges.empty());
    live.roll_back();
    live.take(at(0));
    live.commit();
    live.commit();
    EXPECT_EQ(live.snapshot(0, {}).total().records, 1u);
}

TEST(LiveGraph, BeginsAnewWhenTimeWentBackForGood) {
    LiveGraph live = graph_of({60});
    live.take(at(100'000));
    for (int i = 0; i < 999; i++) live.take(at(0));
    live.commit();
    EXPECT_EQ(live.snapshot(0, {}).total().records, 1u);
    EXPECT_EQ(live.counters().late[0], 999u);
    for (int i = 0; i < 5; i++) live.take(at(0));
    live.commit();
    EXPECT_EQ(live.snapshot(0, {}).total().records, 5u);
    EXPECT_EQ(live.counters().restarts, 1u);
    EXPECT_EQ(live.counters().records, 1005u);
}

TEST(LiveGraph, KeepsAScanOfAllPortsSmall) {
    LiveGraph live = graph_of({60});
    for (uint32_t port = 1; port < 65536; port++)
        live.take(
            test::RecordBuilder().from("10.0.0.1", 1).to("10.0.0.2", static_cast<uint16_t>(port)));
    live.commit();
    const Graph graph = live.snapshot(0, {});
    ASSERT_EQ(graph.edges.size(), 1u);
    EXPECT_EQ(graph.edges[0].services.size(), services_told_max);
    EXPECT_EQ(graph.edges[0].sums.records, 65535u);
    EXPECT_EQ(graph.edges[0].other_services.flows, 65535u - services_told_max);
    EXPECT_LE(live.counters().channels, services_per_edge_max + 1u);
}

TEST(LiveGraph, PutsWhatATableHadNoRoomForWithOthers) {
    LiveGraph live = graph_of({60});
    record::FlowRecord record = test::RecordBuilder().flags(record::aggregated);
    std::memset(record.initiator_address, 0, 16);
    live.take(record);
    live.commit();
    const Graph graph = live.snapshot(0, {});
    ASSERT_EQ(graph.nodes.size(), 2u);
    EXPECT_EQ(name_of(graph.nodes[0].key), "others");
    EXPECT_EQ(graph.nodes[0].bytes_sent, record.initiator.wire_bytes);
}

// Any traffic, in any order, with little memory and with much: each window holds the records of its
// time, and what they add up to.
TEST(LiveGraph, LosesNoSumWhateverItFolds) {
    test::Random random;
    for (int round = 0; round < 12; round++) {
        const bool is_small = round % 2 == 1;
        LiveGraph live = graph_of({60, 300, 86400}, is_small ? 128 << 10 : 64 << 20);
        const int64_t bucket_ns[3] = {5 * second_ns, 25 * second_ns, 7200 * second_ns};
        std::vector<record::FlowRecord> all;
        int64_t newest_ns = 0;
        std::array<uint64_t, 3> late{};
        std::vector<std::array<bool, 3>> is_in;
        const uint64_t count = random.between(1, 4000);
        const double pace_s = random.one_in(2) ? 0.1 : 2;
        const uint64_t hosts = random.one_in(2) ? 30 : 4000;
        for (uint64_t i = 0; i < count; i++) {
            const double back_s = random.one_in(4) ? static_cast<double>(random.below(400)) : 0;
            record::FlowRecord record = at(
                static_cast<double>(i) * pace_s - back_s + 1000,
                test::RecordBuilder()
                    .from(fmt::format("10.1.{}.{}", random.below(hosts) / 250, random.below(250)))
                    .to(fmt::format("10.0.0.{}", random.below(20)),
                        static_cast<uint16_t>(random.below(random.one_in(3) ? 3 : 1000)))
                    .sent(random.below(9) + 1, random.below(9000) + 60)
                    .answered(random.below(9), random.below(9000))
                    .part(random.one_in(5) ? 1 : 0));
            newest_ns = std::max(newest_ns, record.last_ns);
            is_in.emplace_back();
            for (size_t w = 0; w < 3; w++) {
                is_in.back()[w] = record.last_ns / bucket_ns[w] > newest_ns / bucket_ns[w] - 12;
                late[w] += is_in.back()[w] ? 0 : 1;
            }
            live.take(record);
            all.push_back(record);
            if (random.one_in(500)) live.commit();
        }
        live.commit();
        for (size_t w = 0; w < 3; w++) {
            Sums expected;
            for (size_t i = 0; i < all.size(); i++)
                if (is_in[i][w] && all[i].last_ns / bucket_ns[w] > newest_ns / bucket_ns[w] - 12)
                    expected.add(sums_of(all[i]));
            for (const uint64_t nodes_max : {0, 1, 7}) {
                const Graph graph = live.snapshot(w, {.nodes_max = nodes_max});
                EXPECT_EQ(sizes(graph.total()), sizes(expected)) << "window " << w;
                uint64_t services = 0;
                for (const Edge& edge : graph.edges) {
                    services += edge.other_services.bytes;
                    for (const Service& service : edge.services) services += service.bytes;
                }
                EXPECT_EQ(services, expected.bytes_total());
                EXPECT_TRUE(nodes_max == 0 || graph.nodes.size() <= nodes_max + 1);
            }
        }
        const LiveGraphCounters counters = live.counters();
        EXPECT_EQ(counters.late, std::vector<uint64_t>(late.begin(), late.end()));
        EXPECT_LE(counters.memory_bytes, is_small ? 128u << 10 : 64u << 20);
        EXPECT_TRUE(!is_small || count < 2000 || counters.folds > 0);
    }
}

// Directions survive folding: a host that is no longer told by name changes its end of the edge, in
// the sums and in every bucket.
TEST(LiveGraph, KeepsDirectionsWhenItFolds) {
    LiveGraph live = graph_of({3600}, 64 << 10);
    for (uint32_t i = 0; i < 3000; i++) {
        // Small ones that compare greater than the large one, and smaller; in two halves of time.
        live.take(at(i < 1000 ? 0 : 1800,
                     test::RecordBuilder()
                         .from(fmt::format("{}.0.{}.{}", i % 2 == 0 ? 9 : 200, i / 250, i % 250))
                         .to("10.0.0.1", 80)
                         .sent(1, 100)
                         .answered(1, 1000)));
        live.commit();
    }
    EXPECT_GT(live.counters().folded_hosts, 1000u);
    const auto expect_flows = [&](uint64_t count) {
        const Graph graph = live.snapshot(0, {});
        const auto server = graph.find({NodeKind::host, 0, test::address("10.0.0.1")});
        ASSERT_TRUE(server);
        EXPECT_EQ(graph.nodes[*server].bytes_sent, 1000 * count);
        EXPECT_EQ(graph.nodes[*server].bytes_received, 100 * count);
        EXPECT_EQ(graph.nodes[*server].flows_answered, count);
    };
    expect_flows(3000);
    live.take(at(4200, test::RecordBuilder().from("10.0.0.8").to("10.0.0.9")));
    live.commit();
    expect_flows(2000);
}

TEST(LiveGraph, IsReadWhileItIsWritten) {
    LiveGraph live = graph_of({60, 3600}, 1 << 20);
    std::thread writer([&] {
        for (int i = 0; i < 20'000; i++) {
            live.take(at(i * 0.01, test::RecordBuilder().from(
                                       fmt::format("10.1.{}.{}", i / 200 % 200, i % 200))));
            if (i % 100 == 99) live.commit();
        }
    });
    for (int i = 0; i < 50; i++) {
        const Graph graph = live.snapshot(static_cast<size_t>(i % 2), {.nodes_max = 50});
        EXPECT_LE(graph.total().records, 20'000u);
        EXPECT_LE(graph.nodes.size(), 51u);
    }
    writer.join();
    EXPECT_EQ(live.snapshot(1, {}).total().records, 20'000u);
}

TEST(ParseWindows, TakesLengthsThatGrow) {
    EXPECT_EQ(*parse_windows({"1m", "24h"}),
              (std::vector<int64_t>{60 * second_ns, 86400 * second_ns}));
    EXPECT_EQ(*parse_windows({"off"}), std::vector<int64_t>{base::duration_off});
    for (const std::vector<std::string>& wrong :
         std::vector<std::vector<std::string>>{{}, {"1h", "1m"}, {"1ms"}, {"word"}, {"1m", "1m"}})
        EXPECT_FALSE(parse_windows(wrong));
}

}  // namespace
}  // namespace baleen::graph
