#include "dataplane/flow/flow_table.h"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "packet/flow_hash.h"
#include "tests/unit/random.h"

namespace baleen::flow {
namespace {

using packet::flow_absent;
using packet::FlowKey;

FlowKey key_of(uint32_t src, uint32_t dst, uint16_t src_port, uint16_t dst_port) {
    FlowKey key{};
    for (int i = 0; i < 4; i++) {
        key.src[static_cast<size_t>(12 + i)] = static_cast<uint8_t>(src >> (24 - 8 * i));
        key.dst[static_cast<size_t>(12 + i)] = static_cast<uint8_t>(dst >> (24 - 8 * i));
    }
    key.src_port = src_port;
    key.dst_port = dst_port;
    key.protocol = 17;
    key.ip_version = 4;
    return key;
}

FlowKey reversed_key(FlowKey key) {
    std::swap(key.src, key.dst);
    std::swap(key.src_port, key.dst_port);
    return key;
}

FlowTable table_of(uint64_t flow_count_max) {
    auto table = FlowTable::create(flow_count_max);
    EXPECT_TRUE(table);
    return std::move(*table);
}

TEST(FlowTable, FindsAFlowFromBothSides) {
    FlowTable table = table_of(16);
    const FlowKey key = key_of(1, 2, 10, 20);
    const uint32_t index = table.insert(key, 77);
    EXPECT_EQ(table.find(key, 77).index, index);
    EXPECT_EQ(table.find(key, 77).direction, 0u);
    EXPECT_EQ(table.find(reversed_key(key), 77).index, index);
    EXPECT_EQ(table.find(reversed_key(key), 77).direction, 1u);
}

TEST(FlowTable, HoldsAsManyFlowsAsABudgetAllows) {
    EXPECT_EQ(FlowTable::flows_in(0), 0u);
    EXPECT_EQ(FlowTable::flows_in(uint64_t{1} << 60), uint64_t{1} << 31);
    for (const uint64_t bytes : {uint64_t{1} << 12, uint64_t{1} << 20, uint64_t{8} << 30}) {
        const uint64_t flows = FlowTable::flows_in(bytes);
        ASSERT_GT(flows, 0u);
        EXPECT_LE(FlowTable::memory_bytes(flows), bytes);
        EXPECT_GT(FlowTable::memory_bytes(flows + 1), bytes);
        const uint64_t with_matches = FlowTable::flows_in(bytes, 0, true);
        EXPECT_LE(with_matches, flows);
        EXPECT_EQ(FlowTable::memory_bytes(with_matches, 0, true),
                  FlowTable::memory_bytes(with_matches) + with_matches * sizeof(record::Matches));
    }
}

TEST(FlowTable, TellsFlowsApartThatShareAHash) {
    FlowTable table = table_of(64);
    for (uint16_t port = 0; port < 40; port++) table.insert(key_of(1, 2, port, 20), 5);
    for (uint16_t port = 0; port < 40; port++) {
        const auto found = table.find(key_of(1, 2, port, 20), 5);
        ASSERT_NE(found.index, flow_absent);
        EXPECT_EQ(table[found.index].src_port, port);
    }
    EXPECT_EQ(table.find(key_of(1, 2, 41, 20), 5).index, flow_absent);
}

TEST(FlowTable, TellsPortsApartThatAreOnlySwapped) {
    FlowTable table = table_of(16);
    table.insert(key_of(1, 2, 10, 20), 5);
    EXPECT_EQ(table.find(key_of(1, 2, 20, 10), 5).index, flow_absent);
}

TEST(FlowTable, TellsEveryPartOfTheKeyApart) {
    FlowTable table = table_of(16);
    const FlowKey key = key_of(1, 2, 10, 20);
    table.insert(key, 5);
    for (size_t byte = 0; byte < key_bytes; byte++) {
        FlowKey other = key;
        reinterpret_cast<uint8_t*>(&other)[byte] ^= 1;
        EXPECT_EQ(table.find(other, 5).index, flow_absent) << "byte " << byte;
    }
}

TEST(FlowTable, TakesAFlowFromAHostToItself) {
    FlowTable table = table_of(16);
    const FlowKey key = key_of(7, 7, 30, 30);
    table.insert(key, 5);
    EXPECT_EQ(table.find(key, 5).direction, 0u);
}

TEST(FlowTable, ReachesItsCapacityAndUsesFreedRoomAgain) {
    constexpr uint32_t capacity = 1000;
    FlowTable table = table_of(capacity);
    std::vector<uint32_t> indexes;
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < capacity; i++)
            indexes.push_back(table.insert(key_of(i, round, 1, 2), i * 0x9e3779b97f4a7c15));
        EXPECT_EQ(table.size(), table.capacity());
        for (const uint32_t index : indexes) table.erase(index);
        indexes.clear();
        EXPECT_EQ(table.size(), 0u);
        EXPECT_LE(table.high_water(), capacity);
    }
}

