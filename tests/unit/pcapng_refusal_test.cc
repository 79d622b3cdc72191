// What pcapng files may not say, and the limits up to which they may.
#include <gtest/gtest.h>

#include "baleen/limits.h"
#include "tests/unit/pcapng_run.h"

namespace baleen::drivers {
namespace {

using test::FormatRun;
using test::PcapngBytes;
using test::read_pcapng;
using test::started;

std::string failure_of(std::string_view text) {
    const FormatRun read = read_pcapng(text);
    EXPECT_EQ(read.last, Step::failed);
    return read.failure;
}

TEST(PcapngRefusal, RefusesBlockLengthsThatCannotBe) {
    for (const uint32_t length : {0u, 4u, 8u, 11u, 13u, 14u, 15u, (16u << 20) + 4, UINT32_MAX}) {
        PcapngBytes file = started();
        file.enhanced(0, 1, "before");
        file.u32(5).u32(length).u32(length);
        const FormatRun read = read_pcapng(file.str());
        EXPECT_EQ(read.packets.size(), 1u);
        EXPECT_EQ(read.last, Step::failed);
        EXPECT_EQ(read.failure, "has a block of " + std::to_string(length) +
                                    " bytes, which cannot be; the file is damaged there");
    }
}

TEST(PcapngRefusal, TakesTheLargestBlock) {
    PcapngBytes file = started();
    file.block(0x0bad, file.body().raw(std::string((16u << 20) - 12, 'x')));
    file.enhanced(0, 1, "x");
    const FormatRun read = read_pcapng(file.str());
    EXPECT_EQ(read.packets.size(), 1u) << read.failure;
}

TEST(PcapngRefusal, RefusesABlockWhoseLengthsDiffer) {
    PcapngBytes file = started();
    file.u32(5).u32(16).u32(0).u32(12);
    EXPECT_EQ(failure_of(file.str()),
              "has a block whose two lengths differ; the file is damaged there");
}

TEST(PcapngRefusal, RefusesWhatDoesNotBeginWithASection) {
    EXPECT_EQ(failure_of(PcapngBytes().interface().str()), "does not begin with a section header");
    PcapngBytes file;
    file.u32(0x0a0d0d0a).u32(28).u32(0x12345678).u32(1).u64(0).u32(28);
    EXPECT_EQ(failure_of(file.str()),
              "has a section without a byte-order mark; the file is damaged there");
    for (const uint16_t major : std::initializer_list<uint16_t>{0, 2, 0x100})
        EXPECT_EQ(failure_of(PcapngBytes().section(major).str()),
                  "has pcapng version " + std::to_string(major) + "; only version 1 is known");
}

TEST(PcapngRefusal, RefusesBlocksThatAreTooShortForTheirKind) {
    const PcapngBytes maker;
    const auto after_start = [](uint32_t type, const test::CaptureBytes& body) {
        PcapngBytes file = started();
        file.block(type, body);
        return failure_of(file.str());
    };
    EXPECT_EQ(
        failure_of(PcapngBytes().block(0x0a0d0d0a, maker.body().u32(0x1a2b3c4d).u64(1)).str()),
        "has a section header that is too short");
    EXPECT_EQ(after_start(1, maker.body().u32(1)),
              "has an interface description that is too short");
    EXPECT_EQ(after_start(6, maker.body().u64(0).u64(0)), "has a packet block that is too short");
    EXPECT_EQ(after_start(2, maker.body().u64(0).u64(0)), "has a packet block that is too short");
    EXPECT_EQ(after_start(3, maker.body()), "has a simple packet block that is too short");
}

TEST(PcapngRefusal, RefusesPacketsOfInterfacesThatItDoesNotDescribe) {
    EXPECT_EQ(failure_of(started().enhanced(1, 0, "x").str()),
              "has a packet from interface 1, which it does not describe");
    EXPECT_EQ(failure_of(started().enhanced(UINT32_MAX, 0, "x").str()),
              "has a packet from interface 4294967295, which it does not describe");
    EXPECT_EQ(failure_of(started().obsolete(9, 0, "x").str()),
              "has a packet from interface 9, which it does not describe");
    EXPECT_EQ(failure_of(PcapngBytes().section().simple("x").str()),
              "has a packet but no interface description before it");
}

TEST(PcapngRefusal, RefusesPacketsLargerThanTheirBlockOrAnyLink) {
    for (const uint32_t captured : {5u, 1000u, UINT32_MAX}) {
        PcapngBytes file = started();
        file.block(6, file.body().u32(0).u64(0).u32(captured).u32(60).raw("four"));
        EXPECT_EQ(failure_of(file.str()),
                  "claims a packet of " + std::to_string(captured) + " bytes in a block of 36");
    }
    EXPECT_EQ(
        read_pcapng(started().enhanced(0, 0, std::string(limits::packet_bytes_max, 'x')).str())
            .packets.size(),
        1u);
    EXPECT_TRUE(
        failure_of(started().enhanced(0, 0, std::string(limits::packet_bytes_max + 1, 'x')).str())
            .starts_with("claims a packet of 262145 bytes"));
    const FormatRun read =
        read_pcapng(started().simple(std::string(limits::packet_bytes_max + 1, 'x')).str());
    ASSERT_EQ(read.packets.size(), 1u) << "a simple packet is cut";
    EXPECT_EQ(read.packets[0].data.size(), limits::packet_bytes_max);
}

TEST(PcapngRefusal, Takes65536InterfacesAndNoMore) {
    PcapngBytes file;
    file.section();
    for (uint32_t i = 0; i < 65'536; i++) file.interface(static_cast<uint16_t>(i));
    PcapngBytes last = file;
    last.enhanced(65'535, 1, "x");
    const FormatRun read = read_pcapng(last.str());
    ASSERT_EQ(read.packets.size(), 1u) << read.failure;
    EXPECT_EQ(read.packets[0].link, packet::LinkType{65'535});
    EXPECT_EQ(failure_of(file.interface().str()), "describes more than 65536 interfaces");
}

}  // namespace
}  // namespace baleen::drivers
