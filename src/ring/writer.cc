#include "ring/writer.h"

namespace baleen::ring {

uint64_t Writer::free_bytes() {
    // ORDER: acquire, so that nothing is written over bytes the reader has not finished with.
    const uint64_t tail = header_->tail_bytes.load(std::memory_order_acquire);
    // SAFETY: the reader is another process. A tail that went back or ran ahead of the head is not
    // believed: the ring counts as full until it makes sense again.
    if (tail < tail_seen_bytes_ || tail > head_bytes_) return 0;
    tail_seen_bytes_ = tail;
    return capacity_bytes_ - (head_bytes_ - tail_seen_bytes_);
}

bool Writer::make_room(uint64_t bytes) {
    while (free_bytes() < bytes) {
        if (wait_ == nullptr || store_failed()) return false;
        publish();  // all frames so far are complete, and the reader empties only what it sees
        if (!wait_(wait_context_)) return false;
    }
    return true;
}

}  // namespace baleen::ring
