#include "rules/compile/sections.h"

#include <algorithm>
#include <span>

#include "base/assert.h"
#include "rules/compile/encode.h"
#include "rules/compile/groups.h"

namespace baleen::rules::compile {
namespace {

// The same elements in the same order are there once.
template <class T>
ruleset::Slice add_list(std::span<const T> list, std::vector<T>& all,
                        std::unordered_map<std::string, ruleset::Slice>& known) {
    if (list.empty()) return {};
    const std::string key(reinterpret_cast<const char*>(list.data()), list.size_bytes());
    const ruleset::Slice next = {static_cast<uint32_t>(all.size()),
                                 static_cast<uint32_t>(list.size())};
    const auto [found, is_new] = known.try_emplace(key, next);
    if (is_new) all.insert(all.end(), list.begin(), list.end());
    return found->second;
}

// ::ffff:a.b.c.d (RFC 4291, 2.5.5.2)
Ipv6Address mapped(uint32_t v4) {
    Ipv6Address address{};
    address[10] = address[11] = 0xff;
    for (size_t i = 0; i < 4; i++) address[12 + i] = static_cast<uint8_t>(v4 >> (24 - 8 * i));
    return address;
}

uint8_t flags_of(const Rule& rule) {
    uint8_t flags = 0;
    if (rule.both_directions) flags |= ruleset::both_directions;
    if (rule.prefilter_only) flags |= ruleset::prefilter_only;
    // A rule of all protocols with the scope of a stream is judged on packets of those that have
    // none.
    const bool only_tcp = rule.protocol == Protocol::tcp;
    if (rule.scope != Scope::stream || !only_tcp) flags |= ruleset::on_packets;
    if (rule.scope != Scope::packet) flags |= ruleset::on_streams;
    return flags;
}

void encode_rate(const std::optional<RateLimit>& limit, ruleset::Rule& out) {
    if (!limit) return;
    using Kind = RateLimit::Kind;
    using Track = RateLimit::Track;
    switch (limit->kind) {
        case Kind::limit: out.rate_kind = ruleset::RateKind::limit; break;
        case Kind::threshold: out.rate_kind = ruleset::RateKind::threshold; break;
        case Kind::both: out.rate_kind = ruleset::RateKind::both; break;
        case Kind::exceeded: out.rate_kind = ruleset::RateKind::exceeded; break;
    }
    switch (limit->track) {
        case Track::by_src: out.rate_track = ruleset::RateTrack::by_src; break;
        case Track::by_dst: out.rate_track = ruleset::RateTrack::by_dst; break;
        case Track::by_both: out.rate_track = ruleset::RateTrack::by_both; break;
        case Track::by_rule: out.rate_track = ruleset::RateTrack::by_rule; break;
    }
    out.rate_count = limit->count;
    out.rate_seconds = limit->seconds;
}

}  // namespace

void Sections::add(const Rule& rule) {
    BALEEN_ASSERT(rule.variables.size() <= ruleset::variables_max);
    ruleset::Rule out{};
    out.gid = rule.gid;
    out.id = rule.id;
    out.rev = rule.rev;
    out.severity = static_cast<uint8_t>(std::min<uint32_t>(rule.severity, 255));
    out.action = rule.action == Action::tag       ? ruleset::Action::tag
                 : rule.action == Action::capture ? ruleset::Action::capture
                                                  : ruleset::Action::alert;
    out.protocols = protocols_of(rule);
    out.flags = flags_of(rule);
    encode_flow(rule.flow, out);
    encode_rate(rule.rate_limit, out);
    out.variable_count = static_cast<uint32_t>(rule.variables.size());
    out.name = add_text(rule.name);
    out.classtype = add_text(rule.classtype);
    out.src = add_addresses(rule.src);
    out.dst = add_addresses(rule.dst);
    out.src_ports = add_ports(rule.src_ports);
    out.dst_ports = add_ports(rule.dst_ports);
    out.tests.first = static_cast<uint32_t>(header_tests.size());
    for (const HeaderTest& test : rule.header_tests) header_tests.push_back(encode_test(test));
    out.tests.count = static_cast<uint32_t>(rule.header_tests.size());
    out.steps.first = static_cast<uint32_t>(steps.size());
    for (const Step& step : rule.steps) steps.push_back(encode(step));
    out.steps.count = static_cast<uint32_t>(rule.steps.size());
    rules.push_back(out);
}

ruleset::Slice Sections::add_text(std::string_view text) {
    if (text.empty()) return {};
    const ruleset::Slice next = {static_cast<uint32_t>(blob.size()),
                                 static_cast<uint32_t>(text.size())};
    const auto [found, is_new] = texts_.try_emplace(std::string(text), next);
    if (is_new) blob += text;
    return found->second;
}

ruleset::Slice Sections::add_addresses(const AddressSet& set) {
    constexpr uint32_t v4_highest = UINT32_MAX;
    RangeSet<Ipv6Address> both =
        set.v6.without(RangeSet<Ipv6Address>::of(mapped(0), mapped(v4_highest)));
    for (const auto& range : set.v4.ranges())
        both.add(RangeSet<Ipv6Address>::of(mapped(range.first), mapped(range.last)));
    std::vector<ruleset::AddressRange> list;
    for (const auto& range : both.ranges()) list.push_back({range.first, range.last});
    return add_list<ruleset::AddressRange>(list, addresses, address_lists_);
}

ruleset::Slice Sections::add_ports(const PortSet& set) {
    std::vector<ruleset::PortRange> list;
    for (const auto& range : set.ranges()) list.push_back({range.first, range.last});
    return add_list<ruleset::PortRange>(list, ports, port_lists_);
}

ruleset::Step Sections::encode(const Step& step) {
    ruleset::Step out = encode_step(step);
    if (const auto* literal = std::get_if<Literal>(&step)) {
        out.bytes = add_text(literal->bytes);
    } else if (const auto* regex = std::get_if<Regex>(&step)) {
        out.bytes = add_text(regex->pattern);
        out.regex = regex_count++;
    }
    return out;
}

}  // namespace baleen::rules::compile
