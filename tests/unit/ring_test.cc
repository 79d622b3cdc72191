// Writer and reader of one ring, one after the other.
#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/random.h"
#include "tests/unit/ring_pair.h"

namespace baleen::ring {
namespace {

using test::drain;
using test::frames_64;
using test::from_to;
using test::is_whole;
using test::RingPair;
using test::write_64;
using Sequences = std::vector<uint64_t>;

TEST(Ring, TellsWhoMadeIt) {
    RingPair ring;
    const Reader reader = ring.open();
    ASSERT_TRUE(reader.is_open());
    EXPECT_EQ(reader.problem(), "");
    EXPECT_EQ(reader.run_id(), test::run_id);
    EXPECT_EQ(reader.worker(), 3u);
    EXPECT_EQ(ring.writer.capacity_bytes(), limits::ring_bytes_min);
    EXPECT_EQ(ring.writer.free_bytes(), limits::ring_bytes_min);
}

TEST(Ring, DeliversFramesAsTheyWentIn) {
    RingPair ring;
    Reader reader = ring.open();
    uint64_t sequence = 0;
    for (const auto write : test::write_functions) ASSERT_TRUE(write(ring.writer, sequence++));
    ring.writer.publish();
    Frame frame;
    for (uint64_t i = 0; i < sequence; i++) {
        ASSERT_TRUE(reader.next(frame)) << i;
        EXPECT_EQ(frame.header.payload_bytes, test::payload_sizes[i]);
        EXPECT_EQ(frame.header.sequence, i);
        EXPECT_TRUE(is_whole(frame)) << i;
        EXPECT_EQ(reinterpret_cast<uintptr_t>(frame.payload) % 8, 0u)
            << "records are read in place";
    }
    EXPECT_FALSE(reader.next(frame));
    EXPECT_EQ(reader.written_frames(), sequence);
    EXPECT_EQ(reader.missed_frames(), 0u);
    EXPECT_EQ(reader.problem(), "");
}

TEST(Ring, ShowsNothingBeforeItIsPublished) {
    RingPair ring;
    Reader reader = ring.open();
    ASSERT_TRUE(write_64(ring.writer, 0));
    EXPECT_TRUE(drain(reader).empty());
    EXPECT_EQ(reader.bytes_waiting(), 0u);
    EXPECT_EQ(reader.written_frames(), 0u);
    ring.writer.publish();
    EXPECT_EQ(reader.bytes_waiting(), 64u);
    EXPECT_EQ(drain(reader), Sequences{0});
    EXPECT_EQ(reader.bytes_waiting(), 64u) << "read, but not released";
    reader.release(1);
    EXPECT_EQ(reader.bytes_waiting(), 0u);
}

TEST(Ring, LeavesTheSharedLineAloneWhenThereIsNothingToPublish) {
    RingPair ring;
    ring.header().frames_written = 99;
    ring.writer.publish();
    EXPECT_EQ(ring.header().frames_written, 99u);
    ASSERT_TRUE(write_64(ring.writer, 0));
    ring.writer.publish();
    EXPECT_EQ(ring.header().frames_written, 1u);
}

TEST(Ring, WrapsAroundManyTimesWithOddSizes) {
    test::Random random;
    for (const uint64_t capacity : {limits::ring_bytes_min, uint64_t{1} << 20}) {
        RingPair ring(capacity);
        Reader reader = ring.open();
        uint64_t written = 0, read = 0, bytes = 0;
        while (bytes < 40 * capacity) {
            for (uint64_t i = random.between(1, 200); i > 0; i--) {
                const size_t kind = random.below(test::write_functions.size());
                // Frames that do not fit are left to the test of full rings.
                if (ring.writer.free_bytes() < frame_bytes(test::payload_sizes[kind])) break;
                ASSERT_TRUE(test::write_functions[kind](ring.writer, written++));
                bytes += frame_bytes(test::payload_sizes[kind]);
            }
            ring.writer.publish();
            Frame frame;
            for (uint64_t i = random.below(300); i > 0 && reader.next(frame); i--) {
                ASSERT_EQ(frame.header.sequence, read++);
                ASSERT_TRUE(is_whole(frame)) << read;
            }
            if (random.one_in(2)) reader.release(0);
        }
        ASSERT_EQ(drain(reader), from_to(read, written));
        EXPECT_EQ(reader.missed_frames(), 0u);
        EXPECT_EQ(ring.writer.frames_dropped(), 0u);
        EXPECT_EQ(ring.writer.frames_written(), written);
    }
}

TEST(Ring, CanBeFilledToItsLastByte) {
    RingPair ring;
    Reader reader = ring.open();
    // An odd start, so that the last frame crosses the end of the memory.
    ASSERT_TRUE(test::write_frame<8>(ring.writer, 0));
    ring.writer.publish();
    ASSERT_EQ(drain(reader), Sequences{0});
    reader.release(1);
    for (uint64_t i = 1; i <= frames_64; i++) ASSERT_TRUE(write_64(ring.writer, i)) << i;
    EXPECT_EQ(ring.writer.free_bytes(), 0u);
    ring.writer.publish();
    EXPECT_EQ(drain(reader), from_to(1, frames_64 + 1));
    EXPECT_EQ(reader.problem(), "");
}

TEST(Ring, DropsAndCountsWhatDoesNotFitAndTheReaderSeesTheGap) {
    RingPair ring;
    Reader reader = ring.open();
    for (uint64_t i = 0; i < frames_64; i++) ASSERT_TRUE(write_64(ring.writer, i));
    for (uint64_t i = 0; i < 5; i++) EXPECT_FALSE(write_64(ring.writer, frames_64 + i));
    EXPECT_EQ(ring.writer.frames_dropped(), 5u);
    EXPECT_EQ(ring.writer.frames_written(), frames_64);
    ring.writer.publish();
    EXPECT_EQ(ring.header().frames_dropped, 5u) << "told to whoever looks";

    EXPECT_EQ(drain(reader), from_to(0, frames_64));
    EXPECT_EQ(reader.missed_frames(), 0u) << "the gap shows with the next frame";
    reader.release(frames_64);
    ASSERT_TRUE(write_64(ring.writer, frames_64 + 5));
    ring.writer.publish();
    EXPECT_EQ(drain(reader), Sequences{frames_64 + 5});
    EXPECT_EQ(reader.missed_frames(), 5u);
    EXPECT_EQ(reader.problem(), "");
}

TEST(Ring, PublishesDropsEvenWhenNoFrameWasWritten) {
    RingPair ring;
    for (uint64_t i = 0; i < frames_64; i++) ASSERT_TRUE(write_64(ring.writer, i));
    ring.writer.publish();
    EXPECT_FALSE(write_64(ring.writer, frames_64));
    ring.writer.publish();
    EXPECT_EQ(ring.header().frames_dropped, 1u);
}

TEST(Ring, LetsASmallFrameInWhereALargeOneDidNotFit) {
    RingPair ring;
    for (uint64_t i = 0; i < frames_64 - 1; i++) ASSERT_TRUE(write_64(ring.writer, i));
    EXPECT_FALSE(test::write_frame<49>(ring.writer, frames_64 - 1)) << "72 bytes into 64";
    EXPECT_TRUE(write_64(ring.writer, frames_64));
    EXPECT_EQ(ring.writer.free_bytes(), 0u);
}

// At least once, in order, nothing lost that was not counted, whatever the two ends do.
TEST(RingProperty, DeliversOrCountsEveryFrame) {
    test::Random random;
    RingPair ring;
    auto reader = std::make_unique<Reader>(ring.open());
    uint64_t made = 0, released = 0, next = 0, missed_before = 0;
    for (int step = 0; step < 30'000; step++) {
        switch (random.below(8)) {
            case 0:
            case 1:
                for (uint64_t i = random.below(100); i > 0; i--)
                    random.pick(test::write_functions)(ring.writer, made++);
                ring.writer.publish();
                break;
            case 2:
                reader->rewind();
                next = released;
                break;
            case 3:
                reader->release(0);
                released = next;
                break;
            default:
                Frame frame;
                for (uint64_t i = random.below(60); i > 0 && reader->next(frame); i--) {
                    ASSERT_GE(frame.header.sequence, next);
                    ASSERT_TRUE(is_whole(frame));
                    next = frame.header.sequence + 1;
                }
        }
        ASSERT_EQ(reader->problem(), "");
        ASSERT_LE(reader->missed_frames(), ring.writer.frames_dropped());
        missed_before = reader->missed_frames();
    }
    drain(*reader);
    EXPECT_GE(reader->missed_frames(), missed_before);
    EXPECT_GT(ring.writer.frames_dropped(), 0u);
    reader->release(0);
    // One more frame shows the gap at the end, if there is one.
    ASSERT_TRUE(write_64(ring.writer, made));
    ring.writer.publish();
    EXPECT_EQ(drain(*reader), Sequences{made});
    EXPECT_EQ(reader->missed_frames(), ring.writer.frames_dropped());
}

// What a writer that may wait does meanwhile: here the reader reads.
struct Waiting {
    Reader reader;
    uint64_t frames_read = 0;
    uint32_t calls_max = UINT32_MAX;
    uint32_t calls = 0;

