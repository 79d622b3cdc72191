// The live graph's finest grain: what two hosts said to one another over one service.
//
// Sums of a channel are plain additions, so that a bucket of time that has passed is subtracted and
// gone. Ports of an edge are told from its channels; nothing has to remember which were largest.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

#include "control/graph/model.h"

namespace baleen::graph {

struct ChannelKey {
    enum Flags : uint8_t {
        // That end has no place of its own; its address is zero.
        a_is_others = 1 << 0,
        b_is_others = 1 << 1,
        // Services that have no place of their own; protocol and port are zero.
        other_services = 1 << 2,
    };
    Address a{}, b{};   // a <= b
    uint16_t port = 0;  // the responder's
    uint8_t protocol = 0;
    uint8_t flags = 0;

    bool operator==(const ChannelKey& other) const {
        return std::memcmp(this, &other, sizeof other) == 0;
    }
    // Of both ends: the same for all channels of an edge.
    bool same_ends(const ChannelKey& other) const {
        return std::memcmp(this, &other, sizeof a + sizeof b) == 0 &&
               ((flags ^ other.flags) & (a_is_others | b_is_others)) == 0;
    }
    NodeKey a_key() const { return key_of(a, a_is_others); }
    NodeKey b_key() const { return key_of(b, b_is_others); }

private:
    NodeKey key_of(const Address& address, uint8_t flag) const {
        if ((flags & flag) != 0) return {};
        return {NodeKind::host, 0, address};
    }
};
static_assert(sizeof(ChannelKey) == 36 && std::has_unique_object_representations_v<ChannelKey>);

// Puts the ends in order; others are the smallest. True if they were exchanged.
inline bool order_ends(ChannelKey& key) {
    const bool a_others = (key.flags & ChannelKey::a_is_others) != 0;
    const bool b_others = (key.flags & ChannelKey::b_is_others) != 0;
    const bool swap = a_others != b_others ? b_others : key.b < key.a;
    if (!swap) return false;
    std::swap(key.a, key.b);
    key.flags = static_cast<uint8_t>((key.flags & ChannelKey::other_services) |
                                     (a_others ? ChannelKey::b_is_others : 0) |
                                     (b_others ? ChannelKey::a_is_others : 0));
    return true;
}

// A channel as readers get it.
struct ChannelSums {
    ChannelKey key;
    int64_t first_ns = 0;
    int64_t last_ns = 0;
    Sums sums;
};

}  // namespace baleen::graph
