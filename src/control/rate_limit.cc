#include "control/rate_limit.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "base/multiply_fold.h"
#include "base/random_seed.h"

namespace baleen::control {
namespace {

using record::MatchEvent;
using ruleset::RateKind;
using ruleset::RateTrack;

// Places looked at for one whose window has passed: a bound for the work that one event can make.
constexpr uint32_t looks_max = 64;
constexpr int64_t second_ns = 1'000'000'000;

// When a window that begins now ends; far times stay in range.
int64_t end_of(int64_t start_ns, uint32_t seconds) {
    const int64_t length_ns = int64_t{seconds} * second_ns;
    return start_ns > INT64_MAX - length_ns ? INT64_MAX : start_ns + length_ns;
}

}  // namespace

size_t RateLimiter::Hash::operator()(const Key& key) const {
    std::array<uint64_t, 4> words;
    std::memcpy(words.data(), key.src.data(), 16);
    std::memcpy(words.data() + 2, key.dst.data(), 16);
    uint64_t hash =
        base::multiply_fold(seed ^ key.rule.first, 0x9fb21c651e98df25 ^ key.rule.second);
    for (const uint64_t word : words)
        hash = base::multiply_fold(hash ^ word, seed ^ 0xa0761d6478bd642f);
    return hash;
}

RateLimiter::RateLimiter(uint32_t places, uint32_t rules_counted)
    : windows_(places), index_(places, Hash{base::random_seed()}), rules_counted_(rules_counted) {}

RateLimiter::Key RateLimiter::key_of(const MatchEvent& event) {
    Key key{.rule = {event.gid, event.id}};
    const RateTrack track = event.rate_track;
    if (track == RateTrack::by_src || track == RateTrack::by_both)
        std::copy(std::begin(event.src), std::end(event.src), key.src.begin());
    if (track == RateTrack::by_dst || track == RateTrack::by_both)
        std::copy(std::begin(event.dst), std::end(event.dst), key.dst.begin());
    if (track == RateTrack::by_both && key.dst < key.src) std::swap(key.src, key.dst);
    return key;
}

void RateLimiter::remember(uint32_t place) { old_windows_.emplace_back(place, windows_[place]); }

std::optional<uint32_t> RateLimiter::free_place(int64_t time_ns) {
    if (used_ < windows_.size()) return used_++;
    for (uint32_t look = 0; look < looks_max && look < used_; look++) {
        const uint32_t place = hand_;
        hand_ = hand_ + 1 == used_ ? 0 : hand_ + 1;
        if (windows_[place].end_ns <= time_ns) return place;
    }
    return std::nullopt;
}

std::optional<uint32_t> RateLimiter::place_of(const Key& key, int64_t time_ns) {
    if (const auto found = index_.find(key); found != index_.end()) {
        remember(found->second);
        return found->second;
    }
    const auto place = free_place(time_ns);
    if (!place) return std::nullopt;
    remember(*place);
    Window& window = windows_[*place];
    if (window.in_use) index_.erase(window.key);
    window = {.key = key, .in_use = true};
    index_.emplace(key, *place);
    return place;
}

bool RateLimiter::count_in(Window& window, const MatchEvent& event) {
    BALEEN_ASSERT(event.rate_count > 0 && event.rate_seconds > 0);  // record::find_problem()
    const bool is_new = window.count == 0 && window.end_ns == 0;
    if (is_new || event.time_ns >= window.end_ns) {
        window.end_ns = end_of(event.time_ns, event.rate_seconds);
        window.count = 0;
    }
    window.count++;
    switch (event.rate_kind) {
        case RateKind::none: return true;
        case RateKind::limit: return window.count <= event.rate_count;
        case RateKind::threshold: return window.count % event.rate_count == 0;
        case RateKind::both: return window.count == event.rate_count;
        case RateKind::exceeded: return window.count > event.rate_count;
    }
    return true;
}

RateLimiter::RuleCount* RateLimiter::count_of(const RuleId& rule) {
    auto found = counts_.find(rule);
    if (found == counts_.end()) {
        if (counts_.size() >= rules_counted_) return nullptr;
        found = counts_.emplace(rule, RuleCount{}).first;
    }
    old_counts_.emplace(rule, found->second);  // the first since the commit stays
    return &found->second;
}

bool RateLimiter::keeps(MatchEvent& event) {
    if (event.rate_kind == RateKind::none) return true;
    const Key key = key_of(event);
    const auto place = place_of(key, event.time_ns);
    if (!place) told_.passed_unlimited++;
    const bool kept = !place || count_in(windows_[*place], event);
    if (!kept) told_.suppressed++;
    RuleCount* count = count_of(key.rule);
    if (count == nullptr) {
        if (!kept) told_.suppressed_uncounted++;
        return kept;
    }
    const uint64_t hits = count->untold + event.suppressed;
    if (kept) {
        event.suppressed = static_cast<uint32_t>(std::min<uint64_t>(hits, UINT32_MAX));
        count->untold = 0;
        return true;
    }
    count->untold = hits + 1;
    count->suppressed++;
    return false;
}

void RateLimiter::commit() {
    old_windows_.clear();
    old_counts_.clear();
    old_told_ = told_;
    old_used_ = used_;
    old_hand_ = hand_;
}

void RateLimiter::roll_back() {
    for (auto old = old_windows_.rbegin(); old != old_windows_.rend(); ++old) {
        Window& window = windows_[old->first];
        if (window.key != old->second.key || !old->second.in_use) {
            index_.erase(window.key);
            if (old->second.in_use) index_.emplace(old->second.key, old->first);
        }
        window = old->second;
    }
    for (const auto& [rule, count] : old_counts_) counts_[rule] = count;
    told_ = old_told_;
    used_ = old_used_;
    hand_ = old_hand_;
    commit();
}

std::map<RateLimiter::RuleId, uint64_t> RateLimiter::suppressed() const {
    std::map<RuleId, uint64_t> out;
    for (const auto& [rule, count] : counts_)
        if (count.suppressed > 0) out.emplace(rule, count.suppressed);
    return out;
}

}  // namespace baleen::control