    static bool read_some(const void* context) {
        auto& self = *static_cast<Waiting*>(const_cast<void*>(context));
        if (++self.calls > self.calls_max) return false;
        Frame frame;
        uint32_t count = 0;
        for (; count < 3 && self.reader.next(frame); count++) {
            EXPECT_EQ(frame.header.sequence, self.frames_read++);
            EXPECT_TRUE(is_whole(frame));
        }
        self.reader.release(count);
        return true;
    }
};

TEST(Ring, DropsNothingWhereTheWriterMayWait) {
    RingPair ring;
    Waiting waiting{ring.open()};
    ring.writer.wait_when_full(Waiting::read_some, &waiting);
    constexpr uint64_t count = 3 * frames_64;
    for (uint64_t i = 0; i < count; i++) ASSERT_TRUE(write_64(ring.writer, i)) << i;
    ring.writer.publish();
    EXPECT_EQ(waiting.frames_read + drain(waiting.reader).size(), count);
    EXPECT_EQ(ring.writer.frames_dropped(), 0u);
    EXPECT_EQ(waiting.reader.missed_frames(), 0u);
}

TEST(Ring, DropsWhenWaitingIsGivenUp) {
    RingPair ring;
    Waiting waiting{ring.open()};
    waiting.calls_max = 0;
    ring.writer.wait_when_full(Waiting::read_some, &waiting);
    for (uint64_t i = 0; i < frames_64; i++) ASSERT_TRUE(write_64(ring.writer, i));
    EXPECT_FALSE(write_64(ring.writer, frames_64));
    EXPECT_EQ(ring.writer.frames_dropped(), 1u);
    EXPECT_EQ(drain(waiting.reader), from_to(0, frames_64)) << "published before it waited";
}

}  // namespace
}  // namespace baleen::ring
