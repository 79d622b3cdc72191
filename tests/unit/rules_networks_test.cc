#include "rules/networks.h"

#include <gtest/gtest.h>

#include "tests/unit/random.h"

namespace baleen::rules {
namespace {

Networks some() {
    return Networks({{"HOME", "[10.0.0.0/8,192.168.0.0/16]"},
                     {"EXT", "!$HOME"},
                     {"WEB", "[80,8000:8010]"},
                     {"LOOP", "[1.1.1.1,$LOOP]"},
                     {"BAD", "1.2.3"}});
}

uint32_t v4(const char* dotted) {
    auto set = Networks({}).addresses(dotted);
    EXPECT_TRUE(set) << dotted;
    return set ? set->v4.ranges()[0].first : 0;
}

bool has(std::string_view expression, const char* address) {
    auto networks = some();
    const auto set = networks.addresses(expression);
    EXPECT_TRUE(set) << expression << ": " << set.error().message;
    return set && set->v4.contains(v4(address));
}

TEST(Addresses, ArePrefixesRangesAndLists) {
    EXPECT_TRUE(has("any", "1.2.3.4"));
    EXPECT_TRUE(has("10.1.2.3", "10.1.2.3"));
    EXPECT_FALSE(has("10.1.2.3", "10.1.2.4"));
    EXPECT_TRUE(has("10.1.0.0/16", "10.1.255.255"));
    EXPECT_FALSE(has("10.1.0.0/16", "10.2.0.0"));
    EXPECT_TRUE(has("10.1.0.0/255.255.0.0", "10.1.255.255"));
    EXPECT_TRUE(has("1.1.1.1-1.1.1.9", "1.1.1.9"));
    EXPECT_FALSE(has("1.1.1.1-1.1.1.9", "1.1.1.10"));
    EXPECT_TRUE(has("0.0.0.0/0", "255.255.255.255"));
    EXPECT_TRUE(has("[1.1.1.1, 2.2.2.0/24]", "2.2.2.9"));
}

TEST(Addresses, AreTakenAwayFromWhatIsThere) {
    EXPECT_FALSE(has("[10.0.0.0/8,!10.1.0.0/16]", "10.1.2.3"));
    EXPECT_TRUE(has("[10.0.0.0/8,!10.1.0.0/16]", "10.2.0.0"));
    EXPECT_TRUE(has("!10.0.0.0/8", "11.0.0.0"));
    EXPECT_FALSE(has("!10.0.0.0/8", "10.255.0.0"));
    EXPECT_FALSE(has("![1.1.1.1,2.2.2.2]", "2.2.2.2"));
    EXPECT_TRUE(has("$EXT", "11.0.0.0"));
    EXPECT_TRUE(has("!$EXT", "10.0.0.1"));
    EXPECT_FALSE(has("!$EXT", "11.0.0.1"));
    EXPECT_FALSE(has("[$HOME,![10.1.0.0/16,10.2.0.0/16]]", "10.2.0.1"));
}

TEST(Addresses, ReadNestedListsAsIfTheirItemsStoodThere) {
    // As both engines do: what $EXT excludes is excluded from the whole list.
    EXPECT_FALSE(has("[10.0.0.0/7,$EXT]", "10.0.0.1"));
    EXPECT_TRUE(has("[10.0.0.0/7,$EXT]", "11.0.0.1"));
    EXPECT_FALSE(has("[10.0.0.0/7,$EXT]", "12.0.0.1"));
}

TEST(Addresses, KnowIpv6) {
    auto networks = some();
    const auto set = networks.addresses("[2001:db8::/33,!2001:db8::1]");
    ASSERT_TRUE(set);
    EXPECT_TRUE(set->v4.empty());
    ASSERT_EQ(set->v6.ranges().size(), 2u);
    EXPECT_EQ(set->v6.ranges()[0].last[15], 0);
    EXPECT_EQ(set->v6.ranges()[1].first[15], 2);
    EXPECT_EQ(set->v6.ranges()[1].last[4], 0x7f);
    EXPECT_EQ(set->v6.ranges()[1].last[15], 0xff);
    // Outside of an IPv4 list is all of IPv6.
    EXPECT_TRUE(networks.addresses("$EXT")->v6.is_all());
    EXPECT_TRUE(networks.addresses("::/0")->v6.is_all());
}

TEST(Addresses, SayWhatIsWrong) {
    const std::string deep = std::string(40, '[') + "1.1.1.1" + std::string(40, ']');
    const std::pair<const char*, const char*> cases[] = {
        {"1.2.3", "'1.2.3' is not an address"},
        {"1.2.3.4/33", "is not an address"},
        {"1.2.3.4/255.0.255.0", "is not an address"},
        {"1.1.1.9-1.1.1.1", "is not an address"},
        {"::1-1.1.1.1", "is not an address"},
        {"[1.1.1.1", "has no end"},
        {"[]", "is not an address"},
        {"$NONE", "$NONE is not defined"},
        {"$LOOP", "refers to itself"},
        {"$BAD", "$BAD: '1.2.3' is not an address"},
        {"!any", "leaves nothing"},
        {"[10.0.0.0/8,!$HOME]", "leaves nothing"},
        {deep.c_str(), "too deeply"},
    };
    for (const auto& [text, why] : cases) {
        auto networks = some();
        const auto set = networks.addresses(text);
        ASSERT_FALSE(set) << text;
        EXPECT_NE(set.error().message.find(why), std::string::npos) << set.error().message;
    }
}

TEST(Addresses, ReadEachVariableOnce) {
    // Doubled ten times, and merged on each turn.
    Variables variables = {{"V0", "10.0.0.1"}};
    for (int i = 1; i <= 10; i++)
        variables["V" + std::to_string(i)] =
            "[$V" + std::to_string(i - 1) + ",$V" + std::to_string(i - 1) + "]";
    Networks networks(variables);
    ASSERT_TRUE(networks.addresses("$V10"));
    EXPECT_EQ(networks.addresses("$V10")->v4.ranges().size(), 1u);
}

TEST(Ports, AreNumbersRangesAndLists) {
    auto networks = some();
    const auto ports = [&](const char* text) { return *networks.ports(text); };
    EXPECT_TRUE(ports("any").is_all());
    EXPECT_TRUE(ports("1024:").contains(65535));
    EXPECT_FALSE(ports("1024:").contains(1023));
    EXPECT_TRUE(ports(":1023").contains(0));
    EXPECT_TRUE(ports("[$WEB,!8005]").contains(8004));
    EXPECT_FALSE(ports("[$WEB,!8005]").contains(8005));
    EXPECT_FALSE(ports("!$WEB").contains(80));
    for (const char* wrong : {"65536", "80:79", "x", "", ":", "!0:65535", "80-90-95"})
        EXPECT_FALSE(networks.ports(wrong)) << wrong;
}

TEST(RangeSet, IsTheSetThatItsPartsSay) {
    test::Random random;
    for (int round = 0; round < 300; round++) {
        std::array<bool, 256> in{};
        std::array<bool, 256> out{};
        RangeSet<uint8_t> plain;
        RangeSet<uint8_t> taken;
        for (int i = 0; i < 6; i++) {
            const auto first = static_cast<uint8_t>(random.below(256));
            const auto last =
                static_cast<uint8_t>(std::min<uint64_t>(255, first + random.below(40)));
            (i % 2 ? taken : plain).add(RangeSet<uint8_t>::of(first, last));
            for (int v = first; v <= last; v++) (i % 2 ? out : in)[static_cast<size_t>(v)] = true;
        }
        const auto rest = plain.without(taken);
        const auto outside = plain.complement();
        for (int v = 0; v < 256; v++) {
            const auto i = static_cast<size_t>(v);
            EXPECT_EQ(rest.contains(static_cast<uint8_t>(v)), in[i] && !out[i]) << v;
            EXPECT_EQ(outside.contains(static_cast<uint8_t>(v)), !in[i]) << v;
        }
        for (size_t i = 1; i < rest.ranges().size(); i++)
            EXPECT_GT(rest.ranges()[i].first, rest.ranges()[i - 1].last + 1);
    }
}

}  // namespace
}  // namespace baleen::rules
