#include "dataplane/flow/tcp_holes.h"

#include <algorithm>
#include <utility>

#include "dataplane/flow/tcp_tracker.h"

namespace baleen::flow {

void add_hole(TcpFlow& tcp, const Hole& hole) {
    if (tcp.hole_count == holes_max) {
        std::copy(tcp.holes.begin() + 1, tcp.holes.end(), tcp.holes.begin());
        tcp.hole_count--;
    }
    tcp.holes[tcp.hole_count++] = hole;
}

void forget_holes(TcpFlow& tcp, uint32_t direction) {
    const auto end = std::remove_if(tcp.holes.begin(), tcp.holes.begin() + tcp.hole_count,
                                    [&](const Hole& hole) { return hole.direction == direction; });
    tcp.hole_count = static_cast<uint8_t>(end - tcp.holes.begin());
}

Filled fill_holes(TcpFlow& tcp, uint32_t direction, uint32_t begin, uint32_t end) {
    Filled filled{};
    const std::array<Hole, holes_max> holes = tcp.holes;
    const uint32_t hole_count = std::exchange(tcp.hole_count, uint8_t{0});
    for (uint32_t i = 0; i < hole_count; i++) {
        const Hole& hole = holes[i];
        const uint32_t from = sequence_distance(hole.begin, begin) > 0 ? begin : hole.begin;
        const uint32_t to = sequence_distance(end, hole.end) > 0 ? end : hole.end;
        const int32_t away = sequence_distance(hole.begin, begin);
        const bool is_far = away > window_bytes_max || away < -window_bytes_max;
        if (hole.direction != direction || is_far || sequence_distance(from, to) <= 0) {
            add_hole(tcp, hole);
            continue;
        }
        if (filled.bytes == 0) filled.since = hole.since;
        filled.bytes += to - from;
        if (from != hole.begin) add_hole(tcp, {hole.begin, from, hole.since, direction});
        if (to != hole.end) add_hole(tcp, {to, hole.end, hole.since, direction});
    }
    return filled;
}

}  // namespace baleen::flow
