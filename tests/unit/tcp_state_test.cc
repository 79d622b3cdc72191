// How a connection went: Zeek's conn_state and history, and who began it.
#include <gtest/gtest.h>

#include "baleen/record.h"
#include "record/validate.h"
#include "tests/unit/tcp_talk.h"

namespace baleen::flow {
namespace {

using namespace test::tcp_flags;
using record::ConnState;
using record::InitiatorReason;
using test::millisecond;
using test::TcpTalk;

void expect_told(const record::Tcp& tcp, ConnState state, const std::string& history) {
    EXPECT_EQ(record::conn_state_names[static_cast<size_t>(tcp.conn_state)],
              record::conn_state_names[static_cast<size_t>(state)]);
    EXPECT_EQ(test::history_of(tcp), history);
}

TEST(TcpState, SfIsAConnectionOpenedAndClosedByBoth) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100}).server({ack, 1, 101}).server({ack, 1, 101, 50});
    talk.client({fin | ack, 101, 51}).server({fin | ack, 51, 102}).client({ack, 102, 52});
    const auto told = talk.record();
    expect_told(told.tcp, ConnState::sf, "ShADadFf");
    EXPECT_EQ(told.initiator_reason, InitiatorReason::syn);
    EXPECT_EQ(told.end_reason, record::EndReason::end_of_flow);
    EXPECT_EQ(told.initiator.payload_bytes, 100u);
    EXPECT_EQ(told.responder.payload_bytes, 50u);
}

TEST(TcpState, S0IsASynWithoutAnswer) {
    TcpTalk talk;
    talk.client({syn});
    expect_told(talk.tcp(), ConnState::s0, "S");
}

TEST(TcpState, S0IsASynThatOnlyAnAckOfOldAnswers) {
    TcpTalk talk;
    talk.client({syn}).server({ack, 777, 999});
    expect_told(talk.tcp(), ConnState::s0, "Sa");
}

TEST(TcpState, RejIsASynAnsweredByReset) {
    TcpTalk talk;
    talk.client({syn}).server({rst | ack, 0, 1});
    const auto tcp = talk.tcp();
    expect_told(tcp, ConnState::rej, "Sr");
    EXPECT_EQ(tcp.responder.resets, 1);
    EXPECT_EQ(tcp.initiator.resets, 0);
    EXPECT_EQ(tcp.responder_rtt_ns, 0u) << "no SYN+ACK";
}

TEST(TcpState, RejIsWhatBothResetBeforeAnyData) {
    TcpTalk without;
    without.open().client({rst, 1}).server({rst, 1});
    expect_told(without.tcp(), ConnState::rej, "ShARr");
    TcpTalk with;
    with.open().client({ack, 1, 1, 10}).client({rst, 11}).server({rst, 1});
    expect_told(with.tcp(), ConnState::rstr, "ShADRr");
}

TEST(TcpState, RejItStaysWhenASynAckFollowsTheReset) {
    TcpTalk talk;
    talk.client({syn}).server({rst | ack, 0, 1}).server({syn | ack, 0, 1}).client({ack, 1, 1});
    expect_told(talk.tcp(), ConnState::rej, "SrhA");
}

TEST(TcpState, S1IsOpenStill) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 10});
    expect_told(talk.tcp(), ConnState::s1, "ShAD");
}

TEST(TcpState, S2AndS3AreClosedByOneSide) {
    TcpTalk initiator;
    initiator.open().client({fin | ack, 1, 1}).server({ack, 1, 2}).server({ack, 1, 2, 500});
    const auto tcp = initiator.tcp();
    expect_told(tcp, ConnState::s2, "ShAFad");
    EXPECT_EQ(tcp.responder.gaps + tcp.responder.retransmissions, 0u) << "half close";
    TcpTalk responder;
    responder.open().server({fin | ack, 1, 1}).client({ack, 1, 2}).client({ack, 1, 2, 500});
    expect_told(responder.tcp(), ConnState::s3, "ShAfD");
}

TEST(TcpState, RstoAndRstrAreEndedByReset) {
    TcpTalk initiator;
    initiator.open().client({ack, 1, 1, 10}).client({rst, 11});
    expect_told(initiator.tcp(), ConnState::rsto, "ShADR");
    TcpTalk responder;
    responder.open().client({ack, 1, 1, 10}).server({rst | ack, 1, 11});
    expect_told(responder.tcp(), ConnState::rstr, "ShADr");
}

TEST(TcpState, Rstos0IsASynTakenBack) {
    TcpTalk talk;
    talk.client({syn}).client({rst, 1});
    expect_told(talk.tcp(), ConnState::rstos0, "SR");
}

TEST(TcpState, RstrhIsASynAckTakenBackByAResponderWhoseSynWasNotSeen) {
    TcpTalk talk;
    talk.server({syn | ack, 0, 1}).server({rst, 1});
    const auto told = talk.record();
    expect_told(told.tcp, ConnState::rstrh, "^hr");
    EXPECT_EQ(told.initiator_port, 40000);
    EXPECT_EQ(told.initiator_reason, InitiatorReason::syn_ack);
}

TEST(TcpState, ShAndShrAreHalvesOfAConnection) {
    TcpTalk initiator;
    initiator.client({syn}).client({fin | ack, 1, 1});
    expect_told(initiator.tcp(), ConnState::sh, "SF");
    TcpTalk responder;
    responder.server({syn | ack, 0, 1}).server({fin | ack, 1, 1});
    expect_told(responder.tcp(), ConnState::shr, "^hf");
}

