// From chunks to files and back, as this project and as others read them.
#include <gtest/gtest.h>

#include "packets/index_log.h"
#include "packets/packet_file.h"
#include "tests/unit/capture_run.h"
#include "tests/unit/temp_folder.h"

namespace baleen::test {
namespace {

using capture::Compression;
using capture::Format;
using capture::OutputSettings;

OutputSettings into(const TempFolder& folder) {
    OutputSettings settings;
    settings.directory = folder.path("packets");
    settings.run_id = 77;
    settings.writer = 3;
    return settings;
}

// Wireshark 4.0 reads compressed files of one frame only, so others are decompressed for it.
uint64_t packets_as_tshark_counts(const std::string& path) {
    const std::string tool = path.ends_with(".zst")   ? "zstd -dc"
                             : path.ends_with(".lz4") ? "lz4 -dc"
                                                      : "cat";
    const std::string lines = output_of(tool + " '" + path +
                                        "' | tshark -n -r - -T fields -e frame.time_epoch "
                                        "2>/dev/null");
    return static_cast<uint64_t>(std::ranges::count(lines, '\n'));
}

// All ways of writing that there are; each must leave the same packets.
struct Way {
    const char* name;
    Format format;
    Compression compression;
    bool io_uring;
    bool direct;
};
class CaptureOutput : public ::testing::TestWithParam<Way> {};

TEST_P(CaptureOutput, KeepsEveryPacketInOrder) {
    BALEEN_TRACE_SEED();
    const TempFolder folder;
    OutputSettings settings = into(folder);
    settings.format = GetParam().format;
    settings.compression = GetParam().compression;
    settings.may_use_io_uring = GetParam().io_uring;
    settings.may_use_direct = GetParam().direct;
    CaptureRun run(settings);
    run.send_chunks(30, 400, 1400);
    run.send_chunks(5, 3, 60);
    run.send_chunks(1, 5000, 60);
    run.finish();
    EXPECT_EQ(run.done_count, 36u);
    const auto files = run.files();
    ASSERT_EQ(files.size(), 1u);
    expect_all(run.sent, packets_of(files));
    EXPECT_EQ(packets_as_tshark_counts(files[0]), run.sent.size());
    EXPECT_EQ(run.output().totals().packets, run.sent.size());
    uint64_t bytes = 0;
    for (const auto& sent : run.sent) bytes += sent.data.size();
    EXPECT_EQ(run.output().totals().packet_bytes, bytes);
    EXPECT_EQ(run.output().totals().files, 1u);
    EXPECT_EQ(run.output().totals().failures, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, CaptureOutput,
    ::testing::Values(Way{"pcapng", Format::pcapng, Compression::none, true, true},
                      Way{"pcapng_pwrite", Format::pcapng, Compression::none, false, true},
                      Way{"pcapng_page_cache", Format::pcapng, Compression::none, true, false},
                      Way{"pcapng_plain", Format::pcapng, Compression::none, false, false},
                      Way{"zstd", Format::pcapng, Compression::zstd, true, true},
                      Way{"lz4", Format::pcapng, Compression::lz4, true, true},
                      Way{"pcap", Format::pcap, Compression::none, true, true},
                      Way{"pcap_plain", Format::pcap, Compression::none, false, true}),
    [](const auto& way) { return std::string(way.param.name); });

TEST(CaptureFiles, AreNamedAfterTheirFirstPacket) {
    const TempFolder folder;
    CaptureRun run(into(folder));
    run.send_chunks(1, 1, 60);
    run.finish();
    EXPECT_EQ(run.files(),
              std::vector{folder.path("packets/packets-20261126T014634Z-77-3-000001.pcapng")});
}

TEST(CaptureFiles, SayWhatWasCapturedAndHowWhenTheyAreClosed) {
    const TempFolder folder;
    int asked = 0;
    CaptureRun run(into(folder),
                   {.comment = [&] { return "ledger " + std::to_string(++asked); },
                    .port =
                        [](uint16_t port) {
                            return capture::PortFacts{"port" + std::to_string(port), 1000, 17};
                        }});
    run.send_chunks(2, 10, 60);
    ASSERT_TRUE(run.wait_for_done(2));
    const auto at = run.files()[0];
    EXPECT_EQ(read_pcapng(contents(at)).packets.size(), 20u) << "not readable while it is open";
    EXPECT_NE(contents(at).find("ledger 1"), std::string::npos);
    // A port that nothing has come from so far, in the middle of the file.
    ASSERT_TRUE(run.send_chunk(10, 60, packet::LinkType::raw, 5));
    run.finish();
    expect_all(run.sent, packets_of({at}));
    const std::string told = output_of("capinfos -M '" + at + "'");
    EXPECT_NE(told.find("ledger 2"), std::string::npos) << told;
    EXPECT_NE(told.find("Baleen "), std::string::npos) << told;
    EXPECT_NE(told.find("Name = port0"), std::string::npos) << told;
    EXPECT_NE(told.find("Name = port5"), std::string::npos) << told;
    EXPECT_NE(told.find("Number of stat entries = 1"), std::string::npos) << told;
    EXPECT_EQ(contents(at).size() % packets::chunk_alignment, 0u);
}

TEST(CaptureFiles, CutACommentThatIsTooLong) {
    const TempFolder folder;
    std::string text = "begins ";
    while (text.size() < 100'000) text += "\u00e4\u00f6";
    CaptureRun run(into(folder), {.comment = [&] { return text; }, .port = {}});
    run.send_chunks(1, 10, 60);
    run.finish();
    expect_all(run.sent, packets_of(run.files()));
    EXPECT_NE(output_of("capinfos -M '" + run.files()[0] + "'").find("begins "), std::string::npos);
}

TEST(CaptureFiles, OfTheClassicFormatHaveOneLinkTypeEach) {
    const TempFolder folder;
    OutputSettings settings = into(folder);
    settings.format = Format::pcap;
    CaptureRun run(settings);
    for (int i = 0; i < 3; i++) {
        ASSERT_TRUE(run.send_chunk(10, 60));
        ASSERT_TRUE(run.send_chunk(10, 60, packet::LinkType::raw, 1));
    }
    run.finish();
    const auto files = run.files();
    ASSERT_EQ(files.size(), 2u);
    std::vector<SentPacket> raw, ethernet;
    for (const auto& sent : run.sent)
        (sent.link == packet::LinkType::raw ? raw : ethernet).push_back(sent);
    expect_all(ethernet, packets_of({files[0]}));
    expect_all(raw, packets_of({files[1]}));
    EXPECT_NE(output_of("tcpdump -nr '" + files[1] + "' 2>&1").find("link-type RAW"),
              std::string::npos);
}

TEST(CaptureFiles, AreBegunAnewBySize) {
    const TempFolder folder;
    for (const auto compression : {Compression::none, Compression::lz4}) {
        OutputSettings settings = into(folder);
        settings.rotate_bytes = 2 << 20;
        settings.compression = compression;
        settings.directory += std::to_string(static_cast<int>(compression));
        CaptureRun run(settings);
        run.send_chunks(20, 400, 1400);
        run.finish();
        const auto files = run.files();
        EXPECT_EQ(files.size(), 7u);  // 600 KB a chunk, three to a file
        for (const auto& file : files) {
            EXPECT_LE(std::filesystem::file_size(file),
                      settings.rotate_bytes + packets::chunk_alignment);
            EXPECT_TRUE(std::filesystem::exists(packets::index_path(file))) << file;
            EXPECT_FALSE(std::filesystem::exists(packets::index_log_path(file))) << file;
        }
        expect_all(run.sent, packets_of(files));
        EXPECT_EQ(run.output().totals().files, files.size());
    }
}

TEST(CaptureFiles, AreBegunAnewByTime) {
    const TempFolder folder;
    OutputSettings settings = into(folder);
    settings.rotate_interval_ns = 50'000'000;
    CaptureRun run(settings);
    run.send_chunks(1, 10, 60);
    EXPECT_TRUE(run.wait_for(
        [&] {
            return !run.files().empty() &&
                   std::filesystem::exists(packets::index_path(run.files()[0]));
        },
        std::chrono::seconds(5)))
        << "stays open although nothing comes any more";
    run.send_chunks(1, 10, 60);
    run.finish();
    EXPECT_EQ(run.files().size(), 2u);
    expect_all(run.sent, packets_of(run.files()));
}

// What the index says must be what the reader of these files finds there.
TEST(CaptureFiles, AreIndexedWhereTheirChunksAre) {
    const TempFolder folder;
    for (const auto& [format, compression] : {std::pair{Format::pcapng, Compression::none},
                                              {Format::pcapng, Compression::zstd},
                                              {Format::pcapng, Compression::lz4},
                                              {Format::pcap, Compression::none}}) {
        OutputSettings settings = into(folder);
        settings.format = format;
        settings.compression = compression;
        CaptureRun run(settings);
        for (uint16_t port = 0; port < 5; port++)
            ASSERT_TRUE(run.wait_for(
                [&] { return run.send_chunk(10, 600, packet::LinkType::ethernet, port); }));
        run.finish();
        const std::string path = run.files().at(0);
        const std::string index = contents(packets::index_path(path));
        packets::IndexHeader header;
        ASSERT_GE(index.size(), sizeof header);
        std::memcpy(&header, index.data(), sizeof header);
        EXPECT_EQ(header.chunk_count, 5u);
        EXPECT_EQ(header.file_bytes, std::filesystem::file_size(path));
        auto file = packets::PacketFile::open(path);
        ASSERT_TRUE(file) << file.error().message;
        size_t at = 0;
        for (uint32_t i = 0; i < header.chunk_count; i++) {
            packets::ChunkRow row;
            std::memcpy(&row, index.data() + sizeof header + i * sizeof row, sizeof row);
            EXPECT_EQ(row.packets, 10u);
            const auto chunk = file->read_chunk(row);
            ASSERT_TRUE(chunk) << chunk.error().message;
            packets::PacketCursor cursor(*chunk, file->is_pcap());
            while (const auto packet = cursor.next()) {
                ASSERT_LT(at, run.sent.size());
                EXPECT_EQ(packet->time_ns, run.sent[at].time_ns);
                at++;
            }
        }
        EXPECT_EQ(at, run.sent.size());
        std::filesystem::remove_all(settings.directory);
    }
}

// Of every length near the end of a block, where padding has no room for its own header.
TEST(CompressedChunk, IsPaddedToWholeBlocks) {
    using Place = capture::Compressor::Place;
    Random random;
    for (const auto compression : {Compression::lz4, Compression::zstd}) {
        const bool is_lz4 = compression == Compression::lz4;
        capture::Compressor compressor(compression);
        for (size_t size = 3 * 4096 - 400; size < 3 * 4096; size++) {
            const auto place = static_cast<Place>(size % 3);
            std::string text(size, '\0');
            for (char& c : text) c = static_cast<char>(random.below(256));
            std::vector<uint8_t> stored(compressor.bound(size));
            stored.resize(compressor.compress(as_bytes(text), stored, place));
            EXPECT_EQ(stored.size() % packets::chunk_alignment, 0u);
            packets::FrameReader frames(is_lz4 ? packets::Encoding::lz4 : packets::Encoding::zstd);
            std::vector<uint8_t> plain;
            for (std::span<const uint8_t> rest = stored; !rest.empty();) {
                const auto consumed = frames.read(rest, plain);
                ASSERT_TRUE(consumed) << size;
                rest = rest.subspan(*consumed);
            }
            EXPECT_EQ(frames.is_end(), is_lz4 && place == Place::end);
            ASSERT_GE(plain.size(), size);
            EXPECT_TRUE(std::equal(text.begin(), text.end(), plain.begin(),
                                   [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; }));
            const std::span<const uint8_t> padding = std::span(plain).subspan(size);
            if (padding.empty()) continue;
            const auto block = packets::first_block(padding);
            ASSERT_TRUE(block) << size;
            EXPECT_EQ(block->type, packets::BlockType::padding);
            EXPECT_EQ(block->bytes.size(), padding.size());
        }
    }
}

TEST(CaptureOutputAbort, GivesBackEveryChunkAtOnce) {
    const TempFolder folder;
    CaptureRun run(into(folder));
    run.send_chunks(10, 400, 1400);
    run.output().abort();
    run.turn();
    EXPECT_EQ(run.done_count + run.given_up_count, 10u);
    EXPECT_TRUE(run.wait_for([&] { return run.output().is_idle(); }));
    // What was said to be written is there.
    EXPECT_GE(packets_of(run.files()).size(), run.done_count * 400);
}

TEST(CaptureOutputDevice, TakesEverythingAndKeepsNothing) {
    OutputSettings settings;
    settings.directory = "/dev/null";
    settings.rotate_bytes = 2 << 20;
    CaptureRun run(settings);
    run.send_chunks(40, 400, 1400);
    run.finish();
    EXPECT_EQ(run.done_count, 40u);
    EXPECT_EQ(run.output().totals().failures, 0u);
    EXPECT_TRUE(run.notices.empty());
}

TEST(CaptureOutputCreate, RefusesWhatIsNoFolder) {
    const TempFolder folder;
    OutputSettings settings;
    settings.directory = folder.write("file", "x");
    const capture::Interfaces interfaces;
    const auto output = capture::Output::create(settings, interfaces, {});
    ASSERT_FALSE(output);
    EXPECT_NE(output.error().message.find("is not a folder"), std::string::npos);
}

}  // namespace
}  // namespace baleen::test