// Against a map, with hashes from so small a set that lines overflow into one another all the time.
TEST(FlowTable, EqualsAMapUnderRandomOperations) {
    test::Random random;
    constexpr uint32_t capacity = 300;
    FlowTable table = table_of(capacity);
    std::map<uint32_t, uint32_t> model;  // key number to index
    const auto key_number = [&](uint32_t n) {
        return key_of(n / 7, 1000 + n % 7, static_cast<uint16_t>(n), 9);
    };
    const auto hash_number = [&](uint32_t n) { return uint64_t{n % 11} << 48 | n % 13; };
    for (int step = 0; step < 200'000; step++) {
        const auto n = static_cast<uint32_t>(random.next() % 600);
        const auto found = table.find(
            random.next() % 2 == 0 ? key_number(n) : reversed_key(key_number(n)), hash_number(n));
        const auto expected = model.find(n);
        ASSERT_EQ(found.index, expected == model.end() ? flow_absent : expected->second)
            << "step " << step;
        if (expected != model.end()) {
            if (random.next() % 2 == 0) {
                table.erase(expected->second);
                model.erase(expected);
            }
        } else if (model.size() < capacity) {
            model[n] = table.insert(key_number(n), hash_number(n));
        }
        ASSERT_EQ(table.size(), model.size());
    }
}

TEST(FlowHash, IsEqualForBothDirectionsAndDependsOnTheKey) {
    test::Random random;
    const packet::HashKey other_key = {{1, 2, 3, 4}};
    for (int i = 0; i < 1000; i++) {
        const FlowKey key =
            key_of(static_cast<uint32_t>(random.next()), static_cast<uint32_t>(random.next()),
                   static_cast<uint16_t>(random.next()), static_cast<uint16_t>(random.next()));
        const uint64_t hash = packet::hash_flow(key, packet::fixed_hash_key);
        EXPECT_EQ(hash, packet::hash_flow(reversed_key(key), packet::fixed_hash_key));
        EXPECT_NE(hash, packet::hash_flow(key, other_key));
        EXPECT_EQ(packet::hash_host_pair(key, packet::fixed_hash_key),
                  packet::hash_host_pair(reversed_key(key), packet::fixed_hash_key));
    }
}

// The low bits choose the line and the top bits the tag: both have to spread evenly, also for keys
// that differ in a counter only.
TEST(FlowHash, SpreadsCountingKeysEvenly) {
    constexpr uint32_t bucket_count = 256, per_bucket = 400;
    std::array<uint32_t, bucket_count> low{}, high{};
    for (uint32_t i = 0; i < bucket_count * per_bucket; i++) {
        const uint64_t hash =
            packet::hash_flow(key_of(0x0a000000 + i, 0xac100001, 1024, 80), packet::fixed_hash_key);
        low[hash % bucket_count]++;
        high[hash >> 56]++;
    }
    // Poisson with mean 400 has deviation 20: six deviations either way.
    for (uint32_t i = 0; i < bucket_count; i++) {
        EXPECT_NEAR(low[i], per_bucket, 120);
        EXPECT_NEAR(high[i], per_bucket, 120);
    }
}

}  // namespace
}  // namespace baleen::flow
