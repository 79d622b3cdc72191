// A seed that nobody outside can know, for hashes of what attackers choose: with it they cannot
// choose many that meet.
#pragma once

#include <cstdint>
#include <random>

namespace baleen::base {

inline uint64_t random_seed() {
    std::random_device device;
    return uint64_t{device()} << 32 | device();
}

}  // namespace baleen::base
