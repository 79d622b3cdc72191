// Where one connection ends and the next begins on the same ports; and the parts of a long one.
#include <gtest/gtest.h>

#include "baleen/record.h"
#include "tests/unit/tcp_talk.h"

namespace baleen::flow {
namespace {

using namespace test::tcp_flags;
using record::ConnState;
using record::EndReason;
using test::millisecond;
using test::second;
using test::TcpTalk;

TEST(TcpReuse, AfterBothFinsASynBeginsAnother) {
    TcpTalk talk;
    talk.open().client({fin | ack, 1, 1}).server({fin | ack, 1, 2}).client({ack, 2, 2});
    talk.wait(second).reopen(70'000'000, 90'000'000).open().client({ack, 1, 1, 10});
    const auto told = talk.records();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].tcp.conn_state, ConnState::sf);
    EXPECT_EQ(told[0].end_reason, EndReason::end_of_flow);
    EXPECT_EQ(told[1].tcp.conn_state, ConnState::s1);
    EXPECT_EQ(test::history_of(told[1].tcp), "ShAD");
    EXPECT_EQ(told[1].tcp.initiator.gaps + told[1].tcp.initiator.retransmissions, 0u);
    EXPECT_EQ(told[1].tcp.responder_rtt_ns, 20u * millisecond);
    EXPECT_NE(told[0].flow_id, told[1].flow_id);
}

TEST(TcpReuse, AfterAFinThatWasLostASynWithAnotherNumberBeginsAnother) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 10}).wait(second);
    talk.reopen(70'000'000, 90'000'000).open();
    const auto told = talk.records();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].tcp.conn_state, ConnState::s1);
    EXPECT_EQ(told[0].end_reason, EndReason::end_of_flow);
    EXPECT_EQ(told[1].initiator.packets, 2u);
    EXPECT_EQ(told[1].tcp.initiator.gaps, 0u);
}

// Each attempt that was answered is a connection, as Zeek has it, though the number be the same.
TEST(TcpReuse, AfterTheEndTheSameSynBeginsAnother) {
    TcpTalk refused;
    for (int i = 0; i < 3; i++) refused.client({syn}).server({rst | ack, 0, 1}).wait(second);
    const auto told = refused.records();
    ASSERT_EQ(told.size(), 3u);
    for (const auto& flow : told) EXPECT_EQ(flow.tcp.conn_state, ConnState::rej);
    TcpTalk closed;
    for (int i = 0; i < 2; i++)
        closed.open().client({fin | ack, 1, 1}).server({fin | ack, 1, 2}).client({ack, 2, 2});
    EXPECT_EQ(closed.records().size(), 2u);
}

TEST(TcpReuse, ASynSentAgainIsNone) {
    TcpTalk talk;
    talk.client({syn}).wait(second).client({syn}).wait(second).client({syn});
    EXPECT_EQ(talk.record().tcp.initiator.retransmissions, 2u);
}