TEST(TcpState, OthIsTheMiddleOfAConnection) {
    TcpTalk talk;
    talk.client({ack, 500, 700, 10}).server({ack, 700, 510});
    const auto tcp = talk.tcp();
    expect_told(tcp, ConnState::oth, "Da");
    EXPECT_EQ(tcp.initiator.missed_bytes + tcp.responder.missed_bytes, 0u);
    EXPECT_EQ(tcp.initiator.gaps + tcp.responder.gaps, 0u);
}

// As Zeek has it: without a SYN of the responder, the connection never was.
TEST(TcpState, AResetInTheMiddleIsToldAsZeekDoes) {
    TcpTalk initiator;
    initiator.client({ack, 500, 700, 10}).server({ack, 700, 510}).client({rst, 510});
    expect_told(initiator.tcp(), ConnState::rstos0, "DaR");
    TcpTalk responder;
    responder.client({ack, 500, 700, 10}).server({rst, 700});
    expect_told(responder.tcp(), ConnState::rstrh, "Dr");
}

TEST(TcpState, AResetBehindBothFinsIsNoMoreThanAFarewell) {
    TcpTalk talk;
    talk.open().server({fin | ack, 1, 1}).client({fin | ack, 1, 2}).client({rst, 2});
    const auto tcp = talk.tcp();
    expect_told(tcp, ConnState::sf, "ShAfFR");
    EXPECT_EQ(tcp.initiator.resets, 1);
}

TEST(TcpState, AResetBehindItsOwnFinOnlyEndsTheConnection) {
    TcpTalk talk;
    talk.open().client({fin | ack, 1, 1}).server({ack, 1, 2, 10}).client({rst, 2});
    expect_told(talk.tcp(), ConnState::rsto, "ShAFdR");
}

TEST(TcpState, SynAckSeenFirstTellsTheInitiatorAndSwapsCase) {
    TcpTalk talk;
    talk.server({syn | ack, 0, 1}).wait(10 * millisecond).client({ack, 1, 1});
    talk.client({ack, 1, 1, 10}).server({ack, 1, 11, 20});
    const auto told = talk.record();
    expect_told(told.tcp, ConnState::s1, "^hADd");
    EXPECT_EQ(told.initiator_port, 40000);
    EXPECT_EQ(told.tcp.initiator_rtt_ns, 10u * millisecond);
    EXPECT_EQ(told.tcp.responder_rtt_ns, 0u);
    EXPECT_EQ(told.initiator.payload_bytes, 10u);
}

TEST(TcpState, ASynThatComesBehindItsAnswerBelongsToIt) {
    TcpTalk talk;
    talk.server({syn | ack, 0, 1}).client({syn}).client({ack, 1, 1}).client({ack, 1, 1, 10});
    const auto told = talk.record();
    expect_told(told.tcp, ConnState::s1, "^hSAD");
    EXPECT_EQ(told.tcp.initiator.missed_bytes, 0u);
}

TEST(TcpState, SimultaneousOpenIsOneConnection) {
    TcpTalk talk;
    talk.client({syn}).wait(millisecond).server({syn}).wait(4 * millisecond);
    talk.client({syn | ack, 0, 1}).wait(3 * millisecond).server({syn | ack, 0, 1});
    talk.client({ack, 1, 1, 10}).server({ack, 1, 11, 10});
    const auto told = talk.record();
    expect_told(told.tcp, ConnState::s1, "SsHhDd");
    EXPECT_EQ(told.initiator_port, 40000);
    EXPECT_EQ(told.tcp.responder_rtt_ns, 8u * millisecond) << "the client's SYN to its answer";
    EXPECT_EQ(told.tcp.initiator_rtt_ns, 4u * millisecond) << "the server's SYN to its answer";
    EXPECT_EQ(told.tcp.initiator.missed_bytes + told.tcp.responder.missed_bytes, 0u);
    EXPECT_EQ(told.tcp.initiator.retransmissions + told.tcp.responder.retransmissions, 0u)
        << "the SYN+ACK has the SYN's number";
}

TEST(TcpState, FlagsThatDoNotGoTogetherHaveLettersOfTheirOwn) {
    TcpTalk talk;
    talk.open().client({fin | rst, 1}).server({syn | rst, 1});
    const auto tcp = talk.tcp();
    EXPECT_EQ(test::history_of(tcp), "ShAIq");
    EXPECT_EQ(tcp.initiator.resets, 1);
    EXPECT_EQ(tcp.responder.resets, 1);
}

TEST(TcpState, EventsWithoutEndAreToldAtPowersOfTen) {
    TcpTalk talk;
    talk.open();
    for (int i = 0; i < 100; i++) talk.client({ack, 1, 1, 0, 0});
    const auto tcp = talk.tcp();
    EXPECT_EQ(tcp.initiator.zero_windows, 100u);
    EXPECT_EQ(test::history_of(tcp), "ShAWWW");
}

TEST(TcpState, TheHistoryEndsWhereItIsFull) {
    TcpTalk talk;
    talk.client({syn}).server({syn | ack, 0, 1});
    // A gap, a repetition and two closed windows of each side.
    for (uint32_t at = 11; at < 10'000 * 20; at += 20) {
        talk.client({ack, at, 1, 10, 0}).client({ack, at, 1, 10, 0});
        talk.server({ack, at, 1, 10, 0}).server({ack, at, 1, 10, 0});
    }
    const auto told = talk.record();
    EXPECT_EQ(record::find_problem(told), nullptr);
    EXPECT_EQ(test::history_of(told.tcp).size(), record::history_letters_max);
}

}  // namespace
}  // namespace baleen::flow
