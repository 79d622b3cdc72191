// Where a stream begins and ends: SYN, FIN, RST, the depth, stop() and the end of the flow.
#include <gtest/gtest.h>

#include "tests/unit/stream_talk.h"

namespace baleen::stream {
namespace {

using test::StreamTalk;
using test::usual_stream_settings;
namespace tcp = packet::tcp;

StreamSettings with_depth(uint64_t depth_bytes) {
    StreamSettings settings = usual_stream_settings;
    settings.depth_bytes = depth_bytes;
    return settings;
}

TEST(StreamBegin, TheFirstByteAfterTheSynIsNumberNought) {
    StreamTalk talk;
    talk.open().data(0, 2, "c").data(0, 0, "ab");
    EXPECT_EQ(talk.text(0), "abc");
    EXPECT_FALSE(talk.state(0).has(midstream));
    EXPECT_EQ(talk.state(0).delivered_bytes(), 3u);
}

TEST(StreamBegin, DataOnASynCounts) {
    StreamTalk talk;
    talk.syn(0, 0, "GET").syn(1, tcp::ack).data(0, 3, " /");
    EXPECT_EQ(talk.text(0), "GET /");
    StreamTalk again;
    // RFC 7413 section 4.1.3: the responder did not take it, so it is sent again.
    again.syn(0, 0, "GET").syn(0).syn(1, tcp::ack).data(0, 0, "GET").data(0, 3, " /");
    EXPECT_EQ(again.text(0), "GET /");
    EXPECT_EQ(again.stats().repeated_bytes, 3u);
}

TEST(StreamBegin, ASynSentAgainChangesNothing) {
    StreamTalk talk;
    talk.syn(0).syn(0).syn(1, tcp::ack).syn(1, tcp::ack).data(0, 0, "abc").syn(0).data(0, 3, "d");
    EXPECT_EQ(talk.text(0), "abcd");
    EXPECT_EQ(talk.stats().refused_bytes, 0u);
}

TEST(StreamBegin, UntilDataComesTheLastSynCounts) {
    StreamTalk talk;
    talk.syn(0).send(1, tcp::syn | tcp::ack, 700'000, "").syn(1, tcp::ack).data(1, 0, "abc");
    EXPECT_EQ(talk.text(1), "abc");
}

TEST(StreamBegin, ASynOfAnotherStreamIsRefused) {
    StreamTalk talk;
    talk.open().data(0, 0, "abc").send(0, tcp::syn, 500, "XYZ").data(0, 3, "def");
    EXPECT_EQ(talk.text(0), "abcdef");
    EXPECT_EQ(talk.stats().refused_bytes, 3u);
}

TEST(StreamBegin, WithoutASynTheFirstByteSeenIsNumberNought) {
    StreamTalk talk;
    talk.ack(0, 0, "", 4999).data(0, 5000, "abc").data(0, 4000, "old").data(0, 5003, "def");
    EXPECT_EQ(talk.text(0), "abcdef");
    EXPECT_TRUE(talk.state(0).has(midstream));
    EXPECT_EQ(talk.state(0).offset, 6u);
    EXPECT_FALSE(talk.state(1).has(sequence_known));
}

TEST(StreamBegin, ASynSeenLateShowsThatNothingIsMissing) {
    StreamTalk talk;
    talk.data(0, 0, "abc").syn(0).data(0, 3, "def");
    EXPECT_EQ(talk.text(0), "abcdef");
    EXPECT_FALSE(talk.state(0).has(midstream));
    StreamTalk later;
    later.data(0, 3, "def").syn(0);
    EXPECT_TRUE(later.state(0).has(midstream));
}

TEST(StreamEnd, AFinMakesItsDirectionComplete) {
    StreamTalk talk;
    talk.open().data(0, 0, "abc");
    EXPECT_FALSE(talk.state(0).is_complete());
    talk.fin(0, 3).data(1, 0, "123").fin(1, 3, "45");
    EXPECT_TRUE(talk.state(0).is_complete());
    EXPECT_TRUE(talk.state(1).is_complete());
    EXPECT_EQ(talk.text(1), "12345");
    EXPECT_EQ(talk.state(1).offset, 5u) << "a FIN is no byte";
}

TEST(StreamEnd, AFinWaitsForWhatIsInFrontOfIt) {
    StreamTalk talk;
    talk.open().fin(0, 3, "def");
    EXPECT_FALSE(talk.state(0).is_complete());
    talk.data(0, 0, "abc");
    EXPECT_EQ(talk.text(0), "abcdef");
    EXPECT_TRUE(talk.state(0).is_complete());
}

TEST(StreamEnd, DataGoesOnAfterAFinThatTheReceiverHasNotSeen) {
    StreamTalk talk;
    talk.syn(0).fin(1, 0).syn(1, tcp::ack).fin(0, 0).data(0, 0, "abc").data(1, 0, "123");
    EXPECT_EQ(talk.text(0), "abc");
    EXPECT_EQ(talk.text(1), "123");
    EXPECT_FALSE(talk.state(0).is_complete());
    talk.fin(0, 3);
    EXPECT_TRUE(talk.state(0).is_complete());
}

TEST(StreamEnd, DataGoesOnAfterARstThatTheReceiverHasNotSeen) {
    StreamTalk talk;
    talk.syn(0).send(1, tcp::rst | tcp::ack, 12'345, "", 0).syn(1, tcp::ack);
    talk.data(0, 0, "abc").data(0, 5, "fg").rst(0, 3).rst(1, 0).data(0, 3, "de");
    EXPECT_EQ(talk.text(0), "abcdefg");
    EXPECT_EQ(talk.stats().gaps, 0u);
}

TEST(StreamEnd, DataOnARstIsRefused) {
    StreamTalk talk;
    talk.open().data(0, 0, "abc").rst(0, 3, "why").data(0, 3, "def");
    EXPECT_EQ(talk.text(0), "abcdef");
    EXPECT_EQ(talk.stats().refused_bytes, 3u);
}

TEST(StreamDepth, OnlyTheFirstBytesAreDelivered) {
    struct Case {
        const char* name;
        std::vector<std::pair<int64_t, std::string_view>> sent;
        std::string_view text;
    };
    const Case cases[] = {
        {"cut", {{0, "abc"}, {3, "defghi"}}, "abcde"},
        {"cut at once", {{0, "abcdefghi"}}, "abcde"},
        {"exactly", {{0, "abcde"}, {5, "f"}}, "abcde"},
        {"one byte less, then the last", {{0, "abcd"}, {4, "e"}}, "abcde"},
        {"out of order", {{3, "defgh"}, {0, "abc"}}, "abcde"},
        {"far ahead is not buffered", {{7, "X"}, {0, "abc"}, {3, "d"}, {4, "e"}}, "abcde"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.name);
        StreamTalk talk(with_depth(5));
        talk.open();
        for (const auto& [at, bytes] : each.sent) talk.data(0, at, bytes);
        EXPECT_EQ(talk.text(0), each.text);
        EXPECT_TRUE(talk.state(0).has(depth_reached));
        EXPECT_EQ(talk.stats().depths_reached, 1u);
        EXPECT_EQ(talk.stats().blocks_in_use, 0u);
        const uint64_t unwanted = talk.stats().unwanted_bytes;
        talk.data(0, 9, "more").data(1, 0, "abc");
        EXPECT_EQ(talk.text(0), each.text);
        EXPECT_EQ(talk.text(1), "abc");
        EXPECT_EQ(talk.stats().unwanted_bytes, unwanted + 4);
    }
}

TEST(StreamDepth, MissingBytesCount) {
    StreamTalk talk(with_depth(5));
    talk.open().data(0, 3, "defg").ack(1, 7);
    EXPECT_EQ(talk.text(0), "<3>de");
    EXPECT_TRUE(talk.state(0).has(depth_reached));
    StreamTalk cut(with_depth(5));
    cut.open().cut(0, 0, "ab", 100);
    EXPECT_TRUE(cut.state(0).has(depth_reached));
    EXPECT_EQ(cut.state(0).gap_bytes, 3u) << "of those that were wanted";
}

TEST(StreamStop, FreesTheDirectionsBuffer) {
    StreamTalk talk;
    talk.open().data(0, 0, "abc").data(0, 5, "fg").data(1, 3, "45").stop(0).data(0, 3, "de");
    EXPECT_EQ(talk.text(0), "abc");
    EXPECT_EQ(talk.stats().discarded_bytes, 2u);
    EXPECT_EQ(talk.stats().unwanted_bytes, 2u);
    talk.data(1, 0, "123");
    EXPECT_EQ(talk.text(1), "12345");
    EXPECT_EQ(talk.stats().blocks_in_use, 0u);
}

TEST(StreamStop, AcknowledgementsOfAStoppedDirectionStillCount) {
    StreamTalk talk;
    talk.open().stop(1).data(0, 3, "def").ack(1, 6);
    EXPECT_EQ(talk.text(0), "<3>def");
}

TEST(StreamFlush, DeliversWhatWaitsBehindHoles) {
    StreamTalk talk;
    talk.open().data(0, 0, "ab").data(0, 4, "ef").data(0, 9, "j").data(1, 1, "2").flush();
    EXPECT_EQ(talk.text(0), "ab<2>ef<3>j");
    EXPECT_EQ(talk.text(1), "<1>2");
    EXPECT_EQ(talk.state(0).gaps, 2u);
    EXPECT_EQ(talk.state(0).gap_bytes, 5u);
    EXPECT_EQ(talk.state(0).delivered_bytes(), 5u);
    EXPECT_EQ(talk.stats().gap_bytes, 6u);
    EXPECT_EQ(talk.stats().blocks_in_use, 0u);
}

TEST(StreamFlush, NothingIsTakenAfterwards) {
    StreamTalk talk;
    talk.open().data(0, 0, "ab").data(0, 4, "ef").flush().data(0, 6, "X").flush();
    EXPECT_EQ(talk.text(0), "ab<2>ef");
    EXPECT_TRUE(talk.state(0).has(flushed));
    EXPECT_EQ(talk.stats().unwanted_bytes, 1u);
}

TEST(StreamContexts, AreHandedOutUntilNoneIsLeftAndUsedAgain) {
    StreamTalk talk;
    Reassembler& reassembler = talk.reassembler();
    uint32_t handles[3];
    for (uint32_t& handle : handles) handle = reassembler.acquire();
    EXPECT_EQ(reassembler.acquire(), handle_absent);
    EXPECT_EQ(talk.stats().acquire_failures, 1u);
    EXPECT_EQ(talk.stats().contexts_in_use, 4u);
    reassembler.release(handles[1]);
    reassembler.release(handles[0]);
    EXPECT_EQ(talk.stats().contexts_in_use, 2u);
    EXPECT_EQ(reassembler.acquire(), handles[0]);
    EXPECT_EQ(reassembler.acquire(), handles[1]);
    EXPECT_EQ(reassembler.acquire(), handle_absent);
}

TEST(StreamContexts, AreBlankWhenUsedAgain) {
    StreamTalk talk;
    talk.open().data(0, 0, "abc").data(0, 5, "X").data(1, 9, "Y").renew();
    EXPECT_EQ(talk.stats().discarded_bytes, 2u) << "not flushed";
    EXPECT_EQ(talk.stats().blocks_in_use, 0u);
    talk.data(0, 77, "123");
    EXPECT_EQ(talk.text(0), "123");
    EXPECT_EQ(talk.state(0).offset, 3u);
    EXPECT_EQ(talk.state(0).gaps, 0u);
}

TEST(StreamSettings, WithoutSenseAreRefused) {
    for (const StreamSettings& settings : {
             StreamSettings{.contexts_max = 0, .buffer_bytes_per_direction = 1 << 20},
             StreamSettings{.contexts_max = uint64_t{3} << 30,
             .buffer_bytes_per_direction = 1 << 20},
             StreamSettings{.contexts_max = 1, .buffer_bytes_per_direction = 2047},
             StreamSettings{
                 .contexts_max = 1, .buffer_bytes = UINT64_MAX, .buffer_bytes_per_direction = 2048},
             with_depth(0),
         })
        EXPECT_FALSE(Reassembler::create(settings));
}

}  // namespace
}  // namespace baleen::stream
