// Fragments of one datagram are one flow, in whatever order they come; none is lost.
#include "dataplane/flow/fragment_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "packet/ip.h"
#include "packet/tunnel.h"
#include "record/names.h"
#include "record/validate.h"
#include "tests/support/flow_harness.h"
#include "tests/unit/random.h"

namespace baleen::flow {
namespace {

using record::EndReason;
using record::FlowRecord;
using stats::Counter;
using test::FlowHarness;
using test::fragments_of;
using test::PacketBuilder;
using Bytes = PacketBuilder::Bytes;

using test::second;
using test::start;
constexpr FlowSettings settings = test::usual_settings;

// 192.0.2.1 or 2001:db8::1 sends a datagram of 8 + 92 bytes, in fragments of 40, 40 and 20.
std::vector<Bytes> datagram(bool is_v6, uint16_t id, uint16_t src_port = 1000,
                            size_t payload = 92) {
    PacketBuilder builder;
    builder.ethernet();
    if (is_v6) builder.ipv6("2001:db8::1", "2001:db8::2");
    else builder.ipv4("192.0.2.1", "198.51.100.2");
    return fragments_of(builder.udp(src_port, 2000).payload(payload).take(), 5, id);
}

uint64_t packets_of(const FlowRecord& r) { return r.initiator.packets + r.responder.packets; }
uint64_t bytes_of(const FlowRecord& r) { return r.initiator.wire_bytes + r.responder.wire_bytes; }

uint64_t wire_bytes(const std::vector<Bytes>& packets) {
    uint64_t sum = 0;
    for (const Bytes& packet : packets) sum += packet.size();
    return sum;
}

class Fragments : public testing::TestWithParam<bool> {
protected:
    bool is_v6() const { return GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(All, Fragments, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "ipv6" : "ipv4"; });

TEST_P(Fragments, AreOneFlowInEveryOrderOfArrival) {
    const auto fragments = datagram(is_v6(), 7, 1000, 150);
    std::vector<size_t> order(fragments.size());
    for (size_t i = 0; i < order.size(); i++) order[i] = i;
    do {
        FlowHarness flows(settings);
        int64_t now = start;
        for (const size_t i : order) flows.feed(now += second, fragments[i]);
        const auto records = flows.drain(now);
        ASSERT_EQ(records.size(), 1u);
        const FlowRecord& r = records[0];
        EXPECT_EQ(record::find_problem(r), nullptr);
        EXPECT_EQ(r.initiator_port, 1000);
        EXPECT_EQ(r.responder_port, 2000);
        EXPECT_EQ(r.initiator.packets, fragments.size());
        EXPECT_EQ(r.initiator.wire_bytes, wire_bytes(fragments));
        EXPECT_EQ(r.initiator.ip_bytes, wire_bytes(fragments) - 14 * fragments.size());
        EXPECT_EQ(r.first_ns, start + second);
        EXPECT_EQ(r.last_ns, now);
        EXPECT_NE(r.flags & record::has_fragments, 0);
        EXPECT_EQ(r.flags & record::ports_absent, 0);
        const auto before_first =
            static_cast<uint64_t>(std::find(order.begin(), order.end(), 0u) - order.begin());
        EXPECT_EQ(flows.counters()[Counter::note_fragment_unlinked], before_first);
        EXPECT_EQ(flows.counters()[Counter::flows_ended_merged], before_first > 0 ? 1u : 0u);
        EXPECT_EQ(flows.counters()[Counter::note_fragment_overlap], 0u);
        EXPECT_EQ(flows.counters()[Counter::records_packets], fragments.size());
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_P(Fragments, OfOneBatchAreJoinedAsWell) {
    auto fragments = datagram(is_v6(), 7);
    std::reverse(fragments.begin(), fragments.end());
    FlowHarness flows(settings);
    flows.feed({{start, fragments[0]}, {start, fragments[1]}, {start, fragments[2]}});
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].initiator.packets, 3u);
}

TEST_P(Fragments, JoinTheFlowOfTheirPortsThatWasThereBefore) {
    const auto fragments = datagram(is_v6(), 7);
    const auto small = datagram(is_v6(), 8, 1000, 4);
    ASSERT_EQ(small.size(), 1u);
    FlowHarness flows(settings);
    flows.feed(start, small[0]);
    for (const size_t i : {2, 0, 1}) flows.feed(start, fragments[i]);
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].initiator.packets, 4u);
}

TEST_P(Fragments, OfInterleavedDatagramsKeepApart) {
    const auto a = datagram(is_v6(), 1, 1001), b = datagram(is_v6(), 2, 1002);
    FlowHarness flows(settings);
    for (const size_t i : {2, 0, 1}) {
        flows.feed(start, a[i]);
        flows.feed(start, b[2 - i]);
    }
    auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 2u);
    for (const FlowRecord& r : records) {
        EXPECT_EQ(packets_of(r), 3u);
        EXPECT_EQ(bytes_of(r), wire_bytes(a));
    }
    EXPECT_NE(records[0].initiator_port, records[1].initiator_port);
}

