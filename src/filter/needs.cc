#include "filter/needs.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "filter/node.h"

namespace baleen::filter {
namespace {

// Sorted.
constexpr std::array<std::string_view, 55> fixed_fields = {
    "community_id",
    "flow.aggregated",
    "flow.bytes",
    "flow.bytes_toclient",
    "flow.bytes_toserver",
    "flow.duration",
    "flow.end",
    "flow.id",
    "flow.ip_bytes",
    "flow.loss_in_lifetime",
    "flow.packets",
    "flow.part",
    "flow.payload_bytes",
    "flow.pkts_toclient",
    "flow.pkts_toserver",
    "flow.reason",
    "flow.start",
    "icmp",
    "icmp.code",
    "icmp.type",
    "icmpv6",
    "in_iface",
    "ip",
    "ip.addr",
    "ip.dst",
    "ip.proto",
    "ip.src",
    "ip.tos",
    "ip.ttl",
    "ip.version",
    "ipv6",
    "ipv6.addr",
    "ipv6.dst",
    "ipv6.src",
    "port",
    "port.dst",
    "port.src",
    "sctp",
    "sctp.dstport",
    "sctp.port",
    "sctp.srcport",
    "tcp",
    "tcp.dstport",
    "tcp.flags",
    "tcp.flags.ack",
    "tcp.flags.fin",
    "tcp.flags.reset",
    "tcp.flags.syn",
    "tcp.port",
    "tcp.srcport",
    "udp",
    "udp.dstport",
    "udp.port",
    "udp.srcport",
    "vlan.id",
};
static_assert(std::ranges::is_sorted(fixed_fields));

bool needs_sections(const Node& node) {
    if (node.kind == Node::Kind::compare) return needs_sections(*node.field);
    return std::ranges::any_of(node.children,
                               [](const auto& child) { return needs_sections(*child); });
}

}  // namespace

bool needs_sections(const Field& field) {
    return !std::ranges::binary_search(fixed_fields, field.name);
}

bool needs_sections(const Filter& filter) {
    return filter.root() != nullptr && needs_sections(*filter.root());
}

}  // namespace baleen::filter
