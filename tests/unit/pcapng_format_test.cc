#include "drivers/replay/pcapng_format.h"

#include <gtest/gtest.h>

#include "tests/unit/pcapng_run.h"
#include "tests/unit/random.h"
#include "tests/unit/times.h"

namespace baleen::drivers {
namespace {

using test::as_bytes;
using test::FormatRun;
using test::Order;
using test::PcapngBytes;
using test::read_pcapng;
using test::started;

using test::second_ns;

TEST(PcapngFormat, KnowsItsMagicNumber) {
    EXPECT_TRUE(PcapngFormat::recognises(as_bytes(PcapngBytes(Order::little).section().str())));
    EXPECT_TRUE(PcapngFormat::recognises(as_bytes(PcapngBytes(Order::big).section().str())));
    EXPECT_FALSE(PcapngFormat::recognises(as_bytes("\x0a\x0d\x0d")));
    EXPECT_FALSE(PcapngFormat::recognises(as_bytes("\xd4\xc3\xb2\xa1")));
}

TEST(PcapngFormat, ReadsEachKindOfPacketBlockInBothByteOrders) {
    for (const Order order : {Order::little, Order::big}) {
        PcapngBytes file(order);
        file.section().interface(101);
        file.enhanced(0, 0x0005'f000'1234'5678, "enhanced", 1500);
        file.obsolete(0, 0x0005'f000'0000'0001, "old");
        file.simple("simple");
        const FormatRun read = read_pcapng(file.str());
        ASSERT_EQ(read.packets.size(), 3u) << read.failure;
        EXPECT_EQ(read.packets[0].data, "enhanced");
        EXPECT_EQ(read.packets[0].wire_length, 1500u);
        EXPECT_EQ(read.packets[0].time_ns, 0x0005'f000'1234'5678 * 1000) << "microseconds";
        EXPECT_EQ(read.packets[0].link, packet::LinkType::raw);
        EXPECT_EQ(read.packets[1].data, "old");
        EXPECT_EQ(read.packets[1].time_ns, 0x0005'f000'0000'0001 * 1000);
        EXPECT_EQ(read.packets[2].data, "simple");
        EXPECT_EQ(read.packets[2].wire_length, 6u);
        EXPECT_EQ(read.last, Step::need_more);
        EXPECT_EQ(read.failure, "");
    }
}

TEST(PcapngFormat, TakesLinkAndResolutionFromThePacketsInterface) {
    PcapngBytes file;
    file.section();
    file.interface(1).interface(113, 0, file.resolution(9)).interface(228, 0, file.resolution(3));
    file.enhanced(2, 7, "c").enhanced(0, 7, "a").obsolete(1, 7, "b");
    const FormatRun read = read_pcapng(file.str());
    ASSERT_EQ(read.packets.size(), 3u) << read.failure;
    EXPECT_EQ(read.packets[0].link, packet::LinkType::raw_ipv4);
    EXPECT_EQ(read.packets[0].time_ns, 7'000'000);
    EXPECT_EQ(read.packets[1].link, packet::LinkType::ethernet);
    EXPECT_EQ(read.packets[1].time_ns, 7000);
    EXPECT_EQ(read.packets[2].link, packet::LinkType::linux_sll);
    EXPECT_EQ(read.packets[2].time_ns, 7);
}

TEST(PcapngFormat, StartsANewWithEachSectionEvenInTheOtherByteOrder) {
    PcapngBytes file(Order::little);
    file.section().interface(1).interface(101).enhanced(1, 1, "one");
    PcapngBytes second(Order::big);
    second.section().interface(113).enhanced(0, 2, "two");
    const FormatRun read = read_pcapng(file.str() + second.str() + file.str());
    ASSERT_EQ(read.packets.size(), 3u) << read.failure;
    EXPECT_EQ(read.packets[0].link, packet::LinkType::raw);
    EXPECT_EQ(read.packets[1].link, packet::LinkType::linux_sll);
    EXPECT_EQ(read.packets[1].time_ns, 2000);
    EXPECT_EQ(read.packets[2].data, "one");

    PcapngBytes forgotten;
    forgotten.section().interface().interface().section().interface().enhanced(1, 1, "x");
    EXPECT_EQ(read_pcapng(forgotten.str()).failure,
              "has a packet from interface 1, which it does not describe");
}

struct Resolution {
    uint8_t value;
    uint64_t stamp;
    int64_t time_ns;
};

TEST(PcapngFormat, ReadsResolutionsOfPowersOfTenAndTwo) {
    constexpr Resolution cases[] = {
        {0, 5, 5 * second_ns},
        {3, 1500, 1'500'000'000},
        {6, 1, 1000},
        {9, 1, 1},
        {9, 1'700'000'000'123'456'789, 1'700'000'000'123'456'789},
        {12, 1'234'567, 1234},                         // picoseconds are cut
        {19, 10'000'000'000'000'000'000u, second_ns},  // the finest that fits
        {0x80, 5, 5 * second_ns},                      // 2^0
        {0x81, 3, 1'500'000'000},
        {0x8a, 1024 + 512, 1'500'000'000},
        {0xa0, (uint64_t{7} << 32) + (uint64_t{1} << 31), 7'500'000'000},  // as NTP
        {0xbf, uint64_t{1} << 63, second_ns},                              // 2^63
        {0xbf, (uint64_t{1} << 63) - 1, 999'999'999},
    };
    for (const auto& [value, stamp, time_ns] : cases) {
        PcapngBytes file;
        file.section().interface(1, 0, file.resolution(value)).enhanced(0, stamp, "x");
        const FormatRun read = read_pcapng(file.str());
        ASSERT_EQ(read.packets.size(), 1u) << int{value} << ": " << read.failure;
        EXPECT_EQ(read.packets[0].time_ns, time_ns) << int{value};
    }
    for (const uint8_t value : {uint8_t{20}, uint8_t{127}, uint8_t{0xc0}, uint8_t{0xff}}) {
        PcapngBytes file;
        file.section().interface(1, 0, file.resolution(value));
        EXPECT_EQ(read_pcapng(file.str()).failure,
                  "has an interface with an impossible time resolution");
    }
}

int64_t time_of(uint8_t resolution, int64_t offset, uint64_t stamp) {
    PcapngBytes file(Order::big);
    file.section().interface(1, 0, file.resolution(resolution) + file.offset(offset));
    file.enhanced(0, stamp, "x");
    const FormatRun read = read_pcapng(file.str());
    EXPECT_EQ(read.packets.size(), 1u) << read.failure;
    return read.packets.empty() ? -1 : read.packets[0].time_ns;
}

TEST(PcapngFormat, AddsTheOffsetAndStaysWithinBounds) {
    EXPECT_EQ(time_of(6, 1'700'000'000, 5), 1'700'000'000 * second_ns + 5000);
    EXPECT_EQ(time_of(6, -2, 3'000'000), second_ns);
    EXPECT_EQ(time_of(6, -4, 3'000'000), 0) << "before 1970";
    EXPECT_EQ(time_of(6, INT64_MIN, 0), 0);
    EXPECT_EQ(time_of(6, INT64_MAX, UINT64_MAX), time_ns_max);
    EXPECT_EQ(time_of(0, 0, UINT64_MAX), time_ns_max);
    EXPECT_EQ(time_of(9, 0, UINT64_MAX), time_ns_max);
    EXPECT_EQ(time_of(9, 0, uint64_t{1} << 62), time_ns_max);
    EXPECT_EQ(time_of(9, 0, (uint64_t{1} << 62) - 1), time_ns_max - 1);
}

TEST(PcapngFormat, AddsANegativeOffsetToALargeStamp) {
    EXPECT_EQ(time_of(0, -(int64_t{1} << 40), (uint64_t{1} << 40) + 5), 5 * second_ns);
}

TEST(PcapngFormat, IgnoresOptionsThatItDoesNotKnowOrThatAreMalformed) {
    const PcapngBytes maker;
    const std::string name = maker.body().u16(2).u16(5).raw("eth0\n").pad_to_4().str();
    const std::string end = maker.body().u16(0).u16(0).str();
    const std::string ns = maker.resolution(9);
    const std::string two_bytes = maker.body().u16(9).u16(2).raw("\x09\x09").pad_to_4().str();
    const std::string too_long = maker.body().u16(9).u16(200).raw("\x09\x09\x09\x09").str();
    constexpr int64_t us = 1000;
    const std::pair<std::string, int64_t> cases[] = {
        {name + ns, 1}, {ns + end, 1},       {end + ns, us},        {two_bytes, us},
        {too_long, us}, {too_long + ns, us}, {ns.substr(0, 4), us}, {"", us},
    };
    for (const auto& [options, time_ns] : cases) {
        PcapngBytes file;
        file.section().interface(1, 0, options).enhanced(0, 1, "x");
        const FormatRun read = read_pcapng(file.str());
        ASSERT_EQ(read.packets.size(), 1u) << read.failure;
        EXPECT_EQ(read.packets[0].time_ns, time_ns);
    }
}

TEST(PcapngFormat, CutsASimplePacketToTheSnapLength) {
    PcapngBytes file;
    file.section().interface(1, 4).interface(101, 2);
    // The block is padded: only the lengths tell what is data.
    file.simple("abcdefg").simple("ab").simple("abcd", 1500);
    const FormatRun read = read_pcapng(file.str());
    ASSERT_EQ(read.packets.size(), 3u) << read.failure;
    EXPECT_EQ(read.packets[0].data, "abcd");
    EXPECT_EQ(read.packets[0].wire_length, 7u);
    EXPECT_EQ(read.packets[0].link, packet::LinkType::ethernet) << "the first interface's";
    EXPECT_EQ(read.packets[1].data, "ab");
    EXPECT_EQ(read.packets[2].data, "abcd");
    EXPECT_EQ(read.packets[2].wire_length, 1500u);
}

TEST(PcapngFormat, SkipsBlocksThatAreNoPackets) {
    PcapngBytes file = started();
    for (const uint32_t type : {4u, 5u, 10u, 0x0bad0badu, 0x80000001u, 0u, UINT32_MAX})
        file.block(type, file.body().raw("12345678"));
    file.block(0x0000abcd, file.body());  // nothing in it
    file.enhanced(0, 1, "x");
    const FormatRun read = read_pcapng(file.str());
    EXPECT_EQ(read.packets.size(), 1u) << read.failure;
    EXPECT_EQ(read.skipped, 2u + 8u);
}

TEST(PcapngFormat, DeliversWhatIsWholeWhenCutAtAnyByte) {
    for (const Order order : {Order::little, Order::big}) {
        PcapngBytes file = started(order);
        std::vector<size_t> ends;
        for (uint64_t i = 0; i < 3; i++) {
            const std::string data(5 * i, 'x');
            file.enhanced(0, i, data);
            ends.push_back(file.size());
            file.obsolete(0, i, data);
            ends.push_back(file.size());
            file.simple(data);
            ends.push_back(file.size());
            file.block(5, file.body().raw("stat"));
        }
        for (size_t cut = 0; cut <= file.size(); cut++) {
            const FormatRun read = read_pcapng(file.str().substr(0, cut));
            size_t whole = 0;
            while (whole < ends.size() && ends[whole] <= cut) whole++;
            ASSERT_EQ(read.packets.size(), whole) << cut;
            ASSERT_EQ(read.last, Step::need_more) << cut << read.failure;
        }
    }
}

TEST(PcapngFormat, SurvivesAnyBytes) {
    test::Random random;
    for (int i = 0; i < 20'000; i++) {
        PcapngBytes file(random.one_in(2) ? Order::little : Order::big);
        file.section();
        for (uint64_t blocks = random.below(8); blocks > 0; blocks--) switch (random.below(6)) {
                case 0:
                    file.interface(1, 0, file.resolution(static_cast<uint8_t>(random.next())));
                    break;
                case 1: file.enhanced(0, random.next(), random.bytes(40)); break;
                case 2: file.obsolete(0, random.next(), random.bytes(40)); break;
                case 3: file.simple(random.bytes(40)); break;
                case 4:
                    file.interface(1, 0, file.offset(static_cast<int64_t>(random.next())));
                    break;
                default: file.interface(); break;
            }
        std::string bytes = file.str() + random.bytes(20);
        for (uint64_t edits = random.below(4); edits > 0; edits--)
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        const FormatRun read = read_pcapng(bytes);
        ASSERT_FALSE(HasFailure()) << "step " << i;
        ASSERT_EQ(read.last == Step::failed, !read.failure.empty());
    }
}

}  // namespace
}  // namespace baleen::drivers
