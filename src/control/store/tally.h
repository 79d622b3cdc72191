// Sums by key in bounded memory: with more keys than there is room for, the smallest are given up,
// and what is left is a lower bound.
//
// PERF: one array of places that are hashed, and one of what they lead to, sums and key side by
// side: two cache misses for a key, where std::unordered_map of strings takes four (`baleen bench
// store`, top_hosts_in_minute_filtered).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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
    // A key's sums, its size in bytes, and its bytes, in whole words.
    using SumWords = std::array<uint64_t, sizeof(Sums) / sizeof(uint64_t)>;
    static constexpr size_t size_at = std::tuple_size_v<SumWords>;
    static constexpr size_t key_at = size_at + 1;
    static constexpr uint32_t nowhere = UINT32_MAX;

    struct Place {
        uint32_t hash = 0;
        uint32_t word = nowhere;  // where they begin
    };

    Sums sums_of(const Place& place) const;
    std::string_view key_of(const Place& place) const;
    // The place where it is, or would be.
    Place& find(std::string_view key, uint32_t hash);
    uint32_t append(std::string_view key, const Sums& sums);
    void make_places(size_t count, const std::vector<Place>& taken);
    // All, in no order, but the `count` largest first: a few steps for each.
    std::vector<Place> with_largest_first(size_t count) const;
    bool is_larger(const Place& a, const Place& b) const;
    void prune();

    Measure measure_;
    filter::Kind kind_;
    size_t keys_max_;
    std::vector<Place> places_;  // a power of two, at most half of them taken
    size_t keys_ = 0;
    std::vector<uint64_t> words_;
    Sums sum_;
    bool is_exact_ = true;
};

}  // namespace baleen::store
