// Shared segments made by somebody else: every field is checked before it is believed.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <type_traits>

#include "tests/unit/ring_pair.h"

namespace baleen::ring {
namespace {

using test::RingPair;

std::string problem_of_opening(int fd) {
    Reader reader = Reader::open(fd);
    EXPECT_FALSE(reader.is_open());
    Frame frame;
    EXPECT_FALSE(reader.next(frame)) << "a reader that is not open has no frames";
    return reader.problem();
}

// A memfd of this size; the seals are part of the contract.
base::FileDescriptor memory(uint64_t bytes, int seals = F_SEAL_SHRINK | F_SEAL_GROW) {
    base::FileDescriptor fd(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_TRUE(fd);
    EXPECT_EQ(::ftruncate(fd.get(), static_cast<off_t>(bytes)), 0);
    EXPECT_EQ(::fcntl(fd.get(), F_ADD_SEALS, seals), 0);
    return fd;
}

TEST(RingOpen, RefusesASegmentThatCanBeResized) {
    constexpr uint64_t bytes = header_bytes + limits::ring_bytes_min;
    const std::string problem = "is not a segment sealed against resizing";
    for (const int seals : {0, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL})
        EXPECT_EQ(problem_of_opening(memory(bytes, seals).get()), problem) << seals;
    const base::FileDescriptor no_memfd(
        ::open(::testing::TempDir().c_str(), O_TMPFILE | O_RDWR, 0600));
    EXPECT_EQ(problem_of_opening(no_memfd.get()), problem);
    EXPECT_EQ(problem_of_opening(-1), problem);
}

TEST(RingOpen, RefusesImpossibleSizes) {
    EXPECT_EQ(problem_of_opening(memory(0).get()), "is too small for a ring (0 bytes)");
    EXPECT_EQ(problem_of_opening(memory(header_bytes - 1).get()),
              "is too small for a ring (4095 bytes)");
    for (const uint64_t capacity :
         {uint64_t{0}, uint64_t{4096}, limits::ring_bytes_min / 2, limits::ring_bytes_min - 1,
          limits::ring_bytes_min + 1, 3 * limits::ring_bytes_min, 2 * limits::ring_bytes_max})
        EXPECT_EQ(problem_of_opening(memory(header_bytes + capacity).get()),
                  "has the impossible ring size " + std::to_string(capacity));
}

TEST(RingOpen, RefusesASegmentWithoutARingInIt) {
    EXPECT_EQ(problem_of_opening(memory(header_bytes + limits::ring_bytes_min).get()),
              "is not a ring (wrong magic number)");
}

TEST(RingOpen, ChecksEveryFieldOfTheHeader) {
    const auto problem_with = [](auto&& change) {
        RingPair ring;
        change(ring.header());
        return problem_of_opening(ring.ring.fd.get());
    };
    EXPECT_EQ(problem_with([](SegmentHeader& h) { h.magic ^= 1; }),
              "is not a ring (wrong magic number)");
    EXPECT_EQ(problem_with([](SegmentHeader& h) { h.version = 0; }),
              "is a ring of version 0; this program reads version 1");
    EXPECT_EQ(problem_with([](SegmentHeader& h) { h.version = 2; }),
              "is a ring of version 2; this program reads version 1");
    const std::string contradiction = "is a ring whose header contradicts its size";
    EXPECT_EQ(problem_with([](SegmentHeader& h) { h.header_bytes = 8192; }), contradiction);
    EXPECT_EQ(problem_with([](SegmentHeader& h) { h.capacity_bytes *= 2; }), contradiction);
    EXPECT_EQ(problem_with([](SegmentHeader& h) { h.capacity_bytes = 0; }), contradiction);
    EXPECT_EQ(problem_with([](SegmentHeader& h) { h.worker = limits::worker_count_max; }),
              "is the ring of an impossible worker");
    EXPECT_EQ(problem_with([](SegmentHeader& h) { h.worker = UINT32_MAX; }),
              "is the ring of an impossible worker");
}

TEST(RingOpen, KeepsTheIdentityItWasOpenedWith) {
    RingPair ring;
    const Reader reader = ring.open();
    ring.header().worker = UINT32_MAX;
    ring.header().run_id = 0;
    EXPECT_EQ(reader.worker(), 3u);
    EXPECT_EQ(reader.run_id(), test::run_id);
}

TEST(StatsOpen, RefusesWhatIsNoStatisticsSegment) {
    auto created = create_stats();
    ASSERT_TRUE(created);
    EXPECT_TRUE(open_stats(created->fd.get()));
    const auto refused = [&](auto& field) {
        const auto before = field;
        field = static_cast<std::remove_reference_t<decltype(field)>>(field + 1);
        const auto opened = open_stats(created->fd.get());
        field = before;
        return !opened && opened.error().message == "is not a statistics segment of this version";
    };
    EXPECT_TRUE(refused(created->view.segment->header.magic));
    EXPECT_TRUE(refused(created->view.segment->header.version));
    EXPECT_TRUE(refused(created->view.segment->header.counter_count));
    for (const uint64_t bytes :
         {uint64_t{0}, sizeof(stats::Segment) - 1, sizeof(stats::Segment) + 1}) {
        const auto opened = open_stats(memory(bytes).get());
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().message, "is not a statistics segment (wrong size)");
    }
    EXPECT_FALSE(open_stats(memory(sizeof(stats::Segment), 0).get())) << "not sealed";
    EXPECT_FALSE(open_stats(-1));
}

}  // namespace
}  // namespace baleen::ring
