// The run as others see it: while it goes on, after its end, and from what was kept of it.
#include "control/live/run_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "control/live/samples.h"
#include "tests/unit/ring_pair.h"
#include "tests/unit/temp_folder.h"

namespace baleen::live {
namespace {

using stats::Counter;

class RunWatchTest : public testing::Test {
protected:
    RunWatchTest() : stats_(std::move(*ring::create_stats())) {
        stats::Segment& segment = this->segment();
        segment.header.worker_count = 1;
        segment.header.is_live = 1;
        attachment_.stats = base::FileDescriptor(::dup(stats_.fd.get()));
        attachment_.rings.emplace_back(::dup(ring_.ring.fd.get()));
    }
    stats::Segment& segment() { return *stats_.view.segment; }
    void count(uint32_t thread, Counter which, uint64_t value) {
        segment().workers[thread].counters[static_cast<uint32_t>(which)] = value;
    }
    // Through the ring and out of it.
    void consume_one() {
        EXPECT_TRUE(test::write_64(ring_.writer, 0));
        ring_.writer.publish();
        auto reader = ring_.open();
        EXPECT_EQ(test::drain(reader).size(), 1u);
        reader.release(1);
    }

    ring::NewStats stats_;
    test::RingPair ring_;
    ring::Attachment attachment_;
    RunWatch watch_;
};

TEST_F(RunWatchTest, HasNothingToTellBeforeTheFirstRun) { EXPECT_FALSE(watch_.read()); }

TEST_F(RunWatchTest, ReadsWhatIsCountedAtTheTimeOfTheQuestion) {
    ASSERT_TRUE(watch_.begin(attachment_));
    count(0, Counter::received_packets, 10);
    count(0, Counter::counted_flow, 10);
    count(1, Counter::received_packets, 2);  // the distributor's block
    count(1, Counter::shed_worker_busy, 2);
    for (uint64_t i = 0; i < 3; i++) ASSERT_TRUE(test::write_64(ring_.writer, i));
    ring_.writer.publish();

    const auto run = watch_.read();
    ASSERT_TRUE(run);
    EXPECT_TRUE(run->is_attached && run->is_live);
    EXPECT_EQ(run->ledger.counter(Counter::received_packets), 12u);
    ASSERT_EQ(run->workers.size(), 2u);
    EXPECT_EQ(run->workers[1].name, "distributor");
    EXPECT_EQ(run->workers[1].count(Counter::shed_worker_busy), 2u);
    EXPECT_TRUE(run->writers.empty()) << "none has counted anything";
    ASSERT_EQ(run->rings.size(), 1u);
    EXPECT_EQ(run->rings[0].written_frames, 3u);
    EXPECT_EQ(run->rings[0].waiting_bytes, 3 * 64u);
    EXPECT_EQ(run->rings[0].capacity_bytes, limits::ring_bytes_min);
    EXPECT_EQ(run->imbalances, 0u);

    count(0, Counter::counted_flow, 9);
    EXPECT_EQ(watch_.read()->imbalances, 1u);
}

TEST_F(RunWatchTest, KeepsTheLastValuesUntilTheNextRun) {
    ASSERT_TRUE(watch_.begin(attachment_));
    consume_one();
    watch_.end();
    // The last word of a data plane comes when its rings have ended.
    count(0, Counter::received_packets, 7);
    count(0, Counter::counted_flow, 7);
    segment().header.end_ns = 5;
    const auto run = watch_.read();
    ASSERT_TRUE(run);
    EXPECT_FALSE(run->is_attached);
    EXPECT_EQ(run->end_ns, 5);
    EXPECT_EQ(run->ledger.counter(Counter::received_packets), 7u);
    EXPECT_EQ(run->rings[0].consumed_frames, 1u);
    EXPECT_EQ(run->ledger.records_consumed, 1u);
    EXPECT_EQ(run->imbalances, 3u) << "wire, packets in records, records: as is known at the end";

    ASSERT_TRUE(watch_.begin(attachment_));
    EXPECT_TRUE(watch_.read()->is_attached);
}

TEST_F(RunWatchTest, GivesTheRingsBackAtTheEnd) {
    const auto mapped = [] {
        std::ifstream maps("/proc/self/maps");
        const std::string text{std::istreambuf_iterator<char>(maps), {}};
        size_t count = 0;
        for (size_t at = 0; (at = text.find("baleen-ring", at)) != std::string::npos; at++) count++;
        return count;
    };
    const size_t before = mapped();
    ASSERT_TRUE(watch_.begin(attachment_));
    EXPECT_GT(mapped(), before);
    watch_.end();
    EXPECT_EQ(mapped(), before);
}

TEST_F(RunWatchTest, DoesNotBelieveCountsAndPositionsOfTheSegments) {
    ASSERT_TRUE(watch_.begin(attachment_));
    segment().header.worker_count = segment().header.port_count = UINT32_MAX;
    ring_.header().tail_bytes = 64;  // ahead of the head
    ring_.header().frames_consumed = UINT64_MAX;
    const auto run = watch_.read();
    EXPECT_EQ(run->workers.size(), limits::worker_count_max);
    EXPECT_LE(run->rings[0].waiting_bytes, limits::ring_bytes_min);
    EXPECT_EQ(run->ledger.records_in_rings, 0u);
}

TEST_F(RunWatchTest, RefusesWhatIsNoStatisticsSegment) {
    attachment_.stats = base::FileDescriptor(::dup(ring_.ring.fd.get()));
    EXPECT_FALSE(watch_.begin(attachment_));
    EXPECT_FALSE(watch_.read());
}

class LastRunTest : public RunWatchTest {
protected:
    // A run of which one record was read, and which has ended.
    LastRunTest() {
        EXPECT_TRUE(watch_.begin(attachment_));
        consume_one();
        count(0, Counter::received_packets, 7);
        count(0, Counter::counted_flow, 7);
        segment().header.run_id = 11;
        segment().header.end_ns = 5;
        watch_.end();
    }
    std::string path() const { return folder_.path("last-run.statistics"); }
    std::string bytes() const {
        std::ifstream file(path(), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::string& bytes) const {
        std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    }

    // What a later process does; the error if it refuses.
    std::string recall(RunWatch& watch, const std::string& below = "") const {
        auto loaded = load_last_run(folder_.path(below));
        if (!loaded) return loaded.error().message;
        if (*loaded) watch.recall(std::move(**loaded));
        return {};
    }

    test::TempFolder folder_;
    RunWatch later_;
};

TEST_F(LastRunTest, IsToldByALaterProcessAsByThisOne) {
    ASSERT_TRUE(watch_.keep(folder_.path("")));
    ASSERT_EQ(recall(later_), "");
    const auto run = watch_.read(), kept = later_.read();
    ASSERT_TRUE(run && kept);
    EXPECT_TRUE(kept->is_recalled && !run->is_recalled);
    EXPECT_FALSE(kept->is_attached);
    EXPECT_EQ(kept->run_id, 11u);
    EXPECT_EQ(kept->end_ns, 5);
    EXPECT_EQ(kept->ledger.to_json(true), run->ledger.to_json(true));
    EXPECT_EQ(kept->ledger.counter(Counter::received_packets), 7u);
    EXPECT_EQ(kept->ledger.records_consumed, 1u);
    ASSERT_EQ(kept->rings.size(), 1u);
    EXPECT_EQ(kept->rings[0].capacity_bytes, limits::ring_bytes_min);
    EXPECT_FALSE(Sampler(later_).take()) << "it has no rates any more";
}

TEST_F(LastRunTest, GivesWayToTheNextRun) {
    ASSERT_TRUE(watch_.keep(folder_.path("")));
    ASSERT_EQ(recall(later_), "");
    segment().header.run_id = 12;
    ASSERT_TRUE(later_.begin(attachment_));
    EXPECT_EQ(later_.read()->run_id, 12u);
    EXPECT_FALSE(later_.read()->is_recalled);
    later_.end();
    ASSERT_TRUE(later_.keep(folder_.path("")));
    ASSERT_EQ(recall(watch_), "");
    EXPECT_EQ(watch_.read()->run_id, 12u);
}

TEST_F(LastRunTest, IsNothingWhereNoneHasEnded) {
    ASSERT_EQ(recall(later_), "");
    ASSERT_EQ(recall(later_, "no/such/folder"), "");
    EXPECT_FALSE(later_.read());
    ASSERT_TRUE(later_.keep(folder_.path("")));
    EXPECT_FALSE(std::filesystem::exists(path())) << "nothing is kept of nothing";
}

TEST_F(LastRunTest, IsNotShownIfItsFileIsDamaged) {
    ASSERT_TRUE(watch_.keep(folder_.path("")));
    const std::string whole = bytes();
    const auto refused = [&](const std::string& bytes) {
        write(bytes);
        std::string error = recall(later_);
        EXPECT_FALSE(later_.read());
        return error;
    };
    for (const size_t length : {size_t{0}, size_t{10}, whole.size() / 2, whole.size() - 1})
        EXPECT_NE(refused(whole.substr(0, length)).find("another version"), std::string::npos)
            << length;
    EXPECT_NE(refused(whole + "more").find("another version"), std::string::npos);
    for (const size_t at : {size_t{30}, whole.size() / 3, whole.size() - 1}) {
        std::string other = whole;
        other[at] = static_cast<char>(other[at] ^ 1);
        EXPECT_NE(refused(other).find("is damaged"), std::string::npos) << at;
    }
    std::string many_rings = whole;
    many_rings[15] = static_cast<char>(0xff);
    EXPECT_NE(refused(many_rings).find("another version"), std::string::npos);
    write(whole);
    EXPECT_EQ(recall(later_), "");
    EXPECT_TRUE(later_.read());
}

}  // namespace
}  // namespace baleen::live
