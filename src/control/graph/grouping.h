// Which hosts are one node: each by itself, all of a prefix, or all of an autonomous system.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "control/graph/model.h"

namespace baleen::graph {

// Which autonomous system an address belongs to; 0: that is not known.
class Systems {
public:
    virtual ~Systems() = default;
    virtual uint32_t number_of(const Address& address) const = 0;
};

struct Grouping {
    uint8_t ipv4_bits = 32;
    uint8_t ipv6_bits = 128;
    const Systems* systems = nullptr;  // if there are some, prefixes do not count
};

NodeKey group_of(const Address& address, const Grouping& grouping);

// "host", "/24" (IPv6: /64), "/24,/56". "asn" is left to those who have a database.
base::Result<Grouping> parse_grouping(std::string_view text);

}  // namespace baleen::graph
