#include "control/graph/window.h"

#include <algorithm>
#include <limits>

namespace baleen::graph {

int64_t Window::until_ns() const {
    if (newest_ < 0) return 0;
    // The last bucket of a window without end may end beyond what a clock can say.
    if (newest_ >= std::numeric_limits<int64_t>::max() / bucket_ns_ - 1)
        return std::numeric_limits<int64_t>::max();
    return (newest_ + 1) * bucket_ns_;
}

void Window::renumber(const std::vector<Target>& to, uint32_t count) {
    std::vector<Sums> sums(count);
    for (size_t old = 0; old < std::min(to.size(), sums_.size()); old++)
        if (sums_[old].records > 0)
            sums[to[old].channel].add(to[old].reversed ? sums_[old].reversed() : sums_[old]);
    sums_ = std::move(sums);
    place_.assign(count, 0);
    for (Bucket& bucket : buckets_) {
        size_t kept = 0;
        // Entries of one channel become one: in place, since none moves forward.
        for (size_t i = 0; i < bucket.size(); i++) {
            const Target target = to[bucket[i].channel];
            const Sums moved = target.reversed ? bucket[i].sums.reversed() : bucket[i].sums;
            const uint32_t at = place_[target.channel];
            if (at < kept && bucket[at].channel == target.channel) {
                bucket[at].sums.add(moved);
                continue;
            }
            place_[target.channel] = static_cast<uint32_t>(kept);
            bucket[kept++] = {moved, target.channel};
        }
        bucket.resize(kept, Entry{});
        bucket.shrink_to_fit();
    }
}

uint64_t Window::memory_bytes() const {
    uint64_t bytes = sums_.capacity() * sizeof(Sums) + place_.capacity() * sizeof(uint32_t);
    for (const Bucket& bucket : buckets_) bytes += bucket.capacity() * sizeof(Entry);
    return bytes;
}

}  // namespace baleen::graph
