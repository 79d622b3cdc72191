#include "dataplane/protocol/heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "tests/support/seed.h"

namespace baleen::protocol {
namespace {

constexpr uint64_t heap_bytes = 8 * Heap::block_bytes_max;

Heap make_heap(uint64_t bytes = heap_bytes) {
    auto heap = Heap::create(bytes);
    EXPECT_TRUE(heap);
    return std::move(*heap);
}

TEST(Heap, HasNothingWhenItWasGivenNothing) {
    Heap heap = make_heap(Heap::block_bytes_max - 1);
    EXPECT_EQ(heap.take(1), nullptr);
    EXPECT_EQ(heap.refused(), 1u);
}

TEST(Heap, RefusesWhatIsLargerThanTheLargestBlock) {
    Heap heap = make_heap();
    EXPECT_EQ(heap.take(Heap::block_bytes_max + 1), nullptr);
    EXPECT_EQ(heap.refused(), 1u);
    void* all = heap.take(Heap::block_bytes_max);
    ASSERT_NE(all, nullptr);
    EXPECT_EQ(heap.bytes_of(all), Heap::block_bytes_max);
}

TEST(Heap, GivesLargeBlocksAgainAfterAllOfItWasSmallOnes) {
    Heap heap = make_heap();
    std::vector<void*> small;
    while (void* block = heap.take(1)) small.push_back(block);
    EXPECT_EQ(small.size(), heap_bytes / Heap::block_bytes_min);
    EXPECT_EQ(heap.take(Heap::block_bytes_max), nullptr);
    for (void* block : small) heap.give_back(block);
    EXPECT_EQ(heap.blocks_in_use(), 0u);
    for (uint64_t i = 0; i < heap_bytes / Heap::block_bytes_max; i++)
        EXPECT_NE(heap.take(Heap::block_bytes_max), nullptr);
}

TEST(Heap, NeverGivesTheSameBytesTwice) {
    BALEEN_TRACE_SEED();
    std::mt19937 random(test::seed());
    Heap heap = make_heap();
    std::map<uint8_t*, uint8_t> taken;  // and what was written there
    for (uint32_t step = 0; step < 50'000; step++) {
        if (taken.empty() || random() % 5 < 3) {
            const size_t bytes = size_t{1} << random() % 14;
            auto* block = static_cast<uint8_t*>(heap.take(bytes));
            if (block == nullptr) continue;
            ASSERT_GE(heap.bytes_of(block), bytes);
            const auto sign = static_cast<uint8_t>(random());
            std::fill_n(block, heap.bytes_of(block), sign);
            ASSERT_TRUE(taken.emplace(block, sign).second);
        } else {
            auto at = taken.begin();
            std::advance(at, random() % std::min<size_t>(taken.size(), 64));
            const auto [block, sign] = *at;
            for (uint32_t i = 0; i < heap.bytes_of(block); i++) ASSERT_EQ(block[i], sign);
            heap.give_back(block);
            taken.erase(at);
        }
        ASSERT_EQ(heap.blocks_in_use(), taken.size());
    }
}

TEST(HeapShare, EndsBeforeTheHeapDoes) {
    Heap heap = make_heap();
    HeapShare share(heap, 1024);
    void* first = share.take(500);
    EXPECT_EQ(share.used_bytes(), 512u);
    EXPECT_EQ(share.take(513), nullptr);
    void* second = share.take(512);
    EXPECT_NE(second, nullptr);
    EXPECT_EQ(share.take(1), nullptr);
    share.give_back(first);
    share.give_back(second);
    EXPECT_EQ(share.used_bytes(), 0u);
    EXPECT_EQ(heap.blocks_in_use(), 0u);
}

TEST(HeapShare, KeepsWhatWasWrittenWhenABlockGrows) {
    Heap heap = make_heap();
    HeapShare share(heap, 4096);
    auto* text = static_cast<char*>(share.resize(nullptr, 10));
    std::memcpy(text, "ten bytes", 10);
    text = static_cast<char*>(share.resize(text, 1000));
    EXPECT_STREQ(text, "ten bytes");
    EXPECT_EQ(share.used_bytes(), 1024u);
    EXPECT_EQ(share.resize(text, 5000), nullptr);
    EXPECT_STREQ(text, "ten bytes");
    share.give_back(text);
    EXPECT_EQ(heap.blocks_in_use(), 0u);
}

}  // namespace
}  // namespace baleen::protocol
