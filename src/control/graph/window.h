// One rolling window: sums of channels over the newest twelve buckets of time.
//
// A record is added to the sums and to its bucket; when time goes on, the oldest bucket is
// subtracted and emptied. The newest bucket is still being filled, so a window holds between eleven
// twelfths of its length and all of it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "control/graph/model.h"

namespace baleen::graph {

class Window {
public:
    static constexpr int64_t bucket_count = 12;

    explicit Window(int64_t length_ns)
        : length_ns_(length_ns), bucket_ns_(std::max<int64_t>(length_ns / bucket_count, 1)) {}

    // Moves on to where `time_ns` belongs, if that is ahead. `gone` is called for each channel that
    // has nothing left here.
    template <class Gone>
    void advance(int64_t time_ns, const Gone& gone) {
        const int64_t number = time_ns / bucket_ns_;
        if (number <= newest_) return;
        const int64_t steps = newest_ < 0 ? 0 : std::min(number - newest_, bucket_count);
        for (int64_t i = 0; i < steps; i++) drop(bucket_of(newest_ + 1 + i), gone);
        newest_ = number;
    }
    bool has_place_for(int64_t time_ns) const { return time_ns >= from_ns(); }
    // True if the channel had nothing here before.
    bool add(uint32_t channel, const Sums& sums, int64_t time_ns) {
        if (channel >= sums_.size()) {
            sums_.resize(channel + 1);
            place_.resize(channel + 1);
        }
        Sums& total = sums_[channel];
        const bool is_new = total.records == 0;
        total.add(sums);
        // Where the channel was last put is where it is now, most of the time. A record that comes
        // late makes a second entry in its bucket at worst: entries are subtracted one by one.
        Bucket& bucket = bucket_of(time_ns / bucket_ns_);
        const uint32_t at = place_[channel];
        if (at < bucket.size() && bucket[at].channel == channel) {
            bucket[at].sums.add(sums);
        } else {
            place_[channel] = static_cast<uint32_t>(bucket.size());
            bucket.push_back({sums, channel});
        }
        return is_new;
    }

    // Where a channel's sums go; `reversed`: its ends change places there.
    struct Target {
        uint32_t channel = 0;
        bool reversed = false;
    };
    // Gives channels new numbers below `count`: to[old], of which several may be the same.
    void renumber(const std::vector<Target>& to, uint32_t count);

    const Sums& sums(uint32_t channel) const {
        static const Sums nothing;
        return channel < sums_.size() ? sums_[channel] : nothing;
    }
    int64_t length_ns() const { return length_ns_; }
    // Nothing has come yet: both 0.
    int64_t from_ns() const {
        return newest_ < bucket_count ? 0 : (newest_ - bucket_count + 1) * bucket_ns_;
    }
    int64_t until_ns() const;
    uint64_t memory_bytes() const;

private:
    struct Entry {
        Sums sums;
        uint32_t channel;
    };
    static_assert(sizeof(Entry) == 64);
    using Bucket = std::vector<Entry>;

    Bucket& bucket_of(int64_t number) {
        return buckets_[static_cast<size_t>(number % bucket_count)];
    }
    template <class Gone>
    void drop(Bucket& bucket, const Gone& gone) {
        for (const Entry& entry : bucket) {
            Sums& total = sums_[entry.channel];
            total.subtract(entry.sums);
            if (total.records == 0) gone(entry.channel);
        }
        Bucket().swap(bucket);
    }

    int64_t length_ns_;
    int64_t bucket_ns_;
    int64_t newest_ = -1;  // number of the bucket that is being filled
    std::array<Bucket, bucket_count> buckets_;
    std::vector<Sums> sums_;       // by channel
    std::vector<uint32_t> place_;  // by channel: in the bucket that it was last put into
};

}  // namespace baleen::graph
