// What the worker needs from a place where packets come from, checked at compile time: no virtual
// call stands between a NIC queue, an XDP socket or a capture file and the packet loop.
#pragma once

#include <concepts>
#include <cstdint>

#include "packet/batch.h"

namespace baleen::drivers {

template <class S>
concept PacketSource = requires(S source, const S& view, packet::Batch& batch, uint32_t limit) {
    // Fills `packets`, `handles` and `count` (at most `limit`, at most lane_count). Never blocks on
    // a live source.
    { source.receive(batch, limit) } -> std::same_as<void>;
    // The packets of this batch are done with; their bytes may be reused. May run on another thread
    // than receive().
    { source.release(batch) } -> std::same_as<void>;
    // The source clock now; goes on without packets where time does. Never goes back.
    { source.clock_ns() } -> std::same_as<int64_t>;
    // Take no more from outside. What has been taken already still comes out.
    { source.stop() } -> std::same_as<void>;
    // No packet will ever follow.
    { view.exhausted() } -> std::same_as<bool>;
    // The next receive() may overwrite bytes handed out before, so all of them must have been
    // released.
    { view.must_quiesce() } -> std::same_as<bool>;
};

// Turns packet time stamps, which may go back or jump, into a clock that never goes back.
//
// Why: whether a flow has timed out is decided by this clock alone, and a sweep may only tell a
// flow that no later packet can still belong to. Both hold for a clock that is a function of the
// packets in the order of the source, whatever the number of workers. A step back within
// `reorder_ns` is disorder: the clock stands still. A longer one is a new time base (the next file,
// or a damaged stamp that has been overcome): the clock goes on from where it was.
class SourceClock {
public:
    // One hour: far above the disorder of any capture device, far below what separates two
    // recordings.
    static constexpr int64_t reorder_ns = 3600ll * 1'000'000'000;

    int64_t advance(int64_t time_ns) {
        // A packet without a time stamp.
        if (time_ns == 0) return clock_ns_;
        int64_t now;
        if (__builtin_add_overflow(time_ns, offset_ns_, &now)) now = INT64_MAX;
        if (now > clock_ns_) {
            clock_ns_ = now;
        } else if (clock_ns_ - now > reorder_ns) {
            // SAFETY: clock_ns_ and time_ns are not negative, so the difference cannot overflow.
            offset_ns_ = clock_ns_ - time_ns;
        }
        return clock_ns_;
    }

    int64_t now_ns() const { return clock_ns_; }

private:
    int64_t clock_ns_ = 0;
    int64_t offset_ns_ = 0;
};

}  // namespace baleen::drivers
