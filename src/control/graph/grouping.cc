#include "control/graph/grouping.h"

#include <fmt/format.h>

#include <charconv>

namespace baleen::graph {
namespace {

// "/24"; -1: not that.
int parse_bits(std::string_view text, int bits_max) {
    int bits = -1;
    if (!text.starts_with('/')) return -1;
    const auto [end, code] = std::from_chars(text.data() + 1, text.data() + text.size(), bits);
    const bool whole = code == std::errc{} && end == text.data() + text.size();
    return whole && bits >= 0 && bits <= bits_max ? bits : -1;
}

}  // namespace

NodeKey group_of(const Address& address, const Grouping& grouping) {
    if (grouping.systems != nullptr) {
        NodeKey key{NodeKind::autonomous_system, 0, {}};
        const uint32_t number = grouping.systems->number_of(address);
        for (size_t i = 0; i < 4; i++)
            key.address[15 - i] = static_cast<uint8_t>(number >> (8 * i));
        return key;
    }
    const bool is_v4 = is_ipv4(address);
    const uint8_t bits = is_v4 ? grouping.ipv4_bits : grouping.ipv6_bits;
    if (bits == (is_v4 ? 32 : 128)) return {NodeKind::host, 0, address};
    NodeKey key{NodeKind::subnet, bits, address};
    const uint32_t kept = is_v4 ? bits + 96u : bits;
    for (uint32_t i = 0; i < key.address.size(); i++) {
        const uint32_t first = i * 8;
        if (first >= kept) key.address[i] = 0;
        else if (kept - first < 8) key.address[i] &= static_cast<uint8_t>(0xff00 >> (kept - first));
    }
    return key;
}

base::Result<Grouping> parse_grouping(std::string_view text) {
    Grouping grouping;
    if (text == "host") return grouping;
    const size_t comma = text.find(',');
    const int ipv4_bits = parse_bits(text.substr(0, comma), 32);
    const int ipv6_bits =
        comma == std::string_view::npos ? 64 : parse_bits(text.substr(comma + 1), 128);
    if (ipv4_bits < 0 || ipv6_bits < 0)
        return base::Error{
            fmt::format("'{}' is no group of hosts: host, /24 (IPv6: /64), /24,/56, or asn", text)};
    grouping.ipv4_bits = static_cast<uint8_t>(ipv4_bits);
    grouping.ipv6_bits = static_cast<uint8_t>(ipv6_bits);
    return grouping;
}

}  // namespace baleen::graph
