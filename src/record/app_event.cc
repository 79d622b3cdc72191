#include "record/app_event.h"

#include <algorithm>
#include <cstring>

#include "record/app_complete.h"
#include "record/app_fields.h"
#include "record/checks.h"

namespace baleen::record {

const char* find_problem(const AppEvent& event) {
    constexpr uint16_t all_flags = fields_cut | from_responder;
    if (event.flow_id >= flow_id_end) return "app_flow_id";
    if (event.time_ns < 0) return "app_time";
    if (event.ip_version != 4 && event.ip_version != 6) return "app_ip_version";
    if (event.ip_version == 4 &&
        !(is_mapped(event.initiator_address) && is_mapped(event.responder_address)))
        return "app_address";
    if (!ports_fit(event.protocol, event.initiator_port, event.responder_port)) return "app_ports";
    if (!vlan_ids_fit(event.vlan_ids)) return "app_vlan_ids";
    // What has no name here may be a newer version's; what has none at all is nonsense.
    if (event.app_proto == application::AppProto::unknown) return "app_proto";
    if ((event.flags & ~all_flags) != 0) return "app_flags";
    return event.field_bytes > app_field_bytes_max ? "app_size" : nullptr;
}

const char* read_app_event(std::span<const uint8_t> bytes, AppMessage& message) {
    if (bytes.size() < sizeof(AppEvent) || bytes.size() > sizeof(AppMessage)) return "app_size";
    // SAFETY: lengths are looked at in the copy, where nobody changes them any more.
    std::memcpy(&message, bytes.data(), bytes.size());
    if (const char* problem = find_problem(message.event)) return problem;
    if (bytes.size() != app_event_bytes(message.event)) return "app_size";
    return are_whole(message.fields()) ? nullptr : "app_fields";
}

void complete(AppMessage& message, CompletedFields* known) {
    if (!is_incomplete(message.fields())) return;
    const auto completed = complete_fields(message.fields(), known);
    const Fitted fitted = fit_fields(completed, false, message.room);
    message.event.field_bytes = fitted.bytes;
    if (fitted.is_cut) message.event.flags |= fields_cut;
}

FlowRecord flow_of(const AppEvent& event) {
    FlowRecord record{};
    record.flow_id = event.flow_id;
    record.first_ns = record.last_ns = event.time_ns;
    std::copy(std::begin(event.initiator_address), std::end(event.initiator_address),
              record.initiator_address);
    std::copy(std::begin(event.responder_address), std::end(event.responder_address),
              record.responder_address);
    record.protocol = event.protocol;
    record.ip_version = event.ip_version;
    std::copy(std::begin(event.vlan_ids), std::end(event.vlan_ids), record.vlan_ids);
    record.port_index = event.port_index;
    if (is_icmp(event.protocol)) {
        record.icmp_type = static_cast<uint8_t>(event.initiator_port);
        record.icmp_code = static_cast<uint8_t>(event.responder_port);
    } else if (protocol_has_ports(event.protocol)) {
        record.initiator_port = event.initiator_port;
        record.responder_port = event.responder_port;
    } else {
        record.flags |= ports_absent;
    }
    return record;
}

std::string_view event_type_of(application::AppProto app_proto) {
    const auto* info = application::find_app_proto(app_proto);
    return info == nullptr ? "application" : info->event;
}

}  // namespace baleen::record
