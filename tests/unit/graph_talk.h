// Channels for tests of graphs: each says who began it and how much was said.
#pragma once

#include <string>

#include "control/graph/channel.h"
#include "tests/unit/address.h"

namespace baleen::test {

inline graph::Address address(const std::string& text) {
    graph::Address out;
    write_address(out.data(), text);
    return out;
}

// TCP, all bytes sent by `from`.
inline graph::ChannelSums talk(const std::string& from, const std::string& to, uint16_t port,
                               uint64_t bytes, uint64_t flows = 1) {
    graph::ChannelSums channel;
    channel.key.a = address(from);
    channel.key.b = address(to);
    channel.key.protocol = 6;
    channel.key.port = port;
    channel.sums.bytes[0] = bytes;
    channel.sums.packets[0] = flows;
    channel.sums.flows[0] = flows;
    channel.sums.records = flows;
    if (graph::order_ends(channel.key)) channel.sums = channel.sums.reversed();
    return channel;
}

}  // namespace baleen::test
