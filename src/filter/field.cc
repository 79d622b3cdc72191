#include "filter/field.h"

#include <vector>

#include "base/suggest.h"
#include "packet/ip.h"
#include "record/community_id.h"

namespace baleen::filter {
namespace {

namespace protocol = packet::protocol;
namespace tcp = packet::tcp;
using record::FlowRecord;

bool is(const FlowRecord& r, uint8_t number) { return r.protocol == number; }
// Flows are; packets may be something else.
bool is_ip(const FlowRecord& r) { return r.ip_version != 0; }
bool has_ports(const FlowRecord& r) {
    return (r.flags & record::ports_absent) == 0 && !is(r, protocol::icmp) &&
           !is(r, protocol::icmpv6);
}
uint16_t tcp_flags(const FlowRecord& r) { return r.initiator.tcp_flags | r.responder.tcp_flags; }

// Which of the two ports, for which transport (0: any).
template <bool src, bool dst, uint8_t transport>
void get_port(const Subject& s, Values& v) {
    if (!has_ports(s.record) || (transport != 0 && !is(s.record, transport))) return;
    if (src) v.add(s.record.initiator_port);
    if (dst) v.add(s.record.responder_port);
}

template <bool src, bool dst, uint8_t version>
void get_address(const Subject& s, Values& v) {
    if (!is_ip(s.record)) return;
    if (version != 0 && s.record.ip_version != version) return;
    if (src) v.add(s.record.initiator_address, s.record.ip_version);
    if (dst) v.add(s.record.responder_address, s.record.ip_version);
}

template <uint8_t number>
void get_protocol_presence(const Subject& s, Values& v) {
    if (is(s.record, number)) v.add(1);
}

template <uint8_t version>
void get_version_presence(const Subject& s, Values& v) {
    if (s.record.ip_version == version) v.add(1);
}

template <uint16_t bit>
void get_tcp_flag(const Subject& s, Values& v) {
    if (is(s.record, protocol::tcp)) v.add((tcp_flags(s.record) & bit) != 0 ? 1 : 0);
}

template <auto member>
void get_sum(const Subject& s, Values& v) {
    v.add(s.record.initiator.*member + s.record.responder.*member);
}
template <auto member>
void get_to_server(const Subject& s, Values& v) {
    v.add(s.record.initiator.*member);
}
template <auto member>
void get_to_client(const Subject& s, Values& v) {
    v.add(s.record.responder.*member);
}

bool tells_tcp(const FlowRecord& r) { return (r.flags & record::has_tcp) != 0; }

template <auto member>
void get_tcp_sum(const Subject& s, Values& v) {
    if (tells_tcp(s.record)) v.add(s.record.tcp.initiator.*member + s.record.tcp.responder.*member);
}
template <auto member>
void get_tcp_each(const Subject& s, Values& v) {
    if (!tells_tcp(s.record)) return;
    v.add(s.record.tcp.initiator.*member);
    v.add(s.record.tcp.responder.*member);
}

void get_vlan(const Subject& s, Values& v) {
    for (const uint16_t id : s.record.vlan_ids)
        if (id != record::vlan_absent) v.add(id);
}

bool in_tunnel(const FlowRecord& r) { return (r.flags & record::has_tunnel) != 0; }

template <bool src, bool dst>
void get_outer_address(const Subject& s, Values& v) {
    if (!in_tunnel(s.record) || s.record.encapsulation.tunnel_depth == 0) return;
    const record::Encapsulation& around = s.record.encapsulation;
    if (src) v.add(around.outer_initiator, around.outer_ip_version);
    if (dst) v.add(around.outer_responder, around.outer_ip_version);
}

template <record::TunnelType type>
void get_tunnel_presence(const Subject& s, Values& v) {
    if (in_tunnel(s.record) && s.record.encapsulation.tunnel_type == type) v.add(1);
}

bool is_icmp(const FlowRecord& r) { return is(r, protocol::icmp) || is(r, protocol::icmpv6); }

using record::Direction;
using record::Tcp;
using record::TcpSide;

// What headers say: of a flow's packets together, or of one.
constexpr Kind of_headers = Kind::flow | Kind::packet;

constexpr Field all_fields[] = {
    {"ip.addr", FieldType::address, get_address<true, true, 0>, "either end", Kind::any},
    {"ip.src", FieldType::address, get_address<true, false, 0>, "initiator", Kind::any},
    {"ip.dst", FieldType::address, get_address<false, true, 0>, "responder", Kind::any},
    {"ipv6.addr", FieldType::address, get_address<true, true, 6>, "either end, IPv6 only",
     Kind::any},
    {"ipv6.src", FieldType::address, get_address<true, false, 6>, "initiator, IPv6 only",
     Kind::any},
    {"ipv6.dst", FieldType::address, get_address<false, true, 6>, "responder, IPv6 only",
     Kind::any},
    {"ip.version", FieldType::number,
     [](const Subject& s, Values& v) {
         if (is_ip(s.record)) v.add(s.record.ip_version);
     },
     "4 or 6", Kind::any},
    {"ip.proto", FieldType::protocol,
     [](const Subject& s, Values& v) {
         if (is_ip(s.record)) v.add(s.record.protocol);
     },
     "protocol number or name", Kind::any},
    {"ip.tos", FieldType::number,
     [](const Subject& s, Values& v) {
         if (s.record.initiator.packets > 0) v.add(s.record.initiator.tos);
         if (s.record.responder.packets > 0) v.add(s.record.responder.tos);
     },
     "ToS or traffic class of either direction's first packet", of_headers},
    {"ip.ttl", FieldType::number,
     [](const Subject& s, Values& v) {
         for (const Direction* d : {&s.record.initiator, &s.record.responder}) {
             if (d->packets == 0) continue;
             v.add(d->ttl_min);
             v.add(d->ttl_max);
         }
     },
     "smallest and largest TTL or hop limit of each direction", of_headers},
    {"port", FieldType::number, get_port<true, true, 0>, "either port", Kind::any},
    {"port.src", FieldType::number, get_port<true, false, 0>, "initiator's port", Kind::any},
    {"port.dst", FieldType::number, get_port<false, true, 0>, "responder's port", Kind::any},
    {"tcp.port", FieldType::number, get_port<true, true, protocol::tcp>,
     "either port of a TCP flow", Kind::any},
    {"tcp.srcport", FieldType::number, get_port<true, false, protocol::tcp>,
     "initiator's port of a TCP flow", Kind::any},
    {"tcp.dstport", FieldType::number, get_port<false, true, protocol::tcp>,
     "responder's port of a TCP flow", Kind::any},
    {"udp.port", FieldType::number, get_port<true, true, protocol::udp>,
     "either port of a UDP flow", Kind::any},
    {"udp.srcport", FieldType::number, get_port<true, false, protocol::udp>,
     "initiator's port of a UDP flow", Kind::any},
    {"udp.dstport", FieldType::number, get_port<false, true, protocol::udp>,
     "responder's port of a UDP flow", Kind::any},
    {"sctp.port", FieldType::number, get_port<true, true, protocol::sctp>,
     "either port of an SCTP flow", Kind::any},
    {"sctp.srcport", FieldType::number, get_port<true, false, protocol::sctp>,
     "initiator's port of an SCTP flow", Kind::any},
    {"sctp.dstport", FieldType::number, get_port<false, true, protocol::sctp>,
     "responder's port of an SCTP flow", Kind::any},
    {"tcp.flags", FieldType::number,
     [](const Subject& s, Values& v) {
         if (is(s.record, protocol::tcp)) v.add(tcp_flags(s.record));
     },
     "union of all packets' flags", of_headers},
    {"tcp.flags.syn", FieldType::number, get_tcp_flag<tcp::syn>, "1 if seen", of_headers},
    {"tcp.flags.fin", FieldType::number, get_tcp_flag<tcp::fin>, "1 if seen", of_headers},
    {"tcp.flags.reset", FieldType::number, get_tcp_flag<tcp::rst>, "1 if seen", of_headers},
    {"tcp.flags.ack", FieldType::number, get_tcp_flag<tcp::ack>, "1 if seen", of_headers},
    {"tcp.conn_state", FieldType::text,
     [](const Subject& s, Values& v) {
         if (!tells_tcp(s.record)) return;
         v.add(record::conn_state_names[static_cast<size_t>(s.record.tcp.conn_state)]);
     },
     "S0, S1, SF, REJ, S2, S3, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR or OTH, as Zeek has them"},
    {"tcp.history", FieldType::text,
     [](const Subject& s, Values& v) {
         if (!tells_tcp(s.record)) return;
         v.add(std::string_view(s.record.tcp.history));
     },
     "letters of what happened, as Zeek has them; upper case: the initiator's"},
    {"tcp.rtt", FieldType::duration,
     [](const Subject& s, Values& v) {
         const Tcp& t = s.record.tcp;
         if (tells_tcp(s.record) && t.responder_rtt_ns != 0 && t.initiator_rtt_ns != 0)
             v.add(t.responder_rtt_ns + t.initiator_rtt_ns);
     },
     "round trip of the handshake, both halves"},
    {"tcp.rtt_server", FieldType::duration,
     [](const Subject& s, Values& v) {
         if (s.record.tcp.responder_rtt_ns != 0) v.add(s.record.tcp.responder_rtt_ns);
     },
     "round trip of the handshake, from here to the responder"},
    {"tcp.rtt_client", FieldType::duration,
     [](const Subject& s, Values& v) {
         if (s.record.tcp.initiator_rtt_ns != 0) v.add(s.record.tcp.initiator_rtt_ns);
     },
     "round trip of the handshake, from here to the initiator"},
    {"tcp.retransmissions", FieldType::number, get_tcp_sum<&TcpSide::retransmissions>,
     "packets sent again, both directions"},
    {"tcp.out_of_order", FieldType::number, get_tcp_sum<&TcpSide::out_of_order>,
     "packets out of order, both directions"},
    {"tcp.gaps", FieldType::number, get_tcp_sum<&TcpSide::gaps>,
     "times that data was missing, both directions"},
    {"tcp.missed_bytes", FieldType::number, get_tcp_sum<&TcpSide::missed_bytes>,
     "bytes that were not seen, both directions"},
    {"tcp.zero_windows", FieldType::number, get_tcp_sum<&TcpSide::zero_windows>,
     "packets with a closed window, both directions"},
    {"tcp.resets", FieldType::number, get_tcp_sum<&TcpSide::resets>, "RST packets"},
    {"tcp.keep_alives", FieldType::number, get_tcp_sum<&TcpSide::keep_alives>,
     "keep-alives, both directions"},
    {"tcp.window_min", FieldType::number, get_tcp_each<&TcpSide::window_min>,
     "smallest window of either direction, in bytes"},
    {"tcp.window_max", FieldType::number, get_tcp_each<&TcpSide::window_max>,
     "largest window of either direction, in bytes"},
    {"tcp.mss", FieldType::number, get_tcp_each<&TcpSide::mss>,
     "MSS of either direction; 0: not told"},
    {"icmp.type", FieldType::number,
     [](const Subject& s, Values& v) {
         if (is_icmp(s.record)) v.add(s.record.icmp_type);
     },
     "first packet's type, ICMP and ICMPv6", Kind::any},
    {"icmp.code", FieldType::number,
     [](const Subject& s, Values& v) {
         if (is_icmp(s.record)) v.add(s.record.icmp_code);
     },
     "first packet's code, ICMP and ICMPv6", Kind::any},
    {"vlan.id", FieldType::number, get_vlan, "either of the two outermost VLAN ids", Kind::any},
    {"tunnel.addr", FieldType::address, get_outer_address<true, true>,
     "either end of the tunnel the flow was in", of_headers},
    {"tunnel.src", FieldType::address, get_outer_address<true, false>,
     "the tunnel's end at the initiator", of_headers},
    {"tunnel.dst", FieldType::address, get_outer_address<false, true>,
     "the tunnel's end at the responder", of_headers},
    {"tunnel.id", FieldType::number,
     [](const Subject& s, Values& v) {
         if (!in_tunnel(s.record)) return;
         for (const uint32_t id : s.record.encapsulation.tunnel_ids) v.add(id);
     },
     "VNI, TEID, key, session, label or SPI of either direction", of_headers},
    {"tunnel.type", FieldType::text,
     [](const Subject& s, Values& v) {
         if (!in_tunnel(s.record)) return;
         v.add(record::tunnel_type_names[static_cast<size_t>(s.record.encapsulation.tunnel_type)]);
     },
     "ipip, ipv6, gre, nvgre, erspan, etherip, vxlan, vxlan_gpe, geneve, gtp_u, teredo, l2tpv3, "
     "mpls, pppoe or esp",
     of_headers},
    {"flow.packets", FieldType::number, get_sum<&Direction::packets>, "both directions"},
    {"flow.bytes", FieldType::number, get_sum<&Direction::wire_bytes>,
     "both directions, on the wire"},
    {"flow.ip_bytes", FieldType::number, get_sum<&Direction::ip_bytes>,
     "both directions, IP packets only"},
    {"flow.payload_bytes", FieldType::number, get_sum<&Direction::payload_bytes>,
     "both directions, behind the transport header"},
    {"flow.aggregated", FieldType::number,
     [](const Subject& s, Values& v) { v.add((s.record.flags & record::aggregated) != 0 ? 1 : 0); },
     "1: stands for many flows, for which a full table had no room"},
    {"flow.loss_in_lifetime", FieldType::number,
     [](const Subject& s, Values& v) {
         v.add((s.record.flags & record::loss_in_lifetime) != 0 ? 1 : 0);
     },
     "1: packets were lost in front of the workers while the flow lived"},
    {"flow.pkts_toserver", FieldType::number, get_to_server<&Direction::packets>,
     "initiator to responder"},
    {"flow.pkts_toclient", FieldType::number, get_to_client<&Direction::packets>,
     "responder to initiator"},
    {"flow.bytes_toserver", FieldType::number, get_to_server<&Direction::wire_bytes>,
     "initiator to responder"},
    {"flow.bytes_toclient", FieldType::number, get_to_client<&Direction::wire_bytes>,
     "responder to initiator"},
    {"flow.start", FieldType::time,
     [](const Subject& s, Values& v) { v.add(static_cast<uint64_t>(s.record.first_ns)); },
     "time of the first packet"},
    {"flow.end", FieldType::time,
     [](const Subject& s, Values& v) { v.add(static_cast<uint64_t>(s.record.last_ns)); },
     "time of the last packet"},
    {"flow.duration", FieldType::duration,
     [](const Subject& s, Values& v) {
         v.add(static_cast<uint64_t>(s.record.last_ns - s.record.first_ns));
     },
     "from the first to the last packet"},
    {"flow.reason", FieldType::reason,
     [](const Subject& s, Values& v) { v.add(static_cast<uint64_t>(s.record.end_reason)); },
     "idle_timeout, active_timeout, end_of_flow, forced_end or lack_of_resources"},
    {"flow.id", FieldType::number,
     [](const Subject& s, Values& v) {
         if (is_ip(s.record)) v.add(s.record.flow_id);
     },
     "flow_id", Kind::any},
    {"flow.part", FieldType::number, [](const Subject& s, Values& v) { v.add(s.record.part); },
     "number of the record within its flow"},
    {"community_id", FieldType::text,
     [](const Subject& s, Values& v) {
         if (is_ip(s.record)) v.add_made(record::community_id(s.record));
     },
     "Community ID v1", Kind::any},
    {"in_iface", FieldType::text,
     [](const Subject& s, Values& v) {
         if (!s.port_name.empty()) v.add(s.port_name);
     },
     "port or file", Kind::any},
    {"ip", FieldType::presence, get_version_presence<4>, "IPv4", Kind::any},
    {"ipv6", FieldType::presence, get_version_presence<6>, "IPv6", Kind::any},
    {"tcp", FieldType::presence, get_protocol_presence<protocol::tcp>, "TCP", Kind::any},
    {"udp", FieldType::presence, get_protocol_presence<protocol::udp>, "UDP", Kind::any},
    {"sctp", FieldType::presence, get_protocol_presence<protocol::sctp>, "SCTP", Kind::any},
    {"icmp", FieldType::presence, get_protocol_presence<protocol::icmp>, "ICMP", Kind::any},
    {"icmpv6", FieldType::presence, get_protocol_presence<protocol::icmpv6>, "ICMPv6", Kind::any},
    {"vlan", FieldType::presence, get_vlan, "tagged", Kind::any},
    {"tunnel", FieldType::presence,
     [](const Subject& s, Values& v) {
         if (in_tunnel(s.record)) v.add(1);
     },
     "in a tunnel", of_headers},
    {"vxlan", FieldType::presence, get_tunnel_presence<record::TunnelType::vxlan>, "in VXLAN",
     of_headers},
    {"geneve", FieldType::presence, get_tunnel_presence<record::TunnelType::geneve>, "in GENEVE",
     of_headers},
    {"gre", FieldType::presence,
     [](const Subject& s, Values& v) {
         get_tunnel_presence<record::TunnelType::gre>(s, v);
         get_protocol_presence<protocol::gre>(s, v);
     },
     "in GRE, or GRE that is not opened", of_headers},
    {"esp", FieldType::presence, get_protocol_presence<protocol::esp>, "IPsec ESP", Kind::any},
    {"erspan", FieldType::presence, get_tunnel_presence<record::TunnelType::erspan>, "in ERSPAN",
     of_headers},
    {"gtp", FieldType::presence, get_tunnel_presence<record::TunnelType::gtp_u>, "in GTP-U",
     of_headers},
    {"mpls", FieldType::presence, get_tunnel_presence<record::TunnelType::mpls>, "in MPLS",
     of_headers},
    {"pppoe", FieldType::presence, get_tunnel_presence<record::TunnelType::pppoe>, "in PPPoE",
     of_headers},
};

}  // namespace

std::vector<const Field*> fields(Kind kind) {
    std::vector<const Field*> found;
    for (const auto& table :
         {std::span<const Field>(all_fields), packet_fields(), match_fields(), app_fields()})
        for (const Field& field : table)
            if (includes(field.kinds, kind)) found.push_back(&field);
    return found;
}

const Field* find_field(std::string_view name, Kind kind) {
    for (const auto& table : {usual_aliases(), app_aliases()})
        for (const Alias& alias : table)
            if (alias.name == name) name = alias.field;
    for (const Field* field : fields(kind))
        if (field->name == name) return field;
    return nullptr;
}

std::string_view suggest_field(std::string_view name, Kind kind) {
    std::vector<std::string_view> names;
    for (const Field* field : fields(kind)) names.push_back(field->name);
    for (const auto& table : {usual_aliases(), app_aliases()})
        for (const Alias& alias : table)
            if (find_field(alias.field, kind) != nullptr) names.push_back(alias.name);
    return base::nearest(name, names);
}

}  // namespace baleen::filter
