#include "dataplane/flow/flow_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/units.h"
#include "packet/ip.h"
#include "record/validate.h"
#include "tests/support/flow_harness.h"
#include "tests/unit/random.h"

namespace baleen::flow {
namespace {

namespace tcp = packet::tcp;
using record::EndReason;
using record::FlowRecord;
using stats::Counter;
using test::FlowHarness;
using test::PacketBuilder;

using test::second;
using test::start;
using test::usual_settings;

PacketBuilder::Bytes udp(const char* src, const char* dst, uint16_t src_port, uint16_t dst_port,
                         size_t payload = 10) {
    return PacketBuilder()
        .ethernet()
        .ipv4(src, dst)
        .udp(src_port, dst_port)
        .payload(payload)
        .take();
}

PacketBuilder::Bytes tcp_packet(bool from_client, uint16_t flags, uint16_t client_port = 40000) {
    PacketBuilder builder;
    builder.ethernet();
    if (from_client) builder.ipv4("10.0.0.1", "10.0.0.2").tcp(client_port, 80, flags);
    else builder.ipv4("10.0.0.2", "10.0.0.1").tcp(80, client_port, flags);
    return builder.take();
}

TEST(FlowTracker, CountsBothDirectionsInOneRecord) {
    FlowHarness flows(usual_settings);
    flows.feed(start, udp("10.0.0.1", "10.0.0.2", 1000, 53, 10));
    flows.feed(start + second, udp("10.0.0.2", "10.0.0.1", 53, 1000, 100));
    flows.feed(start + 2 * second, udp("10.0.0.1", "10.0.0.2", 1000, 53, 20));
    const auto records = flows.drain(start + 3 * second);
    ASSERT_EQ(records.size(), 1u);
    const FlowRecord& r = records[0];
    EXPECT_EQ(record::find_problem(r), nullptr);
    EXPECT_EQ(r.initiator_port, 1000);
    EXPECT_EQ(r.responder_port, 53);
    EXPECT_EQ(r.initiator.packets, 2u);
    EXPECT_EQ(r.responder.packets, 1u);
    EXPECT_EQ(r.initiator.ip_bytes, 28u * 2 + 30);
    EXPECT_EQ(r.responder.wire_bytes, 14u + 28 + 100);
    EXPECT_EQ(r.first_ns, start);
    EXPECT_EQ(r.last_ns, start + 2 * second);
    EXPECT_EQ(r.end_reason, EndReason::forced_end);
    EXPECT_EQ(r.part, 0u);
}

// Sizes and gaps of the first packets, signed by who sent them, and no others.
TEST(FlowTracker, TellsTheFirstPacketsOneByOneWhereAskedTo) {
    FlowSettings with_splt = usual_settings;
    with_splt.splt_packets = 3;
    FlowHarness flows(with_splt);
    const auto there = [](size_t payload) { return udp("10.0.0.1", "10.0.0.2", 1, 2, payload); };
    const auto back = [](size_t payload) { return udp("10.0.0.2", "10.0.0.1", 2, 1, payload); };
    flows.feed(start, there(10));
    flows.feed(start + 5'000, back(100));
    flows.feed(start + 12'000, there(20));
    flows.feed(start + 13'000, back(30));
    flows.feed(start + 14'000, udp("10.0.0.3", "10.0.0.4", 1, 2, 1));
    auto records = flows.drain(start + second);
    ASSERT_EQ(records.size(), 2u);
    if (records[0].splt.count == 1) std::swap(records[0], records[1]);
    ASSERT_EQ(records[0].splt.count, 3u);
    const auto& packets = records[0].splt.packets;
    EXPECT_EQ(packets[0].size, 28 + 10);
    EXPECT_EQ(packets[0].gap_us, 0u);
    EXPECT_EQ(packets[1].size, -(28 + 100));
    EXPECT_EQ(packets[1].gap_us, 5u);
    EXPECT_EQ(packets[2].size, 28 + 20);
    EXPECT_EQ(packets[2].gap_us, 7u);
    EXPECT_EQ(records[1].splt.count, 1u);
    EXPECT_EQ(record::record_bytes(records[1]), 208u + 8 + 8);
}

TEST(FlowTracker, TellsNoFirstPacketsUnlessAskedTo) {
    FlowHarness flows(usual_settings);
    flows.feed(start, udp("10.0.0.1", "10.0.0.2", 1, 2));
    const auto records = flows.drain(start + second);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].flags & record::has_splt, 0);
}

TEST(FlowTracker, TellsWhatRulesFoundInThePartTheyFoundItIn) {
    FlowSettings with_matches = usual_settings;
    with_matches.matches = true;
    FlowHarness flows(with_matches);
    const auto packet = udp("10.0.0.1", "10.0.0.2", 1, 2);
    flows.feed(start, packet);
    for (uint32_t i = 0; i < 2; i++) flows.tracker().matches(0).hits++;
    flows.tracker().matches(0).rule_ids[0] = 2001;
    // Often enough not to be idle, until the active timeout has cut it once.
    for (int64_t at = 30; at <= 330; at += 30) flows.feed(start + at * second, packet);
    const auto records = flows.drain(start + 400 * second);
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(records[0].flags & record::has_matches, record::has_matches);
    EXPECT_EQ(records[0].matches.hits, 2u);
    EXPECT_EQ(records[0].matches.rule_ids[0], 2001u);
    EXPECT_EQ(record::record_bytes(records[0]), 208u + sizeof(record::Matches));
    EXPECT_EQ(records[1].flags & record::has_matches, 0) << "nothing was found in it";
}

TEST(FlowTracker, BeginsEachFlowWithoutTheHitsOfTheOneBefore) {
    FlowSettings with_matches = usual_settings;
    with_matches.matches = true;
    FlowHarness flows(with_matches);
    flows.feed(start, udp("10.0.0.1", "10.0.0.2", 1, 2));
    flows.tracker().matches(0).hits = 9;
    ASSERT_EQ(flows.drain(start + second).size(), 1u);
    flows.feed(start + 2 * second, udp("10.0.0.3", "10.0.0.4", 1, 2));
    EXPECT_EQ(flows.tracker().matches(0).hits, 0u) << "the same place in the table";
}

TEST(FlowTracker, EndsAnIdleFlowWhenItsNextPacketComes) {
    FlowHarness flows(usual_settings);
    const auto packet = udp("10.0.0.1", "10.0.0.2", 1, 2);
    flows.feed(start, packet);
    flows.feed(start + usual_settings.idle_timeout_ns - 1, packet);
    EXPECT_TRUE(flows.take_records().empty());
    flows.feed(start + 2 * usual_settings.idle_timeout_ns - 1, packet);
    const auto records = flows.take_records();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].end_reason, EndReason::idle_timeout);
    EXPECT_EQ(records[0].initiator.packets, 2u);
    const auto rest = flows.drain(start + 2 * usual_settings.idle_timeout_ns);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_NE(rest[0].flow_id, records[0].flow_id);
}

TEST(FlowTracker, EndsAnIdleFlowBySweeping) {
    FlowHarness flows(usual_settings);
    flows.feed(start, udp("10.0.0.1", "10.0.0.2", 1, 2));
    for (int64_t passed = 0; passed <= 2 * usual_settings.idle_timeout_ns; passed += second)
        flows.tracker().sweep(start + passed);
    const auto records = flows.take_records();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].end_reason, EndReason::idle_timeout);
    EXPECT_EQ(flows.tracker().size(), 0u);
}

