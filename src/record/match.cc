#include "record/match.h"

#include <algorithm>
#include <cstring>

#include "record/checks.h"
#include "record/names.h"

namespace baleen::record {
namespace {

template <class Enum>
bool is_one_of(Enum value, Enum last) {
    return static_cast<uint8_t>(value) <= static_cast<uint8_t>(last);
}

const char* find_rule_problem(const MatchEvent& event) {
    constexpr uint8_t all_flags = on_stream | candidate | behind_gap;
    if (event.generation == 0) return "match_generation";
    if (event.severity == 0) return "match_severity";
    if (!is_one_of(event.action, ruleset::Action::capture)) return "match_action";
    if (!is_one_of(event.side, ruleset::Side::to_client)) return "match_side";
    if ((event.flags & ~all_flags) != 0) return "match_flags";
    if (!is_one_of(event.rate_kind, ruleset::RateKind::exceeded) ||
        !is_one_of(event.rate_track, ruleset::RateTrack::by_rule))
        return "match_rate";
    const bool limited = event.rate_kind != ruleset::RateKind::none;
    if (limited && (event.rate_count == 0 || event.rate_seconds == 0)) return "match_rate";
    if (event.name_bytes > rule_name_bytes_max) return "match_name";
    if (event.classtype_bytes > classtype_bytes_max) return "match_classtype";
    if (event.excerpt_bytes > excerpt_bytes_max) return "match_excerpt";
    return nullptr;
}

}  // namespace

const char* find_problem(const MatchEvent& event) {
    if (event.flow_id >= flow_id_end) return "match_flow_id";
    if (event.time_ns < 0) return "match_time";
    if (event.ip_version != 4 && event.ip_version != 6) return "match_ip_version";
    if (event.ip_version == 4 && !(is_mapped(event.src) && is_mapped(event.dst)))
        return "match_address";
    if (!ports_fit(event.protocol, event.src_port, event.dst_port)) return "match_ports";
    if (!vlan_ids_fit(event.vlan_ids)) return "match_vlan_ids";
    return find_rule_problem(event);
}

const char* read_match(std::span<const uint8_t> bytes, Match& match) {
    if (bytes.size() < sizeof(MatchEvent) || bytes.size() > match_event_bytes_max)
        return "match_size";
    // SAFETY: lengths are looked at in the copy, where nobody changes them any more.
    match = {};
    std::memcpy(&match, bytes.data(), bytes.size());
    if (const char* problem = find_problem(match.event)) return problem;
    return bytes.size() == match_event_bytes(match.event) ? nullptr : "match_size";
}

FlowRecord flow_of(const MatchEvent& event) {
    FlowRecord record{};
    record.flow_id = event.flow_id;
    record.first_ns = record.last_ns = event.time_ns;
    std::copy(std::begin(event.src), std::end(event.src), record.initiator_address);
    std::copy(std::begin(event.dst), std::end(event.dst), record.responder_address);
    record.protocol = event.protocol;
    record.ip_version = event.ip_version;
    std::copy(std::begin(event.vlan_ids), std::end(event.vlan_ids), record.vlan_ids);
    record.port_index = event.port_index;
    if (is_icmp(event.protocol)) {
        record.icmp_type = static_cast<uint8_t>(event.src_port);
        record.icmp_code = static_cast<uint8_t>(event.dst_port);
    } else if (protocol_has_ports(event.protocol)) {
        record.initiator_port = event.src_port;
        record.responder_port = event.dst_port;
    } else {
        record.flags |= ports_absent;
    }
    return record;
}

}  // namespace baleen::record
