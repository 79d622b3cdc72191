#include "rules/compile/groups.h"

#include <algorithm>

#include "rules/compile/port_classes.h"

namespace baleen::rules::compile {
namespace {

using ruleset::protocol_bit;
using ruleset::Side;
using Kind = ruleset::Protocol;

constexpr uint8_t all_protocols = (1u << ruleset::protocol_count) - 1;

// Protocols of packets that can pass the test at all.
uint8_t protocols_of(const FieldTest& test) {
    switch (test.field) {
        case Field::icmp_type:
        case Field::icmp_code:
        case Field::icmp_id:
        case Field::icmp_sequence: return protocol_bit(Kind::icmp);
        case Field::tcp_window:
        case Field::tcp_sequence:
        case Field::tcp_acknowledgement: return protocol_bit(Kind::tcp);
        case Field::ip_protocol: break;
        default: return all_protocols;
    }
    const auto passes = [&](uint64_t number) {
        return (test.low <= number && number <= test.high) != test.negated;
    };
    constexpr uint64_t tcp = 6;
    constexpr uint64_t udp = 17;
    constexpr uint64_t icmp = 1;
    constexpr uint64_t icmpv6 = 58;
    uint8_t protocols = protocol_bit(Kind::other);
    if (passes(tcp)) protocols |= protocol_bit(Kind::tcp);
    if (passes(udp)) protocols |= protocol_bit(Kind::udp);
    if (passes(icmp) || passes(icmpv6)) protocols |= protocol_bit(Kind::icmp);
    return protocols;
}

bool has_ports(Kind protocol) { return protocol == Kind::tcp || protocol == Kind::udp; }

}  // namespace

uint8_t protocols_of(const Rule& rule) {
    uint8_t protocols = all_protocols;
    if (rule.protocol == Protocol::tcp) protocols = protocol_bit(Kind::tcp);
    if (rule.protocol == Protocol::udp) protocols = protocol_bit(Kind::udp);
    if (rule.protocol == Protocol::icmp) protocols = protocol_bit(Kind::icmp);
    for (const HeaderTest& test : rule.header_tests) {
        if (const auto* field = std::get_if<FieldTest>(&test)) protocols &= protocols_of(*field);
        const auto* bits = std::get_if<BitsTest>(&test);
        if (bits != nullptr && bits->word == BitsTest::Word::tcp_flags)
            protocols &= protocol_bit(Kind::tcp);
    }
    return protocols;
}

bool concerns_side(const Rule& rule, Side side) {
    using Wanted = FlowCondition::Side;
    if (rule.flow.side == Wanted::any) return true;
    return (rule.flow.side == Wanted::to_server) == (side == Side::to_server);
}

bool looks_at_packets(const Rule& rule, Kind protocol) {
    return protocol != Kind::tcp || rule.scope != Scope::stream;
}

bool looks_at_streams(const Rule& rule, Kind protocol) {
    return protocol == Kind::tcp && rule.scope != Scope::packet;
}

PortSet server_ports(const Rule& rule, Side side) {
    // Without either nothing has a source or destination that it could have.
    if (rule.src_ports.empty() || rule.dst_ports.empty()) return {};
    const bool to_server = side == Side::to_server;
    PortSet ports = to_server ? rule.dst_ports : rule.src_ports;
    if (rule.both_directions) ports.add(to_server ? rule.src_ports : rule.dst_ports);
    return ports;
}

Grouping group_rules(std::span<const Rule> rules, std::span<const uint32_t> used,
                     uint32_t class_max) {
    Grouping out;
    out.group_of.assign(ruleset::group_of_count, 0);
    for (ruleset::PortClasses& classes : out.port_classes) classes.fill(0);
    for (uint32_t p = 0; p < ruleset::protocol_count; p++) {
        for (uint32_t s = 0; s < ruleset::side_count; s++) {
            const auto protocol = static_cast<Kind>(p);
            const auto side = static_cast<Side>(s);
            std::vector<PortMember> members;
            for (const uint32_t index : used) {
                const Rule& rule = rules[index];
                if ((protocols_of(rule) & protocol_bit(protocol)) == 0 ||
                    !concerns_side(rule, side))
                    continue;
                members.push_back(
                    {index, has_ports(protocol) ? server_ports(rule, side) : PortSet::all()});
            }
            PortClassing classing = divide_ports(members, class_max);
            const uint32_t table = p * ruleset::side_count + s;
            if (has_ports(protocol)) out.port_classes[table] = classing.class_of;
            const size_t first = out.groups.size();
            const auto group_of =
                out.group_of.begin() + std::ptrdiff_t{table} * ruleset::class_count_max;
            std::fill_n(group_of, ruleset::class_count_max, static_cast<uint16_t>(first));
            for (size_t c = 0; c < classing.rules.size(); c++) {
                group_of[static_cast<std::ptrdiff_t>(c)] = static_cast<uint16_t>(first + c);
                out.groups.push_back({protocol, side,
                                      has_ports(protocol) ? classing.port_counts[c] : 0,
                                      std::move(classing.rules[c])});
            }
        }
    }
    return out;
}

}  // namespace baleen::rules::compile