TEST(FlowTracker, TellsALongFlowInPartsWithOneFlowId) {
    FlowHarness flows(usual_settings);
    const auto packet = udp("10.0.0.1", "10.0.0.2", 1, 2);
    for (int64_t t = 0; t <= 650; t += 10) flows.feed(start + t * second, packet);
    auto records = flows.drain(start + 651 * second);
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].end_reason, EndReason::active_timeout);
    EXPECT_EQ(records[1].end_reason, EndReason::active_timeout);
    EXPECT_EQ(records[2].end_reason, EndReason::forced_end);
    for (uint32_t i = 0; i < 3; i++) {
        EXPECT_EQ(records[i].part, i);
        EXPECT_EQ(records[i].flow_id, records[0].flow_id);
        EXPECT_EQ((records[i].flags & record::continued) != 0, i > 0);
    }
    EXPECT_EQ(records[0].initiator.packets, 30u);
    EXPECT_EQ(records[1].first_ns, start + 300 * second);
}

TEST(FlowTracker, NeverEndsAFlowWhoseTimeoutsAreOff) {
    FlowSettings off = usual_settings;
    off.idle_timeout_ns = off.active_timeout_ns = off.tcp_end_timeout_ns = base::duration_off;
    FlowHarness flows(off);
    const auto packet = udp("10.0.0.1", "10.0.0.2", 1, 2);
    flows.feed(0, packet);
    flows.feed(int64_t{1} << 62, packet);
    flows.tracker().sweep(INT64_MAX);
    const auto records = flows.drain(INT64_MAX);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].end_reason, EndReason::forced_end);
}

