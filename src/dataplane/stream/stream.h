// What is known of a TCP connection's two byte streams: one cache line.
//
// Layout: a segment that is the next one of its direction reads and writes this line and no other.
// Its peer's half tells whether the acknowledgement it carries fills in for anything; out-of-order
// data lies apart, in blocks (segment_buffer.h).
// Must hold: a zeroed Context is one of which nothing has been seen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace baleen::stream {

inline constexpr uint32_t handle_absent = UINT32_MAX;
inline constexpr uint32_t block_absent = 0;

enum DirectionFlags : uint16_t {
    sequence_known = 1 << 0,  // next_sequence is
    midstream = 1 << 1,       // no SYN was seen: the stream begins with the first byte that was
    gap_before = 1 << 2,      // bytes are missing in front of what comes next
    fin_known = 1 << 3,       // fin_sequence is
    depth_reached = 1 << 4,   // the reasons why no more is delivered
    stopped = 1 << 5,         // the consumer has what it wants
    flushed = 1 << 6,         // the flow has ended
};
inline constexpr uint16_t closed = depth_reached | stopped | flushed;

struct Direction {
    uint64_t offset;         // of the next byte in the stream, missing ones counted
    uint32_t next_sequence;  // that byte's number
    uint32_t first_block;    // of out-of-order data, or block_absent
    uint32_t gap_bytes;      // missing ones; UINT32_MAX: so many or more
    uint32_t fin_sequence;   // of the last FIN
    uint16_t gaps;           // UINT16_MAX: so many or more
    uint16_t block_count;
    uint16_t flags;  // DirectionFlags
    uint16_t reserved;

    bool has(uint16_t flag) const { return (flags & flag) != 0; }
    uint64_t delivered_bytes() const { return offset - gap_bytes; }
    // All up to a FIN has come, or is known to be missing.
    bool is_complete() const { return has(fin_known) && next_sequence == fin_sequence; }
};
static_assert(sizeof(Direction) == 32);

struct alignas(64) Context {
    std::array<Direction, 2> directions;  // as packet::Batch::directions counts them
};
static_assert(sizeof(Context) == 64);
static_assert(std::is_trivially_copyable_v<Context>);

// A stretch of one direction's stream. The bytes are the packet's own or a block's: they are valid
// during the call that hands them over.
struct Chunk {
    std::span<const uint8_t> bytes;  // never empty
    uint64_t offset;                 // of the first of them; the first byte after the SYN is 0
    uint32_t direction;
    bool after_gap;  // what lies between the last chunk's end and `offset` was never seen
};

struct StreamSettings {
    uint64_t contexts_max = 0;                // 1 ... 2^31
    uint64_t buffer_bytes = 0;                // out-of-order data of all contexts, 0: none
    uint64_t buffer_bytes_per_direction = 0;  // block_bytes or more
    uint64_t depth_bytes = UINT64_MAX;        // only bytes at offsets below it are delivered; not 0
};

// Every payload byte taken is in exactly one of: delivered, repeated, unwanted, refused, discarded,
// buffered.
struct StreamStats {
    uint64_t contexts_in_use = 0;
    uint64_t acquire_failures = 0;   // of acquire(): no context was free
    uint64_t segments_in_order = 0;  // with payload, as the next two
    uint64_t segments_out_of_order = 0;
    uint64_t segments_repeated = 0;  // nothing new in them
    uint64_t delivered_bytes = 0;
    uint64_t repeated_bytes = 0;   // delivered, passed over or buffered before
    uint64_t unwanted_bytes = 0;   // beyond the depth, or after stop() or flush()
    uint64_t refused_bytes = 0;    // on a RST or a strange SYN, or outside of any window
    uint64_t discarded_bytes = 0;  // buffered, and unwanted before the hole was filled
    uint64_t buffered_bytes = 0;
    uint64_t buffered_bytes_max = 0;
    uint64_t blocks_in_use = 0;
    uint64_t overlap_conflicts = 0;  // segments that differ from buffered data
    uint64_t gaps = 0;
    uint64_t gap_bytes = 0;
    uint64_t forced_gaps = 0;  // those for want of a block: of the pool, or of the direction's
    uint64_t depths_reached = 0;
};

}  // namespace baleen::stream
