#include "dataplane/flow/flow_record.h"

#include <cstring>
#include <utility>

#include "packet/flow_hash.h"
#include "packet/ip.h"

namespace baleen::flow {
namespace {

record::Direction direction_of(const Flow& flow, uint32_t side) {
    return {.packets = flow.packets[side],
            .ip_bytes = flow.ip_bytes[side],
            .wire_bytes = flow.wire_bytes[side],
            .tcp_flags = flow.tcp_flags[side],
            .tos = flow.tos[side],
            .ttl_min = flow.ttl_min[side],
            .ttl_max = flow.ttl_max[side],
            .reserved = {}};
}

}  // namespace

void write_record(const Flow& flow, record::EndReason reason, record::FlowRecord& out) {
    const uint32_t initiator = (flow.state & reversed) != 0 ? 1 : 0;
    const bool is_icmp =
        flow.protocol == packet::protocol::icmp || flow.protocol == packet::protocol::icmpv6;
    const auto address = [&](uint32_t side, uint8_t* to) {
        const auto& from = side == 0 ? flow.src : flow.dst;
        for (size_t i = 0; i < from.size(); i++) to[i] = from[i];
    };
    const auto port = [&](uint32_t side) -> uint16_t {
        if (is_icmp || flow.ports_absent != packet::PortsAbsent::no) return 0;
        return side == 0 ? flow.src_port : flow.dst_port;
    };
    std::memset(&out, 0, offsetof(record::FlowRecord, encapsulation));
    out.flow_id = flow.flow_id;
    out.first_ns = flow.first_ns;
    out.last_ns = flow.last_ns;
    address(initiator, out.initiator_address);
    address(1 - initiator, out.responder_address);
    out.initiator_port = port(initiator);
    out.responder_port = port(1 - initiator);
    out.protocol = flow.protocol;
    out.ip_version = flow.ip_version;
    out.end_reason = reason;
    out.flags = flow.record_flags;
    for (uint32_t i = 0; i < limits::vlan_ids_kept; i++) out.vlan_ids[i] = flow.vlan_ids[i];
    out.icmp_type = flow.icmp_type;
    out.icmp_code = flow.icmp_code;
    out.port_index = flow.port_index;
    out.part = flow.part;
    out.initiator = direction_of(flow, initiator);
    out.responder = direction_of(flow, 1 - initiator);
    if (record::record_bytes(flow.record_flags) < sizeof out) return;
    out.encapsulation = flow.encapsulation;
    if (initiator == 0) return;
    std::swap(out.encapsulation.outer_initiator, out.encapsulation.outer_responder);
    std::swap(out.encapsulation.tunnel_ids[0], out.encapsulation.tunnel_ids[1]);
}

uint64_t flow_id_of(const packet::FlowKey& key, int64_t first_clock_ns, uint64_t salt) {
    const uint64_t hash = packet::hash_flow(key, packet::fixed_hash_key);
    const uint64_t mixed = packet::detail::multiply_fold(
        hash ^ salt, static_cast<uint64_t>(first_clock_ns) ^ packet::fixed_hash_key.words[2]);
    // 53 bits: the largest integers that JSON readers with doubles keep exactly.
    return mixed >> 11;
}

}  // namespace baleen::flow
