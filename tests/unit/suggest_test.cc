#include "base/suggest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/unit/random.h"

namespace baleen::base {
namespace {

constexpr std::array<std::string_view, 5> keys = {"flow.idle_timeout", "flow.active_timeout",
                                                  "worker.count", "ring.size", "store.slice"};

TEST(Nearest, FindsTheNameThatWasMeant) {
    EXPECT_EQ(nearest("flow.idel_timeout", keys), "flow.idle_timeout");
    EXPECT_EQ(nearest("flow.aktive_timeout", keys), "flow.active_timeout");
    EXPECT_EQ(nearest("worker.counts", keys), "worker.count");
    EXPECT_EQ(nearest("ringsize", keys), "ring.size");
    EXPECT_EQ(nearest("ring.size", keys), "ring.size");
}

TEST(Nearest, FindsAKeyWithoutItsSectionOrInAWrongOne) {
    EXPECT_EQ(nearest("idle_timeout", keys), "flow.idle_timeout");
    EXPECT_EQ(nearest("tcp.idle_timeout", keys), "flow.idle_timeout");
    EXPECT_EQ(nearest("slice", keys), "store.slice");
}

TEST(Nearest, IsEmptyWhenNothingIsNear) {
    EXPECT_EQ(nearest("dashboard.refresh_rate", keys), "");
    EXPECT_EQ(nearest("", keys), "");
    EXPECT_EQ(nearest("ring.size", {}), "");
}

TEST(Nearest, MeasuresLastPartsByTheirOwnLength) {
    EXPECT_EQ(nearest("dashboard.theme", keys), "");
    EXPECT_EQ(nearest("dashboard.colour", keys), "");
}

TEST(Nearest, CountsASwapOfNeighboursAsOneEdit) {
    constexpr std::array<std::string_view, 2> protocols = {"ip", "udp"};
    EXPECT_EQ(nearest("upd", protocols), "udp");
}

TEST(Nearest, AllowsTwoEditsInShortNamesAndAThirdOfLongOnes) {
    constexpr std::array<std::string_view, 1> word = {"abcd"};
    EXPECT_EQ(nearest("abxy", word), "abcd");
    EXPECT_EQ(nearest("axyz", word), "");
    constexpr std::array<std::string_view, 1> long_word = {"abcdefghijkl"};
    EXPECT_EQ(nearest("....efghijkl", long_word), "abcdefghijkl");
    EXPECT_EQ(nearest(".....fghijkl", long_word), "");
}

TEST(Nearest, TakesTheFirstOfEquallyNearNames) {
    constexpr std::array<std::string_view, 3> ports = {"udp.port", "tcp.port", "sctp.port"};
    EXPECT_EQ(nearest("xxp.port", ports), "udp.port");
    EXPECT_EQ(nearest("tcp.prt", ports), "tcp.port") << "nearer than the first";
}

TEST(Nearest, FindsANameBehindAnyOneEdit) {
    test::Random random;
    for (int i = 0; i < 2000; i++) {
        const std::string_view meant = random.pick(keys);
        std::string typed(meant);
        const size_t at = random.below(typed.size());
        const char letter = static_cast<char>('a' + random.below(26));
        switch (random.below(4)) {
            case 0: typed[at] = letter; break;
            case 1: typed.erase(at, 1); break;
            case 2: typed.insert(at, 1, letter); break;
            default:
                if (at > 0) std::swap(typed[at], typed[at - 1]);
        }
        ASSERT_EQ(nearest(typed, keys), meant) << typed;
    }
}

}  // namespace
}  // namespace baleen::base
