// Holes: what waits, what fills in for them, and when they are given up.
#include <gtest/gtest.h>

#include "tests/unit/stream_talk.h"

namespace baleen::stream {
namespace {

using test::StreamTalk;

StreamSettings with_blocks(uint64_t all, uint64_t per_direction) {
    return {.contexts_max = 4,
            .buffer_bytes = all * block_bytes,
            .buffer_bytes_per_direction = per_direction * block_bytes};
}

TEST(StreamGap, AnAcknowledgementThatPassesAHoleEndsTheWait) {
    StreamTalk talk;
    talk.open().data(0, 0, "ab").data(0, 5, "fg").ack(1, 4);
    EXPECT_EQ(talk.text(0), "ab") << "part of it may come";
    talk.ack(1, 5);
    EXPECT_EQ(talk.text(0), "ab<3>fg");
    EXPECT_EQ(talk.state(0).gaps, 1u);
    EXPECT_EQ(talk.stats().forced_gaps, 0u);
    talk.data(0, 2, "XYZ").data(0, 7, "h");
    EXPECT_EQ(talk.text(0), "ab<3>fgh") << "too late";
    EXPECT_EQ(talk.stats().repeated_bytes, 3u);
}

TEST(StreamGap, OneAcknowledgementMayPassSeveralHoles) {
    StreamTalk talk;
    talk.open().data(0, 1, "b").data(0, 3, "d").data(0, 5, "f").data(0, 7, "h").ack(1, 6);
    EXPECT_EQ(talk.text(0), "<1>b<1>d<1>f");
    EXPECT_EQ(talk.state(0).gaps, 3u);
    EXPECT_EQ(talk.state(0).gap_bytes, 3u);
}

TEST(StreamGap, WhatIsAcknowledgedIsDeliveredBeforeTheAnswer) {
    StreamTalk talk;
    talk.open().data(0, 1, "b").ack(1, 2, "12");
    EXPECT_EQ(talk.recorder().order, "01");
}

TEST(StreamGap, AnAcknowledgementWithoutReasonIsNotBelieved) {
    StreamTalk talk;
    talk.open().data(0, 0, "ab").data(0, 5, "fg").ack(1, (int64_t{1} << 30) + 100);
    EXPECT_EQ(talk.text(0), "ab");
    talk.ack(1, -100).ack(1, int64_t{1} << 31);
    EXPECT_EQ(talk.text(0), "ab");
}

TEST(StreamGap, CutSegmentsLeaveAGapAtOnce) {
    StreamTalk talk;
    talk.open().cut(0, 0, "ab", 10).cut(0, 10, "cd", 10).data(0, 20, "e").cut(0, 21, "", 4);
    talk.cut(0, 25, "", 5).data(0, 30, "f");
    EXPECT_EQ(talk.text(0), "ab<8>cd<8>e<9>f");
    EXPECT_EQ(talk.state(0).gaps, 3u) << "one for the two segments of which nothing is left";
    EXPECT_EQ(talk.state(0).gap_bytes, 25u);
    EXPECT_EQ(talk.state(0).delivered_bytes(), 6u);
}

TEST(StreamGap, AWholeCopyThatCameBeforeFillsWhatIsCut) {
    StreamTalk talk;
    talk.open().data(0, 4, "efg").cut(0, 0, "ab", 10).data(0, 10, "k");
    EXPECT_EQ(talk.text(0), "ab<2>efg<3>k");
}

TEST(StreamGap, ACutSegmentBehindAHoleIsWaitedForAsTheHoleIs) {
    StreamTalk talk;
    talk.open().cut(0, 5, "fg", 10).data(0, 0, "abcde").data(0, 15, "p");
    EXPECT_EQ(talk.text(0), "abcdefg");
    talk.ack(1, 16);
    EXPECT_EQ(talk.text(0), "abcdefg<8>p");
}

TEST(StreamGap, ACutSegmentSentAgainMissesOnlyWhatIsNew) {
    StreamTalk talk;
    talk.open().data(0, 0, "abcdef").cut(0, 0, "ab", 6).cut(0, 0, "ab", 8).data(0, 8, "i");
    EXPECT_EQ(talk.text(0), "abcdef<2>i");
}

TEST(StreamGap, ADirectionWithoutBlocksLeftGivesUpItsFirstHole) {
    StreamTalk talk(with_blocks(100, 3));
    talk.open().data(0, 1, "b").data(0, 3, "d").data(0, 5, "f");
    EXPECT_EQ(talk.text(0), "");
    talk.data(0, 7, "h");
    EXPECT_EQ(talk.text(0), "<1>b");
    EXPECT_EQ(talk.stats().forced_gaps, 1u);
    talk.data(1, 1, "2");
    EXPECT_EQ(talk.text(1), "") << "the other direction has its own";
    talk.data(0, 2, "c").data(0, 4, "e").data(0, 6, "g");
    EXPECT_EQ(talk.text(0), "<1>bcdefgh");
}

TEST(StreamGap, WhatLiesInFrontOfAllThatIsBufferedIsDeliveredFirst) {
    StreamTalk talk(with_blocks(100, 2));
    talk.open().data(0, 10, "k").data(0, 20, "u").data(0, 5, "f");
    EXPECT_EQ(talk.text(0), "<5>f");
    talk.flush();
    EXPECT_EQ(talk.text(0), "<5>f<4>k<9>u");
}

TEST(StreamGap, AnEmptyPoolMakesEveryHoleAGap) {
    StreamTalk talk(with_blocks(0, 1));
    talk.open().data(0, 0, "ab").data(0, 5, "fg").data(0, 2, "cde").data(0, 7, "h");
    EXPECT_EQ(talk.text(0), "ab<3>fgh");
    EXPECT_EQ(talk.stats().forced_gaps, 1u);
}

TEST(StreamGap, ThePoolIsSharedByAllConnections) {
    auto reassembler = *Reassembler::create(with_blocks(2, 2));
    const uint32_t one = reassembler.acquire(), other = reassembler.acquire();
    test::StreamRecorder of_one, of_other;
    const uint8_t byte[1] = {'x'};
    const auto data = [&](uint32_t handle, uint32_t sequence, test::StreamRecorder& recorder) {
        flow::Segment segment{};
        segment.sequence = sequence;
        segment.payload = 1;
        reassembler.take(handle, 0, segment, byte, recorder);
    };
    data(one, 0, of_one);
    data(other, 0, of_other);
    data(one, 2, of_one);
    data(one, 4, of_one);
    EXPECT_EQ(reassembler.stats().forced_gaps, 0u);
    data(other, 2, of_other);
    EXPECT_EQ(of_other.texts[0], "x<1>x") << "nothing of its own to give up but the hole";
    EXPECT_EQ(of_one.texts[0], "x");
    reassembler.release(one);
    data(other, 4, of_other);
    EXPECT_EQ(of_other.texts[0], "x<1>x") << "there is room again";
}

TEST(StreamGap, ASegmentThatIsMoreThanTheBudgetIsDeliveredInParts) {
    const std::string large(10'000, 'L');
    StreamTalk talk(with_blocks(2, 2));
    talk.open().data(0, 5, large).data(0, 10'005, "end");
    EXPECT_EQ(talk.text(0), "<5>" + large + "end");
    EXPECT_EQ(talk.stats().forced_gaps, 1u);
    EXPECT_EQ(talk.stats().blocks_in_use, 0u);
}

TEST(StreamGap, CountsBeyondWhatADirectionHoldsStayAtTheirMost) {
    StreamTalk talk(with_blocks(0, 1));
    talk.open();
    for (int64_t i = 1; i <= 70'000; i++) talk.data(0, 100'000 * i, "x");
    EXPECT_EQ(talk.state(0).gaps, UINT16_MAX);
    EXPECT_EQ(talk.state(0).gap_bytes, UINT32_MAX);
    EXPECT_EQ(talk.state(0).offset, 7'000'000'001u);
    EXPECT_EQ(talk.stats().gaps, 70'000u);
}

}  // namespace
}  // namespace baleen::stream
