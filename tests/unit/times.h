// The clock of tests that need one.
#pragma once

#include <cstdint>

namespace baleen::test {

inline constexpr int64_t second_ns = 1'000'000'000;
inline constexpr int64_t start_ns = 1'700'000'000 * second_ns;  // 2023-11-14T22:13:20Z

}  // namespace baleen::test
