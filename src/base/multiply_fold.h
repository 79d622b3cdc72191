// Both halves of a product, folded: every bit of either factor reaches the result, by one
// multiplication. What hashes here are made of (as wyhash makes them).
#pragma once

#include <cstdint>

namespace baleen::base {

inline uint64_t multiply_fold(uint64_t a, uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace baleen::base