TEST_P(Fragments, WithoutTheirFirstOneAreAFlowOfTheirDatagram) {
    const auto a = datagram(is_v6(), 1), b = datagram(is_v6(), 2);
    FlowHarness flows(settings);
    flows.feed({{start, a[1]}, {start, a[2]}, {start, b[2]}});
    const auto records = flows.drain(start + second);
    ASSERT_EQ(records.size(), 2u) << "one per datagram";
    uint64_t packets = 0;
    for (const FlowRecord& r : records) {
        EXPECT_EQ(record::find_problem(r), nullptr);
        EXPECT_NE(r.flags & record::ports_absent, 0);
        EXPECT_NE(r.flags & record::has_fragments, 0);
        EXPECT_EQ(r.initiator_port, 0);
        EXPECT_EQ(r.responder_port, 0);
        EXPECT_EQ(r.protocol, packet::protocol::udp);
        packets += packets_of(r);
    }
    EXPECT_EQ(packets, 3u);
    EXPECT_EQ(flows.counters()[Counter::note_fragment_unlinked], 3u);
}

TEST_P(Fragments, AreForgottenAfterTheTimeout) {
    const auto fragments = datagram(is_v6(), 1);
    FlowHarness flows(settings);
    flows.feed(start, fragments[1]);
    flows.feed(start + settings.fragment_timeout_ns, fragments[0]);
    const auto records = flows.drain(start + settings.fragment_timeout_ns);
    ASSERT_EQ(records.size(), 2u);
    const bool first_is_orphan = (records[0].flags & record::ports_absent) != 0;
    const FlowRecord& orphan = records[first_is_orphan ? 0 : 1];
    EXPECT_EQ(orphan.end_reason, EndReason::idle_timeout);
    EXPECT_EQ(packets_of(records[0]) + packets_of(records[1]), 2u);
}

TEST_P(Fragments, AreRememberedUntilTheTimeout) {
    const auto fragments = datagram(is_v6(), 1);
    FlowHarness flows(settings);
    flows.feed(start, fragments[1]);
    flows.feed(start + settings.fragment_timeout_ns - 1, fragments[0]);
    // Counted from the last one that was seen.
    flows.feed(start + 2 * settings.fragment_timeout_ns - 2, fragments[2]);
    const auto records = flows.drain(start + 2 * settings.fragment_timeout_ns);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(packets_of(records[0]), 3u);
}

TEST_P(Fragments, ThatComeTwiceAreCountedAndNoted) {
    const auto fragments = datagram(is_v6(), 1);
    FlowHarness flows(settings);
    for (const size_t i : {0, 0, 1, 1, 2, 2}) flows.feed(start, fragments[i]);
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].initiator.packets, 6u);
    EXPECT_EQ(flows.counters()[Counter::note_fragment_overlap], 3u);
    EXPECT_EQ(flows.counters()[Counter::note_fragment_unlinked], 0u);
}

TEST_P(Fragments, ThatOverlapByAnyPartAreNoted) {
    const auto wide = datagram(is_v6(), 1);
    PacketBuilder builder;
    builder.ethernet();
    if (is_v6()) builder.ipv6("2001:db8::1", "2001:db8::2").ipv6_fragment(4, true);
    else builder.ipv4("192.0.2.1", "198.51.100.2").ipv4_fragment(4, true, 1);
    const Bytes overlapping = builder.protocol(17).payload(16).take();  // [32, 48)
    FlowHarness flows(settings);
    flows.feed(start, wide[0]);  // [0, 40)
    flows.feed(start, wide[2]);  // [80, 100)
    EXPECT_EQ(flows.counters()[Counter::note_fragment_overlap], 0u);
    flows.feed(start, overlapping);
    EXPECT_EQ(flows.counters()[Counter::note_fragment_overlap], 1u);
    flows.feed(start, wide[1]);  // [40, 80)
    EXPECT_EQ(flows.counters()[Counter::note_fragment_overlap], 2u);
}

