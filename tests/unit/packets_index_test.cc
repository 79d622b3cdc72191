// The index of a file of packets: what is appended is found, by the log and by the sorted postings.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "packets/archive.h"
#include "packets/index_file.h"
#include "packets/index_seal.h"
#include "packets/log_reader.h"
#include "tests/support/seed.h"
#include "tests/unit/packets_files.h"

namespace baleen::packets {
namespace {

using test::host;

ChunkNumbers find(IndexFile& index, Key key) {
    auto found = index.find(key);
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : ChunkNumbers{};
}

TEST(PacketsIndex, FindsFlowsEndsAndHostsInTheirChunks) {
    const test::TempFolder folder;
    const auto chunks = test::make_chunks(50);
    const std::string path = folder.write("packets-1.pcapng", test::file_of(chunks));
    const uint64_t bytes = std::filesystem::file_size(path);
    auto log = test::log_of(path, chunks);
    ASSERT_TRUE(log.seal(bytes));
    EXPECT_FALSE(std::filesystem::exists(index_log_path(path)));
    auto index = IndexFile::open(path);
    ASSERT_TRUE(index) << index.error().message;
    EXPECT_EQ(index->header().file_bytes, bytes);
    EXPECT_EQ(index->header().first_ns, test::second_ns);
    for (uint32_t n = 1; n <= 500; n++) {
        const uint32_t chunk = (n - 1) / 10;
        const auto flow = test::chunk_flow(n);
        EXPECT_EQ(find(*index, flow_key(n)), ChunkNumbers{chunk});
        EXPECT_EQ(find(*index, flow.tuple_key), ChunkNumbers{chunk});
        const auto row = index->row(chunk);
        ASSERT_TRUE(row);
        EXPECT_EQ(row->offset, chunks[chunk].offset);
    }
    // The last host of a chunk is the first one of the next.
    EXPECT_EQ(find(*index, host_key(host(11))), (ChunkNumbers{0, 1}));
    EXPECT_EQ(find(*index, flow_key(501)), ChunkNumbers{});
}

TEST(PacketsIndex, PostingsSortedInPartsAreTheSame) {
    const test::TempFolder folder;
    const auto chunks = test::make_chunks(20);
    const std::string whole = folder.path("packets-1.pcapng");
    const std::string parts = folder.path("packets-2.pcapng");
    auto first = test::log_of(whole, chunks);
    auto second = test::log_of(parts, chunks);
    ASSERT_TRUE(first.flush());
    ASSERT_TRUE(second.flush());
    ASSERT_TRUE(seal_index(whole, 1));
    ASSERT_TRUE(seal_index(parts, 1, 37));
    const auto read = [](const std::string& path) {
        std::ifstream file(index_path(path), std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    };
    EXPECT_GT(read(whole).size(), 20 * sizeof(ChunkRow) + 400 * sizeof(Posting));
    EXPECT_EQ(read(whole), read(parts));
}

TEST(PacketsIndex, RadixSortIsSort) {
    BALEEN_TRACE_SEED();
    std::mt19937_64 random(test::seed());
    std::vector<Posting> postings;
    std::vector<Posting> room;
    for (uint32_t chunk = 0; chunk < 100; chunk++)
        for (uint32_t i = 0; i < 300; i++)
            postings.push_back(posting(static_cast<Key>(random()), chunk));
    auto expected = postings;
    std::ranges::sort(expected);
    sort_postings(postings, room);
    EXPECT_EQ(postings, expected);
}

// Keys that are not uniform: an attacker's, or few of them.
TEST(PacketsIndex, FindsKeysThatAreCrowdedTogether) {
    const test::TempFolder folder;
    const std::string path = folder.path("packets-1.pcapng");
    auto log = IndexLog::create(path);
    ASSERT_TRUE(log);
    std::vector<Key> keys;
    for (Key i = 0; i < 3000; i++) keys.push_back(0x7000'0000 + i);
    for (uint32_t chunk = 0; chunk < 5; chunk++) {
        ChunkRow row{};
        row.stored_bytes = 4096;
        row.key_count = static_cast<uint32_t>(keys.size());
        ASSERT_TRUE(log->append_keys(row, keys));
    }
    ASSERT_TRUE(log->seal(1));
    auto index = IndexFile::open(path);
    ASSERT_TRUE(index);
    const ChunkNumbers all = {0, 1, 2, 3, 4};
    for (Key i = 0; i < 3000; i++) ASSERT_EQ(find(*index, 0x7000'0000 + i), all) << i;
    for (const Key key : {0u, 0x6fff'ffffu, 0x7000'0bb8u, 0xffff'ffffu})
        EXPECT_EQ(find(*index, key), ChunkNumbers{}) << key;
}

TEST(PacketsIndex, ATornLogHasItsWholeEntries) {
    const test::TempFolder folder;
    const auto chunks = test::make_chunks(5);
    const std::string path = folder.path("packets-1.pcapng");
    auto log = test::log_of(path, chunks);
    ASSERT_TRUE(log.flush());
    const std::string log_path = index_log_path(path);
    std::filesystem::resize_file(log_path, std::filesystem::file_size(log_path) - 3);
    auto reader = LogReader::open(log_path);
    ASSERT_TRUE(reader);
    ChunkRow row{};
    std::span<const Key> keys;
    uint32_t entries = 0;
    while (reader->next(row, keys)) EXPECT_EQ(row.offset, chunks[entries++].offset);
    EXPECT_EQ(entries, 4u);
}

TEST(PacketsIndex, RefusesWhatIsNoIndex) {
    const test::TempFolder folder;
    const auto chunks = test::make_chunks(3);
    const std::string path = folder.path("packets-1.pcapng");
    ASSERT_TRUE(test::log_of(path, chunks).seal(1));
    for (const int64_t change : {-8, -1, 1, 8}) {
        std::error_code ignored;
        const auto bytes = static_cast<int64_t>(std::filesystem::file_size(index_path(path)));
        std::filesystem::resize_file(index_path(path), static_cast<uint64_t>(bytes + change));
        EXPECT_FALSE(IndexFile::open(path)) << change;
        std::filesystem::resize_file(index_path(path), static_cast<uint64_t>(bytes), ignored);
    }
}

// What a search takes, whatever the state of the file.
TEST(PacketsArchive, FindsTheSameChunksSealedOpenAndTorn) {
    const test::TempFolder folder;
    const auto chunks = test::make_chunks(30);
    const std::string path = folder.write("packets-1.pcapng", test::file_of(chunks));
    const Selector flow = Selector::of(flow_key(123));
    const auto offsets = [&](const Selector& selector, const TimeRange& range) {
        std::vector<std::string> problems;
        std::vector<uint64_t> found;
        for (const ChunkRow& row : candidates(describe_file(path), selector, range, problems))
            found.push_back(row.offset);
        EXPECT_TRUE(problems.empty()) << problems.front();
        std::ranges::sort(found);
        return found;
    };
    const std::vector<uint64_t> one = {chunks[12].offset};
    const TimeRange two = {5 * test::second_ns, 7 * test::second_ns};
    const std::vector<uint64_t> of_two = {chunks[4].offset, chunks[5].offset};
    {
        // Of chunks that the log does not have yet, all are looked at.
        auto log = test::log_of(path, {chunks.begin(), chunks.begin() + 29});
        ASSERT_TRUE(log.flush());
        EXPECT_EQ(describe_file(path).state, ArchiveFile::State::open);
        EXPECT_EQ(offsets(flow, {}), (std::vector<uint64_t>{one[0], chunks[29].offset}));
        EXPECT_EQ(offsets({}, two), of_two);
    }
    EXPECT_EQ(describe_file(path).state, ArchiveFile::State::torn);
    std::filesystem::remove(index_log_path(path));
    EXPECT_EQ(offsets(flow, {}).size(), 30u);
    EXPECT_EQ(offsets({}, two), of_two);
    ASSERT_TRUE(test::log_of(path, chunks).seal(std::filesystem::file_size(path)));
    EXPECT_EQ(describe_file(path).state, ArchiveFile::State::sealed);
    EXPECT_EQ(offsets(flow, {}), one);
    EXPECT_EQ(offsets({}, two), of_two);
    EXPECT_EQ(offsets(flow, two), std::vector<uint64_t>{});
}

TEST(PacketsArchive, SelectorsJoinKeys) {
    const auto chunks_of = [](Key key) -> ChunkNumbers {
        if (key == 1) return {1, 2, 3};
        if (key == 2) return {3, 4};
        return {};
    };
    const auto one = Selector::of(1);
    const auto two = Selector::of(2);
    EXPECT_EQ(Selector::all({one, two}).chunks(chunks_of), (ChunkNumbers{3}));
    EXPECT_EQ(Selector::any({one, two}).chunks(chunks_of), (ChunkNumbers{1, 2, 3, 4}));
    EXPECT_EQ(Selector::all({one, {}}).chunks(chunks_of), (ChunkNumbers{1, 2, 3}));
    EXPECT_EQ(Selector::any({one, {}}).chunks(chunks_of), std::nullopt);
    EXPECT_EQ(Selector::any({}).chunks(chunks_of), ChunkNumbers{});
}

}  // namespace
}  // namespace baleen::packets
