// Order, repetition and overlap: every byte is delivered once, the first copy of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/unit/stream_talk.h"

namespace baleen::stream {
namespace {

using test::StreamTalk;

struct Sent {
    int64_t at;
    std::string_view bytes;
};

TEST(StreamOrder, BytesAreDeliveredOnceWhateverTheSegments) {
    struct Case {
        const char* name;
        std::vector<Sent> sent;
        std::string_view text;
        uint64_t repeated_bytes = 0;
        uint64_t conflicts = 0;
    };
    const Case cases[] = {
        {"in order", {{0, "abc"}, {3, "def"}}, "abcdef"},
        {"two swapped", {{3, "def"}, {0, "abc"}}, "abcdef"},
        {"all reversed", {{6, "ghi"}, {3, "def"}, {0, "abc"}}, "abcdefghi"},
        {"two holes", {{3, "d"}, {6, "g"}, {0, "abc"}, {4, "ef"}}, "abcdefg"},
        {"sent again", {{0, "abc"}, {0, "abc"}, {3, "def"}}, "abcdef", 3},
        {"sent again, otherwise", {{0, "abc"}, {0, "xyz"}, {3, "def"}}, "abcdef", 3},
        {"sent again with more", {{0, "abc"}, {0, "abcdef"}}, "abcdef", 3},
        {"keep-alive", {{0, "abc"}, {2, "c"}, {3, "def"}}, "abcdef", 1},
        {"buffered twice", {{3, "def"}, {3, "def"}, {0, "abc"}}, "abcdef", 3},
        {"first buffered copy wins", {{3, "def"}, {3, "xyz"}, {0, "abc"}}, "abcdef", 3, 1},
        {"buffered beats its filler", {{3, "def"}, {0, "abcxyz"}}, "abcdef", 3, 1},
        {"filler goes past", {{3, "def"}, {0, "abcdefghi"}}, "abcdefghi", 3},
        {"filler goes past two", {{3, "d"}, {5, "f"}, {0, "abcdefg"}}, "abcdefg", 2},
        {"buffered grows to the left", {{4, "ef"}, {3, "def"}, {0, "abc"}}, "abcdef", 2},
        {"buffered grows to the right", {{3, "de"}, {3, "def"}, {0, "abc"}}, "abcdef", 2},
        {"buffered covers the new", {{3, "def"}, {4, "e"}, {0, "abc"}}, "abcdef", 1},
        {"new covers the buffered", {{4, "e"}, {3, "dXf"}, {0, "abc"}}, "abcdef", 1, 1},
        {"one conflict a segment", {{3, "d"}, {5, "f"}, {2, "c.e.g"}, {0, "ab"}}, "abcdefg", 2, 1},
        {"empty segments", {{0, ""}, {5, ""}, {0, "abc"}}, "abc"},
    };
    for (const Case& each : cases) {
        SCOPED_TRACE(each.name);
        // Where the numbers wrap, and where they do not.
        for (const uint32_t isn : {1'000'000u, 0u - 1, 0u - 2, 0u - 4, 0u - 6, 0u - 8}) {
            StreamTalk talk(test::usual_stream_settings, {isn, 7});
            talk.open();
            for (const Sent& sent : each.sent) talk.data(0, sent.at, sent.bytes);
            EXPECT_EQ(talk.text(0), each.text);
            const StreamStats stats = talk.stats();
            EXPECT_EQ(stats.delivered_bytes, each.text.size());
            EXPECT_EQ(stats.repeated_bytes, each.repeated_bytes);
            EXPECT_EQ(stats.overlap_conflicts, each.conflicts);
            EXPECT_EQ(stats.gaps, 0u);
            EXPECT_EQ(stats.buffered_bytes, 0u);
            EXPECT_EQ(stats.blocks_in_use, 0u);
            EXPECT_EQ(talk.state(0).offset, each.text.size());
        }
    }
}

TEST(StreamOrder, AnyOrderOfSegmentsIsTheSameStream) {
    std::vector<Sent> sent = {{0, "ab"}, {2, "cde"}, {5, "f"}, {6, "ghij"}, {10, "k"}};
    const auto less = [](const Sent& a, const Sent& b) { return a.at < b.at; };
    do {
        StreamTalk talk;
        talk.open();
        for (const Sent& each : sent) talk.data(0, each.at, each.bytes);
        ASSERT_EQ(talk.text(0), "abcdefghijk");
    } while (std::next_permutation(sent.begin(), sent.end(), less));
}

TEST(StreamOrder, InOrderBytesAreThePacketsOwn) {
    auto reassembler = *Reassembler::create(test::usual_stream_settings);
    const uint32_t handle = reassembler.acquire();
    const uint8_t packet[3] = {'a', 'b', 'c'};
    flow::Segment segment{};
    segment.sequence = 1;
    segment.payload = 3;
    const uint8_t* seen = nullptr;
    const auto sink = [&](const Chunk& chunk) { seen = chunk.bytes.data(); };
    for (int i = 0; i < 3; i++, segment.sequence += 3) {
        reassembler.take(handle, 0, segment, packet, sink);
        EXPECT_EQ(seen, packet);
    }
}

TEST(StreamOrder, BothDirectionsAreStreamsOfTheirOwn) {
    StreamTalk talk;
    talk.open().data(0, 3, "def").data(1, 2, "34").data(0, 0, "abc").data(1, 0, "12");
    EXPECT_EQ(talk.text(0), "abcdef");
    EXPECT_EQ(talk.text(1), "1234");
    EXPECT_EQ(talk.recorder().order, "0011");
}

TEST(StreamOrder, SegmentsLargerThanABlockAreKept) {
    std::string large(64 << 10, '.');  // the most that IP can carry, and an offload can join
    for (size_t i = 0; i < large.size(); i++) large[i] = static_cast<char>('a' + i % 23);
    StreamTalk talk(
        {.contexts_max = 1, .buffer_bytes = 200 << 10, .buffer_bytes_per_direction = 200 << 10});
    talk.open().data(0, 3, large).data(0, 2, "X" + large.substr(0, 3000)).data(0, 0, "##");
    EXPECT_EQ(talk.text(0), "##X" + large);
    EXPECT_EQ(talk.stats().overlap_conflicts, 0u);
    EXPECT_EQ(talk.stats().repeated_bytes, 3000u);
}

TEST(StreamOrder, SmallSegmentsInARowShareABlock) {
    StreamTalk talk;
    talk.open();
    for (int i = 1; i <= 1000; i++) talk.data(0, i, "x");
    EXPECT_EQ(talk.stats().blocks_in_use, 1u);
    EXPECT_EQ(talk.stats().buffered_bytes, 1000u);
    talk.data(0, 0, "x");
    EXPECT_EQ(talk.text(0), std::string(1001, 'x'));
    EXPECT_EQ(talk.stats().buffered_bytes_max, 1000u);
}

TEST(StreamOrder, SegmentsAreCountedByWhatTheyBring) {
    StreamTalk talk;
    talk.open().data(0, 0, "abc").data(0, 6, "ghi").data(0, 6, "ghi").data(0, 0, "abc");
    talk.data(0, 3, "def").data(0, 9, "");
    EXPECT_EQ(talk.stats().segments_in_order, 2u);
    EXPECT_EQ(talk.stats().segments_out_of_order, 1u);
    EXPECT_EQ(talk.stats().segments_repeated, 2u);
}

TEST(StreamOrder, WhatLiesOutsideOfAnyWindowIsRefused) {
    for (const int64_t away : {int64_t{1} << 31, (int64_t{1} << 30) + 4, -(int64_t{1} << 30)}) {
        StreamTalk talk;
        talk.open().data(0, 0, "abc").data(0, away, "XYZ").data(0, 3, "def");
        EXPECT_EQ(talk.text(0), "abcdef");
        EXPECT_EQ(talk.stats().refused_bytes, 3u);
    }
    StreamTalk talk;
    talk.open().data(0, int64_t{1} << 30, "XYZ").data(0, 0, "abc").data(0, 3, "def").flush();
    EXPECT_EQ(talk.text(0), "abcdef<1073741818>XYZ") << "inside, however far";
}

}  // namespace
}  // namespace baleen::stream
