// Sequence space: sent again, out of order, missing, and what is none of these.
#include <gtest/gtest.h>

#include "baleen/record.h"
#include "tests/unit/tcp_talk.h"

namespace baleen::flow {
namespace {

using namespace test::tcp_flags;
using test::millisecond;
using test::TcpTalk;

// open() takes 30 ms from SYN to ACK: what fills a hole before that was on its way.
constexpr int64_t round_trip = 30 * millisecond;

struct Expected {
    uint32_t retransmissions = 0;
    uint32_t out_of_order = 0;
    uint32_t gaps = 0;
    uint64_t missed_bytes = 0;
    uint16_t keep_alives = 0;
};

void expect_side(const record::TcpSide& side, const Expected& expected) {
    EXPECT_EQ(side.retransmissions, expected.retransmissions);
    EXPECT_EQ(side.out_of_order, expected.out_of_order);
    EXPECT_EQ(side.gaps, expected.gaps);
    EXPECT_EQ(side.missed_bytes, expected.missed_bytes);
    EXPECT_EQ(side.keep_alives, expected.keep_alives);
}

TEST(TcpSequence, NothingHappensToDataInOrder) {
    TcpTalk talk;
    talk.open();
    for (uint32_t i = 0; i < 10; i++)
        talk.client({ack, 1 + i * 100, 1 + i * 10, 100})
            .server({ack, 1 + i * 10, 101 + i * 100, 10});
    talk.client({fin | ack, 1001, 101}).server({fin | ack, 101, 1002}).client({ack, 1002, 102});
    const auto tcp = talk.tcp();
    expect_side(tcp.initiator, {});
    expect_side(tcp.responder, {});
}

TEST(TcpSequence, DataSentAgainIsRetransmitted) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100}).client({ack, 1, 1, 100}).client({ack, 101, 1, 100});
    talk.server({ack, 1, 201, 10}).wait(millisecond).server({ack, 1, 201, 10});
    const auto told = talk.record();
    expect_side(told.tcp.initiator, {.retransmissions = 1});
    expect_side(told.tcp.responder, {.retransmissions = 1});
    EXPECT_EQ(test::history_of(told.tcp), "ShADTdt");
    EXPECT_EQ(told.initiator.payload_bytes, 300u) << "each packet's";
}

TEST(TcpSequence, DataSentAgainWithMoreIsRetransmittedOnce) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100}).client({ack, 51, 1, 100}).client({ack, 151, 1, 10});
    expect_side(talk.tcp().initiator, {.retransmissions = 1});
}

TEST(TcpSequence, ASynSentAgainIsRetransmitted) {
    TcpTalk talk;
    talk.client({syn}).wait(test::second).client({syn}).wait(5 * millisecond);
    talk.server({syn | ack, 0, 1}).client({ack, 1, 1});
    const auto tcp = talk.tcp();
    expect_side(tcp.initiator, {.retransmissions = 1});
    EXPECT_EQ(test::history_of(tcp), "ShA") << "letters are for data";
}

TEST(TcpSequence, AFinSentAgainIsRetransmitted) {
    TcpTalk talk;
    talk.open().client({fin | ack, 1, 1}).wait(test::second).client({fin | ack, 1, 1});
    expect_side(talk.tcp().initiator, {.retransmissions = 1});
}

TEST(TcpSequence, AHoleFilledWithinARoundTripWasOutOfOrder) {
    TcpTalk talk;
    talk.open().client({ack, 101, 1, 100}).wait(round_trip - 10'000).client({ack, 1, 1, 100});
    expect_side(talk.tcp().initiator, {.out_of_order = 1, .gaps = 1});
}

TEST(TcpSequence, AHoleFilledAfterARoundTripWasSentAgain) {
    TcpTalk talk;
    talk.open().client({ack, 101, 1, 100});
    // Others go on meanwhile: what counts is when the hole was seen.
    for (uint32_t i = 0; i < 4; i++) talk.wait(round_trip / 4).client({ack, 201 + i * 100, 1, 100});
    talk.wait(10'000).client({ack, 1, 1, 100});
    expect_side(talk.tcp().initiator, {.retransmissions = 1, .gaps = 1});
}

TEST(TcpSequence, WithoutAHandshakeThreeMillisecondsAreARoundTrip) {
    for (const int64_t passed : {3 * millisecond - 10'000, 3 * millisecond + 10'000}) {
        TcpTalk talk;
        talk.client({ack, 1, 1, 100}).client({ack, 201, 1, 100}).wait(passed);
        talk.client({ack, 101, 1, 100});
        const auto tcp = talk.tcp();
        EXPECT_EQ(tcp.initiator.out_of_order, passed < 3 * millisecond ? 1u : 0u);
        EXPECT_EQ(tcp.initiator.retransmissions, passed < 3 * millisecond ? 0u : 1u);
    }
}

TEST(TcpSequence, AGapIsCountedByItsBytes) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100}).client({ack, 301, 1, 100}).client({ack, 451, 1, 100});
    const auto tcp = talk.tcp();
    expect_side(tcp.initiator, {.gaps = 2, .missed_bytes = 250});
    expect_side(tcp.responder, {});
    EXPECT_EQ(test::history_of(tcp), "ShADG");
}

