// Which events of a rule are kept: the rule's own rate limit, over the events of all workers.
//
// Owns: a window and a count for each (rule, source, destination or pair) that is limited, in a
// bounded number of places.
//
// Semantics, as Suricata's documentation has them for `threshold` and `detection_filter`. A window
// begins with an event outside of any, and lasts `seconds`; time is that of the events. In a window
//   limit      keeps the first `count`;
//   threshold  keeps every `count`-th;
//   both       keeps the `count`-th only;
//   exceeded   keeps all behind the first `count`.
// Tracking by_both means the pair, whoever of the two sent. An event that comes late (workers are
// read in turn) counts in the window that is there.
//
// When all places are taken, one whose window has passed is taken, of a few looked at in turn; if
// none has, the event passes and is counted: rather one alert too many than one too few.
//
// Must hold: decisions depend on the events and their order alone. What was decided since the last
// commit() is forgotten by roll_back(), so that events delivered again are judged as before. (A
// process that is started anew begins without windows: of events delivered again to it, some may be
// kept that were not before.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "baleen/match_event.h"

namespace baleen::control {

// 64 Ki places take some 10 MiB: sources that one day's noisy rules tell apart.
inline constexpr uint32_t rate_places = 64 * 1024;
// Rules that are counted one by one; more than any real set has.
inline constexpr uint32_t rate_rules_counted = 256 * 1024;

class RateLimiter {
public:
    using RuleId = std::pair<uint32_t, uint32_t>;  // gid, id

    explicit RateLimiter(uint32_t places = rate_places,
                         uint32_t rules_counted = rate_rules_counted);

    // False: the event, which has been checked, is not to be kept, and is counted. True: its
    // `suppressed` tells all hits of its rule since the last event kept.
    bool keeps(record::MatchEvent& event);

    void commit();
    void roll_back();

    // Events that were not kept, by rule; and those of rules beyond rate_rules_counted.
    std::map<RuleId, uint64_t> suppressed() const;
    uint64_t suppressed_uncounted() const { return told_.suppressed_uncounted; }
    uint64_t suppressed_events() const { return told_.suppressed; }  // of all rules
    // Events of a limited rule that passed because all places were taken.
    uint64_t passed_unlimited() const { return told_.passed_unlimited; }
    uint32_t size() const { return static_cast<uint32_t>(index_.size()); }

private:
    struct Key {
        RuleId rule;
        std::array<uint8_t, 16> src{};
        std::array<uint8_t, 16> dst{};
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        uint64_t seed;
        size_t operator()(const Key& key) const;
    };
    struct Window {
        Key key{};
        int64_t end_ns = 0;
        uint64_t count = 0;
        bool in_use = false;
    };
    struct RuleCount {
        uint64_t suppressed = 0;  // events that were not kept
        uint64_t untold = 0;      // hits since the last one kept
    };
    struct Told {
        uint64_t suppressed = 0;
        uint64_t suppressed_uncounted = 0;
        uint64_t passed_unlimited = 0;
    };

    static Key key_of(const record::MatchEvent& event);
    // Where the key's window is or will be; nullopt: there is no place.
    std::optional<uint32_t> place_of(const Key& key, int64_t time_ns);
    std::optional<uint32_t> free_place(int64_t time_ns);
    bool count_in(Window& window, const record::MatchEvent& event);
    void remember(uint32_t place);
    RuleCount* count_of(const RuleId& rule);

    std::vector<Window> windows_;
    std::unordered_map<Key, uint32_t, Hash> index_;
    uint32_t used_ = 0;  // places that were ever taken: the first ones
    uint32_t hand_ = 0;  // where the search for one to take goes on

    uint32_t rules_counted_;
    std::map<RuleId, RuleCount> counts_;
    Told told_;

    // As it was at the last commit, of what has changed since: places in the order of change.
    std::vector<std::pair<uint32_t, Window>> old_windows_;
    std::map<RuleId, RuleCount> old_counts_;
    Told old_told_;
    uint32_t old_used_ = 0;
    uint32_t old_hand_ = 0;
};

}  // namespace baleen::control
