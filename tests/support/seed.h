// Randomness that can be repeated: the seed is printed with a failure and BALEEN_SEED=... replays
// it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace baleen::test {

inline uint64_t seed() {
    static const uint64_t value = [] {
        const char* given = std::getenv("BALEEN_SEED");
        return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    }();
    return value;
}

// Names the seed in every failure of the scope it stands in.
#define BALEEN_TRACE_SEED() \
    SCOPED_TRACE("replay with BALEEN_SEED=" + std::to_string(::baleen::test::seed()))

}  // namespace baleen::test
