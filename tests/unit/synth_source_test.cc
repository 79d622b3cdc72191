// Generated packets: what a benchmark relies on, seen through the parser.
#include "drivers/synth/synth_source.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "packet/flow_hash.h"
#include "packet/parser.h"

namespace baleen::drivers {
namespace {

using packet::Batch;

constexpr SynthSizes sizes_64 = {64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64};
constexpr SynthSizes sizes_mixed = {64, 64, 64, 64, 64, 64, 64, 594, 594, 594, 594, 1518};

SynthSource source_of(const SynthSettings& settings) {
    auto source = SynthSource::create(settings);
    EXPECT_TRUE(source) << "no memory";
    return std::move(*source);
}

// Everything that later checks need of a packet.
struct Seen {
    packet::FlowKey key;
    uint64_t flow;  // hash, the same for both directions
    int64_t time_ns;
    uint32_t length, payload, sequence, acknowledged;
    uint16_t flags;
    std::vector<uint8_t> headers;
};

uint32_t load32(const uint8_t* at) {
    uint32_t value;
    std::memcpy(&value, at, 4);
    return __builtin_bswap32(value);
}

// Takes `count` packets in bursts of `burst`; each has to be counted in a flow.
std::vector<Seen> take(SynthSource& source, uint64_t count, uint32_t burst = packet::lane_count) {
    auto batch = std::make_unique<Batch>();
    packet::Notes notes{};
    std::vector<Seen> seen;
    while (seen.size() < count) {
        source.receive(*batch, burst);
        EXPECT_TRUE(batch->count == burst ||
                    seen.size() + batch->count == source.opening_packets() / 2 ||
                    seen.size() + batch->count == source.opening_packets());
        packet::parse_batch(*batch, {}, notes);
        packet::hash_batch(*batch, packet::fixed_hash_key);
        for (uint32_t i = 0; i < batch->count; i++) {
            const packet::Packet& packet = batch->packets[i];
            EXPECT_EQ(batch->verdicts[i], packet::Verdict::counted_flow);
            EXPECT_EQ(packet.captured_length, packet.wire_length);
            seen.push_back(
                {batch->keys[i],
                 batch->hashes[i],
                 packet.time_ns,
                 packet.wire_length,
                 batch->layers[i].ip_bytes - 20 - (batch->keys[i].protocol == 6 ? 20u : 8u),
                 load32(packet.data + 38),
                 load32(packet.data + 42),
                 batch->layers[i].tcp_flags,
                 {packet.data, packet.data + synth_header_bytes}});
        }
        source.release(*batch);
    }
    return seen;
}

TEST(SynthSource, GivesTheSamePacketsForTheSameSeedAndOthersForAnother) {
    SynthSettings settings{.flow_count = 1000, .new_flows_per_s = 100'000, .sizes = sizes_mixed};
    settings.ended_ns = 1'000'000;
    auto first = source_of(settings), second = source_of(settings);
    settings.seed = 2;
    auto other = source_of(settings);
    const auto a = take(first, 10'000), b = take(second, 10'000), c = take(other, 10'000);
    size_t different = 0;
    for (size_t i = 0; i < a.size(); i++) {
        EXPECT_EQ(a[i].headers, b[i].headers) << "packet " << i;
        EXPECT_EQ(a[i].time_ns, b[i].time_ns) << "packet " << i;
        different += a[i].headers != c[i].headers ? 1 : 0;
    }
    EXPECT_GT(different, a.size() / 2);
}

TEST(SynthSource, GivesTheSamePacketsInBurstsOfAnySize) {
    SynthSettings settings{.flow_count = 77, .new_flows_per_s = 100'000, .sizes = sizes_mixed};
    settings.ended_ns = 10'000'000;
    auto by_64 = source_of(settings), by_7 = source_of(settings);
    const auto a = take(by_64, 3000), b = take(by_7, 3000, 7);
    for (size_t i = 0; i < 3000; i++) {
        EXPECT_EQ(a[i].headers, b[i].headers) << "packet " << i;
        EXPECT_EQ(a[i].time_ns, b[i].time_ns) << "packet " << i;
    }
}

// Packets of the first round: every second pair of flows is left out.
uint32_t first_round(uint32_t flow_count) {
    return flow_count / 4 * 2 + std::min(2u, flow_count % 4);
}

TEST(SynthSource, VisitsEveryFlowOncePerRoundInAnotherOrderEachTime) {
    for (const uint32_t flow_count : {1u, 2u, 3u, 64u, 1000u, 1024u, 1025u}) {
        SCOPED_TRACE(flow_count);
        auto source = source_of({.flow_count = flow_count, .sizes = sizes_64});
        const uint32_t begin = first_round(flow_count);
        const auto seen = take(source, begin + 4ull * flow_count);
        std::vector<std::vector<uint64_t>> orders(4);
        std::set<uint64_t> first, flows;
        for (size_t i = 0; i < begin; i++) first.insert(seen[i].flow);
        EXPECT_EQ(first.size(), begin);
        for (size_t i = 0; i < 4ull * flow_count; i++) {
            orders[i / flow_count].push_back(seen[begin + i].flow);
            flows.insert(seen[begin + i].flow);
        }
        EXPECT_EQ(flows.size(), flow_count);
        for (const auto& order : orders)
            EXPECT_EQ(std::set(order.begin(), order.end()).size(), flow_count);
        if (flow_count < 64) continue;
        for (size_t round = 1; round < orders.size(); round++) {
            size_t same_place = 0;
            for (size_t i = 0; i < flow_count; i++)
                same_place += orders[round][i] == orders[0][i] ? 1 : 0;
            EXPECT_LT(same_place, flow_count / 8) << "round " << round;
        }
    }
}

// A table keeps flows in the order in which they came: a round that went through them in that
// order, wherever it began, would be a prefetcher's delight.
TEST(SynthSource, VisitsNoNeighboursOfTheFirstRoundOneAfterTheOther) {
    constexpr uint32_t flow_count = 10'000;
    for (const uint64_t seed : {1, 2, 3}) {
        auto source = source_of({.seed = seed, .flow_count = flow_count, .sizes = sizes_64});
        const auto seen = take(source, 5 * flow_count);
        std::map<uint64_t, int> place;
        for (const Seen& packet : seen)
            place.emplace(packet.flow, static_cast<int>(place.size()));  // unless it is there
        std::map<int, int> strides;
        int near = 0;
        for (uint32_t i = 2 * flow_count; i < 5 * flow_count; i++) {
            const int stride = place[seen[i].flow] - place[seen[i - 1].flow];
            near += std::abs(stride) <= 8 ? 1 : 0;
            strides[stride]++;
        }
        // By chance 17 of 10 000; no stride may come often, either.
        EXPECT_LT(near, 3 * flow_count / 100) << "seed " << seed;
        for (const auto& [stride, times] : strides)
            EXPECT_LT(times, static_cast<int>(3 * flow_count / 20)) << stride << ", seed " << seed;
    }
}

TEST(SynthSource, IsHalfTcpAndHalfUdp) {
    auto source = source_of({.flow_count = 1000, .sizes = sizes_64});
    std::map<int, std::set<uint64_t>> flows;
    for (const Seen& packet : take(source, 2000)) flows[packet.key.protocol].insert(packet.flow);
    EXPECT_EQ(flows[6].size(), 500u);
    EXPECT_EQ(flows[17].size(), 500u);
}

TEST(SynthSource, HasPacketsOfBothDirectionsAtAnyTime) {
    for (const uint64_t new_flows_per_s : {0, 100'000}) {
        SynthSettings settings{
            .flow_count = 1000, .new_flows_per_s = new_flows_per_s, .sizes = sizes_64};
        settings.ended_ns = 1'000'000;
        auto source = source_of(settings);
        std::map<uint64_t, std::array<uint8_t, 16>> first_sender;
        const uint64_t begin = source.opening_packets() + 1500;
        const auto seen = take(source, begin + 10'000);
        int forward = 0;
        for (size_t i = 0; i < seen.size(); i++) {
            const auto [sender, is_new] = first_sender.emplace(seen[i].flow, seen[i].key.src);
            forward += seen[i].key.src == sender->second ? 1 : 0;
            if (i < begin || i % 500 != 0) continue;
            if (i > begin + 500) {
                EXPECT_NEAR(forward, 250, 60) << "packet " << i;
            }
            forward = 0;
        }
    }
}

// Follows each TCP flow as its receivers would.
void expect_sane_tcp(const std::vector<Seen>& seen) {
    struct Connection {
        uint32_t packets = 0;
        std::map<std::array<uint8_t, 16>, uint32_t> next;  // expected of each side
        std::array<uint8_t, 16> last_sender{};
    };
    std::map<uint64_t, Connection> connections;
    for (const Seen& packet : seen) {
        if (packet.key.protocol != 6) continue;
        Connection& connection = connections[packet.flow];
        const uint16_t expected_flags[] = {0x02, 0x12, 0x18};
        ASSERT_EQ(packet.flags, expected_flags[std::min(connection.packets, 2u)]);
        if (connection.packets < 2) {
            EXPECT_EQ(packet.payload, 0u);
            EXPECT_EQ(packet.length, 60u);
        } else {
            EXPECT_GT(packet.payload, 0u);
        }
        if (connection.packets > 0) {
            ASSERT_NE(packet.key.src, connection.last_sender) << "sides take turns";
            ASSERT_EQ(packet.acknowledged, connection.next[packet.key.dst]);
        }
        if (connection.packets > 1) {
            ASSERT_EQ(packet.sequence, connection.next[packet.key.src]);
        }
        const uint32_t syn = (packet.flags & 0x02) != 0 ? 1 : 0;
        connection.next[packet.key.src] = packet.sequence + packet.payload + syn;
        connection.last_sender = packet.key.src;
        connection.packets++;
    }
    EXPECT_GT(connections.size(), 0u);
}

TEST(SynthSource, SpeaksTcpWhoseNumbersAddUp) {
    auto source = source_of({.flow_count = 100, .sizes = sizes_mixed});
    expect_sane_tcp(take(source, 5000));
}

TEST(SynthSource, SpeaksTcpFromTheFirstPacketOfEveryNewFlow) {
    // 14.88 M packets and 1.488 M new flows a second: each flow lives for ten packets.
    SynthSettings settings{.flow_count = 100, .new_flows_per_s = 1'488'095, .sizes = sizes_mixed};
    settings.ended_ns = 20'000'000;
    auto fresh = source_of(settings);
    expect_sane_tcp(take(fresh, fresh.opening_packets() + 20'000));
}

TEST(SynthSource, BeginsAsManyNewFlowsASecondAsAsked) {
    SynthSettings settings{.flow_count = 1000, .new_flows_per_s = 148'810, .sizes = sizes_64};
    settings.ended_ns = 10'000'000;
    auto source = source_of(settings);
    EXPECT_EQ(source.ended_count(), 1488u);
    const auto seen = take(source, source.opening_packets() + 200'000);
    const int64_t lasts_ns = seen.back().time_ns - seen[source.opening_packets()].time_ns;
    std::set<uint64_t> flows;
    for (const Seen& packet : seen) flows.insert(packet.flow);
    const double born = static_cast<double>(flows.size() - 1488 - 1000);
    EXPECT_NEAR(born / (static_cast<double>(lasts_ns) / 1e9), 148'810, 148'810 * 0.02);
    // Flows of any moment: two rounds see those alive, and what is born meanwhile.
    std::set<uint64_t> lately;
    for (size_t i = seen.size() - 2000; i < seen.size(); i++) lately.insert(seen[i].flow);
    EXPECT_NEAR(static_cast<double>(lately.size()), 1000, 30);
}

TEST(SynthSource, OpensWithAllFlowsSpreadOverTheTimeoutInNoOrder) {
    SynthSettings settings{.flow_count = 100, .new_flows_per_s = 1000, .sizes = sizes_64};
    settings.ended_ns = 2'000'000'000;
    auto source = source_of(settings);
    EXPECT_EQ(source.ended_count(), 2000u);
    ASSERT_EQ(source.opening_packets(), 2u * 2100);
    const auto seen = take(source, 4201);
    EXPECT_NEAR(static_cast<double>(seen[2100].time_ns - seen[0].time_ns), 0, 1e6);
    EXPECT_NEAR(static_cast<double>(seen[4200].time_ns - seen[2100].time_ns), 2e9, 1e6);
    std::set<uint64_t> first, second;
    uint32_t same_place = 0;
    for (uint32_t i = 0; i < 2100; i++) {
        first.insert(seen[i].flow);
        second.insert(seen[2100 + i].flow);
        same_place += seen[i].flow == seen[2100 + i].flow ? 1 : 0;
    }
    EXPECT_EQ(first.size(), 2100u);
    EXPECT_EQ(first, second);
    EXPECT_LT(same_place, 20u);
}

TEST(SynthSource, HasThePacketRateAndSizesAsked) {
    auto source =
        source_of({.flow_count = 12'000, .packets_per_s = 1'000'000, .sizes = sizes_mixed});
    take(source, 24'000);  // handshakes
    const auto seen = take(source, 100'032);
    EXPECT_EQ(seen[100'000].time_ns - seen[0].time_ns, 100'000'000);
    std::map<uint32_t, int> sizes;
    for (const Seen& packet : seen) sizes[packet.length]++;
    ASSERT_EQ(sizes.size(), 3u);
    EXPECT_NEAR(sizes[60] / 100'032., 7 / 12., 0.02);
    EXPECT_NEAR(sizes[590] / 100'032., 4 / 12., 0.02);
    EXPECT_NEAR(sizes[1514] / 100'032., 1 / 12., 0.02);
}

TEST(SynthSource, SharesNoFlowWithAnotherNetwork) {
    std::set<uint64_t> flows;
    for (const uint8_t network : {uint8_t{0}, uint8_t{1}, uint8_t{15}}) {
        auto source = source_of({.flow_count = 1000, .sizes = sizes_64, .network = network});
        for (const Seen& packet : take(source, 1500)) flows.insert(packet.flow);
    }
    EXPECT_EQ(flows.size(), 3000u);
}

// A worker that works on some batches at once holds their bytes meanwhile.
TEST(SynthSource, LeavesBytesAloneUntilTheyAreReleased) {
    auto source = source_of({.flow_count = 100'000, .sizes = sizes_64});
    std::vector<std::unique_ptr<Batch>> held;
    std::vector<std::vector<uint8_t>> copies;
    for (uint32_t i = 0; i * packet::lane_count < SynthSource::held_max; i++) {
        held.push_back(std::make_unique<Batch>());
        source.receive(*held.back(), packet::lane_count);
        for (uint32_t lane = 0; lane < held.back()->count; lane++)
            copies.emplace_back(held.back()->packets[lane].data,
                                held.back()->packets[lane].data + synth_header_bytes);
    }
    size_t at = 0;
    for (const auto& batch : held)
        for (uint32_t lane = 0; lane < batch->count; lane++)
            EXPECT_EQ(
                std::memcmp(batch->packets[lane].data, copies[at++].data(), synth_header_bytes), 0);
}

TEST(SynthSource, GivesNothingOnceItIsStopped) {
    auto source = source_of({.flow_count = 10, .sizes = sizes_64});
    source.stop();
    Batch batch;
    source.receive(batch, packet::lane_count);
    EXPECT_EQ(batch.count, 0u);
    EXPECT_TRUE(source.exhausted());
}

}  // namespace
}  // namespace baleen::drivers
