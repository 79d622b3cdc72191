// What a handshake tells: round trips, MSS, scale, SACK, time stamps; and the windows after it.
#include <gtest/gtest.h>

#include "baleen/record.h"
#include "tests/unit/tcp_talk.h"

namespace baleen::flow {
namespace {

using namespace test::tcp_flags;
using Bytes = test::PacketBuilder::Bytes;
using test::millisecond;
using test::TcpTalk;

const Bytes mss_1460 = {2, 4, 0x05, 0xb4};
const Bytes scale_7 = {1, 3, 3, 7};
const Bytes everything = {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7};

// What a SYN with such options makes known of its sender.
record::TcpSide side_with(const Bytes& options) {
    TcpTalk talk;
    talk.client({.flags = syn, .options = options});
    return talk.tcp().initiator;
}

TEST(TcpOptions, AreReadFromBothSyns) {
    TcpTalk talk;
    talk.client({.flags = syn, .options = everything});
    talk.server({.flags = syn | ack, .acknowledged = 1, .options = {4, 2, 1, 1, 2, 4, 2, 0}});
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.initiator.mss, 1460);
    EXPECT_EQ(tcp.initiator.window_scale, 7);
    EXPECT_EQ(tcp.initiator.options, record::sack_permitted | record::timestamps);
    EXPECT_EQ(tcp.responder.mss, 512);
    EXPECT_EQ(tcp.responder.window_scale, record::window_scale_absent);
    EXPECT_EQ(tcp.responder.options, record::sack_permitted);
}

TEST(TcpOptions, AreReadFromSynsOnly) {
    TcpTalk talk;
    talk.open().client({.flags = ack, .sequence = 1, .acknowledged = 1, .options = everything});
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.initiator.mss, 0);
    EXPECT_EQ(tcp.initiator.options, 0);
}

TEST(TcpOptions, EndWithTheListOrWhatIsWrongInIt) {
    EXPECT_EQ(side_with({0, 0, 0, 0, 2, 4, 0x05, 0xb4}).mss, 0) << "behind the end of the list";
    EXPECT_EQ(side_with({0, 4, 1, 1, 2, 4, 0x05, 0xb4}).mss, 0) << "which has no length";
    EXPECT_EQ(side_with({1, 1, 1, 1, 2, 4, 0x05, 0xb4}).mss, 1460) << "behind padding";
    EXPECT_EQ(side_with({30, 0, 0, 0, 2, 4, 0x05, 0xb4}).mss, 0) << "length 0 goes nowhere";
    EXPECT_EQ(side_with({30, 1, 0, 0, 2, 4, 0x05, 0xb4}).mss, 0) << "nor does 1";
    EXPECT_EQ(side_with({30, 4, 0, 0, 2, 4, 0x05, 0xb4}).mss, 1460) << "an unknown one is skipped";
    EXPECT_EQ(side_with({2, 3, 0x05, 1, 3, 3, 7, 0}).mss, 0) << "a wrong length for its kind";
    EXPECT_EQ(side_with({1, 1, 1, 2}).mss, 0) << "a kind without a length";
    EXPECT_EQ(side_with({1, 1, 2, 4}).mss, 0) << "longer than the header";
    EXPECT_EQ(side_with({1, 1, 1, 1}).window_scale, record::window_scale_absent);
    EXPECT_EQ(side_with({3, 3, 200, 0}).window_scale, 14) << "RFC 7323: more than 14 is 14";
}

TEST(TcpOptions, NeverReachBeyondWhatWasCaptured) {
    TcpTalk talk;
    auto packet = talk.packet(0, {.flags = syn, .options = everything});
    for (size_t cut = 14 + 20 + 20; cut <= packet.size(); cut++) {
        TcpTalk one;
        // The end of the vector is the end of the memory, for the address sanitizer.
        one.feed_captured(packet, cut);
        const auto told = one.record();
        EXPECT_EQ(told.tcp.initiator.mss, cut >= 14 + 20 + 20 + 4 ? 1460 : 0) << cut;
        EXPECT_EQ(told.initiator.payload_bytes, 0u) << cut;
    }
}

TEST(TcpRtt, IsTakenInBothHalves) {
    TcpTalk talk;
    const auto tcp = talk.open().tcp();
    EXPECT_EQ(tcp.responder_rtt_ns, 20u * millisecond);
    EXPECT_EQ(tcp.initiator_rtt_ns, 10u * millisecond);
}

TEST(TcpRtt, BeginsAtTheLastSyn) {
    TcpTalk talk;
    talk.client({syn}).wait(test::second).client({syn}).wait(5 * millisecond);
    talk.server({syn | ack, 0, 1}).wait(test::second).server({syn | ack, 0, 1});
    talk.wait(2 * millisecond).client({ack, 1, 1});
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.responder_rtt_ns, 5u * millisecond) << "the first answer";
    EXPECT_EQ(tcp.initiator_rtt_ns, 2u * millisecond) << "the last question";
}

