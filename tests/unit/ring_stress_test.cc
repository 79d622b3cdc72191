// Both ends at once, on two threads: the result must be exact, not just plausible.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/unit/random.h"
#include "tests/unit/ring_pair.h"

namespace baleen::ring {
namespace {

using test::RingPair;

constexpr uint64_t frames_made = 300'000;

struct Told {
    uint64_t frames = 0;   // kept once
    uint64_t repeats = 0;  // seen again after a rewind
    uint64_t missed = 0;
};

// Reads to the end, with rewinds and releases at random places; every payload is checked.
Told read_all(Reader& reader, test::Random& random) {
    Told told;
    uint64_t kept_to = 0;  // sequence behind the last frame that was released
    uint64_t seen_to = 0;  // ... that was ever seen
    uint64_t next = 0, pending = 0;
    Frame frame;
    while (true) {
        bool found = false;
        for (uint64_t i = random.between(1, 400); i > 0 && reader.next(frame); i--) {
            found = true;
            EXPECT_TRUE(test::is_whole(frame)) << frame.header.sequence;
            EXPECT_GE(frame.header.sequence, next) << "out of order";
            if (::testing::Test::HasFailure()) return told;
            next = frame.header.sequence + 1;
            pending++;
            if (next <= seen_to) told.repeats++;
            else seen_to = next;
        }
        if (random.one_in(4)) {
            reader.rewind();
            next = kept_to;
            pending = 0;
        } else if (random.one_in(2) || !found) {
            reader.release(pending);
            kept_to = next;
            told.frames += pending;
            pending = 0;
        }
        if (pending == 0 && reader.at_end()) break;
        if (!found) std::this_thread::yield();
    }
    EXPECT_EQ(reader.problem(), "");
    told.missed = reader.missed_frames();
    return told;
}

TEST(RingStress, LosesNothingWhenTheWriterWaits) {
    test::Random random;
    test::Random writer_random(random.next());
    RingPair ring;
    Reader reader = ring.open();
    // A reader that has failed would leave the writer waiting for ever.
    std::atomic<bool> reader_failed = false;
    std::thread writing([&] {
        for (uint64_t made = 0; made < frames_made;) {
            for (uint64_t i = writer_random.between(1, 64); i > 0 && made < frames_made; i--) {
                // Room for the largest frame, so that no sequence number is lost.
                while (ring.writer.free_bytes() < limits::frame_bytes_max && !reader_failed) {
                    ring.writer.publish();
                    std::this_thread::yield();
                }
                writer_random.pick(test::write_functions)(ring.writer, made++);
            }
            ring.writer.publish();
        }
        ring.writer.close();
    });
    const Told told = read_all(reader, random);
    reader_failed = HasFailure();
    writing.join();
    EXPECT_EQ(told.frames, frames_made);
    EXPECT_EQ(told.missed, 0u);
    EXPECT_GT(told.repeats, 1000u) << "the rewinds were not put to the test";
    EXPECT_EQ(reader.consumed_frames(), frames_made);
    EXPECT_EQ(ring.writer.frames_dropped(), 0u);
    EXPECT_TRUE(ring.writer.reader_has_all());
}

TEST(RingStress, AccountsForEveryFrameWhenTheWriterDrops) {
    test::Random random;
    test::Random writer_random(random.next());
    RingPair ring;
    Reader reader = ring.open();
    // A reader that has failed would leave the writer waiting for ever.
    std::atomic<bool> reader_failed = false;
    std::thread writing([&] {
        for (uint64_t made = 0; made < frames_made;) {
            for (uint64_t i = writer_random.between(1, 64); i > 0 && made < frames_made; i--)
                writer_random.pick(test::write_functions)(ring.writer, made++);
            ring.writer.publish();
            // Now and then the reader gets far enough for the ring to be neither full nor empty.
            if (writer_random.one_in(8)) std::this_thread::yield();
        }
        // The last frame gets through, so that the reader sees the last gap.
        while (ring.writer.free_bytes() < limits::frame_bytes_max && !reader_failed)
            std::this_thread::yield();
        EXPECT_TRUE(test::write_frame<8>(ring.writer, frames_made));
        ring.writer.close();
    });
    const Told told = read_all(reader, random);
    reader_failed = HasFailure();
    writing.join();
    EXPECT_EQ(told.frames, ring.writer.frames_written());
    EXPECT_EQ(told.missed, ring.writer.frames_dropped());
    EXPECT_EQ(told.frames + told.missed, frames_made + 1);
    EXPECT_GT(told.frames, 1000u);
    EXPECT_GT(told.missed, 0u) << "the ring was never full, so nothing was tested";
}

}  // namespace
}  // namespace baleen::ring
