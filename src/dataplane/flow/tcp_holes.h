// What is missing of a connection's sequence space, and may still come.
//
// Must hold: the holes of a side do not overlap, and each is counted in its missed_bytes. Those of
// both sides stand in one small array, in the order they were seen; the oldest is given up first.
#pragma once

#include <cstdint>

#include "dataplane/flow/tcp_flow.h"

namespace baleen::flow {

// Units of Hole::since, and how many have passed since then.
inline constexpr uint32_t coarse_mask = 0x7fff'ffff;
inline uint32_t coarse(int64_t time_ns) { return static_cast<uint32_t>(time_ns >> 10); }
inline int32_t coarse_distance(uint32_t since, int64_t time_ns) {
    return static_cast<int32_t>((coarse(time_ns) - since) << 1) >> 1;
}

void add_hole(TcpFlow& tcp, const Hole& hole);
void forget_holes(TcpFlow& tcp, uint32_t direction);

struct Filled {
    uint32_t bytes;
    uint32_t since;  // of the oldest hole
};

// How much of [begin, end) had been missing. What is left of a hole stays one, or becomes two.
Filled fill_holes(TcpFlow& tcp, uint32_t direction, uint32_t begin, uint32_t end);

}  // namespace baleen::flow