TEST(TcpSequence, ManyHolesAreFilledInAnyOrder) {
    for (const uint32_t holes : {1u, 2u, holes_max}) {
        TcpTalk talk;
        talk.open();
        for (uint32_t i = 0; i < holes; i++) talk.client({ack, 101 + i * 200, 1, 100});
        for (uint32_t i = holes; i-- > 0;) talk.client({ack, 1 + i * 200, 1, 100});
        expect_side(talk.tcp().initiator, {.out_of_order = holes, .gaps = holes});
    }
}

TEST(TcpSequence, OfMoreHolesThanAreKeptTheOldestIsGivenUp) {
    TcpTalk talk;
    talk.open();
    for (uint32_t i = 0; i <= holes_max; i++) talk.client({ack, 101 + i * 200, 1, 100});
    for (uint32_t i = 0; i <= holes_max; i++) talk.client({ack, 1 + i * 200, 1, 100});
    expect_side(talk.tcp().initiator, {.retransmissions = 1,
                                       .out_of_order = holes_max,
                                       .gaps = holes_max + 1,
                                       .missed_bytes = 100});
}

TEST(TcpSequence, HolesOfBothSidesAreKeptApart) {
    TcpTalk talk;
    talk.open().client({ack, 101, 1, 100}).server({ack, 51, 1, 100});
    talk.client({ack, 1, 1, 100}).server({ack, 1, 1, 50});
    const auto tcp = talk.tcp();
    expect_side(tcp.initiator, {.out_of_order = 1, .gaps = 1});
    expect_side(tcp.responder, {.out_of_order = 1, .gaps = 1});
}

TEST(TcpSequence, AHoleIsFilledInPieces) {
    TcpTalk talk;
    talk.open().client({ack, 301, 1, 100}).client({ack, 1, 1, 100}).client({ack, 201, 1, 100});
    TcpTalk whole = TcpTalk();
    expect_side(talk.tcp().initiator, {.out_of_order = 2, .gaps = 1, .missed_bytes = 100});
    whole.open().client({ack, 301, 1, 100}).client({ack, 1, 1, 100}).client({ack, 201, 1, 100});
    whole.client({ack, 101, 1, 100}).client({ack, 101, 1, 100});
    expect_side(whole.tcp().initiator, {.retransmissions = 1, .out_of_order = 3, .gaps = 1});
}

TEST(TcpSequence, AHoleFilledInItsMiddleIsTwo) {
    TcpTalk talk;
    talk.open().client({ack, 301, 1, 100}).client({ack, 101, 1, 100});
    talk.client({ack, 1, 1, 100}).client({ack, 201, 1, 100});
    expect_side(talk.tcp().initiator, {.out_of_order = 3, .gaps = 1});
}

TEST(TcpSequence, OneSegmentFillsAHoleAndMore) {
    TcpTalk talk;
    talk.open().client({ack, 101, 1, 100}).client({ack, 301, 1, 100}).client({ack, 1, 1, 500});
    talk.client({ack, 501, 1, 100});
    expect_side(talk.tcp().initiator, {.out_of_order = 1, .gaps = 2});
}

TEST(TcpSequence, ABareAckBehindLostDataShowsTheGap) {
    TcpTalk talk;
    talk.open().client({ack, 101, 1});
    expect_side(talk.tcp().initiator, {.gaps = 1, .missed_bytes = 100});
}

TEST(TcpSequence, DataAcknowledgedButNeverSeenIsMissed) {
    TcpTalk at_end;
    at_end.open().client({ack, 1, 1, 100}).server({ack, 1, 301});
    const auto tcp = at_end.tcp();
    expect_side(tcp.initiator, {.gaps = 1, .missed_bytes = 200});
    expect_side(tcp.responder, {});
    TcpTalk in_between;
    in_between.open().client({ack, 1, 1, 100}).server({ack, 1, 301}).client({ack, 301, 1, 100});
    expect_side(in_between.tcp().initiator, {.gaps = 1, .missed_bytes = 200});
    TcpTalk late;
    late.open().client({ack, 1, 1, 100}).server({ack, 1, 301}).client({ack, 101, 1, 200});
    expect_side(late.tcp().initiator, {});
}

TEST(TcpSequence, AKeepAliveIsNoRetransmission) {
    for (const size_t bytes : {0u, 1u}) {
        TcpTalk talk;
        talk.open().client({ack, 1, 1, 100}).server({ack, 1, 101}).wait(30 * test::second);
        talk.client({ack, 100, 1, bytes}).server({ack, 1, 101}).client({ack, 101, 1, 50});
        const auto tcp = talk.tcp();
        expect_side(tcp.initiator, {.keep_alives = 1});
        expect_side(tcp.responder, {});
    }
}

