// Puts the payload of TCP segments back in order, direction by direction, within a fixed budget.
//
// Owns: one worker's contexts, one per connection, and its blocks of out-of-order data; all memory
// is taken at start. Knows nothing of flows or batches: the caller keeps a connection's handle, and
// gives each of its segments to take() in the order of capture.
//
// What is delivered, and when (sequence numbers are compared as RFC 9293 section 3.4 says):
//   in order      straight from the packet, then what was buffered behind it. Nothing is copied
//                 that comes in its turn
//   overlaps      the first copy of a byte wins; later ones are trimmed. Where the first is still
//                 buffered, both are compared (overlap_conflicts)
//   holes         wait for the missing segment, until the other side has acknowledged all of the
//                 hole: then the capture has lost it, and nobody will send it again. Or until there
//                 is no block left for what comes behind. Then the stream goes on at the first byte
//                 that is there. So without a shortage the result depends on the connection's own
//                 segments only, not on bursts or workers
//   cut captures  what snaplen has left, then a gap. Behind a hole the rest is one more hole
//   SYN           its payload counts (RFC 7413). A SYN that fits no stream begun is refused
//   no SYN seen   the stream begins with the first payload byte
//   FIN and RST   end nothing, though payload on a RST is refused. Anybody can make one that fits
//                 and never reaches the receiver, and what ignores the rest of the connection
//                 for it is blind from there on; going on after a real one costs nothing, since
//                 nothing comes. Direction::is_complete() says whether a FIN has been reached
//   keep-alives   repeat a byte, so nothing is left of them; a zero-window probe's byte is new data
//   depth         bytes at offsets below depth_bytes; then a segment costs one test
// Urgent data stays where it is. Packets with a bad checksum should not come here: their receiver
// has dropped them.
//
// Must hold: chunks of a direction come in ascending order and never overlap. A context costs a
// segment in order one cache line (prefetch() asks for it).
#pragma once

#include "dataplane/flow/tcp_segment.h"
#include "dataplane/stream/segment_buffer.h"
#include "dataplane/stream/stream.h"

namespace baleen::stream {

class Reassembler {
public:
    static base::Result<Reassembler> create(const StreamSettings& settings);
    static uint64_t memory_bytes(const StreamSettings& settings);

    // A context of which nothing has been seen, or handle_absent: all are in use.
    uint32_t acquire();
    void release(uint32_t handle);

    // Contexts in use all lie below it.
    uint32_t high_water() const { return high_water_; }

    void prefetch(uint32_t handle) const { __builtin_prefetch(&contexts_[handle], 1, 2); }

    // One segment of the connection. `payload`: what was captured of it. `sink` is called with each
    // Chunk that this makes available, at times one of the other direction: an acknowledgement
    // shows that a hole there is not going to be filled. It must not call back.
    template <class Sink>
    void take(uint32_t handle, uint32_t direction, const flow::Segment& segment, Bytes payload,
              Sink&& sink) {
        constexpr uint16_t control = packet::tcp::syn | packet::tcp::fin | packet::tcp::rst;
        Context& context = contexts_[handle];
        Direction& own = context.directions[direction];
        if (!segment.has(control) &&
            (own.first_block | context.directions[1 - direction].first_block) == block_absent) {
            if (segment.payload == 0) return;
            if (own.has(closed)) {
                stats_.unwanted_bytes += payload.size();
                return;
            }
            if (is_next(own, segment, payload)) {
                sink(Chunk{payload, own.offset, direction, false});
                own.offset += payload.size();
                own.next_sequence += static_cast<uint32_t>(payload.size());
                stats_.segments_in_order++;
                stats_.delivered_bytes += payload.size();
                return;
            }
        }
        take_event(context, direction, segment, payload, SinkRef(sink));
    }

    // The consumer wants no more of this direction.
    void stop(uint32_t handle, uint32_t direction) {
        close(contexts_[handle].directions[direction], stopped);
    }

    // At the end of the flow: delivers what waits behind holes. What the directions have come to
    // can be read until release().
    template <class Sink>
    void flush(uint32_t handle, Sink&& sink) {
        flush_all(contexts_[handle], SinkRef(sink));
    }

    const Direction& direction(uint32_t handle, uint32_t direction) const {
        return contexts_[handle].directions[direction];
    }
    StreamStats stats() const {
        StreamStats stats = stats_;
        stats.blocks_in_use = buffer_.blocks_in_use();
        return stats;
    }

private:
    // A reference to any sink, so that what is rare is compiled once.
    class SinkRef {
    public:
        template <class Sink>
        explicit SinkRef(Sink& sink)
            : sink_(const_cast<void*>(static_cast<const void*>(&sink))),
              call_([](void* to, const Chunk& chunk) { (*static_cast<Sink*>(to))(chunk); }) {}
        void operator()(const Chunk& chunk) const { call_(sink_, chunk); }

    private:
        void* sink_;
        void (*call_)(void*, const Chunk&);
    };
    // A direction at work.
    struct Side {
        Direction& state;
        uint32_t index;
        const SinkRef& sink;
    };
    // What a segment brings: `wire_bytes` from `sequence` on, of which `bytes` were captured.
    struct Payload {
        uint32_t sequence;
        uint32_t wire_bytes;
        Bytes bytes;

        void drop_front(size_t count) {
            bytes = bytes.subspan(count);
            sequence += static_cast<uint32_t>(count);
        }
    };

    bool is_next(const Direction& own, const flow::Segment& segment, Bytes payload) const {
        return (own.flags & ~(midstream | fin_known)) == sequence_known &&
               segment.sequence == own.next_sequence && payload.size() == segment.payload &&
               payload.size() < settings_.depth_bytes - own.offset;
    }

    void take_event(Context& context, uint32_t direction, const flow::Segment& segment,
                    Bytes payload, const SinkRef& sink);
    void take_acknowledgement(Side side, uint32_t acknowledged);
    bool take_syn(Direction& direction, uint32_t stream_begin);
    void take_fin(Direction& direction, uint32_t fin_sequence);
    bool locate(Direction& direction, uint32_t sequence);
    void take_payload(Side side, Payload payload);
    void place(Side side, Payload payload);
    size_t keep(Direction& direction, const Payload& payload, Overlap& overlap);
    void skip_cut(Side side, uint32_t captured_end, uint32_t wire_end);
    uint64_t room(const Direction& direction, uint32_t sequence) const;
    void deliver(Side side, Bytes bytes);
    void deliver_first(Side side);
    void drain(Side side);
    void skip_hole(Side side, uint32_t sequence);
    void advance(Direction& direction, uint64_t bytes);
    void close(Direction& direction, uint16_t reason);
    void flush_all(Context& context, const SinkRef& sink);

    StreamSettings settings_;
    StreamStats stats_;
    base::HugeMemory context_memory_;
    Context* contexts_ = nullptr;
    SegmentBuffer buffer_;
    uint32_t free_ = handle_absent;  // released contexts, each with the next in next_sequence
    uint32_t high_water_ = 0;
};

}  // namespace baleen::stream
