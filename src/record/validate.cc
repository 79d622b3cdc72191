#include "record/validate.h"

namespace baleen::record {

const char* find_problem(const FlowRecord& record) {
    constexpr uint64_t flow_id_end = uint64_t{1} << 53;
    constexpr uint16_t vlan_id_end = 4096;
    const auto reason = static_cast<uint8_t>(record.end_reason);
    if (record.ip_version != 4 && record.ip_version != 6) return "ip_version";
    if (reason < static_cast<uint8_t>(EndReason::idle_timeout) ||
        reason > static_cast<uint8_t>(EndReason::lack_of_resources))
        return "end_reason";
    if (record.flow_id >= flow_id_end) return "flow_id";
    if (record.first_ns < 0 || record.last_ns < record.first_ns) return "time";
    if (record.initiator.packets == 0 && record.responder.packets == 0) return "packets";
    for (const uint16_t id : record.vlan_ids)
        if (id >= vlan_id_end && id != vlan_absent) return "vlan_ids";
    return nullptr;
}

}  // namespace baleen::record
