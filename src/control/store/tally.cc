#include "control/store/tally.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "control/store/key_hash.h"

namespace baleen::store {
namespace {

uint32_t hash_of(std::string_view key) {
    KeyHash hash;
    hash.add({reinterpret_cast<const uint8_t*>(key.data()), key.size()});
    return hash.value();
}

size_t words_for(size_t bytes) { return (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t); }

}  // namespace

Sums Tally::sums_of(uint32_t number) const {
    SumWords words;
    std::copy_n(words_.begin() + number, words.size(), words.begin());
    return std::bit_cast<Sums>(words);
}

std::string_view Tally::key_of(uint32_t number) const {
    const uint64_t* words = &words_[number];
    return {reinterpret_cast<const char*>(words + key_at), words[size_at]};
}

void Tally::add(std::string_view key, const Sums& sums) {
    sum_.add(sums);
    const uint32_t number =
        keys_.find(hash_of(key), [&](uint32_t each) { return key_of(each) == key; });
    if (number == base::IdTable::none) {
        append(key, sums);
        // Each pruning frees half of the room, so that it costs a few steps for each key.
        if (keys_.size() > 2 * keys_max_) prune();
        return;
    }
    const auto more = std::bit_cast<SumWords>(sums);
    for (size_t i = 0; i < more.size(); i++) words_[number + i] += more[i];
}

void Tally::append(std::string_view key, const Sums& sums) {
    const size_t number = words_.size();
    const auto counts = std::bit_cast<SumWords>(sums);
    words_.insert(words_.end(), counts.begin(), counts.end());
    words_.push_back(key.size());
    words_.resize(words_.size() + words_for(key.size()));
    std::memcpy(words_.data() + number + key_at, key.data(), key.size());
    keys_.insert(hash_of(key), static_cast<uint32_t>(number));
}

bool Tally::is_larger(uint32_t a, uint32_t b) const {
    const uint64_t of_a = value_of(sums_of(a), measure_, kind_);
    const uint64_t of_b = value_of(sums_of(b), measure_, kind_);
    return of_a != of_b ? of_a > of_b : key_of(a) < key_of(b);
}

std::vector<uint32_t> Tally::with_largest_first(size_t count) const {
    std::vector<uint32_t> all;
    all.reserve(keys_.size());
    for (size_t at = 0; at < words_.size(); at += key_at + words_for(words_[at + size_at]))
        all.push_back(static_cast<uint32_t>(at));
    if (count < all.size())
        std::nth_element(all.begin(), all.begin() + static_cast<ptrdiff_t>(count), all.end(),
                         [this](uint32_t a, uint32_t b) { return is_larger(a, b); });
    return all;
}

void Tally::prune() {
    Tally kept(measure_, kind_, keys_max_);
    const auto all = with_largest_first(keys_max_);
    for (size_t i = 0; i < keys_max_; i++) kept.append(key_of(all[i]), sums_of(all[i]));
    keys_ = std::move(kept.keys_);
    words_ = std::move(kept.words_);
    is_exact_ = false;
}

std::vector<Tally::Entry> Tally::top(size_t limit) const {
    std::vector<uint32_t> found = with_largest_first(limit);
    found.resize(std::min(limit, found.size()));
    std::ranges::sort(found, [this](uint32_t a, uint32_t b) { return is_larger(a, b); });
    std::vector<Entry> out;
    out.reserve(found.size());
    for (const uint32_t each : found) out.push_back({std::string(key_of(each)), sums_of(each)});
    return out;
}

}  // namespace baleen::store
