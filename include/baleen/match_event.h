// What a hit of a rule says. One event is the payload of one frame of type `match` in a ring.
//
// Owns: the byte layout: this struct, then the texts whose lengths it has, without gaps: the rule's
// name, its classtype, the excerpt. So an event explains itself, whatever rules come later.
// Integers in host byte order, addresses in network order, IPv4 as ::ffff:a.b.c.d. docs/formats.md
// has the table.
//
// Must hold: no padding, no pointers, every layout change raises `match_version`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "baleen/limits.h"
#include "baleen/ruleset.h"

namespace baleen::record {

inline constexpr uint16_t match_version = 1;

inline constexpr uint32_t rule_name_bytes_max = 255;
inline constexpr uint32_t classtype_bytes_max = 63;
inline constexpr uint32_t excerpt_bytes_max = 256;

enum MatchFlags : uint8_t {
    on_stream = 1 << 0,   // found in the bytes of a TCP direction, else in one packet
    candidate = 1 << 1,   // the rule is marked "prefilter only": parts of it were not looked at
    behind_gap = 1 << 2,  // bytes of the stream were missing somewhere before it
};

// The rate limit is the rule's own (ruleset::Rule): who stores events applies it, since it alone
// sees those of all workers.
struct MatchEvent {
    uint64_t flow_id;
    int64_t time_ns;  // of the packet that completed the match
    uint64_t offset;  // behind the match: in the direction's stream, or in the packet's payload
    uint8_t src[16];  // of the packet, or of the direction
    uint8_t dst[16];
    uint16_t src_port;
    uint16_t dst_port;
    uint8_t protocol;  // IANA
    uint8_t ip_version;
    uint16_t port_index;
    uint32_t gid;
    uint32_t id;
    uint32_t rev;
    uint32_t generation;  // of the ruleset, counted from 1 in each run
    uint8_t severity;
    ruleset::Action action;
    ruleset::Side side;
    uint8_t flags;  // MatchFlags
    ruleset::RateKind rate_kind;
    ruleset::RateTrack rate_track;
    uint16_t vlan_ids[limits::vlan_ids_kept];
    uint16_t reserved;
    uint32_t rate_count;
    uint32_t rate_seconds;
    uint32_t suppressed;  // hits of this rule since its last event that made none, for a limit
    uint16_t name_bytes;
    uint16_t classtype_bytes;
    uint16_t excerpt_bytes;  // of the payload, from where the match ends backwards
    uint16_t reserved2;
};
static_assert(sizeof(MatchEvent) == 112);
static_assert(offsetof(MatchEvent, src) == 24 && offsetof(MatchEvent, gid) == 64);
static_assert(std::is_trivially_copyable_v<MatchEvent>);
static_assert(std::has_unique_object_representations_v<MatchEvent>, "no padding");

constexpr uint32_t match_event_bytes(const MatchEvent& event) {
    return uint32_t{sizeof(MatchEvent)} + event.name_bytes + event.classtype_bytes +
           event.excerpt_bytes;
}
inline constexpr uint32_t match_event_bytes_max =
    uint32_t{sizeof(MatchEvent)} + rule_name_bytes_max + classtype_bytes_max + excerpt_bytes_max;

}  // namespace baleen::record