TEST(TcpRtt, IsToldWhereNoTimePassed) {
    TcpTalk talk;
    talk.client({syn}).server({syn | ack, 0, 1}).client({ack, 1, 1});
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.responder_rtt_ns, 1u);
    EXPECT_EQ(tcp.initiator_rtt_ns, 1u);
}

TEST(TcpRtt, TakesAnAnswerThatAcknowledgesDataOfTheSyn) {
    TcpTalk talk;
    talk.client({syn, 0, 0, 100}).wait(7 * millisecond).server({syn | ack, 0, 101});
    talk.wait(3 * millisecond).client({ack, 101, 1});
    const auto told = talk.record();
    EXPECT_EQ(told.tcp.responder_rtt_ns, 7u * millisecond);
    EXPECT_EQ(told.tcp.initiator_rtt_ns, 3u * millisecond);
    EXPECT_EQ(told.tcp.initiator.missed_bytes, 0u);
    EXPECT_EQ(told.initiator.payload_bytes, 100u);
}

TEST(TcpRtt, TakesNoAnswerToAnotherSyn) {
    TcpTalk talk;
    talk.client({syn}).wait(millisecond).server({syn | ack, 0, 50'000});
    talk.wait(millisecond).client({ack, 1, 77});
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.responder_rtt_ns, 0u);
    EXPECT_EQ(tcp.initiator_rtt_ns, 0u);
}

TEST(TcpRtt, TakesTheFirstDataWhereTheAckWasLost) {
    TcpTalk talk;
    talk.client({syn}).wait(millisecond).server({syn | ack, 0, 1});
    talk.wait(4 * millisecond).client({ack, 1, 1, 100});
    EXPECT_EQ(talk.tcp().initiator_rtt_ns, 4u * millisecond);
}

void talk_windows(TcpTalk& talk, const Bytes& client, const Bytes& server) {
    talk.client({.flags = syn, .window = 64000, .options = client});
    talk.server({.flags = syn | ack, .acknowledged = 1, .window = 7, .options = server});
    talk.client({ack, 1, 1, 0, 500}).client({ack, 1, 1, 10, 300}).client({ack, 11, 1, 10, 400});
    talk.server({ack, 1, 21, 0, 200});
}

TEST(TcpWindow, IsScaledWhereBothOfferIt) {
    TcpTalk talk;
    talk_windows(talk, scale_7, {3, 3, 2, 0});
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.initiator.window_min, 300u << 7);
    EXPECT_EQ(tcp.initiator.window_max, 500u << 7) << "the window of a SYN is of another kind";
    EXPECT_EQ(tcp.responder.window_min, 200u << 2);
    EXPECT_EQ(tcp.responder.window_max, 200u << 2);
}

TEST(TcpWindow, IsNotScaledWhereOneDoesNotOfferIt) {
    TcpTalk talk;
    talk_windows(talk, scale_7, mss_1460);
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.initiator.window_min, 300u);
    EXPECT_EQ(tcp.initiator.window_max, 500u);
    EXPECT_EQ(tcp.initiator.window_scale, 7) << "what was offered";
}

TEST(TcpWindow, IsScaledWhereOnlyOneDirectionIsSeen) {
    TcpTalk client;
    client.client({.flags = syn, .options = scale_7}).client({ack, 1, 1, 0, 500});
    EXPECT_EQ(client.tcp().initiator.window_max, 500u << 7);
    TcpTalk server;
    server.server({.flags = syn | ack, .acknowledged = 1, .options = scale_7});
    server.server({ack, 1, 1, 10, 600});
    EXPECT_EQ(server.tcp().responder.window_max, 600u << 7);
}

TEST(TcpWindow, IsZeroWithoutSegments) {
    TcpTalk talk;
    talk.client({syn}).server({.flags = rst | ack, .acknowledged = 1, .window = 999});
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.initiator.window_max, 0u);
    EXPECT_EQ(tcp.responder.window_min, 0u);
    EXPECT_EQ(tcp.responder.window_max, 0u) << "nor is that of a RST one";
}

TEST(TcpWindow, ClosedIsCountedButNotOfSynFinAndRst) {
    TcpTalk talk;
    talk.client({.flags = syn, .window = 0}).server({.flags = syn | ack, .acknowledged = 1});
    talk.client({ack, 1, 1, 0, 0}).client({ack, 1, 1, 10, 0}).server({ack, 1, 11, 0, 5});
    talk.client({fin | ack, 11, 1, 0, 0}).client({rst, 12, 0, 0, 0});
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.initiator.zero_windows, 2u);
    EXPECT_EQ(tcp.responder.zero_windows, 0u);
    EXPECT_EQ(test::history_of(tcp), "ShAWDaFR");
    EXPECT_EQ(tcp.initiator.window_min, 0u);
}

}  // namespace
}  // namespace baleen::flow