TEST(TcpReuse, ASynInTheMiddleOfAConnectionBeginsAnother) {
    TcpTalk own;
    own.client({ack, 500'000, 1, 10}).client({syn});
    EXPECT_EQ(own.records().size(), 2u);
    TcpTalk of_the_other;
    of_the_other.server({ack, 1, 500'000, 10}).client({syn});
    EXPECT_EQ(of_the_other.records().size(), 2u);
}

TEST(TcpReuse, ASynThatComesLateIsNone) {
    TcpTalk own;
    own.client({ack, 1, 1, 10}).client({syn}).client({ack, 11, 1, 10});
    const auto told = own.record();
    EXPECT_EQ(told.initiator.packets, 3u);
    EXPECT_EQ(told.tcp.initiator.gaps + told.tcp.initiator.missed_bytes, 0u);
    TcpTalk of_the_other;
    of_the_other.server({ack, 1, 2000, 10}).client({syn}).client({ack, 2000, 11, 10});
    EXPECT_EQ(of_the_other.record().responder.packets, 1u);
}

TEST(TcpReuse, OddSynsBeginNothing) {
    TcpTalk talk;
    talk.open().client({fin | ack, 1, 1}).server({fin | ack, 1, 2});
    talk.client({syn | fin, 70'000}).client({syn | rst, 80'000});
    EXPECT_EQ(talk.records().size(), 1u);
}

TEST(TcpReuse, ARepeatedEndIsNone) {
    TcpTalk talk;
    talk.open().client({fin | ack, 1, 1}).server({fin | ack, 1, 2}).wait(second);
    talk.client({fin | ack, 1, 1}).client({rst, 2});
    EXPECT_EQ(talk.record().tcp.initiator.retransmissions, 1u);
}

// The active timeout is 300 s, the idle timeout 60 s.
TEST(TcpParts, CountAnewAndKeepTheSequence) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100}).client({ack, 1, 1, 100}).client({ack, 201, 1, 100});
    talk.server({ack, 1, 301, 10, 0}).client({ack, 300, 11, 1});
    for (int i = 0; i < 7; i++) talk.wait(50 * second).server({ack, 11, 301, 0, 777});
    talk.client({ack, 301, 11, 100}).client({ack, 451, 11, 10}).client({fin | ack, 461, 11});
    const auto told = talk.records();
    ASSERT_EQ(told.size(), 2u);
    const record::TcpSide &first = told[0].tcp.initiator, &second = told[1].tcp.initiator;
    EXPECT_EQ(told[1].part, 1u);
    EXPECT_EQ(first.retransmissions, 1u);
    EXPECT_EQ(first.gaps, 1u);
    EXPECT_EQ(first.missed_bytes, 100u);
    EXPECT_EQ(first.keep_alives, 1u);
    EXPECT_EQ(told[0].tcp.responder.zero_windows, 1u);
    EXPECT_EQ(told[0].tcp.responder.window_min, 0u);
    EXPECT_EQ(second.retransmissions, 0u);
    EXPECT_EQ(second.gaps, 1u);
    EXPECT_EQ(second.missed_bytes, 50u);
    EXPECT_EQ(second.keep_alives, 0u);
    EXPECT_EQ(told[1].tcp.responder.zero_windows, 0u);
    EXPECT_EQ(told[1].tcp.responder.window_min, 777u);
    // What is known of the connection goes on.
    EXPECT_EQ(told[1].tcp.responder_rtt_ns, 20u * millisecond);
    EXPECT_EQ(told[0].tcp.conn_state, ConnState::s1);
    EXPECT_EQ(told[1].tcp.conn_state, ConnState::s2);
    EXPECT_EQ(test::history_of(told[1].tcp).substr(0, 4), "ShAD");
}

TEST(TcpParts, TheStateDoesNotDependOnWhoIsSilentInThePart) {
    TcpTalk talk;
    talk.open();
    for (int i = 0; i < 7; i++) talk.wait(50 * second).client({ack, 1, 1});
    talk.client({fin | ack, 1, 1});
    const auto told = talk.records();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[1].responder.packets, 0u);
    EXPECT_EQ(told[1].tcp.conn_state, ConnState::s2);
}

TEST(TcpParts, WhatIsMissingIsToldOnce) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100}).server({ack, 1, 301});
    for (int i = 0; i < 7; i++) talk.wait(50 * second).server({ack, 1, 301});
    talk.client({ack, 301, 1, 100});
    const auto told = talk.records();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].tcp.initiator.missed_bytes, 200u);
    EXPECT_EQ(told[0].tcp.initiator.gaps, 1u);
    EXPECT_EQ(told[1].tcp.initiator.missed_bytes, 0u);
    EXPECT_EQ(told[1].tcp.initiator.gaps, 0u);
}

TEST(TcpParts, WhatComesAfterItsPartWasToldMissingIsSentAgain) {
    TcpTalk talk;
    talk.open().client({ack, 101, 1, 100});
    for (int i = 0; i < 7; i++) talk.wait(50 * second).server({ack, 1, 1});
    talk.client({ack, 1, 1, 100});
    const auto told = talk.records();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].tcp.initiator.missed_bytes, 100u);
    EXPECT_EQ(told[1].tcp.initiator.missed_bytes, 0u);
    EXPECT_EQ(told[1].tcp.initiator.retransmissions, 1u);
}

}  // namespace
}  // namespace baleen::flow
