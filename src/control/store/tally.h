// Sums by key in bounded memory: with more keys than there is room for, the smallest are given up,
// and what is left is a lower bound.
//
// PERF: sums and key lie side by side: two cache misses for a key, one of them in the table, where
// std::unordered_map of strings takes four (`baleen bench store`, top_hosts_in_minute_filtered).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id_table.h"
#include "control/store/grouping.h"
#include "control/store/rollup.h"

namespace baleen::store {

class Tally {
public:
    struct Entry {
        std::string key;
        Sums sums;
    };

    Tally(Measure measure, filter::Kind kind, size_t keys_max)
        : measure_(measure), kind_(kind), keys_max_(keys_max) {}

    void add(std::string_view key, const Sums& sums);

    // The largest, ties by key.
    std::vector<Entry> top(size_t limit) const;
    // Of all keys, given up or not.
    const Sums& sum() const { return sum_; }
    bool is_exact() const { return is_exact_; }

private:
    // A key's sums, its size in bytes, and its bytes, in whole words. Its number is the first.
    using SumWords = std::array<uint64_t, sizeof(Sums) / sizeof(uint64_t)>;
    static constexpr size_t size_at = std::tuple_size_v<SumWords>;
    static constexpr size_t key_at = size_at + 1;

    Sums sums_of(uint32_t number) const;
    std::string_view key_of(uint32_t number) const;
    void append(std::string_view key, const Sums& sums);
    // All, in no order, but the `count` largest first: a few steps for each.
    std::vector<uint32_t> with_largest_first(size_t count) const;
    bool is_larger(uint32_t a, uint32_t b) const;
    void prune();

    Measure measure_;
    filter::Kind kind_;
    size_t keys_max_;
    base::IdTable keys_;
    std::vector<uint64_t> words_;
    Sums sum_;
    bool is_exact_ = true;
};

}  // namespace baleen::store