TEST(FlowTracker, EndsTcpAfterBothFinsAndKeepsTheLastAcknowledgement) {
    FlowHarness flows(usual_settings);
    flows.feed(start, tcp_packet(true, tcp::syn));
    flows.feed(start + 1, tcp_packet(false, tcp::syn | tcp::ack));
    flows.feed(start + 2, tcp_packet(true, tcp::ack));
    flows.feed(start + 3, tcp_packet(true, tcp::fin | tcp::ack));
    flows.feed(start + 4, tcp_packet(false, tcp::fin | tcp::ack));
    flows.feed(start + 5, tcp_packet(true, tcp::ack));
    flows.feed(start + 6 + usual_settings.tcp_end_timeout_ns, udp("10.0.0.9", "10.0.0.8", 1, 2));
    for (int i = 0; i < 10; i++)
        flows.tracker().sweep(start + 6 + usual_settings.tcp_end_timeout_ns + i * second);
    const auto records = flows.take_records();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].end_reason, EndReason::end_of_flow);
    EXPECT_EQ(records[0].initiator.packets, 4u);
    EXPECT_EQ(records[0].responder.packets, 2u);
    EXPECT_EQ(records[0].initiator.tcp_flags, tcp::syn | tcp::ack | tcp::fin);
}

TEST(FlowTracker, DoesNotEndTcpAfterOneFin) {
    FlowHarness flows(usual_settings);
    flows.feed(start, tcp_packet(true, tcp::syn));
    flows.feed(start + 1, tcp_packet(true, tcp::fin | tcp::ack));
    flows.feed(start + 30 * second, tcp_packet(false, tcp::ack));
    EXPECT_TRUE(flows.take_records().empty());
}

TEST(FlowTracker, BeginsANewFlowWhenAPortIsUsedAgainAfterAReset) {
    FlowHarness flows(usual_settings);
    flows.feed(start, tcp_packet(true, tcp::syn));
    flows.feed(start + 1, tcp_packet(false, tcp::rst | tcp::ack));
    flows.feed(start + 1,
               tcp_packet(true, tcp::syn));  // the same instant: ids must differ all the same
    flows.feed(start + 1, tcp_packet(false, tcp::rst | tcp::ack));
    flows.feed(start + 1, tcp_packet(true, tcp::syn));
    const auto records = flows.drain(start + second);
    ASSERT_EQ(records.size(), 3u);
    const std::set<uint64_t> ids = {records[0].flow_id, records[1].flow_id, records[2].flow_id};
    EXPECT_EQ(ids.size(), 3u);
    EXPECT_EQ(records[0].end_reason, EndReason::end_of_flow);
    EXPECT_EQ(records[2].end_reason, EndReason::forced_end);
}

TEST(FlowTracker, TakesTheInitiatorFromTheHandshake) {
    FlowHarness flows(usual_settings);
    flows.feed(start, tcp_packet(false, tcp::syn | tcp::ack));  // the SYN itself was not captured
    flows.feed(start + 1, tcp_packet(true, tcp::ack));
    const auto records = flows.drain(start + second);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].initiator_port, 40000);
    EXPECT_EQ(records[0].responder_port, 80);
    EXPECT_EQ(records[0].initiator.packets, 1u);
    EXPECT_EQ(records[0].initiator.tcp_flags, tcp::ack);
    EXPECT_EQ(records[0].initiator_reason, record::InitiatorReason::syn_ack);
}

TEST(FlowTracker, TakesTheSenderOfTheFirstPacketWithoutAHandshake) {
    FlowHarness flows(usual_settings);
    flows.feed(start, tcp_packet(false, tcp::ack));
    flows.feed(start + 1, tcp_packet(true, tcp::ack));
    const auto records = flows.drain(start + second);
    EXPECT_EQ(records[0].initiator_port, 80);
    EXPECT_EQ(records[0].initiator_reason, record::InitiatorReason::first_packet);
}

