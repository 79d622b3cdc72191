#include "record/validate.h"

#include <cstring>

#include "baleen/ruleset.h"
#include "record/app_fields.h"
#include "record/checks.h"

namespace baleen::record {
namespace {

// What a section of hits cannot say.
bool contradicts_itself(const Matches& matches) {
    constexpr uint32_t action_bits = (1u << ruleset::action_count) - 1;
    return matches.hits == 0 || matches.suppressed > matches.hits ||
           matches.rule_count > match_rules_told_max || matches.rule_count > matches.hits ||
           matches.severity == 0 || (matches.actions & ~action_bits) != 0;
}

// Each of the section's fields whole, and of those that flows tell.
bool makes_sense(const Application& application) {
    if (application.app_proto == application::AppProto::unknown ||
        application.field_bytes > application_bytes_max)
        return false;
    const auto fields = std::span(application.fields).first(application.field_bytes);
    return are_whole(fields) && are_of_flows(fields);
}

}  // namespace

const char* find_fixed_problem(const FlowRecord& record) {
    const auto reason = static_cast<uint8_t>(record.end_reason);
    if (record.ip_version != 4 && record.ip_version != 6) return "ip_version";
    if (reason < static_cast<uint8_t>(EndReason::idle_timeout) ||
        reason > static_cast<uint8_t>(EndReason::lack_of_resources))
        return "end_reason";
    if (record.flow_id >= flow_id_end) return "flow_id";
    if (record.first_ns < 0 || record.last_ns < record.first_ns) return "time";
    if (record.initiator.packets == 0 && record.responder.packets == 0) return "packets";
    if (!vlan_ids_fit(record.vlan_ids)) return "vlan_ids";
    if (static_cast<uint32_t>(record.initiator_reason) >= initiator_reason_count)
        return "initiator_reason";
    return nullptr;
}

const char* find_problem(const FlowRecord& record) {
    if (const char* problem = find_fixed_problem(record)) return problem;
    const Encapsulation& around = record.encapsulation;
    if (static_cast<uint32_t>(around.tunnel_type) >= tunnel_type_count) return "tunnel_type";
    if (around.tunnel_depth > limits::tunnel_depth_max) return "tunnel_depth";
    const bool has_addresses = (record.flags & has_tunnel) != 0 && around.tunnel_depth > 0;
    if (has_addresses && around.outer_ip_version != 4 && around.outer_ip_version != 6)
        return "outer_ip_version";
    if (static_cast<uint32_t>(record.tcp.conn_state) >= conn_state_count) return "conn_state";
    if ((record.flags & has_matches) != 0 && contradicts_itself(record.matches)) return "matches";
    if (record.splt.count > splt_packets_max) return "splt";
    if ((record.flags & has_application) != 0 && !makes_sense(record.application))
        return "application";
    if (std::memchr(record.tcp.history, 0, sizeof record.tcp.history) == nullptr) return "history";
    return nullptr;
}

const char* read_record(std::span<const uint8_t> bytes, FlowRecord& record) {
    return unpack(bytes.data(), bytes.size(), record) ? find_problem(record) : "size";
}

}  // namespace baleen::record