TEST(TcpSequence, TheLastByteOfAHoleIsNoKeepAlive) {
    TcpTalk talk;
    talk.open().client({ack, 2, 1}).client({ack, 1, 1, 1});
    expect_side(talk.tcp().initiator, {.out_of_order = 1, .gaps = 1});
}

TEST(TcpSequence, AnOldAckIsNothing) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100}).client({ack, 1, 1});
    expect_side(talk.tcp().initiator, {});
}

TEST(TcpSequence, TheNumbersOfAResetAreNotBelieved) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100});
    talk.server({rst | ack, 700'000, 900'000}).client({rst, 123'456'789}).client({ack, 101, 1, 10});
    const auto tcp = talk.tcp();
    expect_side(tcp.initiator, {});
    expect_side(tcp.responder, {});
    EXPECT_EQ(tcp.initiator.resets, 1);
    EXPECT_EQ(tcp.responder.resets, 1);
}

TEST(TcpSequence, EverythingHoldsWhereSequenceNumbersWrap) {
    for (uint32_t before_wrap = 0; before_wrap <= 700; before_wrap += 10) {
        SCOPED_TRACE(before_wrap);
        TcpTalk talk(0u - before_wrap, 0u - before_wrap / 2);
        talk.open().client({ack, 1, 1, 100}).client({ack, 1, 1, 100});    // sent again
        talk.client({ack, 201, 1, 100}).client({ack, 101, 1, 100});       // out of order
        talk.client({ack, 401, 1, 100}).server({ack, 1, 501, 100});       // 100 missing
        talk.client({ack, 500, 101}).client({ack, 501, 101, 50});         // keep-alive
        talk.client({fin | ack, 551, 101}).server({ack, 101, 752, 100});  // 200 acknowledged unseen
        talk.server({fin | ack, 301, 752});                               // 100 missing
        const auto tcp = talk.tcp();
        expect_side(tcp.initiator, {.retransmissions = 1,
                                    .out_of_order = 1,
                                    .gaps = 3,
                                    .missed_bytes = 300,
                                    .keep_alives = 1});
        expect_side(tcp.responder, {.gaps = 1, .missed_bytes = 100});
    }
}

TEST(TcpSequence, WhatLiesFartherThanAnyWindowIsAnotherSequenceSpace) {
    TcpTalk talk;
    talk.open().client({ack, 1, 1, 100}).client({ack, 2'000'000'000, 1, 100});
    talk.client({ack, 101, 1, 100}).client({ack, 301, 1, 100});
    expect_side(talk.tcp().initiator, {.gaps = 3, .missed_bytes = 100});
}

TEST(TcpSequence, AHoleThatLiesHalfTheSpaceBehindIsNotFilled) {
    constexpr uint32_t half = 1u << 31;
    TcpTalk talk;
    talk.open().client({ack, 101, 1, 100});
    for (uint32_t i = 1; i <= 4; i++) talk.client({ack, 201 + half / 4 * i, 1, 10});
    // 250 bytes of the last hole, and 150 behind it that were seen in part.
    talk.client({ack, half - 49, 1, 400});
    expect_side(talk.tcp().initiator,
                {.out_of_order = 1, .gaps = 5, .missed_bytes = 100 + half - 3 * 10 - 250});
}

TEST(TcpSequence, AStartInTheMiddleMissesNothing) {
    TcpTalk talk;
    talk.server({ack, 9000, 5000}).client({ack, 4000, 9000, 500});  // sent again, from before
    talk.client({ack, 5000, 9000, 100}).server({ack, 9000, 5100, 50});
    const auto tcp = talk.tcp();
    // The server was first: it is taken for the initiator.
    expect_side(tcp.initiator, {});
    expect_side(tcp.responder, {});
}

TEST(TcpSequence, ASideThatIsNeverSeenMissesNothing) {
    TcpTalk talk;
    talk.client({syn}).client({ack, 1, 1}).client({ack, 1, 1, 10}).client({ack, 11, 5000, 10});
    const auto tcp = talk.tcp();
    expect_side(tcp.initiator, {});
    expect_side(tcp.responder, {});
    EXPECT_EQ(tcp.initiator_rtt_ns, 0u);
}

TEST(TcpSequence, AnotherSynAckBeginsAnew) {
    for (const uint32_t server_isn : {88'000'000u, 4'900'000u}) {  // the first was 5,000,000
        TcpTalk talk;
        talk.open().server({ack, 1, 1, 100}).client({ack, 1, 101}).reopen(1'000'000, server_isn);
        talk.server({syn | ack, 0, 1}).server({ack, 1, 1, 100});
        const auto tcp = talk.tcp();
        expect_side(tcp.responder, {});
        expect_side(tcp.initiator, {});
    }
}

}  // namespace
}  // namespace baleen::flow
