// Either end of a ring against a peer that writes nonsense into the shared memory.
#include <gtest/gtest.h>

#include <cstring>

#include "tests/unit/random.h"
#include "tests/unit/ring_pair.h"

namespace baleen::ring {
namespace {

using test::drain;
using test::RingPair;
using test::write_64;
using Sequences = std::vector<uint64_t>;

// A ring with ten frames, two of which are released; what the peer then breaks, and how it shows.
class Broken {
public:
    Broken() : reader_(ring_.open()) {
        for (uint64_t i = 0; i < 10; i++) EXPECT_TRUE(write_64(ring_.writer, i));
        ring_.writer.publish();
        Frame frame;
        for (int i = 0; i < 2; i++) EXPECT_TRUE(reader_.next(frame));
        reader_.release(2);
    }

    SegmentHeader& header() { return ring_.header(); }
    Reader& reader() { return reader_; }
    FrameHeader& frame(uint64_t index) {
        return *reinterpret_cast<FrameHeader*>(ring_.ring.view.data + 64 * index);
    }

    // `before`: the frames that are whole must come first.
    void expect_given_up(const Sequences& before, const std::string& problem) {
        EXPECT_EQ(drain(reader_), before);
        EXPECT_EQ(reader_.problem(), problem);
        Frame frame;
        EXPECT_FALSE(reader_.next(frame)) << "given up for good";
        reader_.release(before.size());
        EXPECT_EQ(header().tail_bytes, 64 * (2 + before.size())) << "what was whole can be kept";
        reader_.rewind();
        EXPECT_FALSE(reader_.next(frame));
        EXPECT_FALSE(reader_.at_end());
    }

private:
    RingPair ring_;
    Reader reader_;
};

TEST(RingDistrust, GivesUpOnAWritingPositionThatCannotBe) {
    const std::string problem = "has a writing position that cannot be";
    for (const uint64_t head : {128 + limits::ring_bytes_min + 8, UINT64_MAX - 7, uint64_t{1} << 63,
                                uint64_t{120}, uint64_t{0}, uint64_t{641}}) {
        Broken ring;
        ring.header().head_bytes = head;
        ring.expect_given_up({}, problem);
    }
    for (const uint64_t offset : {1, 2, 4, 7}) {
        Broken ring;
        ring.header().head_bytes = 640 - 8 + offset;
        ring.expect_given_up({}, problem);
    }
}

TEST(RingDistrust, GivesUpOnFrameLengthsThatCannotBe) {
    for (const uint32_t length : {4081u, 4096u, 65536u, 0x7fffffffu, 0xfffffff0u, 0xffffffffu}) {
        Broken ring;
        ring.frame(5).payload_bytes = length;
        ring.expect_given_up(
            {2, 3, 4}, "has a frame of " + std::to_string(length) + " bytes, which cannot be");
    }
    Broken beyond_head;
    beyond_head.frame(9).payload_bytes = 49;
    beyond_head.expect_given_up({2, 3, 4, 5, 6, 7, 8}, "has a frame of 49 bytes, which cannot be");
}

TEST(RingDistrust, GivesUpOnAFrameHeaderBeyondTheWritingPosition) {
    Broken ring;
    ring.header().head_bytes = 9 * 64 + 8;  // half of a header
    ring.frame(9).payload_bytes = 0;
    ring.expect_given_up({2, 3, 4, 5, 6, 7, 8}, "has a frame of 0 bytes, which cannot be");
}

TEST(RingDistrust, GivesUpOnSequenceNumbersThatGoBackOrStandStill) {
    for (const uint64_t sequence : {0, 3, 4}) {
        Broken ring;
        ring.frame(5).sequence = sequence;
        ring.expect_given_up({2, 3, 4}, "has a frame whose sequence number goes back");
    }
}

TEST(RingDistrust, TakesAnEmptyFrameAndAnUnknownType) {
    RingPair ring;
    auto* frame = reinterpret_cast<FrameHeader*>(ring.ring.view.data);
    frame[0] = {0, 999, 3, 17};
    ring.header().head_bytes = 16;
    Reader reader = ring.open();
    Frame found;
    ASSERT_TRUE(reader.next(found));
    EXPECT_EQ(found.header.payload_bytes, 0u);
    EXPECT_EQ(found.header.type, 999u) << "whoever asked skips what it does not know";
    EXPECT_EQ(found.header.version, 3u);
    EXPECT_EQ(reader.missed_frames(), 0u) << "where the first number starts is no gap";
}

TEST(RingDistrust, GivesUpOnAReadingPositionThatCannotBe) {
    for (const uint64_t tail : {1, 4, 63}) {
        RingPair ring;
        ASSERT_TRUE(write_64(ring.writer, 0));
        ring.writer.publish();
        ring.header().tail_bytes = tail;
        Reader reader = ring.open();
        EXPECT_EQ(reader.problem(), "has a reading position between frames");
        EXPECT_TRUE(drain(reader).empty());
    }
    for (const uint64_t tail : {uint64_t{128}, uint64_t{1} << 40, uint64_t{1} << 63}) {
        RingPair ring;
        ASSERT_TRUE(write_64(ring.writer, 0));
        ring.writer.publish();
        ring.header().tail_bytes = tail;
        Reader reader = ring.open();
        EXPECT_TRUE(drain(reader).empty());
        EXPECT_EQ(reader.problem(), "has a writing position that cannot be") << tail;
    }
}

TEST(RingDistrust, SurvivesAnyBytesInTheSegment) {
    test::Random random;
    int given_up = 0;
    for (int round = 0; round < 300; round++) {
        RingPair ring;
        Reader reader = ring.open();
        for (uint64_t i = 0; i < 500; i++) random.pick(test::write_functions)(ring.writer, i);
        ring.writer.publish();
        for (int step = 0; step < 20; step++) {
            const uint64_t value = random.of_bits(64);
            if (random.one_in(20)) ring.header().head_bytes = value;
            if (random.one_in(20)) ring.header().head_bytes = value & ~uint64_t{7};
            if (random.one_in(20)) ring.header().tail_bytes = value;
            std::memcpy(ring.ring.view.data + random.below(limits::ring_bytes_min - 8), &value, 8);
            Frame frame;
            uint64_t sum = 0;
            for (int i = 0; i < 100 && reader.next(frame); i++) {
                ASSERT_LE(frame_bytes(frame.header.payload_bytes), limits::frame_bytes_max);
                for (uint32_t at = 0; at < frame.header.payload_bytes; at++)
                    sum += frame.payload[at];
            }
            ASSERT_LT(sum, UINT64_MAX);
            if (random.one_in(3)) reader.release(1);
            if (random.one_in(3)) reader.rewind();
            // A new reader believes as little.
            if (random.one_in(5)) reader = ring.open();
        }
        given_up += reader.problem().empty() ? 0 : 1;
    }
    EXPECT_GT(given_up, 100);
}

// The writer fills the ring, then the reader's position says something.
class Full {
public:
    Full() {
        for (uint64_t i = 0; i < limits::ring_bytes_min / 64; i++)
            EXPECT_TRUE(write_64(ring.writer, i));
        ring.writer.publish();
    }
    RingPair ring;
};

TEST(RingDistrust, CountsTheRingAsFullWhileTheReaderIsAheadOfTheWriter) {
    for (const uint64_t tail :
         {limits::ring_bytes_min + 8, uint64_t{1} << 40, UINT64_MAX - 7, UINT64_MAX}) {
        Full full;
        full.ring.header().tail_bytes = tail;
        EXPECT_EQ(full.ring.writer.free_bytes(), 0u) << tail;
        EXPECT_FALSE(write_64(full.ring.writer, 1024)) << tail;
        EXPECT_EQ(full.ring.writer.frames_dropped(), 1u);
        full.ring.header().tail_bytes = 64;
        EXPECT_TRUE(write_64(full.ring.writer, 1025)) << "until it makes sense again";
        EXPECT_FALSE(write_64(full.ring.writer, 1026)) << "there was room for one";
    }
}

TEST(RingDistrust, CountsTheRingAsFullWhileTheReaderHasGoneBack) {
    Full full;
    full.ring.header().tail_bytes = 640;
    EXPECT_EQ(full.ring.writer.free_bytes(), 640u);
    full.ring.header().tail_bytes = 632;
    EXPECT_EQ(full.ring.writer.free_bytes(), 0u);
    full.ring.header().tail_bytes = 640;
    EXPECT_EQ(full.ring.writer.free_bytes(), 640u);
}

// Nothing that has not been read may be overwritten, whatever stands in the reader's line.
TEST(RingDistrust, NeverWritesOverUnreadBytesWithoutTheReadersWord) {
    test::Random random;
    RingPair ring;
    uint64_t sequence = 0, head = 0, tail_told = 0;
    for (int i = 0; i < 60'000; i++) {
        if (random.one_in(40)) {
            uint64_t tail = random.of_bits(64);
            if (random.one_in(2)) tail = tail_told + random.below(head - tail_told + 1);
            ring.header().tail_bytes = tail;
        }
        // What stands there makes sense at once, or once the head has come as far. The writer may
        // have looked, or may look later: only the largest told counts.
        if (const uint64_t tail = ring.header().tail_bytes; tail >= tail_told && tail <= head) {
            static_cast<void>(ring.writer.free_bytes());
            tail_told = tail;
        }
        const size_t kind = random.below(test::write_functions.size());
        if (test::write_functions[kind](ring.writer, sequence++))
            head += frame_bytes(test::payload_sizes[kind]);
        ASSERT_LE(head - tail_told, limits::ring_bytes_min);
    }
    EXPECT_GT(ring.writer.frames_dropped(), 100u);
    EXPECT_GT(ring.writer.frames_written(), 100u);
}

}  // namespace
}  // namespace baleen::ring
