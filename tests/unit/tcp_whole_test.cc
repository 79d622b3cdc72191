// Segments that are not whole, or not alone: cut by the capture, fragments, in tunnels, damaged.
#include <gtest/gtest.h>

#include "baleen/record.h"
#include "tests/unit/tcp_talk.h"

namespace baleen::flow {
namespace {

using namespace test::tcp_flags;
using Bytes = test::PacketBuilder::Bytes;
using test::PacketBuilder;
using test::TcpTalk;

constexpr size_t header_end = 14 + 20 + 20;

TEST(TcpCut, PayloadIsCountedByTheLengthOnTheWire) {
    TcpTalk talk;
    talk.open();
    talk.feed_captured(talk.packet(0, {ack, 1, 1, 1000}), header_end);
    talk.feed_captured(talk.packet(0, {ack, 1001, 1, 1000}), header_end + 10);
    talk.feed_captured(talk.packet(0, {ack, 3001, 1, 1000}), header_end);
    const auto told = talk.record();
    EXPECT_EQ(told.initiator.payload_bytes, 3000u);
    EXPECT_EQ(told.tcp.initiator.missed_bytes, 1000u);
    EXPECT_EQ(told.tcp.initiator.gaps, 1u);
}

TEST(TcpCut, AHeaderIsReadAsFarAsItGoes) {
    const Bytes options = {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0};
    for (size_t cut = header_end - 4; cut < header_end + options.size(); cut++) {
        SCOPED_TRACE(cut);
        TcpTalk talk;
        talk.open();
        talk.feed_captured(talk.packet(0, {ack, 1, 1, 1000, 500, options}), cut);
        talk.client({ack, 1001, 1, 10});
        const auto told = talk.record();
        EXPECT_EQ(told.initiator.payload_bytes, 1010u);
        EXPECT_EQ(told.tcp.initiator.gaps, 0u);
        EXPECT_EQ(told.tcp.initiator.window_min, 500u);
    }
}

TEST(TcpCut, WithoutAWindowASegmentIsNotFollowed) {
    TcpTalk talk;
    for (size_t cut = 14 + 20 + 4; cut < header_end - 4; cut++)
        talk.feed_captured(talk.packet(0, {ack, 1, 1, 1000}), cut);
    EXPECT_EQ(talk.record().flags & record::has_tcp, 0);
}

TEST(TcpDamaged, BytesBehindTheEndOfTheFrameWereNeverThere) {
    TcpTalk talk;
    talk.open();
    auto packet = talk.packet(0, {ack, 1, 1, 100});
    packet[14 + 2] = 0x40;  // a total length of 16 KiB
    talk.feed(packet).client({ack, 101, 1, 10});
    const auto told = talk.record();
    EXPECT_EQ(told.initiator.payload_bytes, 110u);
    EXPECT_EQ(told.tcp.initiator.gaps + told.tcp.initiator.retransmissions, 0u);
}

TEST(TcpDamaged, AnImpossibleHeaderLengthIsNotFollowed) {
    TcpTalk talk;
    talk.open();
    auto packet = talk.packet(0, {ack, 5000, 1, 100});
    packet[14 + 20 + 12] = 4 << 4;
    talk.feed(packet).client({ack, 1, 1, 10});
    EXPECT_EQ(talk.record().tcp.initiator.gaps, 0u);
}

TEST(TcpDamaged, ASegmentWithoutAnyFlagIsFollowed) {
    TcpTalk talk;
    talk.client({0, 1}).client({0, 101, 0, 10});
    const auto told = talk.record();
    EXPECT_NE(told.flags & record::has_tcp, 0);
    EXPECT_EQ(test::history_of(told.tcp), "DG");
    EXPECT_EQ(told.tcp.conn_state, record::ConnState::oth);
}

TEST(TcpFragments, WhatFollowsThemIsNoGap) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100});
    for (const auto& fragment : test::fragments_of(talk.packet(0, {ack, 101, 1, 1000}), 64, 7))
        talk.feed(fragment);
    talk.client({ack, 1101, 1, 100}).server({ack, 1, 1201}).client({ack, 1301, 1, 100});
    const auto told = talk.record();
    EXPECT_NE(told.flags & record::has_fragments, 0);
    EXPECT_EQ(told.tcp.initiator.gaps, 1u) << "the one behind 1201";
    EXPECT_EQ(told.tcp.initiator.missed_bytes, 100u);
    EXPECT_EQ(told.tcp.initiator.retransmissions, 0u);
}

TEST(TcpFragments, AreNotMissedAtTheEnd) {
    TcpTalk talk;
    talk.open();
    for (const auto& fragment : test::fragments_of(talk.packet(0, {ack, 1, 1, 1000}), 64, 7))
        talk.feed(fragment);
    talk.server({ack, 1, 1001});
    EXPECT_EQ(talk.record().tcp.initiator.missed_bytes, 0u);
}

TEST(TcpTunnel, IsFollowedByTheInnerHeaders) {
    TcpTalk talk;
    const auto inside = [](bool from_client, uint16_t flags, uint32_t sequence,
                           uint32_t acknowledged, size_t payload) {
        PacketBuilder builder;
        builder.ethernet().ipv4("192.0.2.1", "192.0.2.2").udp(50000, 4789).vxlan(42).ethernet();
        if (from_client)
            builder.ipv6("2001:db8::1", "2001:db8::2").tcp(1, 2, flags, sequence, acknowledged);
        else builder.ipv6("2001:db8::2", "2001:db8::1").tcp(2, 1, flags, sequence, acknowledged);
        return builder.payload(payload).take();
    };
    talk.feed(inside(true, syn, 0, 0, 0)).feed(inside(false, syn | ack, 100, 1, 0));
    talk.feed(inside(true, ack, 1, 101, 0)).feed(inside(true, ack, 51, 101, 50));
    const auto told = talk.record();
    EXPECT_EQ(told.encapsulation.tunnel_type, record::TunnelType::vxlan);
    EXPECT_EQ(test::history_of(told.tcp), "ShADG");
    EXPECT_EQ(told.tcp.initiator.missed_bytes, 50u);
    EXPECT_EQ(told.initiator.payload_bytes, 50u);
}

TEST(TcpTunnel, PaddingOfTheFrameIsNoPayload) {
    TcpTalk talk;
    talk.open();
    auto padded = talk.packet(0, {ack, 1, 1, 1});
    padded.resize(64);
    talk.feed(padded).client({ack, 2, 1, 1});
    const auto told = talk.record();
    EXPECT_EQ(told.initiator.payload_bytes, 2u);
    EXPECT_EQ(told.tcp.initiator.gaps, 0u);
}

}  // namespace
}  // namespace baleen::flow
