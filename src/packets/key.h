// What packets are looked up by: a flow's number, its addresses and ports, a host. Each becomes a
// key of 32 bits; different ones may share a key, and whoever looks for one meets the other's
// packets as well, which then do not match.
//
// Why not keyed hashes: a file is read on another day by another process. Who makes keys collide
// makes a search read more chunks, and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "base/multiply_fold.h"

namespace baleen::packets {

using Key = uint32_t;
using Address = std::array<uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d

// Digits of the square roots of 2, 3, 5 and 7: kinds of keys do not meet each other.
inline constexpr uint64_t flow_seed = 0x6a09e667f3bcc908;
inline constexpr uint64_t host_seed = 0xbb67ae8584caa73b;
inline constexpr uint64_t tuple_seed = 0x3c6ef372fe94f82b;
inline constexpr uint64_t last_seed = 0xa54ff53a5f1d36f1;

inline Key finish(uint64_t hash) {
    return static_cast<Key>(base::multiply_fold(hash, last_seed) >> 32);
}

inline Key flow_key(uint64_t flow_id) {
    return finish(base::multiply_fold(flow_id ^ flow_seed, last_seed));
}

inline uint64_t address_hash(const Address& address) {
    uint64_t halves[2];
    std::memcpy(halves, address.data(), sizeof halves);
    return base::multiply_fold(halves[0] ^ host_seed, halves[1] ^ last_seed);
}

inline Key host_key(const Address& address) { return finish(address_hash(address)); }

// The same for both directions.
inline Key tuple_key(uint8_t protocol, const Address& a, uint16_t a_port, const Address& b,
                     uint16_t b_port) {
    const uint64_t sides = base::multiply_fold(address_hash(a) ^ a_port, tuple_seed) +
                           base::multiply_fold(address_hash(b) ^ b_port, tuple_seed);
    return finish(sides ^ protocol);
}

}  // namespace baleen::packets
