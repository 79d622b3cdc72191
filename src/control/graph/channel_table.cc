#include "control/graph/channel_table.h"

#include "base/assert.h"
#include "base/multiply_fold.h"

namespace baleen::graph {
namespace {

using base::IdTable, base::multiply_fold;

ChannelKey without_service(ChannelKey key) {
    key.port = 0;
    key.protocol = 0;
    key.flags &= ChannelKey::a_is_others | ChannelKey::b_is_others;
    return key;
}

template <class T>
uint32_t number_for(std::vector<T>& all, std::vector<uint32_t>& unused) {
    if (unused.empty()) {
        all.emplace_back();
        return static_cast<uint32_t>(all.size() - 1);
    }
    const uint32_t id = unused.back();
    unused.pop_back();
    all[id] = T{};
    return id;
}

}  // namespace

uint32_t ChannelTable::hash(const ChannelKey& key) const {
    uint64_t words[5] = {};
    static_assert(sizeof key <= sizeof words);
    std::memcpy(words, &key, sizeof key);
    constexpr uint64_t odd = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio
    uint64_t h = multiply_fold(words[0] ^ seed_, words[1] ^ odd);
    h = multiply_fold(h ^ words[2], words[3] ^ seed_ ^ odd);
    h = multiply_fold(h ^ words[4], odd);
    return static_cast<uint32_t>(h ^ h >> 32);
}

uint32_t ChannelTable::find_or_make(const ChannelKey& key, uint32_t key_hash) {
    const auto found = table_.find(key_hash, [&](uint32_t id) { return channels_[id].key == key; });
    if (found != IdTable::none) return found;
    const uint32_t ends = ends_of(key);
    const bool has_service = (key.flags & ChannelKey::other_services) == 0;
    if (has_service && ends_[ends].services >= services_per_edge_max) {
        ChannelKey other = without_service(key);
        other.flags |= ChannelKey::other_services;
        return find_or_make(other, hash(other));
    }
    const uint32_t id = number_for(channels_, free_channels_);
    channels_[id].key = key;
    channels_[id].hash = key_hash;
    channels_[id].ends = ends;
    ends_[ends].channels++;
    ends_[ends].services += has_service ? 1 : 0;
    table_.insert(key_hash, id);
    return id;
}

uint32_t ChannelTable::ends_of(const ChannelKey& key) {
    const ChannelKey bare = without_service(key);
    const uint32_t bare_hash = hash(bare);
    const auto found =
        ends_table_.find(bare_hash, [&](uint32_t id) { return ends_[id].key == bare; });
    if (found != IdTable::none) return found;
    const uint32_t id = number_for(ends_, free_ends_);
    ends_[id].key = bare;
    ends_[id].hash = bare_hash;
    ends_table_.insert(bare_hash, id);
    return id;
}

void ChannelTable::release(uint32_t id) {
    const Channel& channel = channels_[id];
    BALEEN_ASSERT(channel.live_windows == 0);
    Ends& ends = ends_[channel.ends];
    ends.services -= (channel.key.flags & ChannelKey::other_services) == 0 ? 1 : 0;
    if (--ends.channels == 0) {
        ends_table_.erase(ends.hash, channel.ends);
        free_ends_.push_back(channel.ends);
    }
    table_.erase(channel.hash, id);
    free_channels_.push_back(id);
}

uint64_t ChannelTable::memory_bytes() const {
    return table_.memory_bytes() + ends_table_.memory_bytes() +
           channels_.capacity() * sizeof(Channel) + ends_.capacity() * sizeof(Ends) +
           (free_channels_.capacity() + free_ends_.capacity()) * sizeof(uint32_t);
}

}  // namespace baleen::graph
