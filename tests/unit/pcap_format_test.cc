#include "drivers/replay/pcap_format.h"

#include <gtest/gtest.h>

#include "baleen/limits.h"
#include "tests/unit/capture_bytes.h"
#include "tests/unit/format_run.h"
#include "tests/unit/random.h"

namespace baleen::drivers {
namespace {

using test::as_bytes;
using test::FormatRun;
using test::Order;
using test::PcapBytes;

// A file that cannot be opened ends with Step::skipped and the reason.
FormatRun read_all(std::string_view text) {
    const std::vector<char> exact(text.begin(), text.end());
    const std::string_view bytes(exact.data(), exact.size());
    auto format = PcapFormat::open(as_bytes(bytes));
    if (!format) return {{}, 0, Step::skipped, format.error().message};
    return test::run_format(*format, bytes.substr(PcapFormat::file_header_bytes));
}

TEST(PcapFormat, KnowsItsMagicNumbersInBothByteOrders) {
    for (const uint32_t magic : {test::pcap_us, test::pcap_ns, test::pcap_modified})
        for (const Order order : {Order::little, Order::big})
            EXPECT_TRUE(PcapFormat::recognises(as_bytes(PcapBytes(magic, order).str())));
    EXPECT_TRUE(PcapFormat::recognises(as_bytes("\xd4\xc3\xb2\xa1")));
    EXPECT_FALSE(PcapFormat::recognises(as_bytes("\xd4\xc3\xb2")));
    EXPECT_FALSE(PcapFormat::recognises(as_bytes("")));
    EXPECT_FALSE(PcapFormat::recognises(as_bytes("\xd4\xc3\xb2\xa2")));
    EXPECT_FALSE(PcapFormat::recognises(as_bytes("\x0a\x0d\x0d\x0a")));
}

TEST(PcapFormat, ReadsEveryVariantInBothByteOrders) {
    for (const uint32_t magic : {test::pcap_us, test::pcap_ns, test::pcap_modified})
        for (const Order order : {Order::little, Order::big}) {
            PcapBytes file(magic, order, 101);
            file.packet(1'700'000'000, 999'999, "first").packet(5, 1, "", 60).packet(6, 2, "x", 99);
            const FormatRun read = read_all(file.str());
            ASSERT_EQ(read.packets.size(), 3u) << magic;
            const int64_t unit_ns = magic == test::pcap_ns ? 1 : 1000;
            EXPECT_EQ(read.packets[0].data, "first");
            EXPECT_EQ(read.packets[0].wire_length, 5u);
            EXPECT_EQ(read.packets[0].time_ns, 1'700'000'000'000'000'000 + 999'999 * unit_ns);
            EXPECT_EQ(read.packets[0].link, packet::LinkType::raw);
            EXPECT_EQ(read.packets[1].data, "");
            EXPECT_EQ(read.packets[1].wire_length, 60u);
            EXPECT_EQ(read.packets[1].time_ns, 5'000'000'000 + unit_ns);
            EXPECT_EQ(read.packets[2].data, "x");
            EXPECT_EQ(read.packets[2].wire_length, 99u);
            EXPECT_EQ(read.last, Step::need_more);
            EXPECT_EQ(read.failure, "");
        }
}

TEST(PcapFormat, NeverTellsAWireLengthBelowTheCapturedOne) {
    const FormatRun read = read_all(PcapBytes().packet(1, 0, "twelve bytes", 3).str());
    ASSERT_EQ(read.packets.size(), 1u);
    EXPECT_EQ(read.packets[0].data, "twelve bytes");
    EXPECT_EQ(read.packets[0].wire_length, 12u);
}

TEST(PcapFormat, KeepsTheLargestTimeStampsWithinBounds) {
    for (const uint32_t magic : {test::pcap_us, test::pcap_ns}) {
        const FormatRun read = read_all(PcapBytes(magic).packet(UINT32_MAX, UINT32_MAX, "x").str());
        ASSERT_EQ(read.packets.size(), 1u);
        const int64_t unit_ns = magic == test::pcap_ns ? 1 : 1000;
        EXPECT_EQ(read.packets[0].time_ns,
                  int64_t{UINT32_MAX} * 1'000'000'000 + int64_t{UINT32_MAX} * unit_ns);
    }
}

TEST(PcapFormat, TakesTheLinkTypeOutOfItsWord) {
    // Bits 28 to 31 and 26: length of the frame check sequence, and that there is one.
    EXPECT_EQ(read_all(PcapBytes(test::pcap_us, Order::big, 0x54000071).packet(1, 0, "x").str())
                  .packets.at(0)
                  .link,
              packet::LinkType::linux_sll);
    EXPECT_EQ(read_all(PcapBytes(test::pcap_us, Order::little, 0xffff).packet(1, 0, "x").str())
                  .packets.at(0)
                  .link,
              packet::LinkType{0xffff})
        << "unknown ones are the parser's to count";
    for (const uint32_t link : {0x00010001u, 0x02000001u, 0x01ff0001u})
        EXPECT_TRUE(read_all(PcapBytes(test::pcap_us, Order::little, link).str())
                        .failure.starts_with("has reserved bits in its link type (0x"));
}

TEST(PcapFormat, RefusesOtherVersionsThanTwo) {
    for (const Order order : {Order::little, Order::big})
        for (const uint16_t major : std::initializer_list<uint16_t>{0, 1, 3, 0x200}) {
            test::CaptureBytes file(order);
            file.u32(test::pcap_us).u16(major).u16(4).u64(0).u32(65535).u32(1);
            EXPECT_EQ(read_all(file.str()).failure,
                      "has pcap version " + std::to_string(major) + "; only version 2 is known");
        }
}

TEST(PcapFormat, DeliversWhatIsWholeWhenCutAtAnyByte) {
    for (const uint32_t magic : {test::pcap_us, test::pcap_modified})
        for (const Order order : {Order::little, Order::big}) {
            PcapBytes file(magic, order);
            std::vector<size_t> ends;
            for (uint32_t i = 0; i < 4; i++) {
                file.packet(i, 0, std::string(7 * i, static_cast<char>('a' + i)));
                ends.push_back(file.size());
            }
            for (size_t cut = 0; cut <= file.size(); cut++) {
                const FormatRun read = read_all(file.str().substr(0, cut));
                size_t whole = 0;
                while (whole < ends.size() && ends[whole] <= cut) whole++;
                ASSERT_EQ(read.packets.size(), whole) << cut;
                if (cut < PcapFormat::file_header_bytes) {
                    ASSERT_EQ(read.failure, "is cut inside the pcap file header") << cut;
                } else {
                    ASSERT_EQ(read.last, Step::need_more) << cut;
                    ASSERT_EQ(read.failure, "") << cut;
                }
            }
        }
}

TEST(PcapFormat, TakesTheLargestPacketAndRefusesALargerOne) {
    const std::string largest(limits::packet_bytes_max, 'x');
    EXPECT_EQ(read_all(PcapBytes().packet(1, 0, largest).str()).packets.size(), 1u);
    for (const uint32_t captured : {limits::packet_bytes_max + 1, UINT32_MAX}) {
        PcapBytes file;
        file.packet(1, 0, "before").u32(1).u32(0).u32(captured).u32(60).raw("some bytes");
        const FormatRun read = read_all(file.str());
        EXPECT_EQ(read.packets.size(), 1u) << "what came before is kept";
        EXPECT_EQ(read.last, Step::failed);
        EXPECT_EQ(read.failure, "claims a packet of " + std::to_string(captured) +
                                    " bytes, more than any link carries; the file is damaged "
                                    "there");
    }
}

TEST(PcapFormat, SurvivesAnyBytes) {
    test::Random random;
    for (int i = 0; i < 20'000; i++) {
        constexpr uint32_t magics[] = {test::pcap_us, test::pcap_ns, test::pcap_modified};
        PcapBytes file(random.pick(magics), random.one_in(2) ? Order::little : Order::big);
        for (uint64_t packets = random.below(5); packets > 0; packets--)
            file.packet(static_cast<uint32_t>(random.next()), static_cast<uint32_t>(random.next()),
                        random.bytes(60), static_cast<uint32_t>(random.of_bits(32)));
        std::string bytes = file.str() + random.bytes(20);
        for (uint64_t edits = random.below(4); edits > 0; edits--)
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        const FormatRun read = read_all(bytes);
        ASSERT_FALSE(HasFailure()) << "step " << i;
        ASSERT_EQ(read.last == Step::failed || read.last == Step::skipped, !read.failure.empty());
    }
}

}  // namespace
}  // namespace baleen::drivers
