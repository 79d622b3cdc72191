// A table that is too small: who has to go, who stays, and that every packet is told all the same.
#include <gtest/gtest.h>

#include <map>

#include "packet/ip.h"
#include "tests/support/flow_harness.h"
#include "tests/unit/random.h"

namespace baleen::flow {
namespace {

using record::EndReason;
using record::FlowRecord;
using stats::Counter;
using test::FlowHarness;
using test::PacketBuilder;
using test::start;

constexpr uint32_t capacity = 1000;
constexpr FlowSettings small_table = [] {
    FlowSettings settings = test::usual_settings;
    settings.flow_count_max = capacity;
    return settings;
}();

std::string host(uint32_t network, uint32_t number) {
    return std::to_string(network) + "." + std::to_string(number >> 16) + "." +
           std::to_string(number >> 8 & 255) + "." + std::to_string(number & 255);
}

PacketBuilder::Bytes udp(const std::string& from, const std::string& to, uint16_t from_port = 1000,
                         uint16_t to_port = 53) {
    return PacketBuilder().ethernet().ipv4(from.c_str(), to.c_str()).udp(from_port, to_port).take();
}

class Flood {
public:
    Flood() : flows(small_table) {}

    void feed(const PacketBuilder::Bytes& packet) {
        batch_.emplace_back(now_++, packet);
        packets++;
        if (batch_.size() == limits::lane_count) flush();
    }
    void flush() {
        if (batch_.empty()) return;
        flows.feed(batch_);
        batch_.clear();
        collect(flows.take_records());
    }
    void pass(int64_t time_ns) {
        flush();
        now_ += time_ns;
    }
    void drain() {
        flush();
        collect(flows.drain(now_));
    }

    FlowHarness flows;
    std::vector<FlowRecord> records;
    uint64_t packets = 0;

private:
    void collect(const std::vector<FlowRecord>& more) {
        records.insert(records.end(), more.begin(), more.end());
    }
    std::vector<std::pair<int64_t, PacketBuilder::Bytes>> batch_;
    int64_t now_ = start;
};

uint64_t packets_of(const FlowRecord& record) {
    return record.initiator.packets + record.responder.packets;
}

TEST(FlowFlood, LeavesAnsweredFlowsAlone) {
    constexpr uint32_t established = capacity / 2, rounds = 20, flooding = 5000;
    Flood flood;
    uint32_t attacker = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < established; i++) {
            flood.feed(udp(host(1, i), "10.9.0.1"));
            flood.feed(udp("10.9.0.1", host(1, i), 53, 1000));
        }
        for (uint32_t i = 0; i < flooding; i++) flood.feed(udp(host(2, attacker++), "10.9.0.2"));
    }
    flood.drain();
    std::map<uint64_t, uint32_t> lengths;
    for (const FlowRecord& record : flood.records)
        if (record.responder.packets > 0) lengths[packets_of(record)]++;
    EXPECT_EQ(lengths, (std::map<uint64_t, uint32_t>{{2 * rounds, established}}));
}

