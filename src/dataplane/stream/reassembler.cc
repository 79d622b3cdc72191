#include "dataplane/stream/reassembler.h"

#include <algorithm>
#include <limits>

#include "dataplane/flow/tcp_tracker.h"

namespace baleen::stream {

using flow::sequence_distance;
namespace tcp = packet::tcp;

namespace {

bool is_outside(int32_t distance) {
    return distance > flow::window_bytes_max || distance < -flow::window_bytes_max;
}

template <class Count>
void add_up_to_max(Count& count, uint64_t more) {
    const uint64_t max = std::numeric_limits<Count>::max();
    count = static_cast<Count>(std::min<uint64_t>(count + more, max));
}

}  // namespace

base::Result<Reassembler> Reassembler::create(const StreamSettings& settings) {
    if (settings.contexts_max == 0 || settings.contexts_max > uint64_t{1} << 31)
        return base::Error{"the number of TCP stream contexts is not between 1 and 2^31"};
    if (settings.depth_bytes == 0) return base::Error{"a stream depth of 0 bytes delivers nothing"};
    auto memory = base::HugeMemory::allocate(settings.contexts_max * sizeof(Context));
    if (!memory) return memory.error();
    auto buffer = SegmentBuffer::create(settings);
    if (!buffer) return buffer.error();
    Reassembler reassembler;
    reassembler.settings_ = settings;
    reassembler.context_memory_ = std::move(*memory);
    reassembler.contexts_ = reassembler.context_memory_.as<Context>(settings.contexts_max).data();
    reassembler.buffer_ = std::move(*buffer);
    return reassembler;
}

uint64_t Reassembler::memory_bytes(const StreamSettings& settings) {
    return settings.contexts_max * sizeof(Context) +
           (settings.buffer_bytes / block_bytes + 1) * block_bytes;
}

uint32_t Reassembler::acquire() {
    uint32_t handle = free_;
    if (handle != handle_absent) free_ = contexts_[handle].directions[0].next_sequence;
    else if (high_water_ < settings_.contexts_max) handle = high_water_++;
    if (handle == handle_absent) {
        stats_.acquire_failures++;
        return handle_absent;
    }
    stats_.contexts_in_use++;
    contexts_[handle] = {};
    return handle;
}

void Reassembler::release(uint32_t handle) {
    for (Direction& direction : contexts_[handle].directions) close(direction, flushed);
    contexts_[handle].directions[0].next_sequence = free_;
    free_ = handle;
    stats_.contexts_in_use--;
}

void Reassembler::take_event(Context& context, uint32_t direction, const flow::Segment& segment,
                             Bytes captured, const SinkRef& sink) {
    const Side own{context.directions[direction], direction, sink};
    const Side other{context.directions[1 - direction], 1 - direction, sink};
    const Bytes payload = captured.first(std::min<size_t>(captured.size(), segment.payload));
    if (segment.has(tcp::rst)) {
        stats_.refused_bytes += payload.size();
        return;
    }
    // What is acknowledged was sent before this segment, so it is delivered before.
    if (segment.has(tcp::ack)) take_acknowledgement(other, segment.acknowledgement);
    if (own.state.has(closed)) {
        stats_.unwanted_bytes += payload.size();
        return;
    }
    const uint32_t begin = segment.sequence + (segment.has(tcp::syn) ? 1 : 0);
    if ((segment.has(tcp::syn) && !take_syn(own.state, begin)) ||
        (segment.payload > 0 && !locate(own.state, begin))) {
        stats_.refused_bytes += payload.size();
        return;
    }
    if (segment.payload > 0) take_payload(own, {begin, segment.payload, payload});
    if (segment.has(tcp::fin)) take_fin(own.state, begin + segment.payload);
}

void Reassembler::take_acknowledgement(Side side, uint32_t acknowledged) {
    while (side.state.first_block != block_absent) {
        const uint32_t hole_end = buffer_[side.state.first_block].sequence;
        if (sequence_distance(hole_end, acknowledged) < 0 ||
            is_outside(sequence_distance(side.state.next_sequence, acknowledged)))
            return;
        skip_hole(side, hole_end);
    }
}

// False: it belongs to another connection than what was delivered. As long as nothing was, the
// last one counts: its payload, if any, would have been delivered.
bool Reassembler::take_syn(Direction& direction, uint32_t stream_begin) {
    const bool is_fresh = direction.offset == 0 && direction.first_block == block_absent;
    if (is_fresh) {
        direction.next_sequence = stream_begin;
        direction.flags = sequence_known;
        return true;
    }
    if (stream_begin != direction.next_sequence - static_cast<uint32_t>(direction.offset))
        return false;
    direction.flags &= static_cast<uint16_t>(~midstream);  // seen late
    return true;
}

// False: so far away that it is no part of this stream. Without a SYN, what comes first decides
// where it begins.
bool Reassembler::locate(Direction& direction, uint32_t sequence) {
    if (direction.has(sequence_known))
        return !is_outside(sequence_distance(direction.next_sequence, sequence));
    direction.next_sequence = sequence;
    direction.flags = sequence_known | midstream;
    return true;
}

void Reassembler::take_fin(Direction& direction, uint32_t fin_sequence) {
    if (!direction.has(sequence_known)) return;
    direction.fin_sequence = fin_sequence;
    direction.flags |= fin_known;
}

void Reassembler::take_payload(Side side, Payload payload) {
    const Direction& direction = side.state;
    const uint32_t captured_end = payload.sequence + static_cast<uint32_t>(payload.bytes.size());
    const uint32_t wire_end = payload.sequence + payload.wire_bytes;
    const bool had_bytes = !payload.bytes.empty();
    const int32_t ahead = sequence_distance(direction.next_sequence, payload.sequence);
    if (ahead < 0) {
        const auto old = std::min<size_t>(payload.bytes.size(), static_cast<size_t>(-ahead));
        payload.drop_front(old);
        stats_.repeated_bytes += old;
    }
    if (had_bytes && payload.bytes.empty()) stats_.segments_repeated++;
    const uint64_t wanted = room(direction, payload.sequence);
    if (payload.bytes.size() > wanted) {
        stats_.unwanted_bytes += payload.bytes.size() - wanted;
        payload.bytes = payload.bytes.first(wanted);
    }
    if (!payload.bytes.empty()) place(side, payload);
    skip_cut(side, captured_end, wire_end);
}

// Bytes that are wanted and lie ahead. In order, packet and buffer take turns.
void Reassembler::place(Side side, Payload payload) {
    Direction& direction = side.state;
    const size_t all_bytes = payload.bytes.size();
    const bool in_order = payload.sequence == direction.next_sequence;
    Overlap overlap;
    while (!payload.bytes.empty()) {
        if (payload.sequence != direction.next_sequence) {
            payload.drop_front(keep(direction, payload, overlap));
            if (payload.bytes.empty()) break;
            stats_.forced_gaps++;
            skip_hole(side, payload.sequence);
            continue;
        }
        const uint32_t first = direction.first_block;
        const uint64_t until_first =
            first == block_absent ? all_bytes : buffer_[first].sequence - payload.sequence;
        if (until_first > 0) {
            const Bytes own = payload.bytes.first(std::min(payload.bytes.size(), until_first));
            payload.drop_front(own.size());
            deliver(side, own);
        } else {
            buffer_.compare(first, payload.sequence, payload.bytes, overlap);
            payload.drop_front(std::min<size_t>(payload.bytes.size(), buffer_[first].bytes));
            deliver_first(side);
        }
    }
    drain(side);
    stats_.repeated_bytes += overlap.bytes;
    stats_.overlap_conflicts += overlap.differs ? 1 : 0;
    (in_order                     ? stats_.segments_in_order
     : overlap.bytes == all_bytes ? stats_.segments_repeated
                                  : stats_.segments_out_of_order)++;
}

// Buffers what there are blocks for; returns how much of the payload needs no more care.
size_t Reassembler::keep(Direction& direction, const Payload& payload, Overlap& overlap) {
    const uint64_t overlapping = overlap.bytes;
    const size_t done = buffer_.insert(direction, payload.sequence, payload.bytes, overlap);
    stats_.buffered_bytes += done - (overlap.bytes - overlapping);
    stats_.buffered_bytes_max = std::max(stats_.buffered_bytes_max, stats_.buffered_bytes);
    return done;
}

// What snaplen has cut off will not come, unless a whole copy has come already.
void Reassembler::skip_cut(Side side, uint32_t captured_end, uint32_t wire_end) {
    Direction& direction = side.state;
    while (!direction.has(closed) &&
           sequence_distance(captured_end, direction.next_sequence) >= 0 &&
           sequence_distance(direction.next_sequence, wire_end) > 0)
        skip_hole(side, wire_end);
}

// Bytes that may be delivered from `sequence` on, which is not behind.
uint64_t Reassembler::room(const Direction& direction, uint32_t sequence) const {
    const uint64_t position = direction.offset + (sequence - direction.next_sequence);
    return position < settings_.depth_bytes ? settings_.depth_bytes - position : 0;
}

// The bytes at next_sequence; none of them lies beyond the depth.
void Reassembler::deliver(Side side, Bytes bytes) {
    Direction& direction = side.state;
    side.sink(Chunk{bytes, direction.offset, side.index, direction.has(gap_before)});
    direction.flags &= static_cast<uint16_t>(~gap_before);
    stats_.delivered_bytes += bytes.size();
    advance(direction, bytes.size());
}

void Reassembler::deliver_first(Side side) {
    const uint32_t block = buffer_.take_first(side.state);
    stats_.buffered_bytes -= buffer_[block].bytes;
    deliver(side, buffer_[block].content());
    buffer_.give_back(block);
}

// What has become contiguous.
void Reassembler::drain(Side side) {
    while (side.state.first_block != block_absent &&
           buffer_[side.state.first_block].sequence == side.state.next_sequence)
        deliver_first(side);
}

// Goes on at the first byte buffered, or at `sequence` where that comes first.
void Reassembler::skip_hole(Side side, uint32_t sequence) {
    Direction& direction = side.state;
    uint32_t missing = sequence - direction.next_sequence;
    if (direction.first_block != block_absent)
        missing =
            std::min(missing, buffer_[direction.first_block].sequence - direction.next_sequence);
    const uint64_t counted = std::min<uint64_t>(missing, room(direction, direction.next_sequence));
    if (!direction.has(gap_before)) {
        add_up_to_max(direction.gaps, 1);
        stats_.gaps++;
    }
    direction.flags |= gap_before;
    add_up_to_max(direction.gap_bytes, counted);
    stats_.gap_bytes += counted;
    advance(direction, counted);
    drain(side);
}

void Reassembler::advance(Direction& direction, uint64_t bytes) {
    direction.offset += bytes;
    direction.next_sequence += static_cast<uint32_t>(bytes);
    if (direction.offset == settings_.depth_bytes) {
        stats_.depths_reached++;
        close(direction, depth_reached);
    }
}

void Reassembler::close(Direction& direction, uint16_t reason) {
    if (direction.has(closed)) return;
    direction.flags |= reason;
    const uint64_t discarded = buffer_.clear(direction);
    stats_.buffered_bytes -= discarded;
    stats_.discarded_bytes += discarded;
}

void Reassembler::flush_all(Context& context, const SinkRef& sink) {
    for (uint32_t index = 0; index < 2; index++) {
        const Side side{context.directions[index], index, sink};
        while (side.state.first_block != block_absent)
            skip_hole(side, buffer_[side.state.first_block].sequence);
        close(side.state, flushed);
    }
}

}  // namespace baleen::stream