TEST(FlowTracker, KeepsVlansApart) {
    FlowHarness flows(usual_settings);
    for (const uint16_t id : {uint16_t{10}, uint16_t{20}})
        flows.feed(
            start,
            PacketBuilder().ethernet().vlan(id).ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).take());
    const auto records = flows.drain(start + second);
    ASSERT_EQ(records.size(), 2u);
    EXPECT_EQ(std::set<uint16_t>({records[0].vlan_ids[0], records[1].vlan_ids[0]}),
              std::set<uint16_t>({10, 20}));
}

TEST(FlowTracker, RecordsIcmpByTypeAndCodeWithoutPorts) {
    FlowHarness flows(usual_settings);
    flows.feed(start, PacketBuilder().ethernet().ipv4("10.0.0.1", "10.0.0.2").icmp(8, 0).take());
    flows.feed(start, PacketBuilder().ethernet().ipv4("10.0.0.2", "10.0.0.1").icmp(0, 0).take());
    const auto records = flows.drain(start + second);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].icmp_type, 8);
    EXPECT_EQ(records[0].initiator_port, 0);
    EXPECT_EQ(records[0].responder.packets, 1u);
}

TEST(FlowTracker, KeepsFirstAndLastTimeOfPacketsOutOfOrder) {
    FlowHarness flows(usual_settings);
    const auto packet = udp("10.0.0.1", "10.0.0.2", 1, 2);
    flows.feed(start, packet);
    flows.feed(start - second, packet);
    flows.feed(start + second, packet);
    const auto records = flows.drain(start + 2 * second);
    EXPECT_EQ(records[0].first_ns, start - second);
    EXPECT_EQ(records[0].last_ns, start + second);
}

TEST(FlowTracker, EvictsOldestIdleFlowWhenFull) {
    FlowSettings small = usual_settings;
    small.flow_count_max = 4;
    FlowHarness flows(small);
    for (uint16_t i = 0; i < 4; i++) flows.feed(start + i, udp("10.0.0.1", "10.0.0.2", i, 2));
    flows.feed(start + 4, udp("10.0.0.1", "10.0.0.2", 0, 2));  // flow 0 is not the oldest any more
    flows.feed(start + 5, udp("10.0.0.1", "10.0.0.2", 99, 2));
    const auto records = flows.take_records();
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].initiator_port, 1);
    EXPECT_EQ(records[0].end_reason, EndReason::lack_of_resources);
    EXPECT_EQ(flows.drain(start + 6).size(), 4u);
}

TEST(FlowTracker, CountsRecordsThatTheRingDoesNotTake) {
    FlowHarness flows(usual_settings, limits::ring_bytes_min);
    uint64_t packets = 0;
    for (uint32_t i = 0; i < 1800; i++, packets++)
        flows.feed(start, udp("10.0.0.1", "10.0.0.2", static_cast<uint16_t>(i), 2));
    const auto records = flows.drain(start + second);
    const uint64_t made = flows.counters()[Counter::records_made];
    EXPECT_EQ(made, 1800u);
    EXPECT_EQ(records.size() + flows.counters()[Counter::records_dropped_ring_full], made);
    EXPECT_LT(records.size(), made);
    EXPECT_EQ(flows.counters()[Counter::records_packets], packets);
}

// The rules of flow_tracker.h, said once more without table, sweep or ring: packets of one flow, in
// order.
class Model {
public:
    void packet(int64_t time, uint32_t flow, bool from_a, uint16_t flags) {
        auto& slot = flows_[flow];
        const int side = from_a ? 0 : 1;
        if (slot) {
            const int64_t timeout =
                slot->finished ? usual_settings.tcp_end_timeout_ns : usual_settings.idle_timeout_ns;
            // All segments have the same sequence number, so a SYN sent again is a retransmission,
            // and one behind other segments comes late; but not what the other side acknowledges.
            const bool in_the_middle =
                !slot->syn[side] && !slot->known[side] && slot->acks[1 - side];
            const bool new_connection =
                (flags & (tcp::syn | tcp::ack)) == tcp::syn && (slot->finished || in_the_middle);
            if (time - slot->last >= timeout || new_connection) {
                tell(flow, *slot,
                     slot->finished || time - slot->last < timeout ? EndReason::end_of_flow
                                                                   : EndReason::idle_timeout);
                slot.reset();
            } else if (time - slot->begin >= usual_settings.active_timeout_ns) {
                tell(flow, *slot, EndReason::active_timeout);
                slot->begin = time;
                slot->packets[0] = slot->packets[1] = 0;
                slot->part++;
            }
        }
        if (!slot) slot = State{.begin = time};
        slot->last = time;
        slot->packets[side]++;
        if ((flags & tcp::fin) != 0) slot->fin[side] = true;
        if (flags == tcp::syn) slot->syn[side] = true;
        if ((flags & tcp::rst) == 0) slot->known[side] = true;
        if ((flags & (tcp::rst | tcp::ack)) == tcp::ack) slot->acks[side] = true;
        if ((flags & tcp::rst) != 0 || (slot->fin[0] && slot->fin[1])) slot->finished = true;
    }