// A host that fragments much uses each id again within seconds.
TEST_P(Fragments, OfALaterDatagramWithTheSameIdAreNoDuplicates) {
    FlowHarness flows(settings);
    for (uint16_t round = 0; round < 3; round++) {
        const auto fragments = datagram(is_v6(), 1, static_cast<uint16_t>(1000 + round));
        for (const size_t i : {0, 2, 1}) flows.feed(start + round, fragments[i]);
    }
    const auto records = flows.drain(start + second);
    ASSERT_EQ(records.size(), 3u);
    for (const FlowRecord& r : records) EXPECT_EQ(packets_of(r), 3u);
    EXPECT_EQ(flows.counters()[Counter::note_fragment_overlap], 0u);
}

// The ids may read the same from both sides: they are two datagrams all the same.
TEST_P(Fragments, OfBothDirectionsWithOneIdKeepApart) {
    const auto there = datagram(is_v6(), 0);
    PacketBuilder builder;
    builder.ethernet();
    if (is_v6()) builder.ipv6("2001:db8::2", "2001:db8::1");
    else builder.ipv4("198.51.100.2", "192.0.2.1");
    const auto back = fragments_of(builder.udp(2000, 1000).payload(92).take(), 5, 0);
    FlowHarness flows(settings);
    for (const size_t i : {2, 1, 0}) {
        flows.feed(start, there[i]);
        flows.feed(start, back[i]);
    }
    const auto records = flows.drain(start + second);
    ASSERT_EQ(records.size(), 1u) << "two directions of one flow";
    EXPECT_EQ(records[0].initiator.packets, 3u);
    EXPECT_EQ(records[0].responder.packets, 3u);
    EXPECT_EQ(flows.counters()[Counter::records_packets], 6u);
}

TEST_P(Fragments, AreStillCountedWhenTheTableHasForgottenTheirDatagram) {
    FlowHarness flows(settings, 16u << 20, 1);  // one set of four ways
    for (uint16_t id = 1; id <= 5; id++) flows.feed(start + id, datagram(is_v6(), id, id)[0]);
    EXPECT_EQ(flows.counters()[Counter::note_fragment_evicted], 1u);
    flows.feed(start + 6, datagram(is_v6(), 5, 5)[1]);
    EXPECT_EQ(flows.counters()[Counter::note_fragment_unlinked], 0u);
    flows.feed(start + 7, datagram(is_v6(), 1, 1)[1]);  // the oldest had to go
    EXPECT_EQ(flows.counters()[Counter::note_fragment_unlinked], 1u);
    const auto records = flows.drain(start + second);
    EXPECT_EQ(records.size(), 6u);
    EXPECT_EQ(flows.counters()[Counter::records_packets], 7u);
}

TEST_P(Fragments, TakeThePlaceOfDatagramsThatAreOver) {
    FlowHarness flows(settings, 16u << 20, 1);
    for (uint16_t id = 1; id <= 4; id++) flows.feed(start, datagram(is_v6(), id, id)[0]);
    flows.feed(start + settings.fragment_timeout_ns, datagram(is_v6(), 9)[0]);
    EXPECT_EQ(flows.counters()[Counter::note_fragment_evicted], 0u);
}

TEST(FragmentTable, KeepsCountWithMoreHolesThanItHasRoomFor) {
    const auto fragments = datagram(false, 1, 1000, 40 * 40);
    FlowHarness flows(settings);
    for (size_t i = 0; i < fragments.size(); i += 2) flows.feed(start, fragments[i]);
    for (size_t i = 1; i < fragments.size(); i += 2) flows.feed(start, fragments[i]);
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].initiator.packets, fragments.size());
    EXPECT_EQ(flows.counters()[Counter::note_fragment_overlap], 0u);
}

TEST(FragmentTable, LeavesFragmentsOfAMalformedFirstOneAlone) {
    const Bytes first = PacketBuilder()
                            .ethernet()
                            .ipv4("192.0.2.1", "198.51.100.2")
                            .ipv4_fragment(0, true, 1)
                            .protocol(6)
                            .payload(3)
                            .take();
    FlowHarness flows(settings);
    flows.feed(start, first);
    flows.feed(start, datagram(false, 1)[1]);
    EXPECT_EQ(flows.counters()[Counter::malformed_ports_truncated], 0u) << "the pipeline counts it";
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_NE(records[0].flags & record::ports_absent, 0);
}

