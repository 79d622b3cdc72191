#include "control/store/tally.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

#include "control/store/key_hash.h"

namespace baleen::store {
namespace {

constexpr size_t places_min = 64;

uint32_t hash_of(std::string_view key) {
    KeyHash hash;
    hash.add({reinterpret_cast<const uint8_t*>(key.data()), key.size()});
    return hash.value();
}

}  // namespace

Sums Tally::sums_of(const Place& place) const {
    SumWords words;
    std::copy_n(words_.begin() + place.word, words.size(), words.begin());
    return std::bit_cast<Sums>(words);
}

std::string_view Tally::key_of(const Place& place) const {
    const uint64_t* words = &words_[place.word];
    return {reinterpret_cast<const char*>(words + key_at), words[size_at]};
}

Tally::Place& Tally::find(std::string_view key, uint32_t hash) {
    const size_t mask = places_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        Place& place = places_[at];
        if (place.word == nowhere || (place.hash == hash && key_of(place) == key)) return place;
    }
}

void Tally::add(std::string_view key, const Sums& sums) {
    sum_.add(sums);
    if (places_.size() < 2 * (keys_ + 1)) {
        const std::vector<Place> before = std::exchange(places_, {});
        make_places(std::max(2 * before.size(), places_min), before);
    }
    const uint32_t hash = hash_of(key);
    Place& place = find(key, hash);
    if (place.word == nowhere) {
        place = {hash, append(key, sums)};
        keys_++;
        // Each pruning frees half of the room, so that it costs a few steps for each key.
        if (keys_ > 2 * keys_max_) prune();
        return;
    }
    const auto more = std::bit_cast<SumWords>(sums);
    for (size_t i = 0; i < more.size(); i++) words_[place.word + i] += more[i];
}

uint32_t Tally::append(std::string_view key, const Sums& sums) {
    const size_t word = words_.size();
    const auto counts = std::bit_cast<SumWords>(sums);
    words_.insert(words_.end(), counts.begin(), counts.end());
    words_.push_back(key.size());
    words_.resize(words_.size() + (key.size() + 7) / 8);
    std::memcpy(words_.data() + word + key_at, key.data(), key.size());
    return static_cast<uint32_t>(word);
}

void Tally::make_places(size_t count, const std::vector<Place>& taken) {
    places_.assign(count, Place{});
    for (const Place& each : taken) {
        size_t at = each.hash & (count - 1);
        if (each.word == nowhere) continue;
        while (places_[at].word != nowhere) at = (at + 1) & (count - 1);
        places_[at] = each;
    }
}

bool Tally::is_larger(const Place& a, const Place& b) const {
    const uint64_t of_a = value_of(sums_of(a), measure_, kind_);
    const uint64_t of_b = value_of(sums_of(b), measure_, kind_);
    return of_a != of_b ? of_a > of_b : key_of(a) < key_of(b);
}

std::vector<Tally::Place> Tally::with_largest_first(size_t count) const {
    std::vector<Place> all;
    all.reserve(keys_);
    std::ranges::copy_if(places_, std::back_inserter(all),
                         [](const Place& place) { return place.word != nowhere; });
    if (count < all.size())
        std::nth_element(all.begin(), all.begin() + static_cast<ptrdiff_t>(count), all.end(),
                         [this](const Place& a, const Place& b) { return is_larger(a, b); });
    return all;
}

void Tally::prune() {
    std::vector<Place> kept = with_largest_first(keys_max_);
    kept.resize(keys_max_);
    const std::vector<uint64_t> before = std::exchange(words_, {});
    for (Place& place : kept) {
        const uint64_t* words = &before[place.word];
        const size_t count = key_at + (words[size_at] + 7) / 8;
        place.word = static_cast<uint32_t>(words_.size());
        words_.insert(words_.end(), words, words + count);
    }
    keys_ = kept.size();
    make_places(places_.size(), kept);
    is_exact_ = false;
}

std::vector<Tally::Entry> Tally::top(size_t limit) const {
    std::vector<Place> found = with_largest_first(limit);
    found.resize(std::min(limit, found.size()));
    std::ranges::sort(found, [this](const Place& a, const Place& b) { return is_larger(a, b); });
    std::vector<Entry> out;
    out.reserve(found.size());
    for (const Place& each : found) out.push_back({std::string(key_of(each)), sums_of(each)});
    return out;
}

}  // namespace baleen::store
