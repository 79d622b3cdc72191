// What a reader keeps, gives back and leaves to the reader after it.
#include <gtest/gtest.h>

#include "tests/unit/ring_pair.h"

namespace baleen::ring {
namespace {

using test::drain;
using test::frames_64;
using test::from_to;
using test::RingPair;
using test::write_64;
using Sequences = std::vector<uint64_t>;

TEST(RingRelease, FreesNothingBeforeItIsReleased) {
    RingPair ring;
    Reader reader = ring.open();
    for (uint64_t i = 0; i < frames_64; i++) ASSERT_TRUE(write_64(ring.writer, i));
    ring.writer.publish();
    ASSERT_EQ(drain(reader).size(), frames_64);
    EXPECT_EQ(ring.writer.free_bytes(), 0u);
    EXPECT_FALSE(ring.writer.reader_has_all());
    reader.release(frames_64);
    EXPECT_EQ(ring.writer.free_bytes(), limits::ring_bytes_min);
    EXPECT_TRUE(ring.writer.reader_has_all());
}

TEST(RingRelease, YieldsAgainAfterARewindWhatWasNotReleased) {
    RingPair ring;
    Reader reader = ring.open();
    for (uint64_t i = 0; i < 10; i++) ASSERT_TRUE(write_64(ring.writer, i));
    ring.writer.publish();
    Frame frame;
    for (int i = 0; i < 4; i++) ASSERT_TRUE(reader.next(frame));
    reader.release(4);
    for (int i = 0; i < 3; i++) ASSERT_TRUE(reader.next(frame));
    reader.rewind();
    EXPECT_EQ(drain(reader), from_to(4, 10));
    reader.rewind();
    reader.rewind();
    EXPECT_EQ(drain(reader), from_to(4, 10));
    EXPECT_EQ(reader.missed_frames(), 0u);
    reader.release(6);
    reader.rewind();
    EXPECT_TRUE(drain(reader).empty());
    EXPECT_EQ(reader.consumed_frames(), 10u);
}

TEST(RingRelease, RewindsToTheStartWhenNothingWasReleased) {
    RingPair ring;
    Reader reader = ring.open();
    for (uint64_t i = 0; i < 3; i++) ASSERT_TRUE(write_64(ring.writer, i));
    ring.writer.publish();
    EXPECT_EQ(drain(reader), from_to(0, 3));
    reader.rewind();
    EXPECT_EQ(drain(reader), from_to(0, 3));
    EXPECT_EQ(reader.missed_frames(), 0u);
    EXPECT_EQ(reader.problem(), "");
}

// A gap must not count once per rewind.
TEST(RingRelease, CountsAGapOnceHoweverOftenItRewinds) {
    RingPair ring;
    Reader reader = ring.open();
    for (uint64_t i = 0; i < frames_64 + 2; i++) write_64(ring.writer, i);
    ring.writer.publish();
    ASSERT_EQ(drain(reader).size(), frames_64);
    reader.release(frames_64);
    ASSERT_TRUE(write_64(ring.writer, frames_64 + 2));
    ring.writer.publish();
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(drain(reader), Sequences{frames_64 + 2});
        EXPECT_EQ(reader.missed_frames(), 2u);
        reader.rewind();
        EXPECT_EQ(reader.missed_frames(), 0u) << "not yet seen again";
    }
}

TEST(RingRelease, LetsALaterReaderResumeAtWhatWasReleased) {
    RingPair ring;
    for (uint64_t i = 0; i < 10; i++) ASSERT_TRUE(write_64(ring.writer, i));
    ring.writer.publish();
    {
        Reader first = ring.open();
        Frame frame;
        for (int i = 0; i < 4; i++) ASSERT_TRUE(first.next(frame));
        first.release(4);
        for (int i = 0; i < 3; i++) ASSERT_TRUE(first.next(frame));
        // ... and dies: the last three are delivered again.
    }
    Reader second = ring.open();
    EXPECT_EQ(drain(second), from_to(4, 10));
    EXPECT_EQ(second.missed_frames(), 0u) << "what its predecessor had is not missed";
    EXPECT_EQ(second.consumed_frames(), 4u);
    second.release(6);
    EXPECT_EQ(second.consumed_frames(), 10u) << "by all readers of this ring";
    Reader third = ring.open();
    EXPECT_TRUE(drain(third).empty());
}

TEST(RingRelease, MissesNothingWhenALaterReaderRewindsBeforeItsFirstRelease) {
    RingPair ring;
    for (uint64_t i = 0; i < 10; i++) ASSERT_TRUE(write_64(ring.writer, i));
    ring.writer.publish();
    Reader first = ring.open();
    Frame frame;
    for (int i = 0; i < 4; i++) ASSERT_TRUE(first.next(frame));
    first.release(4);
    Reader second = ring.open();
    ASSERT_TRUE(second.next(frame));
    second.rewind();
    EXPECT_EQ(drain(second), from_to(4, 10));
    EXPECT_EQ(second.missed_frames(), 0u);
}

TEST(RingRelease, EndsWhenItIsClosedAndEverythingWasYielded) {
    RingPair ring;
    Reader reader = ring.open();
    EXPECT_FALSE(reader.at_end()) << "empty, but open";
    ASSERT_TRUE(write_64(ring.writer, 0));
    ring.writer.close();
    EXPECT_FALSE(reader.at_end()) << "close() publishes what was reserved";
    EXPECT_EQ(drain(reader), Sequences{0});
    EXPECT_TRUE(reader.at_end());
    reader.rewind();
    EXPECT_FALSE(reader.at_end());
    EXPECT_EQ(drain(reader), Sequences{0});
    reader.release(1);
    EXPECT_TRUE(reader.at_end());
    EXPECT_TRUE(ring.open().at_end()) << "for a later reader as well";
}

TEST(RingRelease, TellsTheWriterThatTheStoreFailed) {
    RingPair ring;
    Reader reader = ring.open();
    EXPECT_FALSE(ring.writer.store_failed());
    reader.set_state(ReaderState::store_failed);
    EXPECT_TRUE(ring.writer.store_failed());
    reader.set_state(ReaderState::reading);
    EXPECT_FALSE(ring.writer.store_failed());
}

TEST(RingRelease, OutlivesItsDescriptorAndCanBeMoved) {
    RingPair ring;
    Reader reader = ring.open();
    ring.ring.fd = base::FileDescriptor();
    ASSERT_TRUE(write_64(ring.writer, 0));
    ring.writer.publish();
    Reader moved = std::move(reader);
    EXPECT_EQ(drain(moved), Sequences{0});
}

}  // namespace
}  // namespace baleen::ring