TEST(FlowFlood, TellsEveryPacketOnceAndStampsWhatStandsForMany) {
    Flood flood;
    for (uint32_t i = 0; i < 20'000; i++) flood.feed(udp(host(2, i), "10.9.0.2"));
    flood.drain();
    uint64_t told = 0, aggregated = 0;
    for (const FlowRecord& record : flood.records) {
        told += packets_of(record);
        if ((record.flags & record::aggregated) == 0) {
            EXPECT_EQ(packets_of(record), 1u);
            continue;
        }
        aggregated += packets_of(record);
        EXPECT_EQ(record.initiator_port, 0);
        EXPECT_EQ(record.responder_port, 53);
        EXPECT_EQ(record.responder_address[15], 2) << "the flood had one target";
    }
    EXPECT_EQ(told, flood.packets);
    EXPECT_EQ(flood.flows.counters()[Counter::records_packets], flood.packets);
    EXPECT_EQ(aggregated, flood.flows.counters()[Counter::note_aggregated]);
    // An eighth of the packets of a batch may begin flows.
    EXPECT_NEAR(static_cast<double>(aggregated), 19'000 * 7.0 / 8, 500);
    EXPECT_GT(flood.flows.counters()[Counter::flows_ended_lack_of_resources], 1000u);
}

TEST(FlowFlood, OfManyTargetsEndsInOneFlowPerProtocol) {
    Flood flood;
    for (uint32_t i = 0; i < 20'000; i++)
        flood.feed(udp(host(2, i), host(3, i * 7919 % 60'000), 1000, static_cast<uint16_t>(i)));
    flood.drain();
    uint32_t of_one = 0, of_all = 0;
    uint64_t told = 0;
    for (const FlowRecord& record : flood.records) {
        told += packets_of(record);
        if ((record.flags & record::aggregated) == 0) continue;
        if (record.responder_port == 0) of_all++;
        else of_one++;
    }
    EXPECT_EQ(told, flood.packets);
    EXPECT_LE(of_one, 64u);
    EXPECT_EQ(of_all, 1u);
}

TEST(FlowFlood, GivesUpSinglePacketsBeforeUnansweredFlowsAndTheOldestFirst) {
    Flood flood;
    // In turn: a single packet, and a flow of two that nobody answers.
    for (uint32_t i = 0; i < capacity / 2; i++) {
        flood.feed(udp(host(4, i), "10.9.0.1"));
        for (int twice = 0; twice < 2; twice++) flood.feed(udp(host(5, i), "10.9.0.1"));
    }
    flood.flush();
    ASSERT_TRUE(flood.records.empty());
    for (uint32_t i = 0; i < 100; i++) {
        flood.feed(udp(host(6, i), "10.9.0.1"));
        flood.flush();  // alone in its batch, each is admitted
    }
    ASSERT_EQ(flood.records.size(), 100u);
    for (const FlowRecord& record : flood.records) {
        EXPECT_EQ(packets_of(record), 1u);
        EXPECT_EQ(record.end_reason, EndReason::lack_of_resources);
    }
}

TEST(FlowFlood, DoesNotTakeTcpOfManyForOneConnection) {
    Flood flood;
    for (uint32_t i = 0; i < 10'000; i++) {
        const std::string from = host(2, i);
        flood.feed(PacketBuilder()
                       .ethernet()
                       .ipv4(from.c_str(), "10.9.0.2")
                       .tcp(1000, 80, i % 2 == 0 ? packet::tcp::syn : packet::tcp::rst)
                       .take());
    }
    flood.drain();
    for (const FlowRecord& record : flood.records) {
        if ((record.flags & record::aggregated) == 0) continue;
        EXPECT_EQ(record.flags & record::has_tcp, 0);
        EXPECT_NE(record.end_reason, EndReason::end_of_flow) << "a RST ends its own flow only";
        EXPECT_EQ(record.initiator.tcp_flags, packet::tcp::syn | packet::tcp::rst);
    }
}

TEST(FlowFlood, OfOneProtocolLeavesRoomForNewFlowsOfTheOthers) {
    Flood flood;
    constexpr uint32_t rounds = 400;
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i + 1 < limits::lane_count; i++)
            flood.feed(PacketBuilder()
                           .ethernet()
                           .ipv4(host(2, round * limits::lane_count + i).c_str(), "10.9.0.2")
                           .tcp(1000, 80, packet::tcp::syn)
                           .take());
        flood.feed(udp(host(4, round), "10.9.0.3"));
    }
    flood.drain();
    uint32_t of_their_own = 0;
    for (const FlowRecord& record : flood.records)
        if (record.protocol == packet::protocol::udp && (record.flags & record::aggregated) == 0)
            of_their_own++;
    // Every other batch begins with them; before the table is full all have room.
    EXPECT_GT(of_their_own, rounds / 3);
}

// Whatever is evicted or counted together: what a responder got is told, packet by packet and byte
// by byte.
TEST(FlowFlood, TellsEachRespondersTotalsAsAMapDoes) {
    struct Total {
        uint64_t packets = 0, bytes = 0;
        bool operator==(const Total&) const = default;
    };
    test::Random random;
    Flood flood;
    std::map<std::pair<uint8_t, uint16_t>, Total> model, told;  // by responder and its port
    constexpr uint32_t flood_packets = 5'000;  // no time passes, so that the table is full for sure
    for (uint32_t i = 0; i < 60'000; i++) {
        const auto responder = static_cast<uint8_t>(random.below(4));
        const auto port = static_cast<uint16_t>(50 + random.below(3));
        const std::string to = "10.9.0." + std::to_string(responder);
        const auto packet = udp(host(2, static_cast<uint32_t>(random.below(3000))), to, 1000, port);
        if (i >= flood_packets && random.one_in(500))
            flood.pass(static_cast<int64_t>(random.below(90)) * test::second);
        flood.feed(packet);
        model[{responder, port}].packets++;
        model[{responder, port}].bytes += packet.size();
    }
    flood.drain();
    bool evicted = false, aggregated = false;
    for (const FlowRecord& record : flood.records) {
        Total& total = told[{record.responder_address[15], record.responder_port}];
        total.packets += packets_of(record);
        total.bytes += record.initiator.wire_bytes + record.responder.wire_bytes;
        evicted |= record.end_reason == EndReason::lack_of_resources;
        aggregated |= (record.flags & record::aggregated) != 0;
    }
    EXPECT_EQ(told, model);
    EXPECT_TRUE(evicted && aggregated);
}

}  // namespace
}  // namespace baleen::flow
