#include "dataplane/flow/flow_record.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dataplane/flow/tcp_record.h"
#include "packet/flow_hash.h"
#include "packet/ip.h"

namespace baleen::flow {
namespace {

// Mean and standard deviation of the times between packets. The sum of the gaps is what lies
// between the first and the last time stamp; with stamps out of order that is a lower bound.
void write_gaps(const Flow& flow, uint32_t side, record::Direction& out) {
    const Side& sent = flow.sides[side];
    if (sent.packets < 2) return;
    const double count = sent.packets - 1.0;
    const double mean = static_cast<double>(sent.last_ns - flow.first_ns[side]) / count;
    const double variance = std::max(0.0, sent.gap_squares / count - mean * mean);
    out.gap_mean_ns = static_cast<uint64_t>(mean);
    out.gap_stddev_ns = static_cast<uint64_t>(std::sqrt(variance));
}

record::Direction direction_of(const Flow& flow, uint32_t side) {
    const Side& sent = flow.sides[side];
    record::Direction out{};
    out.packets = sent.packets;
    out.ip_bytes = sent.ip_bytes;
    out.wire_bytes = sent.wire_bytes;
    out.payload_bytes = sent.payload_bytes;
    write_gaps(flow, side, out);
    out.size_min = sent.size_min;
    out.size_max = sent.size_max;
    out.tcp_flags = sent.tcp_flags & packet::tcp::flags_mask;
    out.tos = flow.tos[side];
    out.ttl_min = sent.ttl_min;
    out.ttl_max = sent.ttl_max;
    return out;
}

}  // namespace

void fill_record(const Flow& flow, const TcpFlow& tcp, const record::Encapsulation& encapsulation,
                 record::EndReason reason, record::FlowRecord& out) {
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
    out.flow_id = flow.flow_id;
    const Side &forward = flow.sides[0], &backward = flow.sides[1];
    const uint32_t one = forward.packets > 0 ? 0 : 1;  // a side that has sent something
    const uint32_t other = backward.packets > 0 ? 1 : one;
    out.first_ns = std::min(flow.first_ns[one], flow.first_ns[other]);
    out.last_ns = std::max(flow.sides[one].last_ns, flow.sides[other].last_ns);
    address(initiator, out.initiator_address);
    address(1 - initiator, out.responder_address);
    out.initiator_port = port(initiator);
    out.responder_port = port(1 - initiator);
    out.protocol = flow.protocol;
    out.ip_version = flow.ip_version;
    out.end_reason = reason;
    out.initiator_reason = flow.initiator_reason;
    out.reserved = 0;
    out.flags = flow.record_flags & told_flags;
    for (uint32_t i = 0; i < limits::vlan_ids_kept; i++) out.vlan_ids[i] = flow.vlan_ids[i];
    out.icmp_type = flow.icmp_type;
    out.icmp_code = flow.icmp_code;
    out.port_index = flow.port_index;
    out.part = flow.part;
    out.initiator = direction_of(flow, initiator);
    out.responder = direction_of(flow, 1 - initiator);
    if ((flow.record_flags & record::has_tcp) != 0) out.tcp = tcp_section(flow, tcp, initiator);
    if (!record::has_encapsulation(flow.record_flags)) return;
    out.encapsulation = encapsulation;
    if (initiator == 0) return;
    std::swap(out.encapsulation.outer_initiator, out.encapsulation.outer_responder);
    std::swap(out.encapsulation.tunnel_ids[0], out.encapsulation.tunnel_ids[1]);
}

void fill_splt(const Flow& flow, const record::SpltPacket* packets, uint32_t count,
               record::FlowRecord& out) {
    const int32_t sign = (flow.state & reversed) != 0 ? -1 : 1;
    out.splt.count = count;
    out.splt.reserved = 0;
    for (uint32_t i = 0; i < count; i++)
        out.splt.packets[i] = {sign * packets[i].size, packets[i].gap_us};
}

uint64_t flow_id_of(const packet::FlowKey& key, int64_t first_clock_ns, uint64_t salt) {
    const uint64_t hash = packet::hash_flow(key, packet::fixed_hash_key);
    const uint64_t mixed = base::multiply_fold(
        hash ^ salt, static_cast<uint64_t>(first_clock_ns) ^ packet::fixed_hash_key.words[2]);
    // 53 bits: the largest integers that JSON readers with doubles keep exactly.
    return mixed >> 11;
}

}  // namespace baleen::flow
