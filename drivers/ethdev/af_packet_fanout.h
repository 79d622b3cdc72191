// How AF_PACKET sockets of one port share its packets: by the addresses of the hosts.
#pragma once

#include <cstdint>

namespace baleen::drivers {

// The exclusive or of all address words, times this, shifted down: Fibonacci hashing (2^32 divided
// by the golden ratio), of which the upper half is the well mixed one.
inline constexpr uint32_t fanout_multiplier = 0x9e3779b1;
inline constexpr uint32_t fanout_shift = 16;

}  // namespace baleen::drivers
