#include "dataplane/match/rule_statistics.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

namespace baleen::match {
namespace {

constexpr std::array<std::string_view, ruleset::protocol_count> protocol_names = {"tcp", "udp",
                                                                                  "icmp", "other"};
constexpr std::array<std::string_view, ruleset::side_count> side_names = {"to_server", "to_client"};

// For JSON: bytes outside of printable ASCII are told by number, as in Latin-1.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<uint8_t>(c);
        if (byte < 0x20 || byte > 0x7e || c == '"' || c == '\\')
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        else out += c;
    }
    return out;
}

// Which traffic takes the group first in the table: protocol, side, and how many ports.
struct Traffic {
    uint32_t protocol = 0, side = 0, ports = 0;
};
Traffic traffic_of(const ruleset::Image& image, uint32_t group) {
    Traffic found;
    for (uint32_t row = 0; row < ruleset::protocol_count * ruleset::side_count; row++) {
        const auto classes =
            image.group_of().subspan(row * ruleset::class_count_max, ruleset::class_count_max);
        uint32_t ports = 0;
        if (row < ruleset::port_table_count) {
            for (const uint8_t port_class : image.port_classes()[row])
                ports += classes[port_class] == group ? 1 : 0;
            if (ports == 0) continue;
        } else if (classes[0] != group) {
            continue;
        }
        return {row / ruleset::side_count, row % ruleset::side_count, ports};
    }
    return found;
}

std::string group_json(const Generation& generation, uint32_t index) {
    uint64_t packet_bytes = 0, stream_bytes = 0, ticks = 0;
    for (const auto& worker : generation.workers()) {
        packet_bytes += worker->groups[index].packet_bytes.get();
        stream_bytes += worker->groups[index].stream_bytes.get();
        ticks += worker->groups[index].scan_ticks.get();
    }
    const Traffic traffic = traffic_of(generation.image(), index);
    return fmt::format(
        "{{\"protocol\": \"{}\", \"side\": \"{}\", \"ports\": {}, \"rules\": {}, "
        "\"packet_bytes\": {}, \"stream_bytes\": {}, \"scan_ticks\": {}}}",
        protocol_names[traffic.protocol], side_names[traffic.side], traffic.ports,
        generation.image().groups()[index].rule_count, packet_bytes, stream_bytes, ticks);
}

}  // namespace

void RuleStatistics::add(const Generation& generation, Sums& sums) {
    const auto rules = generation.image().rules();
    for (size_t i = 0; i < rules.size(); i++) {
        Sum found;
        for (const auto& worker : generation.workers()) {
            const HotRule& count = worker->rules[i];
            found.hits += count.hits.get();
            found.flows += count.flows.get();
            found.events += count.events.get();
            found.judged += count.judged.get();
            found.judged_ticks += count.judged_ticks.get();
        }
        if (found.hits + found.judged == 0) continue;
        Sum& sum = sums[{rules[i].gid, rules[i].id}];
        sum.name = generation.image().text(rules[i].name);
        sum.hits += found.hits;
        sum.flows += found.flows;
        sum.events += found.events;
        sum.judged += found.judged;
        sum.judged_ticks += found.judged_ticks;
    }
}

void RuleStatistics::keep(const Generation& generation) { add(generation, kept_); }

std::string RuleStatistics::to_json(const std::vector<std::unique_ptr<Generation>>& in_use) const {
    Sums sums = kept_;
    for (const auto& generation : in_use) add(*generation, sums);
    std::string json = "{\"rules\": [";
    const auto out = std::back_inserter(json);
    for (const auto& [id, sum] : sums)
        fmt::format_to(out,
                       "{}\n  {{\"gid\": {}, \"id\": {}, \"name\": \"{}\", \"hits\": {}, "
                       "\"flows\": {}, \"events\": {}, \"judged\": {}, \"judged_ticks\": {}}}",
                       json.back() == '[' ? "" : ",", id.first, id.second, escaped(sum.name),
                       sum.hits, sum.flows, sum.events, sum.judged, sum.judged_ticks);
    json += "],\n\"groups\": [";
    if (!in_use.empty())
        for (uint32_t i = 0; i < in_use.back()->image().groups().size(); i++)
            fmt::format_to(out, "{}\n  {}", i == 0 ? "" : ",", group_json(*in_use.back(), i));
    return json + "]}\n";
}

}  // namespace baleen::match
