#include "control/store/tally.h"

#include <algorithm>

namespace baleen::store {

bool Tally::larger(const Entry& a, const Entry& b) const {
    const uint64_t of_a = value_of(a.sums, measure_, kind_);
    const uint64_t of_b = value_of(b.sums, measure_, kind_);
    return of_a != of_b ? of_a > of_b : a.key < b.key;
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
    std::vector<Entry> kept = top(keys_max_);
    entries_.clear();
    for (Entry& entry : kept) entries_.emplace(std::move(entry.key), entry.sums);
    is_exact_ = false;
}

std::vector<Tally::Entry> Tally::top(size_t limit) const {
    std::vector<Entry> out;
    out.reserve(entries_.size());
    for (const auto& [key, sums] : entries_) out.push_back({key, sums});
    const auto by_size = [this](const Entry& a, const Entry& b) { return larger(a, b); };
    const size_t count = std::min(limit, out.size());
    std::partial_sort(out.begin(), out.begin() + static_cast<ptrdiff_t>(count), out.end(), by_size);
    out.resize(count);
    return out;
}

}  // namespace baleen::store
