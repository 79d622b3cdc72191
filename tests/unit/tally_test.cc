// Sums by key: the same as a map's, and in bounded memory a lower bound with the largest kept.
#include "control/store/tally.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/unit/random.h"

namespace baleen::store {
namespace {

using test::Random;

Sums some_sums(Random& random) {
    return {.flows = random.below(2),
            .records = 1,
            .packets_out = random.below(50),
            .packets_in = random.below(50),
            .bytes_out = random.of_bits(40),
            .bytes_in = random.of_bits(40)};
}

TEST(Tally, AddsUpAsAMapDoes) {
    Random random;
    for (const size_t length_max : {1u, 4u, 16u, 40u}) {
        Tally tally(Measure::bytes, filter::Kind::flow, 100'000);
        std::map<std::string, Sums> expected;
        for (int i = 0; i < 20'000; i++) {
            std::string key = random.bytes(length_max);
            // Keys that differ in their length or last byte only.
            if (random.one_in(3)) key = std::string(random.below(length_max + 1), '\0');
            const Sums sums = some_sums(random);
            expected[key].add(sums);
            tally.add(key, sums);
        }
        const auto found = tally.top(SIZE_MAX);
        ASSERT_EQ(found.size(), expected.size());
        for (const auto& [key, sums] : found) ASSERT_EQ(sums, expected.at(key));
        for (size_t i = 1; i < found.size(); i++) {
            const auto [before, after] = std::pair(found[i - 1], found[i]);
            ASSERT_TRUE(before.sums.bytes() > after.sums.bytes() ||
                        (before.sums.bytes() == after.sums.bytes() && before.key < after.key));
        }
        EXPECT_TRUE(tally.is_exact());
        const auto largest = tally.top(7);
        ASSERT_EQ(largest.size(), std::min<size_t>(7, found.size()));
        for (size_t i = 0; i < largest.size(); i++) EXPECT_EQ(largest[i].key, found[i].key);
    }
}

TEST(Tally, KeepsTheLargestWhereThereIsNoRoom) {
    Random random;
    Tally tally(Measure::packets, filter::Kind::flow, 50);
    std::map<std::string, Sums> expected;
    Sums all;
    for (int i = 0; i < 5000; i++) {
        // Ten that come again and again, among others of which each comes once or twice.
        const bool is_large = random.one_in(2);
        const std::string key = is_large ? "large" + std::to_string(random.below(10))
                                         : std::to_string(random.below(3000));
        Sums sums = some_sums(random);
        if (is_large) sums.packets_out += 1000;
        expected[key].add(sums);
        all.add(sums);
        tally.add(key, sums);
    }
    EXPECT_FALSE(tally.is_exact());
    EXPECT_EQ(tally.sum(), all);
    const auto found = tally.top(10);
    ASSERT_EQ(found.size(), 10u);
    for (const auto& [key, sums] : found) {
        EXPECT_TRUE(key.starts_with("large")) << key;
        EXPECT_LE(sums.packets(), expected.at(key).packets());
    }
    EXPECT_LE(tally.top(SIZE_MAX).size(), 100u);
}

TEST(Tally, HasNothingAtFirst) {
    const Tally tally(Measure::bytes, filter::Kind::flow, 10);
    EXPECT_TRUE(tally.top(5).empty());
    EXPECT_EQ(tally.sum(), Sums{});
}

}  // namespace
}  // namespace baleen::store
