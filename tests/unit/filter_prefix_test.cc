// Addresses and prefixes in filters.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "filter/literal.h"
#include "tests/unit/random.h"

namespace baleen::filter {
namespace {

std::string refusal_of(std::string_view text) {
    const auto literal = parse_literal(FieldType::address, text);
    EXPECT_FALSE(literal) << text;
    return literal ? "" : literal.error().message;
}

std::array<uint8_t, 16> bytes_of(const std::string& address) {
    std::array<uint8_t, 16> out{};
    if (::inet_pton(AF_INET6, address.c_str(), out.data()) != 1) {
        EXPECT_EQ(::inet_pton(AF_INET, address.c_str(), out.data() + 12), 1) << address;
        out[10] = out[11] = 0xff;
    }
    return out;
}

bool covers(std::string_view prefix, const std::string& address) {
    const auto literal = parse_prefix(prefix);
    EXPECT_TRUE(literal) << prefix;
    return literal && literal->covers(bytes_of(address).data());
}

TEST(PrefixLiteral, TakesAnAddressForThePrefixOfItself) {
    EXPECT_TRUE(covers("10.0.0.1", "10.0.0.1"));
    EXPECT_FALSE(covers("10.0.0.1", "10.0.0.0"));
    EXPECT_TRUE(covers("10.0.0.1/32", "10.0.0.1"));
    EXPECT_FALSE(covers("10.0.0.1/32", "10.0.0.0"));
    EXPECT_TRUE(covers("2001:db8::1", "2001:db8::1"));
    EXPECT_TRUE(covers("2001:db8::1/128", "2001:db8::1"));
    EXPECT_FALSE(covers("2001:db8::1/128", "2001:db8::"));
}

TEST(PrefixLiteral, CoversExactlyItsBits) {
    EXPECT_TRUE(covers("10.0.0.0/8", "10.255.255.255"));
    EXPECT_FALSE(covers("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(covers("10.0.0.0/31", "10.0.0.1"));
    EXPECT_FALSE(covers("10.0.0.0/31", "10.0.0.2"));
    EXPECT_TRUE(covers("172.16.0.0/12", "172.31.255.255"));
    EXPECT_FALSE(covers("172.16.0.0/12", "172.32.0.0"));
    EXPECT_TRUE(covers("10.1.2.3/8", "10.9.9.9")) << "bits behind the prefix do not matter";
    EXPECT_TRUE(covers("2001:db8::/33", "2001:db8:7fff::"));
    EXPECT_FALSE(covers("2001:db8::/33", "2001:db8:8000::"));
}

TEST(PrefixLiteral, OfLengthZeroCoversItsWholeFamily) {
    EXPECT_TRUE(covers("0.0.0.0/0", "255.255.255.255"));
    EXPECT_TRUE(covers("0.0.0.0/0", "0.0.0.0"));
    EXPECT_FALSE(covers("0.0.0.0/0", "2001:db8::1"));
    EXPECT_FALSE(covers("0.0.0.0/0", "::")) << "not even where the bytes are alike";
    EXPECT_TRUE(covers("::/0", "2001:db8::1"));
    EXPECT_TRUE(covers("::/0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
}

TEST(PrefixLiteral, AgreesWithABitByBitComparison) {
    test::Random random;
    for (int i = 0; i < 20'000; i++) {
        const bool is_v4 = random.one_in(2);
        const auto bits = static_cast<uint32_t>(random.between(0, is_v4 ? 32 : 128));
        std::array<uint8_t, 16> network{}, other{};
        for (uint8_t& byte : network) byte = static_cast<uint8_t>(random.below(256));
        if (is_v4) std::memcpy(network.data(), "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
        other = network;
        // One bit differs: inside of the prefix or behind it.
        const uint64_t flipped = random.between(is_v4 ? 96 : 0, 127);
        other[flipped / 8] ^= static_cast<uint8_t>(0x80 >> flipped % 8);
        char text[INET6_ADDRSTRLEN];
        ASSERT_NE(::inet_ntop(is_v4 ? AF_INET : AF_INET6, network.data() + (is_v4 ? 12 : 0), text,
                              sizeof text),
                  nullptr);
        const std::string prefix = std::string(text) + "/" + std::to_string(bits);
        const auto literal = parse_prefix(prefix);
        ASSERT_TRUE(literal) << prefix;
        ASSERT_TRUE(literal->covers(network.data())) << prefix;
        ASSERT_EQ(literal->covers(other.data()), flipped >= bits + (is_v4 ? 96 : 0))
            << prefix << ", bit " << flipped;
    }
}

TEST(PrefixLiteral, RefusesWrongLengths) {
    for (const auto text : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/+8",
                            "10.0.0.0/255.0.0.0", "10.0.0.0/8/8", "10.0.0.0/4294967296",
                            "2001:db8::/129", "2001:db8::/", "::/128x"})
        EXPECT_EQ(refusal_of(text), "'" + std::string(text) + "' has a wrong prefix length");
}

TEST(PrefixLiteral, RefusesWhatIsNoAddress) {
    for (const auto text : {"", "/8", "10", "10.0.0", "10.0.0.256", "10.0.0.1.2", "010.0.0.1",
                            "10.0.0.1 ", "::1::", "2001:db8:::", "12345::", "fe80::1%eth0",
                            "localhost", "10.0.0.1..10.0.0.9", "1:2:3:4:5:6:7:8:9"})
        EXPECT_TRUE(refusal_of(text).starts_with("'" + std::string(text) +
                                                 "' is not an address or a prefix"))
            << text;
}

}  // namespace
}  // namespace baleen::filter