TEST(FragmentTable, NotesTinyFragmentsAndJoinsThem) {
    const auto fragments = fragments_of(PacketBuilder()
                                            .ethernet()
                                            .ipv4("192.0.2.1", "198.51.100.2")
                                            .tcp(1, 2, packet::tcp::syn)
                                            .take(),
                                        1, 5);
    FlowHarness flows(settings);
    for (const Bytes& fragment : fragments) flows.feed(start, fragment);
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].initiator.packets, fragments.size());
    EXPECT_EQ(flows.counters()[Counter::note_fragment_tiny], 2u);
}

// The outer datagram in fragments: those behind the first belong to the flow inside, whose packet
// has VLAN tags of its own.
TEST(FragmentTable, JoinsFragmentsOfATunnelledPacket) {
    const Bytes whole = test::tagged_in_vxlan(200);
    const auto fragments = fragments_of(whole, 10, 77, 18);
    ASSERT_EQ(fragments.size(), 4u);
    for (const bool in_order : {true, false}) {
        FlowHarness flows(settings);
        for (size_t i = 0; i < fragments.size(); i++)
            flows.feed(start, fragments[in_order ? i : fragments.size() - 1 - i]);
        const auto records = flows.drain(start);
        ASSERT_EQ(records.size(), 1u);
        EXPECT_EQ(records[0].initiator_port, 1000);
        EXPECT_EQ(records[0].initiator.packets, 4u);
        EXPECT_EQ(records[0].encapsulation.tunnel_ids[0], 9u);
        EXPECT_NE(records[0].flags & record::has_tunnel, 0);
        EXPECT_NE(records[0].flags & record::has_fragments, 0);
        EXPECT_EQ(records[0].vlan_ids[0], 3);
        EXPECT_EQ(records[0].vlan_ids[1], 44);
    }
}

TEST(FragmentTable, JoinsFragmentsInsideOfATunnel) {
    const auto inner = fragments_of(
        PacketBuilder().ipv4("192.0.2.1", "198.51.100.2").udp(1000, 2000).payload(92).take(), 5, 3,
        0);
    for (const bool in_order : {true, false}) {
        FlowHarness flows(settings);
        for (size_t i = 0; i < inner.size(); i++) {
            PacketBuilder builder;
            builder.ethernet().ipv4("10.0.0.1", "10.0.0.2").gre(packet::gre::key_present, 5);
            builder.ether_type(0x0800).raw(inner[in_order ? i : inner.size() - 1 - i]);
            flows.feed(start, builder.take());
        }
        const auto records = flows.drain(start);
        ASSERT_EQ(records.size(), 1u);
        EXPECT_EQ(records[0].initiator_port, 1000);
        EXPECT_EQ(records[0].initiator.packets, 3u);
        EXPECT_EQ(records[0].encapsulation.tunnel_ids[0], 5u);
    }
}

// Datagrams of some flows, all fragments shuffled: every flow has its packets and bytes, and no
// flow is told that is none.
TEST(FragmentTable, LosesAndInventsNothingInRandomOrder) {
    test::Random random;
    for (int round = 0; round < 30; round++) {
        FlowHarness flows(settings, 16u << 20, 4096);
        std::map<uint16_t, std::pair<uint64_t, uint64_t>> expected, told;
        std::vector<std::pair<int64_t, Bytes>> packets;
        for (uint16_t id = 0; id < 50; id++) {
            const auto port = static_cast<uint16_t>(1000 + random.below(5));
            for (Bytes& fragment : datagram(random.one_in(2), id, port, random.below(500))) {
                expected[port].first++;
                expected[port].second += fragment.size();
                packets.emplace_back(0, std::move(fragment));
            }
        }
        for (size_t i = packets.size(); i > 1; i--)
            std::swap(packets[i - 1], packets[random.below(i)]);
        int64_t now = start;
        for (auto& [time, bytes] : packets) time = now += 1000;
        for (size_t at = 0; at < packets.size();) {
            const size_t count = std::min(packets.size() - at, 1 + random.below(64));
            const auto begin = packets.begin() + static_cast<ptrdiff_t>(at);
            flows.feed({begin, begin + static_cast<ptrdiff_t>(count)});
            at += count;
        }
        for (const FlowRecord& r : flows.drain(now)) {
            EXPECT_EQ(r.responder_port, 2000);
            told[r.initiator_port].first += packets_of(r);
            told[r.initiator_port].second += bytes_of(r);
        }
        ASSERT_EQ(told, expected);
        ASSERT_EQ(flows.counters()[Counter::note_fragment_overlap], 0u);
    }
}

}  // namespace
}  // namespace baleen::flow
