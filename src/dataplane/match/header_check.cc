#include "dataplane/match/header_check.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/byte_reader.h"
#include "dataplane/match/header_fields.h"

namespace baleen::match {
namespace {

using packet::FlowKey;
using packet::PortsAbsent;
using ruleset::AddressRange;
using ruleset::FlowSide;
using ruleset::FlowState;
using ruleset::PortRange;
using ruleset::Rule;
using ruleset::Side;
namespace protocol = packet::protocol;

// Two numbers are compared sooner than sixteen bytes by memcmp().
using Wide = std::pair<uint64_t, uint64_t>;
Wide number_of(const std::array<uint8_t, 16>& address) {
    return {__builtin_bswap64(base::load<uint64_t>(address.data())),
            __builtin_bswap64(base::load<uint64_t>(address.data() + 8))};
}
uint16_t number_of(uint16_t port) { return port; }

// Ranges are sorted and disjoint: the only one that may hold it is the last that does not begin
// behind it.
template <class Range, class Value>
bool contains(std::span<const Range> ranges, const Value& value) {
    const auto number = number_of(value);
    const auto behind = std::ranges::upper_bound(
        ranges, number, {}, [](const Range& range) { return number_of(range.first); });
    return behind != ranges.begin() && number <= number_of(std::prev(behind)->last);
}

bool is_all(std::span<const PortRange> ranges) {
    return ranges.size() == 1 && ranges[0].first == 0 && ranges[0].last == UINT16_MAX;
}

// Most rules take all addresses on one side at least; two halves are compared sooner than searched.
bool is_all(std::span<const AddressRange> ranges) {
    constexpr std::array<uint64_t, 4> all = {0, 0, UINT64_MAX, UINT64_MAX};
    static_assert(sizeof all == sizeof(AddressRange));
    return ranges.size() == 1 && std::bit_cast<std::array<uint64_t, 4>>(ranges[0]) == all;
}

// Where there are none, the key has something else in their place.
bool has_ports(const FlowKey& key) {
    return key.ports_absent == PortsAbsent::no && key.protocol != protocol::icmp &&
           key.protocol != protocol::icmpv6;
}

struct End {
    const std::array<uint8_t, 16>& address;
    uint16_t port;
};

class Ends {
public:
    Ends(const ruleset::Image& image, const Rule& rule, bool with_ports)
        : image_(image), rule_(rule), with_ports_(with_ports) {}

    bool match(const End& src, const End& dst) const {
        return has_end(rule_.src_ports, rule_.src, src) && has_end(rule_.dst_ports, rule_.dst, dst);
    }

private:
    bool has_end(ruleset::Slice ports, ruleset::Slice addresses, const End& end) const {
        const auto port_ranges = image_.ports(ports);
        const auto address_ranges = image_.addresses(addresses);
        return (is_all(port_ranges) || (with_ports_ && contains(port_ranges, end.port))) &&
               (is_all(address_ranges) || contains(address_ranges, end.address));
    }

    const ruleset::Image& image_;
    const Rule& rule_;
    bool with_ports_;
};

bool fits_flow(const Rule& rule, FlowFacts facts) {
    if (rule.flow_state == FlowState::established && !facts.is_established) return false;
    if (rule.flow_state == FlowState::not_established && facts.is_established) return false;
    if (rule.flow_side == FlowSide::to_server) return facts.side == Side::to_server;
    if (rule.flow_side == FlowSide::to_client) return facts.side == Side::to_client;
    return true;
}

}  // namespace

bool concerns_flow(const ruleset::Image& image, const Rule& rule, const FlowKey& key,
                   FlowFacts facts) {
    if ((rule.protocols & ruleset::protocol_bit(protocol_of(key.protocol))) == 0) return false;
    if (!fits_flow(rule, facts)) return false;
    const Ends ends(image, rule, has_ports(key));
    const End src{key.src, key.src_port};
    const End dst{key.dst, key.dst_port};
    return ends.match(src, dst) ||
           ((rule.flags & ruleset::both_directions) != 0 && ends.match(dst, src));
}

bool has_no_conditions(const ruleset::Image& image, const Rule& rule) {
    return rule.tests.count == 0 && rule.flow_state == FlowState::any &&
           rule.flow_side == FlowSide::any && is_all(image.ports(rule.src_ports)) &&
           is_all(image.ports(rule.dst_ports)) && is_all(image.addresses(rule.src)) &&
           is_all(image.addresses(rule.dst));
}

bool concerns_packet(const ruleset::Image& image, const Rule& rule, const packet::Packet& packet,
                     const packet::Layers& layers, const FlowKey& key, FlowFacts facts) {
    if (!concerns_flow(image, rule, key, facts)) return false;
    const HeaderFields fields(packet, layers, key);
    return std::ranges::all_of(image.header_tests(rule.tests),
                               [&](const auto& test) { return fields.pass(test); });
}

}  // namespace baleen::match
