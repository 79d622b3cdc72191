// The channels that there are, by number. A number is used again when its channel is gone.
//
// Must hold: an edge has at most `services_per_edge_max` channels with a service of their own; what
// comes after them goes to the edge's channel for other services. So a scan of all ports of a host
// is one edge with few channels.
#pragma once

#include <cstdint>
#include <vector>

#include "base/id_table.h"
#include "control/graph/channel.h"

namespace baleen::graph {

// Four times what is told of an edge: the largest are among them, unless it has very many.
inline constexpr uint32_t services_per_edge_max = 4 * services_told_max;

struct Channel {
    ChannelKey key;
    uint32_t hash = 0;
    int64_t first_ns = INT64_MAX;
    int64_t last_ns = INT64_MIN;
    uint32_t ends = 0;          // its edge, by number
    uint32_t live_windows = 0;  // 0: the number is free
};
static_assert(sizeof(Channel) == 64);

class ChannelTable {
public:
    explicit ChannelTable(uint64_t seed) : seed_(seed) {}

    uint32_t hash(const ChannelKey& key) const;
    // The channel of this key, or the one that takes its place; made if there is none.
    uint32_t find_or_make(const ChannelKey& key, uint32_t key_hash);
    // Nothing refers to it any more.
    void release(uint32_t id);
    void prefetch(uint32_t key_hash) const { table_.prefetch(key_hash); }

    Channel& operator[](uint32_t id) { return channels_[id]; }
    const Channel& operator[](uint32_t id) const { return channels_[id]; }
    // Numbers are below this; those that are free have no live window.
    uint32_t size() const { return static_cast<uint32_t>(channels_.size()); }
    uint64_t used() const { return table_.size(); }
    uint64_t memory_bytes() const;
    uint64_t seed() const { return seed_; }

private:
    struct Ends {
        ChannelKey key;  // without a service
        uint32_t hash = 0;
        uint32_t channels = 0;
        uint32_t services = 0;
    };
    uint32_t ends_of(const ChannelKey& key);

    uint64_t seed_;  // against those who choose their addresses so that they collide
    base::IdTable table_;
    std::vector<Channel> channels_;
    std::vector<uint32_t> free_channels_;
    base::IdTable ends_table_;
    std::vector<Ends> ends_;
    std::vector<uint32_t> free_ends_;
};

}  // namespace baleen::graph
