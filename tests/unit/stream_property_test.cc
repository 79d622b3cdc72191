// Random connections against the model: any order, repetition, overlap, loss, cut and wrap.
#include <gtest/gtest.h>

#include "tests/support/stream_check.h"
#include "tests/unit/random.h"

namespace baleen::stream {
namespace {

using test::Random;
using test::StreamCheck;

// How often what is rare has happened, so that a change of the generator does not empty the test.
struct Seen {
    uint64_t gaps = 0;
    uint64_t forced_gaps = 0;
    uint64_t conflicts = 0;
    uint64_t repeated_bytes = 0;
    uint64_t refused_bytes = 0;
    uint64_t depths_reached = 0;
};

Seen run(StreamCheck::Budget budget, int rounds) {
    Random random;
    Seen seen;
    for (int round = 0; round < rounds; round++) {
        const auto isn = [&] {
            return random.one_in(2) ? 0u - static_cast<uint32_t>(random.below(300))
                                    : static_cast<uint32_t>(random.next());
        };
        const uint64_t depth = random.one_in(3) ? random.between(1, 500) : UINT64_MAX;
        StreamCheck check(budget, depth, {isn(), isn()});
        const auto draw = [&](uint64_t limit) { return random.below(limit); };
        for (uint64_t i = random.between(1, 150); i > 0; i--) {
            const std::string found = check.take(test::draw_segment(check, draw));
            EXPECT_EQ(found, "") << "round " << round;
            if (!found.empty()) return seen;
        }
        const std::string found = check.flush();
        EXPECT_EQ(found, "") << "round " << round << ", flush";
        if (!found.empty()) return seen;
        const StreamStats stats = check.stats();
        seen.gaps += stats.gaps;
        seen.forced_gaps += stats.forced_gaps;
        seen.conflicts += stats.overlap_conflicts;
        seen.repeated_bytes += stats.repeated_bytes;
        seen.refused_bytes += stats.refused_bytes;
        seen.depths_reached += stats.depths_reached;
    }
    EXPECT_GT(seen.gaps, 100u);
    EXPECT_GT(seen.conflicts, 10u);
    EXPECT_GT(seen.repeated_bytes, 1000u);
    EXPECT_GT(seen.refused_bytes, 10u);
    EXPECT_GT(seen.depths_reached, 10u);
    return seen;
}

TEST(StreamProperty, WithAnAmpleBudgetEverythingIsAsTheModelHasIt) {
    run(StreamCheck::Budget::ample, 600);
}

TEST(StreamProperty, ShortOfBlocksEveryByteIsItsFirstCopyAndNoneIsUnaccounted) {
    EXPECT_GT(run(StreamCheck::Budget::short_of_blocks, 600).forced_gaps, 100u);
}

}  // namespace
}  // namespace baleen::stream
