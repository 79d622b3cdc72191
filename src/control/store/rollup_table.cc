#include "control/store/rollup_table.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.h"
#include "control/store/key_hash.h"

namespace baleen::store {
namespace {

constexpr size_t places_min = 64;

template <size_t key_bytes>
uint32_t hash_of(const std::array<uint8_t, key_bytes>& key) {
    KeyHash hash;
    hash.add(key);
    return hash.value();
}

}  // namespace

template <size_t key_bytes>
void RollupTable<key_bytes>::add(std::span<const Row> rows) {
    BALEEN_ASSERT(rows.size() <= rows_at_once);
    while (places_.size() < 2 * (size() + rows.size())) grow();
    const size_t mask = places_.size() - 1;
    std::array<uint32_t, rows_at_once> hashes;
    for (size_t i = 0; i < rows.size(); i++) {
        hashes[i] = hash_of(rows[i].key);
        __builtin_prefetch(&places_[hashes[i] & mask]);
    }
    for (size_t i = 0; i < rows.size(); i++) {
        const Place& place = places_[hashes[i] & mask];
        if (place.index == 0 || place.hash != hashes[i]) continue;
        const auto* known = reinterpret_cast<const char*>(&rows_[place.index - 1]);
        __builtin_prefetch(known, 1);
        __builtin_prefetch(known + sizeof(Row) - 1, 1);
    }
    for (size_t i = 0; i < rows.size(); i++) add(rows[i], hashes[i]);
}

template <size_t key_bytes>
void RollupTable<key_bytes>::add(const Row& added, uint32_t hash) {
    const size_t mask = places_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        Place& place = places_[at];
        if (place.index == 0) {
            rows_.push_back(added);
            place = {hash, size()};
            return;
        }
        if (place.hash != hash) continue;
        Row& known = rows_[place.index - 1];
        if (known.key == added.key) return known.sums.add(added.sums);
    }
}

template <size_t key_bytes>
void RollupTable<key_bytes>::add(const RollupTable& other) {
    std::array<Row, rows_at_once> rows;
    for (uint32_t done = 0; done < other.size();) {
        const auto count = std::min(other.size() - done, uint32_t{rows_at_once});
        for (uint32_t i = 0; i < count; i++) rows[i] = other[done + i];
        add(std::span(rows).first(count));
        done += count;
    }
}

template <size_t key_bytes>
void RollupTable<key_bytes>::grow() {
    const std::vector<Place> old =
        std::exchange(places_, std::vector<Place>(std::max(places_min, 2 * places_.size())));
    const size_t mask = places_.size() - 1;
    for (const Place& place : old) {
        if (place.index == 0) continue;
        size_t at = place.hash & mask;
        while (places_[at].index != 0) at = (at + 1) & mask;
        places_[at] = place;
    }
}

template <size_t key_bytes>
void RollupTable<key_bytes>::clear() {
    places_.assign(std::max(places_min, std::bit_ceil(size_t{2} * size())), {});
    rows_.clear();
}

template class RollupTable<4>;
template class RollupTable<16>;
template class RollupTable<32>;

}  // namespace baleen::store
