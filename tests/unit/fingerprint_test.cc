// Against what the authors of JA3 and JA4 have published.
#include "record/fingerprint.h"

#include <gtest/gtest.h>

#include "tests/support/hello_builder.h"

namespace baleen::record {
namespace {

using test::pack;
using test::PackedClientHello;

// The example of JA4's description: Chrome.
PackedClientHello chrome() {
    return {
        .ciphers = {0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
                    0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
        .extensions = {0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
                       0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015},
        .groups = {0x001d, 0x0017, 0x0018},
        .point_formats = {0},
        .signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
        .alpn = {'h', '2'},
        .version = 0x0304};
}

TEST(Ja3, IsAsInItsDescription) {
    const PackedClientHello full{
        .legacy_version = 769,
        .ciphers = {47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4},
        .extensions = {0, 10, 11},
        .groups = {23, 24, 25},
        .point_formats = {0}};
    EXPECT_EQ(make_ja3(pack(full)), "ada70206e40642a3e4461f35503241d5");
    const PackedClientHello bare{.legacy_version = 769,
                                 .ciphers = {4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}};
    EXPECT_EQ(make_ja3(pack(bare)), "de350869b8c85de67a350c8d186f11e6");
}

// md5("769,47,65281-0-11-35-5-16")
TEST(Ja3s, HoldsVersionCipherAndExtensions) {
    EXPECT_EQ(make_ja3s(test::pack_server_hello(769, 47, {65281, 0, 11, 35, 5, 16})),
              "836ce314215654b5b1f85f97c73e506f");
}

TEST(Ja4, IsAsInItsDescription) {
    EXPECT_EQ(make_ja4(pack(chrome())), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST(Ja4, TellsTransportVersionAndWhetherThereIsAName) {
    PackedClientHello hello = chrome();
    hello.transport = 'q';
    EXPECT_EQ(make_ja4(pack(hello)).substr(0, 10), "q13d1516h2");
    std::erase(hello.extensions, 0);
    hello.transport = 'd';
    hello.version = 0xfefd;
    EXPECT_EQ(make_ja4(pack(hello)), "dd2i1515h2_8daaf6152771_e5627efa2ab1");
    hello.version = 0x7f12;
    EXPECT_EQ(make_ja4(pack(hello)).substr(0, 4), "d00i");
}

// "0xAB", "0x30 0xAB", "0xAB ... 0xCD" and so on, from its description.
TEST(Ja4, WritesOtherProtocolsThanTextInHexadecimal) {
    const auto alpn = [](uint8_t first, uint8_t last) {
        PackedClientHello hello = chrome();
        hello.alpn = {first, last};
        return make_ja4(pack(hello)).substr(8, 2);
    };
    EXPECT_EQ(alpn('h', 'h'), "hh");
    EXPECT_EQ(alpn(0xab, 0xab), "ab");
    EXPECT_EQ(alpn(0xab, 0xcd), "ad");
    EXPECT_EQ(alpn(0x30, 0xab), "3b");
    EXPECT_EQ(alpn('h', '/'), "6f");
    PackedClientHello none = chrome();
    none.alpn.clear();
    EXPECT_EQ(make_ja4(pack(none)).substr(8, 2), "00");
}

TEST(Ja4, HasZerosForListsThatAreEmptyAndNinetyNineForLongOnes) {
    EXPECT_EQ(make_ja4(pack({})), "t12i000000_000000000000_000000000000");
    PackedClientHello many = chrome();
    many.ciphers.assign(120, 0x002f);
    EXPECT_EQ(make_ja4(pack(many)).substr(0, 10), "t13d9916h2");
    // Without signature algorithms there is no underscore behind the extensions.
    PackedClientHello mute{.extensions = {0x000a}};
    EXPECT_EQ(make_ja4(pack(mute)), "t12i000100_000000000000_a8f3e973773c");
}

TEST(Fingerprint, IsNotMadeOfWhatIsNoPackedHello) {
    const test::Bytes whole = pack(chrome());
    for (size_t size = 0; size < whole.size(); size++) {
        const std::span<const uint8_t> cut(whole.data(), size);
        EXPECT_EQ(make_ja3(cut), "");
        EXPECT_EQ(make_ja4(cut), "");
    }
    test::Bytes longer = whole;
    longer.push_back(0);
    EXPECT_EQ(make_ja3(longer), "");
    EXPECT_EQ(make_ja3s({}), "");
}

}  // namespace
}  // namespace baleen::record
