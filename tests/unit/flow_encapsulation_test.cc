// The section of a record that tells a flow's tunnel, and the flow that an ICMP error is about.
#include <gtest/gtest.h>

#include "packet/ip.h"
#include "packet/tunnel.h"
#include "record/names.h"
#include "record/validate.h"
#include "tests/support/flow_harness.h"

namespace baleen::flow {
namespace {

namespace tcp = packet::tcp;
using record::FlowRecord;
using record::TunnelType;
using test::FlowHarness;
using test::PacketBuilder;
using Bytes = PacketBuilder::Bytes;

using test::second;
using test::start;
using test::usual_settings;

// The client 192.0.2.1 sits behind 10.0.0.1, the server 198.51.100.2 behind 10.0.0.2.
PacketBuilder gtp_u(bool from_client, uint32_t teid) {
    PacketBuilder builder;
    builder.ethernet();
    if (from_client) builder.ipv4("10.0.0.1", "10.0.0.2");
    else builder.ipv4("10.0.0.2", "10.0.0.1");
    return builder.udp(2152, 2152).gtp_u(teid);
}
Bytes tcp_inside(PacketBuilder builder, bool from_client, uint16_t flags) {
    if (from_client) builder.ipv4("192.0.2.1", "198.51.100.2").tcp(40000, 80, flags);
    else builder.ipv4("198.51.100.2", "192.0.2.1").tcp(80, 40000, flags);
    return builder.take();
}

std::string address(const uint8_t* bytes, uint8_t version = 4) {
    return record::format_address(bytes, version);
}

void expect_gtp_u(const FlowRecord& r) {
    EXPECT_EQ(record::find_problem(r), nullptr);
    EXPECT_NE(r.flags & record::has_tunnel, 0);
    EXPECT_EQ(r.flags & record::has_quoted_flow, 0);
    EXPECT_EQ(r.initiator_port, 40000);
    EXPECT_EQ(address(r.encapsulation.outer_initiator), "10.0.0.1");
    EXPECT_EQ(address(r.encapsulation.outer_responder), "10.0.0.2");
    EXPECT_EQ(r.encapsulation.outer_ip_version, 4);
    EXPECT_EQ(r.encapsulation.tunnel_type, TunnelType::gtp_u);
    EXPECT_EQ(r.encapsulation.tunnel_depth, 1);
    EXPECT_EQ(r.encapsulation.tunnel_ids[0], 111u) << "initiator to responder";
    EXPECT_EQ(r.encapsulation.tunnel_ids[1], 222u) << "responder to initiator";
}

TEST(FlowEncapsulation, TellsTheIdsOfBothDirections) {
    FlowHarness flows(usual_settings);
    flows.feed(start, tcp_inside(gtp_u(true, 111), true, tcp::syn));
    flows.feed(start, tcp_inside(gtp_u(false, 222), false, tcp::syn | tcp::ack));
    flows.feed(start, tcp_inside(gtp_u(true, 333), true, tcp::ack));
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    expect_gtp_u(records[0]);
}

TEST(FlowEncapsulation, TurnsRoundWithTheInitiator) {
    FlowHarness flows(usual_settings);
    flows.feed(start, tcp_inside(gtp_u(false, 222), false, tcp::syn | tcp::ack));
    flows.feed(start, tcp_inside(gtp_u(true, 111), true, tcp::ack));
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_NE(records[0].initiator_reason, record::InitiatorReason::first_packet);
    expect_gtp_u(records[0]);
}

TEST(FlowEncapsulation, IsToldInEveryPartOfALongFlow) {
    FlowHarness flows(usual_settings);
    for (int64_t t = 0; t <= 320; t += 20) {
        flows.feed(start + t * second, tcp_inside(gtp_u(true, 111), true, tcp::ack));
        flows.feed(start + t * second, tcp_inside(gtp_u(false, 222), false, tcp::ack));
    }
    const auto records = flows.drain(start + 321 * second);
    ASSERT_EQ(records.size(), 2u);
    for (const FlowRecord& r : records) expect_gtp_u(r);
}

TEST(FlowEncapsulation, IsNoPartOfARecordWithoutATunnel) {
    FlowHarness flows(usual_settings);
    flows.feed(start, tcp_inside(PacketBuilder().ethernet(), true, tcp::syn));
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].flags & (record::has_tunnel | record::has_quoted_flow), 0);
    EXPECT_EQ(record::record_bytes(records[0]), 208u + 128u);
}

