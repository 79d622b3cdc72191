#include "dataplane/flow/tcp_holes.h"

#include <algorithm>
#include <tuple>

#include "dataplane/flow/tcp_tracker.h"

namespace baleen::flow {
namespace {

// The holes in use are the first ones of the array.
uint32_t hole_count(const TcpFlow& tcp) {
    return uint32_t{tcp.sides[0].hole_count} + tcp.sides[1].hole_count;
}

}  // namespace

void add_hole(TcpFlow& tcp, const Hole& hole) {
    if (hole_count(tcp) == holes_max) {
        tcp.sides[tcp.holes[0].direction].hole_count--;
        std::copy(tcp.holes.begin() + 1, tcp.holes.end(), tcp.holes.begin());
    }
    tcp.holes[hole_count(tcp)] = hole;
    tcp.sides[hole.direction].hole_count++;
}

void forget_holes(TcpFlow& tcp, uint32_t direction) {
    if (tcp.sides[direction].hole_count == 0) return;
    // What lies behind the kept ones needs no end: the sides' counts tell where it is.
    std::ignore = std::remove_if(tcp.holes.begin(), tcp.holes.begin() + hole_count(tcp),
                                 [&](const Hole& hole) { return hole.direction == direction; });
    tcp.sides[direction].hole_count = 0;
}

Filled fill_holes(TcpFlow& tcp, uint32_t direction, uint32_t begin, uint32_t end) {
    Filled filled{};
    if (tcp.sides[direction].hole_count == 0) return filled;
    const std::array<Hole, holes_max> holes = tcp.holes;
    const uint32_t count = hole_count(tcp);
    tcp.sides[0].hole_count = tcp.sides[1].hole_count = 0;
    for (uint32_t i = 0; i < count; i++) {
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
        if (from != hole.begin) add_hole(tcp, {hole.begin, from, hole.since, hole.direction});
        if (to != hole.end) add_hole(tcp, {to, hole.end, hole.since, hole.direction});
    }
    return filled;
}

}  // namespace baleen::flow
