// Capture files from end to end: single ones, lists of them, and what each leaves behind when it is
// damaged.
#include "drivers/replay/replay_source.h"

#include <gtest/gtest.h>

#include "tests/unit/capture_bytes.h"
#include "tests/unit/random.h"
#include "tests/unit/replay_run.h"
#include "tests/unit/temp_folder.h"
#include "tests/unit/times.h"

namespace baleen::drivers {
namespace {

using test::PcapBytes;
using test::PcapngBytes;
using test::ReplayRun;
using test::TempFolder;
using test::three_packets;
using Texts = std::vector<std::string>;

using test::second_ns;

TEST(ReplaySource, ReadsPcapAndPcapngFilesOneAfterTheOther) {
    const TempFolder folder;
    PcapngBytes second;
    second.section().interface(101, 0, second.resolution(9));
    second.enhanced(0, 20 * second_ns, "four").enhanced(0, 21 * second_ns, "five", 99);
    ReplayRun run(
        {folder.write("a.pcap", three_packets().str()), folder.write("b.pcapng", second.str())});
    run.to_end();
    EXPECT_EQ(run.texts(), (Texts{"one", "two", "three", "four", "five"}));
    EXPECT_TRUE(run.source.problems().empty()) << run.source.problems()[0];
    EXPECT_EQ(run.packets[0].time_ns, 10 * second_ns);
    EXPECT_EQ(run.packets[3].link, packet::LinkType::raw);
    EXPECT_EQ(run.packets[4].wire_length, 99u);
    EXPECT_EQ(run.port.wire_packets, 5u);
    EXPECT_EQ(run.port.wire_bytes, 60u + 3 + 5 + 4 + 99);
    EXPECT_EQ(run.source.clock_ns(), 21 * second_ns);
}

TEST(ReplaySource, IsExhaustedAtOnceWithoutFiles) {
    ReplayRun run({});
    EXPECT_TRUE(run.source.exhausted());
    EXPECT_FALSE(run.source.must_quiesce());
    run.to_end();
    EXPECT_TRUE(run.packets.empty());
}

TEST(ReplaySource, ReadsAFileWithoutPackets) {
    const TempFolder folder;
    ReplayRun run({folder.write("a.pcap", PcapBytes().str()),
                   folder.write("b.pcapng", PcapngBytes().section().str())});
    run.to_end();
    EXPECT_TRUE(run.packets.empty());
    EXPECT_TRUE(run.source.problems().empty()) << run.source.problems()[0];
}

TEST(ReplaySource, GivesNoMoreThanWasAskedFor) {
    const TempFolder folder;
    PcapBytes file;
    for (uint32_t i = 0; i < 200; i++) file.packet(i, 0, "x");
    const std::string path = folder.write("a.pcap", file.str());
    for (const uint32_t limit : {1u, 7u, 64u}) {
        ReplayRun run({path});
        run.to_end(limit);
        EXPECT_EQ(run.packets.size(), 200u);
        EXPECT_EQ(run.largest_batch, limit);
    }
    ReplayRun run({path});
    run.source.receive(run.batch, 0);
    EXPECT_EQ(run.batch.count, 0u);
    EXPECT_FALSE(run.source.exhausted());
}

TEST(ReplaySource, GivesNoMoreThanABatchHolds) {
    const TempFolder folder;
    PcapBytes file;
    for (uint32_t i = 0; i < 70; i++) file.packet(i, 0, "x");
    ReplayRun run({folder.write("a.pcap", file.str())});
    run.source.receive(run.batch, 70);
    EXPECT_EQ(run.batch.count, packet::lane_count);
}

TEST(ReplaySource, NamesWhatCannotBeReadAndGoesOn) {
    const TempFolder folder;
    const std::string good = folder.write("good.pcap", three_packets().str());
    const std::string empty = folder.write("empty.pcap", "");
    const std::string text = folder.write("notes.txt", "Not a capture at all, but long enough.");
    const std::string tiny = folder.write("tiny", "abc");
    const std::string header = folder.write("header.pcap", three_packets().str().substr(0, 20));
    const std::string zstd = folder.write("a.zst", "\x28\xb5\x2f\xfd" + std::string(40, 'x'));
    const std::string xz = folder.write("a.xz", "\xfd" + ("7zXZ" + std::string(40, 'x')));
    const std::string missing = folder.path("missing.pcap");
    const std::string inner = folder.path("");
    ReplayRun run({missing, good, empty, text, tiny, header, zstd, xz, inner, good});
    run.to_end();
    EXPECT_EQ(run.texts(), (Texts{"one", "two", "three", "one", "two", "three"}));
    const Texts expected = {
        missing + " cannot be opened: No such file or directory",
        empty + " is empty",
        text + " is neither pcap nor pcapng (after packet 0, at byte 0)",
        tiny + " is neither pcap nor pcapng (after packet 0, at byte 0)",
        header + " is cut inside the pcap file header (after packet 0, at byte 0)",
        zstd + " is compressed; use: zstdcat FILE | baleen ... -r - (after packet 0, at byte 0)",
        xz + " is compressed; use: xzcat FILE | baleen ... -r - (after packet 0, at byte 0)",
        inner + " is a folder; name its files",
    };
    EXPECT_EQ(run.source.problems(), expected);
}

TEST(ReplaySource, KeepsThePacketsBeforeTheDamage) {
    const TempFolder folder;
    const std::string good = folder.write("good.pcap", three_packets().str());
    const std::string whole = three_packets().str();
    const std::string cut = folder.write("cut.pcap", whole.substr(0, whole.size() - 1));
    const std::string damaged =
        folder.write("damaged.pcap", whole + std::string(16, '\xff') + "some more");
    ReplayRun run({cut, damaged, good});
    run.to_end();
    EXPECT_EQ(run.texts(), (Texts{"one", "two", "one", "two", "three", "one", "two", "three"}));
    ASSERT_EQ(run.source.problems().size(), 2u);
    EXPECT_EQ(run.source.problems()[0],
              cut + " is cut short in the middle of a packet (after packet 2, at byte 62)");
    EXPECT_TRUE(run.source.problems()[1].starts_with(damaged + " claims a packet of "))
        << run.source.problems()[1];
    EXPECT_TRUE(run.source.problems()[1].ends_with("(after packet 3, at byte 83)"))
        << run.source.problems()[1];
}

TEST(ReplaySource, DeliversTheSameCutAtAnyByte) {
    const TempFolder folder;
    PcapngBytes file;
    file.section().interface().enhanced(0, 1, "one").simple("two").obsolete(0, 3, "three");
    size_t before = 0;
    for (size_t cut = 1; cut <= file.size(); cut++) {
        ReplayRun run({folder.write("a.pcapng", file.str().substr(0, cut))});
        run.to_end();
        ASSERT_GE(run.packets.size(), before) << cut;
        before = run.packets.size();
        ASSERT_LE(run.source.problems().size(), 1u);
    }
    EXPECT_EQ(before, 3u);
}

TEST(ReplaySource, TellsItsProgress) {
    const TempFolder folder;
    PcapBytes file;
    for (uint32_t i = 0; i < 300; i++) file.packet(i, 0, "some bytes");
    const std::string path = folder.write("a.pcap", file.str());
    ReplayRun run({path, folder.write("empty.pcap", ""), path});
    EXPECT_EQ(run.port.progress_total, 2 * file.size());
    EXPECT_EQ(run.port.progress_done, 0u);
    uint64_t before = 0;
    while (!run.source.exhausted()) {
        run.step();
        EXPECT_GE(run.port.progress_done, before);
        EXPECT_LE(run.port.progress_done, run.port.progress_total);
        before = run.port.progress_done;
    }
    EXPECT_EQ(run.port.progress_done, run.port.progress_total);
    EXPECT_EQ(run.port.wire_packets, 600u);
    EXPECT_EQ(run.port.wire_bytes, 6000u);
}

TEST(ReplaySource, NeverTurnsItsClockBack) {
    test::Random random;
    const TempFolder folder;
    Texts paths;
    std::vector<int64_t> stamps;
    for (int i = 0; i < 4; i++) {
        PcapBytes file(test::pcap_ns);
        auto seconds = static_cast<uint32_t>(random.of_bits(31));
        for (uint32_t packets = 0; packets < 500; packets++) {
            // Mostly forward, sometimes back a little, now and then anywhere.
            seconds += static_cast<uint32_t>(random.below(10));
            if (random.one_in(5) && seconds > 60)
                seconds -= static_cast<uint32_t>(random.below(60));
            if (random.one_in(100)) seconds = static_cast<uint32_t>(random.next());
            const auto fraction = static_cast<uint32_t>(random.below(1'000'000'000));
            file.packet(seconds, fraction, "x");
            stamps.push_back(int64_t{seconds} * second_ns + fraction);
        }
        paths.push_back(folder.write(std::to_string(i), file.str()));
    }
    ReplayRun run(paths);
    run.to_end(16);  // checks the clock packet by packet
    ASSERT_EQ(run.packets.size(), stamps.size());
    for (size_t i = 0; i < stamps.size(); i++)
        ASSERT_EQ(run.packets[i].time_ns, stamps[i]) << "the stamp itself stays";
}

TEST(ReplaySource, KeepsTheClockWhereItWasForPacketsWithoutATimeStamp) {
    const TempFolder folder;
    constexpr uint64_t start_us = 1'700'000'000'000'000;
    PcapngBytes file;
    file.section().interface();
    file.enhanced(0, start_us, "x").simple("y").enhanced(0, start_us + 1'000'000, "z");
    ReplayRun run({folder.write("a.pcapng", file.str())});
    run.to_end();
    EXPECT_EQ(run.packets.size(), 3u);
    EXPECT_EQ(run.source.clock_ns(), static_cast<int64_t>(start_us + 1'000'000) * 1000);
}

TEST(ReplaySource, StopsWhenItIsTold) {
    const TempFolder folder;
    PcapBytes file;
    for (uint32_t i = 0; i < 200; i++) file.packet(i, 0, "x");
    const std::string path = folder.write("a.pcap", file.str());
    ReplayRun run({path, path});
    run.step();
    EXPECT_FALSE(run.source.exhausted());
    run.source.stop();
    EXPECT_TRUE(run.source.exhausted());
    const size_t seen = run.packets.size();
    run.step();
    EXPECT_EQ(run.packets.size(), seen);
    EXPECT_TRUE(run.source.problems().empty()) << "a stop is no problem of the file";
    run.source.stop();
    EXPECT_TRUE(run.source.exhausted());
}

}  // namespace
}  // namespace baleen::drivers
