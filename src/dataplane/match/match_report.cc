#include "dataplane/match/match_report.h"

#include <algorithm>
#include <cstring>

#include "packet/ip.h"

namespace baleen::match {
namespace {

using record::MatchEvent;
using stats::Counter;

constexpr int64_t second_ns = 1'000'000'000;

// The first line of an event depends on the flow, the others on the rule.
constexpr size_t flow_part_bytes = EventHeads::constant_from;

// The event's first line, and what of the second only the flow or the hit knows.
void fill_in(MatchEvent& event, const flow::Flow& flow, const Sighting& sighting) {
    const bool forward = sighting.direction == 0;
    event.flow_id = flow.flow_id;
    event.time_ns = sighting.time_ns;
    event.offset = sighting.offset;
    std::memcpy(event.src, forward ? flow.src.data() : flow.dst.data(), sizeof event.src);
    std::memcpy(event.dst, forward ? flow.dst.data() : flow.src.data(), sizeof event.dst);
    event.src_port = forward ? flow.src_port : flow.dst_port;
    event.dst_port = forward ? flow.dst_port : flow.src_port;
    const bool is_icmp =
        flow.protocol == packet::protocol::icmp || flow.protocol == packet::protocol::icmpv6;
    if (is_icmp) {
        event.src_port = sighting.icmp_type;
        event.dst_port = sighting.icmp_code;
    } else if (flow.ports_absent != packet::PortsAbsent::no) {
        event.src_port = event.dst_port = 0;
    }
    event.protocol = flow.protocol;
    event.ip_version = flow.ip_version;
    event.port_index = flow.port_index;
    event.side = sighting.side;
    event.flags |= sighting.flags;
    std::copy(flow.vlan_ids.begin(), flow.vlan_ids.end(), event.vlan_ids);
}

}  // namespace

void MatchReport::hit(WorkerRules& rules, uint32_t index, const Sighting& sighting) {
    HotRule& rule = rules.rules[index];
    const MatchEvent& head = rules.generation.event_heads().at(rule.event_line);
    rule.hits.add(1);
    counters_[Counter::match_hits]++;
    const uint32_t events_of_flow = flows_.events_of(sighting.flow);
    const bool is_wanted = head.action != ruleset::Action::tag;
    bool is_told = false;
    if (is_wanted) {
        is_told = may_tell(rule, sighting, events_of_flow) && write(head, rule, sighting);
        rule.suppressed = is_told ? 0 : rule.suppressed + 1;
        rule.events.add(is_told ? 1 : 0);
        counters_[is_told ? Counter::match_events : Counter::match_suppressed]++;
    }
    const bool is_new = flows_.take_match(
        sighting.flow, {head.id, head.severity, head.action, is_wanted && !is_told});
    rule.flows.add(is_new ? 1 : 0);
}

bool MatchReport::may_tell(HotRule& rule, const Sighting& sighting, uint32_t events_of_flow) const {
    const int64_t second = sighting.clock_ns / second_ns;
    if (rule.second != second) {
        rule.second = second;
        rule.events_this_second = 0;
    }
    return events_of_flow < settings_.events_per_flow &&
           rule.events_this_second++ < settings_.events_per_second;
}

// Composed where it is read: what is always the same is copied, the rest filled in.
bool MatchReport::write(const MatchEvent& head, const HotRule& rule, const Sighting& sighting) {
    // What was scanned up to the end of the match, as far as it is at hand.
    const uint64_t at_hand =
        sighting.offset > sighting.begin ? sighting.offset - sighting.begin : 0;
    const auto seen = sighting.bytes.first(std::min<uint64_t>(at_hand, sighting.bytes.size()));
    const auto excerpt = seen.last(std::min<size_t>(seen.size(), settings_.excerpt_bytes));
    const uint32_t head_bytes = record::match_event_bytes(head);
    const uint32_t bytes = head_bytes + static_cast<uint32_t>(excerpt.size());
    auto* event = ring_.reserve<MatchEvent>(ring::FrameType::match, record::match_version, bytes);
    counters_[Counter::events_made]++;
    if (event == nullptr) {
        counters_[ring_.store_failed() ? Counter::events_dropped_store_failed
                                       : Counter::events_dropped_ring_full]++;
        return false;
    }
    auto* to = reinterpret_cast<uint8_t*>(event);
    std::memcpy(to + flow_part_bytes, reinterpret_cast<const uint8_t*>(&head) + flow_part_bytes,
                head_bytes - flow_part_bytes);
    fill_in(*event, flows_.flow(sighting.flow), sighting);
    event->suppressed = rule.suppressed;
    event->excerpt_bytes = static_cast<uint16_t>(excerpt.size());
    std::memcpy(to + head_bytes, excerpt.data(), excerpt.size());
    ring_.prefetch(bytes);  // the next one is about as long
    return true;
}

}  // namespace baleen::match
