// Sets of addresses or ports as sorted, disjoint, non-adjacent ranges: exact under any nesting of
// "in" and "not in", and searched by halving.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace baleen::rules {

// In network order, so that the order of arrays is the order of addresses.
using Ipv6Address = std::array<uint8_t, 16>;

template <class T>
struct Ordinal {
    static constexpr T lowest() { return std::numeric_limits<T>::min(); }
    static constexpr T highest() { return std::numeric_limits<T>::max(); }
    static constexpr T next(T value) { return static_cast<T>(value + 1); }
    static constexpr T previous(T value) { return static_cast<T>(value - 1); }
};

template <>
struct Ordinal<Ipv6Address> {
    static Ipv6Address lowest() { return {}; }
    static Ipv6Address highest() {
        Ipv6Address address;
        address.fill(0xff);
        return address;
    }
    static Ipv6Address next(Ipv6Address address) {
        for (size_t i = address.size(); i-- > 0 && ++address[i] == 0;) {
        }
        return address;
    }
    static Ipv6Address previous(Ipv6Address address) {
        for (size_t i = address.size(); i-- > 0 && address[i]-- == 0;) {
        }
        return address;
    }
};

template <class T>
class RangeSet {
public:
    struct Range {
        T first;
        T last;
        bool operator==(const Range&) const = default;
    };

    static RangeSet all() { return of(Ordinal<T>::lowest(), Ordinal<T>::highest()); }
    // Both ends belong to it.
    static RangeSet of(T first, T last) {
        RangeSet set;
        set.ranges_.push_back({first, last});
        return set;
    }

    bool operator==(const RangeSet&) const = default;
    bool empty() const { return ranges_.empty(); }
    bool is_all() const { return *this == all(); }
    const std::vector<Range>& ranges() const { return ranges_; }

    bool contains(const T& value) const {
        const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), value,
                                            [](const T& v, const Range& r) { return v < r.first; });
        return after != ranges_.begin() && value <= std::prev(after)->last;
    }

    void add(const RangeSet& other) {
        std::vector<Range> sorted;
        std::merge(ranges_.begin(), ranges_.end(), other.ranges_.begin(), other.ranges_.end(),
                   std::back_inserter(sorted),
                   [](const Range& a, const Range& b) { return a.first < b.first; });
        ranges_.clear();
        for (const Range& range : sorted) {
            if (!ranges_.empty() && reaches(ranges_.back(), range))
                ranges_.back().last = std::max(ranges_.back().last, range.last);
            else ranges_.push_back(range);
        }
    }

    RangeSet complement() const {
        RangeSet out;
        T from = Ordinal<T>::lowest();
        for (const Range& range : ranges_) {
            if (from < range.first)
                out.ranges_.push_back({from, Ordinal<T>::previous(range.first)});
            if (range.last == Ordinal<T>::highest()) return out;
            from = Ordinal<T>::next(range.last);
        }
        out.ranges_.push_back({from, Ordinal<T>::highest()});
        return out;
    }

    // What is in this set and not in the other: the complement of "not here, or there".
    RangeSet without(const RangeSet& other) const {
        RangeSet outside = complement();
        outside.add(other);
        return outside.complement();
    }

private:
    static bool reaches(const Range& left, const Range& right) {
        return left.last == Ordinal<T>::highest() || right.first <= Ordinal<T>::next(left.last);
    }

    std::vector<Range> ranges_;
};

using PortSet = RangeSet<uint16_t>;

struct AddressSet {
    RangeSet<uint32_t> v4;  // host order
    RangeSet<Ipv6Address> v6;

    static AddressSet all() { return {RangeSet<uint32_t>::all(), RangeSet<Ipv6Address>::all()}; }

    bool operator==(const AddressSet&) const = default;
    bool empty() const { return v4.empty() && v6.empty(); }
    bool is_all() const { return v4.is_all() && v6.is_all(); }
    void add(const AddressSet& other) {
        v4.add(other.v4);
        v6.add(other.v6);
    }
    AddressSet without(const AddressSet& other) const {
        return {v4.without(other.v4), v6.without(other.v6)};
    }
};

}  // namespace baleen::rules