    void drain(int64_t clock) {
        for (auto& [flow, slot] : flows_) {
            if (!slot) continue;
            const bool idle = clock - slot->last >= usual_settings.idle_timeout_ns;
            tell(flow, *slot,
                 slot->finished ? EndReason::end_of_flow
                 : idle         ? EndReason::idle_timeout
                                : EndReason::forced_end);
        }
    }

    // flow, first time, last time, packets from a, packets from b, reason, part
    using Told = std::tuple<uint32_t, int64_t, int64_t, uint64_t, uint64_t, EndReason, uint32_t>;
    std::multiset<Told> told;

private:
    struct State {
        int64_t begin = 0;
        int64_t last = 0;
        uint64_t packets[2] = {0, 0};
        bool fin[2] = {false, false};
        bool syn[2] = {false, false};
        bool acks[2] = {false, false};   // it has acknowledged something
        bool known[2] = {false, false};  // its sequence numbers are
        bool finished = false;
        uint32_t part = 0;
    };
    void tell(uint32_t flow, const State& s, EndReason reason) {
        told.insert({flow, s.begin, s.last, s.packets[0], s.packets[1], reason, s.part});
    }
    std::map<uint32_t, std::optional<State>> flows_;
};

// Random packets of random flows with jumps in time: whatever the batches and wherever the sweep
// stands, the same flows are told.
TEST(FlowTracker, EqualsTheModelWhateverTheBatchesAndTheSweep) {
    test::Random random;
    for (int round = 0; round < 20; round++) {
        Model model;
        FlowHarness flows(usual_settings);
        std::multiset<Model::Told> told;
        const auto collect = [&](const std::vector<FlowRecord>& records) {
            for (const FlowRecord& r : records) {
                const bool a_initiates = r.responder_port == 80;
                const auto flow =
                    static_cast<uint32_t>(a_initiates ? r.initiator_port : r.responder_port);
                const auto& a = a_initiates ? r.initiator : r.responder;
                const auto& b = a_initiates ? r.responder : r.initiator;
                told.insert(
                    {flow, r.first_ns, r.last_ns, a.packets, b.packets, r.end_reason, r.part});
            }
        };
        int64_t now = start;
        std::vector<std::pair<int64_t, PacketBuilder::Bytes>> batch;
        const uint64_t batch_size = 1 + random.next() % limits::lane_count;
        for (int i = 0; i < 3000; i++) {
            const uint64_t kind = random.next() % 100;
            now += kind == 0  ? usual_settings.active_timeout_ns
                   : kind < 4 ? 40 * second
                              : static_cast<int64_t>(random.next() % second);
            const auto flow = static_cast<uint32_t>(1000 + random.next() % 30);
            const bool from_a = random.next() % 2 == 0;
            constexpr uint16_t all_flags[] = {
                tcp::ack, tcp::ack, tcp::ack, tcp::syn, tcp::fin | tcp::ack, tcp::rst};
            const uint16_t flags = all_flags[random.next() % 6];
            model.packet(now, flow, from_a, flags);
            batch.emplace_back(now, tcp_packet(from_a, flags, static_cast<uint16_t>(flow)));
            if (batch.size() < batch_size) continue;
            flows.feed(batch);
            batch.clear();
            if (random.next() % 3 == 0) flows.tracker().sweep(now);
            collect(flows.take_records());
        }
        flows.feed(batch);
        model.drain(now);
        collect(flows.drain(now));
        ASSERT_EQ(told, model.told) << "round " << round;
        ASSERT_EQ(flows.counters()[Counter::records_packets], 3000u);
    }
}

}  // namespace
}  // namespace baleen::flow
