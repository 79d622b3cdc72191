// What a hit touches of its rule: a line of counts and conditions, and the part of its events that
// is always the same.
//
// Why: patterns are told one by one, each with a rule that was not looked at for long. What the
// image says of a rule lies in ten places, most of which wait for one another; here it is one line,
// and then as many as the event has.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "baleen/match_event.h"
#include "ruleset/image.h"

namespace baleen::match {

// A number that one thread adds to and others read.
class Count {
public:
    // No locked instruction: nobody else writes.
    void add(uint64_t more) {
        value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }
    uint64_t get() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<uint64_t> value_{0};
};

// How often a rule hit in one worker, and what became of that; and what is asked of it first.
struct alignas(64) HotRule {
    Count hits;
    Count flows;
    Count events;
    Count judged;             // times that its steps were
    Count judged_ticks;       // of the time-stamp counter; only with MatchSettings::profile
    uint32_t suppressed = 0;  // since its last event
    uint32_t events_this_second = 0;
    int64_t second = 0;       // of the source clock
    uint32_t event_line = 0;  // of EventHeads
    uint8_t flags = 0;        // ruleset::RuleFlags
    uint8_t protocols = 0;    // ruleset::protocol_bit()s
    bool takes_any = false;   // of these protocols: it has no conditions but its payload's
    uint8_t reserved = 0;
};
static_assert(sizeof(HotRule) == 64);

// Of each rule a MatchEvent, with name and classtype behind it. From `gid` on, which begins a line,
// it is as in every event of the rule, but for what only a hit knows: its side, flags, VLANs,
// suppressed hits and excerpt.
class EventHeads {
public:
    static constexpr uint32_t constant_from = offsetof(record::MatchEvent, gid);

    EventHeads(const ruleset::Image& image, uint32_t generation);

    const record::MatchEvent& at(uint32_t line) const {
        return *reinterpret_cast<const record::MatchEvent*>(lines_.data() + line);
    }
    uint32_t line_of(uint32_t rule) const { return line_of_[rule]; }

private:
    struct alignas(64) Line {
        uint8_t bytes[64];
    };
    static_assert(constant_from % sizeof(Line) == 0);

    std::vector<Line> lines_;
    std::vector<uint32_t> line_of_;
};

// As each worker begins with them.
std::vector<HotRule> hot_rules(const ruleset::Image& image, const EventHeads& heads);

}  // namespace baleen::match
