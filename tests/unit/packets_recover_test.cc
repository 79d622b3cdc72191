// Files of packets whose writer died.
#include <gtest/gtest.h>

#include <filesystem>

#include "dataplane/capture/compressor.h"
#include "packets/archive.h"
#include "packets/index_file.h"
#include "packets/packet_file.h"
#include "packets/recover.h"
#include "tests/unit/packets_files.h"

namespace baleen::packets {
namespace {

namespace fs = std::filesystem;
using Done = Recovery::Done;
using Place = capture::Compressor::Place;

// Large enough that a chunk has several blocks of 4096 bytes.
constexpr uint32_t payload_bytes = 1200;
constexpr uint32_t packets_per_chunk = 10;

Recovery recovered(const std::string& path) {
    auto recovery = recover(path);
    EXPECT_TRUE(recovery) << recovery.error().message;
    return recovery ? *recovery : Recovery{};
}

// Flow numbers in the order of the file, read by the index that is there.
std::vector<uint64_t> flows_in(const std::string& path) {
    std::vector<std::string> problems;
    EXPECT_EQ(describe_file(path).state, ArchiveFile::State::sealed);
    auto rows = all_chunks(describe_file(path), problems);
    EXPECT_TRUE(problems.empty()) << problems.front();
    auto file = PacketFile::open(path);
    std::vector<uint64_t> flows;
    for (const ChunkRow& row : rows) {
        const auto chunk = file->read_chunk(row);
        EXPECT_TRUE(chunk) << chunk.error().message;
        PacketCursor cursor(*chunk, file->is_pcap());
        while (const auto packet = cursor.next())
            flows.push_back(std::stoull(std::string(packet->comment.substr(5))));
    }
    return flows;
}

std::vector<uint64_t> numbers(uint64_t first, uint64_t last) {
    std::vector<uint64_t> out;
    for (uint64_t n = first; n <= last; n++) out.push_back(n);
    return out;
}

bool has(const std::string& path, uint64_t flow_id) {
    auto index = IndexFile::open(path);
    return index && !index->find(flow_key(flow_id))->empty();
}

TEST(PacketsRecover, LeavesAWholeFileAlone) {
    const test::TempFolder folder;
    const auto chunks = test::make_chunks(4);
    const std::string path = folder.write("packets-1.pcapng", test::file_of(chunks));
    ASSERT_TRUE(test::log_of(path, chunks).seal(fs::file_size(path)));
    const auto before = fs::last_write_time(path);
    const auto recovery = recovered(path);
    EXPECT_EQ(recovery.done, Done::nothing);
    EXPECT_EQ(recovery.packets_kept, 40u);
    EXPECT_EQ(fs::last_write_time(path), before);
}

TEST(PacketsRecover, LeavesAFileAloneThatSomebodyWrites) {
    const test::TempFolder folder;
    const auto chunks = test::make_chunks(4);
    const std::string path = folder.write("packets-1.pcapng", test::file_of(chunks));
    const auto log = test::log_of(path, chunks);
    const auto recovery = recover(path);
    ASSERT_FALSE(recovery);
    EXPECT_NE(recovery.error().message.find("is being written"), std::string::npos);
}

TEST(PacketsRecover, MakesAnIndexWithAndWithoutTheLog) {
    for (const bool has_log : {true, false}) {
        const test::TempFolder folder;
        const auto chunks = test::make_chunks(4);
        const std::string path = folder.write("packets-1.pcapng", test::file_of(chunks));
        if (has_log) {
            ASSERT_TRUE(test::log_of(path, chunks).flush());
        }
        const auto recovery = recovered(path);
        EXPECT_EQ(recovery.done, Done::indexed);
        EXPECT_EQ(recovery.chunks_from_log, has_log ? 4u : 0u);
        EXPECT_EQ(recovery.chunks_parsed, has_log ? 0u : 4u);
        EXPECT_EQ(flows_in(path), numbers(1, 40));
        auto index = IndexFile::open(path);
        for (uint32_t n = 1; n <= 40; n++) {
            const auto flow = test::chunk_flow(n);
            for (const Key key :
                 {flow_key(n), flow.tuple_key, flow.host_keys[0], flow.host_keys[1]})
                EXPECT_FALSE(index->find(key)->empty()) << n;
        }
        EXPECT_FALSE(fs::exists(index_log_path(path)));
        EXPECT_EQ(recovered(path).done, Done::nothing);
    }
}

// Cut at many bytes of the last chunk, and of the one before.
TEST(PacketsRecover, KeepsWholePacketsOfATornFile) {
    const test::TempFolder folder;
    const auto chunks = test::make_chunks(3, 100);
    const std::string bytes = test::file_of(chunks);
    const uint64_t first_bytes = chunks[1].offset;
    for (uint64_t cut = first_bytes; cut < bytes.size(); cut += 61) {
        const std::string path = folder.write("packets-1.pcapng", bytes.substr(0, cut));
        fs::remove(index_path(path));
        const auto recovery = recovered(path);
        EXPECT_TRUE(recovery.done == Done::truncated || recovery.done == Done::indexed) << cut;
        EXPECT_EQ(recovery.bytes_kept + recovery.bytes_dropped, cut);
        EXPECT_EQ(recovery.bytes_kept, fs::file_size(path));
        EXPECT_EQ(flows_in(path), numbers(1, recovery.packets_kept)) << cut;
        EXPECT_GE(recovery.packets_kept, cut > chunks[2].offset ? 20u : 10u);
    }
}

TEST(PacketsRecover, StepsOverAHoleInTheMiddle) {
    for (const uint64_t hole_begin : {uint64_t{0}, uint64_t{4096}, uint64_t{5000}}) {
        const test::TempFolder folder;
        const auto chunks = test::make_chunks(5, payload_bytes);
        std::string bytes = test::file_of(chunks);
        // Written last, and never.
        const uint64_t begin = chunks[2].offset + hole_begin;
        std::fill(bytes.begin() + static_cast<int64_t>(begin),
                  bytes.begin() + static_cast<int64_t>(chunks[3].offset), '\0');
        const std::string path = folder.write("packets-1.pcapng", bytes);
        ASSERT_TRUE(test::log_of(path, chunks).flush());
        const auto recovery = recovered(path);
        EXPECT_EQ(recovery.done, Done::rewritten);
        const auto flows = flows_in(path);
        EXPECT_EQ(flows.size(), recovery.packets_kept);
        EXPECT_EQ(recovery.packets_kept + recovery.packets_missing, 50u);
        EXPECT_EQ(flows.size() > 40u, hole_begin != 0);
        for (const uint64_t n : {1, 20, 31, 50}) EXPECT_TRUE(has(path, n)) << n;
        EXPECT_EQ(std::ranges::count(flows, 31u), 1);
        EXPECT_EQ(recovered(path).done, Done::nothing);
        // And again without any index: what was written is all that a scan finds.
        fs::remove(index_path(path));
        EXPECT_EQ(recovered(path).done, Done::indexed);
        EXPECT_EQ(flows_in(path), flows);
    }
}

TEST(PacketsRecover, IsNotMisledByZerosBehindTheEnd) {
    const test::TempFolder folder;
    const auto chunks = test::make_chunks(3);
    const std::string bytes = test::file_of(chunks);
    const std::string path =
        folder.write("packets-1.pcapng", bytes + std::string(10 * chunk_alignment, '\0'));
    const auto recovery = recovered(path);
    EXPECT_EQ(recovery.done, Done::truncated);
    EXPECT_EQ(recovery.bytes_dropped, 10 * chunk_alignment);
    EXPECT_EQ(fs::file_size(path), bytes.size());
    EXPECT_EQ(flows_in(path), numbers(1, 30));
}

// As a run stores it.
std::string stored(const test::Bytes& plain, bool zstd, Place place) {
    capture::Compressor compressor(zstd ? capture::Compression::zstd : capture::Compression::lz4);
    std::vector<uint8_t> out(compressor.bound(plain.size()));
    out.resize(compressor.compress({reinterpret_cast<const uint8_t*>(plain.data()), plain.size()},
                                   out, place));
    return {out.begin(), out.end()};
}

TEST(PacketsRecover, KeepsWholeFramesOfCompressedFiles) {
    for (const bool zstd : {true, false}) {
        const test::TempFolder folder;
        const auto chunks = test::make_chunks(4, payload_bytes);
        std::string bytes = stored(test::file_head(false), zstd, Place::begin);
        std::vector<uint64_t> offsets;
        for (const auto& placed : chunks) {
            offsets.push_back(bytes.size());
            bytes += stored(placed.chunk.bytes, zstd, Place::middle);
        }
        // Chunk 1 was never written, and chunk 3 is cut.
        std::fill(bytes.begin() + static_cast<int64_t>(offsets[1]),
                  bytes.begin() + static_cast<int64_t>(offsets[2]), '\0');
        const std::string path =
            folder.write(zstd ? "packets-1.pcapng.zst" : "packets-1.pcapng.lz4",
                         bytes.substr(0, offsets[3] + 100));
        const auto recovery = recovered(path);
        EXPECT_EQ(recovery.done, Done::rewritten);
        EXPECT_EQ(recovery.packets_kept, 2 * packets_per_chunk);
        auto expected = numbers(1, 10);
        for (const uint64_t n : numbers(21, 30)) expected.push_back(n);
        EXPECT_EQ(flows_in(path), expected);
    }
}

TEST(PacketsRecover, RefusesWhatIsNoFileOfPackets) {
    const test::TempFolder folder;
    for (const std::string_view bytes : {"", "nothing of ours", "\n\r\r\n"}) {
        const std::string path = folder.write("packets-1.pcapng", bytes);
        EXPECT_FALSE(recover(path));
        EXPECT_EQ(fs::file_size(path), bytes.size());
    }
}

}  // namespace
}  // namespace baleen::packets
