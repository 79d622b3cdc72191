// Kinds of traffic to measure parsers with: frames of a kind, laid out like received ones.
//
// Owns: the frames' bytes, in hugepages where there are some, and a packet list over them. Lengths
// on the wire are those of the kind; at most `slot_bytes` of each frame are kept, which is where
// the headers are. The order is random, so that no hardware prefetcher learns it: a receive ring
// recycles its buffers in hardly any order.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/huge_memory.h"
#include "base/result.h"
#include "packet/batch.h"
#include "packet/parse_kernel.h"

namespace baleen::packet {

class Traffic {
public:
    static constexpr size_t slot_bytes = 192;

    void add(std::span<const uint8_t> frame, uint32_t wire_length);
    // Repeats what was added up to `packet_count`, a cache line boundary in front of each as in a
    // packet pool, and shuffles.
    base::Status lay_out(size_t packet_count);

    size_t added() const { return added_.size(); }
    size_t size() const { return packets_.size(); }  // as laid out
    // Packets [first, first + lane_count), round and round.
    void fill(Batch& batch, size_t first) const;

private:
    std::vector<uint8_t> bytes_;  // of what was added, a slot each
    std::vector<Packet> added_;
    base::HugeMemory slots_;
    std::vector<Packet> packets_;
};

// A kind of traffic made by this program.
struct TrafficKind {
    std::string_view name;
    std::string_view description;
    void (*add)(Traffic& traffic);
};
std::span<const TrafficKind> traffic_kinds();

// The limit to hold a parser against: every packet has its header line loaded, and nothing else
// done to it. Has the shape of a parser, so that the same code can time it.
void touch_headers(Batch& batch, const ParseOptions& options, Notes& notes);

// Ticks of the time stamp counter that `parse` takes for the batch; fences keep what is around it
// out.
uint64_t ticks_of(ParseBatch parse, Batch& batch, Notes& notes);

// Where packet data is when the parser comes: so many packets of one or two header lines each.
struct Residency {
    std::string_view name;
    size_t packet_count;
};
std::span<const Residency> residencies();

}  // namespace baleen::packet
