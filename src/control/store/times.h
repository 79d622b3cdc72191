// Ranges of time: what a question wants, and what a slice, or a block of its rows, has.
#pragma once

#include <algorithm>
#include <cstdint>

namespace baleen::store {

// Both ends belong to it; no time is negative.
struct TimeRange {
    int64_t low = 0;
    int64_t high = INT64_MAX;

    bool is_empty() const { return low > high; }
    bool overlaps(const TimeRange& other) const { return low <= other.high && other.low <= high; }
    bool contains(int64_t time_ns) const { return low <= time_ns && time_ns <= high; }
    TimeRange within(const TimeRange& other) const {
        return {std::max(low, other.low), std::min(high, other.high)};
    }
    bool is_bounded() const { return low > 0 || high < INT64_MAX; }
};

// Of rows: when flows began and ended. An event does both at its time.
struct Times {
    TimeRange first;
    TimeRange last;

    bool overlap(const Times& other) const {
        return first.overlaps(other.first) && last.overlaps(other.last);
    }
    bool is_empty() const { return first.is_empty() || last.is_empty(); }
    bool are_bounded() const { return first.is_bounded() || last.is_bounded(); }
    // No flow ends before it begins.
    void tighten() {
        first.high = std::min(first.high, last.high);
        last.low = std::max(last.low, first.low);
    }
};

}  // namespace baleen::store
