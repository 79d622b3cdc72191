#include "control/store/tally.h"

#include <algorithm>

namespace baleen::store {

bool Tally::larger(Entries::const_iterator a, Entries::const_iterator b) const {
    const uint64_t of_a = value_of(a->second, measure_, kind_);
    const uint64_t of_b = value_of(b->second, measure_, kind_);
    return of_a != of_b ? of_a > of_b : a->first < b->first;
}

std::vector<Tally::Entries::const_iterator> Tally::with_largest_first(size_t count) const {
    std::vector<Entries::const_iterator> all;
    all.reserve(entries_.size());
    for (auto each = entries_.begin(); each != entries_.end(); ++each) all.push_back(each);
    if (count < all.size())
        std::nth_element(all.begin(), all.begin() + static_cast<ptrdiff_t>(count), all.end(),
                         [this](auto a, auto b) { return larger(a, b); });
    return all;
}

void Tally::add(std::string_view key, const Sums& sums) {
    sum_.add(sums);
    if (const auto found = entries_.find(key); found != entries_.end()) {
        found->second.add(sums);
        return;
    }
    entries_.emplace(key, sums);
    // Each pruning frees half of the room, so that it costs a few steps for each key.
    if (entries_.size() > 2 * keys_max_) prune();
}

void Tally::prune() {
    const auto all = with_largest_first(keys_max_);
    for (size_t i = keys_max_; i < all.size(); i++) entries_.erase(all[i]);
    is_exact_ = false;
}

std::vector<Tally::Entry> Tally::top(size_t limit) const {
    auto found = with_largest_first(limit);
    found.resize(std::min(limit, found.size()));
    std::sort(found.begin(), found.end(), [this](auto a, auto b) { return larger(a, b); });
    std::vector<Entry> out;
    out.reserve(found.size());
    for (const auto& each : found) out.push_back({each->first, each->second});
    return out;
}

}  // namespace baleen::store