TEST(FlowEncapsulation, LeavesNothingBehindInTheFlowThatFollows) {
    FlowSettings one = usual_settings;
    one.flow_count_max = 1;
    FlowHarness flows(one);
    flows.feed(start, tcp_inside(gtp_u(true, 111), true, tcp::syn));
    flows.feed(
        start + 1,
        PacketBuilder().ethernet().mpls({17}).ipv4("192.0.2.1", "198.51.100.2").udp(1, 2).take());
    const auto records = flows.drain(start + 2);
    ASSERT_EQ(records.size(), 2u);
    const record::Encapsulation& told = records[1].encapsulation;
    EXPECT_EQ(told.tunnel_type, TunnelType::mpls);
    EXPECT_EQ(told.tunnel_ids[0], 17u);
    EXPECT_EQ(told.tunnel_ids[1], 0u);
    EXPECT_EQ(told.tunnel_depth, 0);
    for (const uint8_t byte : told.outer_initiator) EXPECT_EQ(byte, 0);
}

// One flow may be seen bare and in tunnels, where a capture sees both ends of one.
TEST(FlowEncapsulation, TellsTheFirstTunnelSeenOnly) {
    FlowHarness flows(usual_settings);
    flows.feed(start, tcp_inside(PacketBuilder().ethernet(), true, tcp::ack));
    flows.feed(start, tcp_inside(gtp_u(true, 111), true, tcp::ack));
    flows.feed(start, tcp_inside(PacketBuilder().ethernet().ipv6("fd00::1", "fd00::2").gre(), true,
                                 tcp::ack));
    flows.feed(start, tcp_inside(gtp_u(false, 222), false, tcp::ack));
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    EXPECT_EQ(records[0].initiator.packets, 3u);
    expect_gtp_u(records[0]);
}

Bytes port_unreachable(PacketBuilder builder, uint16_t dst_port) {
    return builder.ipv4("203.0.113.9", "192.0.2.1")
        .icmp(3, 3)
        .raw(PacketBuilder().ipv4("192.0.2.1", "198.51.100.2").udp(1000, dst_port).take())
        .take();
}

void expect_quote(const FlowRecord& r) {
    EXPECT_EQ(record::find_problem(r), nullptr);
    EXPECT_NE(r.flags & record::has_quoted_flow, 0);
    EXPECT_EQ(r.protocol, packet::protocol::icmp);
    EXPECT_EQ(r.initiator_port, 0) << "the hash in the key is nobody's port";
    EXPECT_EQ(r.responder_port, 0);
    EXPECT_EQ(r.icmp_type, 3);
    EXPECT_EQ(r.icmp_code, 3);
    EXPECT_EQ(address(r.encapsulation.quoted_destination), "198.51.100.2");
    EXPECT_EQ(r.encapsulation.quoted_src_port, 1000);
    EXPECT_EQ(r.encapsulation.quoted_dst_port, 2000);
    EXPECT_EQ(r.encapsulation.quoted_protocol, packet::protocol::udp);
}

TEST(FlowEncapsulation, TellsTheFlowThatAnIcmpErrorIsAbout) {
    FlowHarness flows(usual_settings);
    for (int i = 0; i < 3; i++)
        flows.feed(start, port_unreachable(PacketBuilder().ethernet(), 2000));
    flows.feed(start, port_unreachable(PacketBuilder().ethernet(), 2001));
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 2u) << "a flow per quoted flow";
    const FlowRecord& three = records[records[0].initiator.packets == 3 ? 0 : 1];
    EXPECT_EQ(three.initiator.packets, 3u);
    EXPECT_EQ(three.flags & record::has_tunnel, 0);
    EXPECT_EQ(three.encapsulation.tunnel_type, TunnelType::none);
    expect_quote(three);
}

TEST(FlowEncapsulation, TellsTunnelAndQuoteTogether) {
    FlowHarness flows(usual_settings);
    flows.feed(start, port_unreachable(gtp_u(true, 111), 2000));
    const auto records = flows.drain(start);
    ASSERT_EQ(records.size(), 1u);
    expect_quote(records[0]);
    EXPECT_NE(records[0].flags & record::has_tunnel, 0);
    EXPECT_EQ(records[0].encapsulation.tunnel_ids[0], 111u);
    EXPECT_EQ(address(records[0].encapsulation.outer_initiator), "10.0.0.1");
}

}  // namespace
}  // namespace baleen::flow
