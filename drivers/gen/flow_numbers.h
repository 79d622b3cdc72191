// The addresses and ports of flow number n.
//
// A function of the number and the seed alone, and a different 5-tuple for each of the first 2^32
// numbers: the lower 24 bits are the source's host in 10.0.0.0/8, the upper 8 stand in the
// destination (172.16.0.0/12, RFC 1918), whose other bits and the source port come from a hash, so
// that the flow table of a receiver meets no pattern.
#pragma once

#include <cstdint>

namespace baleen::gen {

struct FlowTuple {
    uint32_t src;  // host order, as all of these
    uint32_t dst;
    uint16_t src_port;
    uint16_t dst_port;
};

// MurmurHash3's finaliser: every bit of the input changes every bit of the result.
constexpr uint64_t mix64(uint64_t value) {
    value = (value ^ value >> 33) * 0xff51afd7ed558ccd;
    value = (value ^ value >> 33) * 0xc4ceb9fe1a85ec53;
    return value ^ value >> 33;
}

inline constexpr uint64_t flow_number_count = 1ull << 32;

// Destination ports that belong to no service, and source ports from the range that Linux uses for
// outgoing connections: no receiver takes the payload for a tunnel.
constexpr FlowTuple tuple_of(uint64_t number, bool is_tcp, uint64_t seed) {
    constexpr uint32_t ports_first = 32768, ports_count = 28232;
    const uint64_t hash = mix64(number + seed * 0x9e3779b97f4a7c15);
    const auto high = static_cast<uint32_t>(number >> 24 & 0xff);
    return {.src = 0x0a000000 | static_cast<uint32_t>(number & 0xffffff),
            .dst = 0xac100000 | high << 12 | static_cast<uint32_t>(hash & 0xfff),
            .src_port = static_cast<uint16_t>(ports_first + (hash >> 32) % ports_count),
            .dst_port = static_cast<uint16_t>(is_tcp ? 30443 : 30053)};
}

}  // namespace baleen::gen
