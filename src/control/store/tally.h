// Sums by key in bounded memory: with more keys than there is room for, the smallest are given up,
// and what is left is a lower bound.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
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
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
    };
    using Entries = std::unordered_map<std::string, Sums, Hash, std::equal_to<>>;
    // In no order, but the `count` largest first: taken out of all in a few steps for each.
    std::vector<Entries::const_iterator> with_largest_first(size_t count) const;
    bool larger(Entries::const_iterator a, Entries::const_iterator b) const;
    void prune();

    Measure measure_;
    filter::Kind kind_;
    size_t keys_max_;
    Entries entries_;
    Sums sum_;
    bool is_exact_ = true;
};

}  // namespace baleen::store
