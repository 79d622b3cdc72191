#include "dataplane/match/match_report.h"

#include <algorithm>
#include <cstring>

#include "packet/ip.h"

namespace baleen::match {
namespace {

using record::MatchEvent;
using stats::Counter;

constexpr int64_t second_ns = 1'000'000'000;

template <class Text>
uint8_t* put(uint8_t* to, const Text& from) {
    std::memcpy(to, from.data(), from.size());
    return to + from.size();
}

}  // namespace

void MatchReport::hit(WorkerRules& rules, uint32_t index, const Sighting& sighting) {
    const Generation& generation = rules.generation;
    const ruleset::Rule& rule = generation.image().rules()[index];
    RuleCount& count = rules.counts[index];
    count.hits.add(1);
    counters_[Counter::match_hits]++;
    const uint32_t events_of_flow = flows_.events_of(sighting.flow);
    bool is_told = false, is_wanted = rule.action != ruleset::Action::tag;
    if (is_wanted) {
        is_told =
            may_tell(count, sighting, events_of_flow) && write(generation, rule, count, sighting);
        count.suppressed = is_told ? 0 : count.suppressed + 1;
        count.events.add(is_told ? 1 : 0);
        counters_[is_told ? Counter::match_events : Counter::match_suppressed]++;
    }
    const bool is_new = flows_.take_match(
        sighting.flow, {rule.id, rule.severity, rule.action, is_wanted && !is_told});
    count.flows.add(is_new ? 1 : 0);
}

bool MatchReport::may_tell(RuleCount& count, const Sighting& sighting,
                           uint32_t events_of_flow) const {
    const int64_t second = sighting.clock_ns / second_ns;
    if (count.second != second) {
        count.second = second;
        count.events_this_second = 0;
    }
    return events_of_flow < settings_.events_per_flow &&
           count.events_this_second++ < settings_.events_per_second;
}

bool MatchReport::write(const Generation& generation, const ruleset::Rule& rule, RuleCount& count,
                        const Sighting& sighting) {
    const flow::Flow& flow = flows_.flow(sighting.flow);
    const bool forward = sighting.direction == 0;
    const auto name = generation.image().blob(
        {rule.name.first, std::min(rule.name.count, record::rule_name_bytes_max)});
    const auto classtype = generation.image().blob(
        {rule.classtype.first, std::min(rule.classtype.count, record::classtype_bytes_max)});
    // What was scanned up to the end of the match, as far as it is at hand.
    const uint64_t at_hand =
        sighting.offset > sighting.begin ? sighting.offset - sighting.begin : 0;
    const auto seen = sighting.bytes.first(std::min<uint64_t>(at_hand, sighting.bytes.size()));
    const auto excerpt = seen.last(std::min<size_t>(seen.size(), settings_.excerpt_bytes));
    MatchEvent event{
        .flow_id = flow.flow_id,
        .time_ns = sighting.time_ns,
        .offset = sighting.offset,
        .src_port = forward ? flow.src_port : flow.dst_port,
        .dst_port = forward ? flow.dst_port : flow.src_port,
        .protocol = flow.protocol,
        .ip_version = flow.ip_version,
        .port_index = flow.port_index,
        .gid = rule.gid,
        .id = rule.id,
        .rev = rule.rev,
        .generation = generation.number(),
        .severity = rule.severity,
        .action = rule.action,
        .side = sighting.side,
        .flags = sighting.flags,
        .rate_kind = rule.rate_kind,
        .rate_track = rule.rate_track,
        .rate_count = rule.rate_count,
        .rate_seconds = rule.rate_seconds,
        .suppressed = count.suppressed,
        .name_bytes = static_cast<uint16_t>(name.size()),
        .classtype_bytes = static_cast<uint16_t>(classtype.size()),
        .excerpt_bytes = static_cast<uint16_t>(excerpt.size()),
    };
    if ((rule.flags & ruleset::prefilter_only) != 0) event.flags |= record::candidate;
    std::memcpy(event.src, forward ? flow.src.data() : flow.dst.data(), sizeof event.src);
    std::memcpy(event.dst, forward ? flow.dst.data() : flow.src.data(), sizeof event.dst);
    std::copy(flow.vlan_ids.begin(), flow.vlan_ids.end(), event.vlan_ids);
    const bool is_icmp =
        flow.protocol == packet::protocol::icmp || flow.protocol == packet::protocol::icmpv6;
    if (is_icmp) {
        event.src_port = sighting.icmp_type;
        event.dst_port = sighting.icmp_code;
    } else if (flow.ports_absent != packet::PortsAbsent::no) {
        event.src_port = event.dst_port = 0;
    }
    auto* frame = reinterpret_cast<uint8_t*>(ring_.reserve<MatchEvent>(
        ring::FrameType::match, record::match_version, record::match_event_bytes(event)));
    counters_[Counter::events_made]++;
    if (frame == nullptr) {
        counters_[ring_.store_failed() ? Counter::events_dropped_store_failed
                                       : Counter::events_dropped_ring_full]++;
        return false;
    }
    std::memcpy(frame, &event, sizeof event);
    put(put(put(frame + sizeof event, name), classtype), excerpt);
    ring_.prefetch(record::match_event_bytes(event));  // the next one is about as long
    return true;
}

}  // namespace baleen::match
