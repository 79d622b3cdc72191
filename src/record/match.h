// A match event with its texts: a private copy, checked. Events come out of memory that another
// process writes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "baleen/match_event.h"
#include "baleen/record.h"

namespace baleen::record {

struct Match {
    MatchEvent event;
    std::array<char, match_event_bytes_max - sizeof(MatchEvent)> texts;  // the event has lengths

    std::string_view name() const { return {texts.data(), event.name_bytes}; }
    std::string_view classtype() const {
        return {texts.data() + event.name_bytes, event.classtype_bytes};
    }
    std::string_view excerpt() const {
        return {texts.data() + event.name_bytes + event.classtype_bytes, event.excerpt_bytes};
    }
    // As in a ring and in a store.
    std::span<const uint8_t> bytes() const {
        return {reinterpret_cast<const uint8_t*>(this), match_event_bytes(event)};
    }
};
static_assert(offsetof(Match, texts) == sizeof(MatchEvent));

// nullptr: the event makes sense; else the name of what is wrong.
const char* find_problem(const MatchEvent& event);

// Copies an event out of a frame or a store, and checks it.
const char* read_match(std::span<const uint8_t> bytes, Match& match);

// What an event says of its flow, seen from the sender of what matched: addresses, ports, VLANs.
// So it is printed and filtered as flows are. Nothing was counted.
FlowRecord flow_of(const MatchEvent& event);

}  // namespace baleen::record
