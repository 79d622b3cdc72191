// The transport header, as far as a flow needs it, and the protocols that have none.
#include "packet/ip.h"
#include "packet/walk.h"

namespace baleen::packet {
namespace {

using base::load_be16;

uint32_t tcp_header_bytes(Walk& walk) {
    if (!walk.has(tcp::flags_offset + 2)) {
        walk.note(Verdict::note_tcp_truncated);
        return tcp::header_bytes_min;
    }
    const uint16_t word = load_be16(walk.here() + tcp::flags_offset);
    walk.layers.tcp_flags = word & tcp::flags_mask;
    const uint32_t header_bytes = (word >> 12) * 4u;
    if (header_bytes < tcp::header_bytes_min) {
        walk.note(Verdict::note_tcp_header_length);
        return tcp::header_bytes_min;
    }
    return header_bytes;
}

Verdict parse_ports(Walk& walk, uint8_t protocol_number, uint32_t header_bytes) {
    walk.key.protocol = protocol_number;
    walk.key.src_port = load_be16(walk.here());
    walk.key.dst_port = load_be16(walk.here() + 2);
    walk.take_header(header_bytes);
    return Verdict::counted_flow;
}

// RFC 4303: what it protects can't be seen, but its SPI names the tunnel.
Verdict parse_esp(Walk& walk) {
    if (walk.opens(record::TunnelType::esp) && walk.has(esp_header_bytes))
        walk.set_tunnel_id(record::TunnelType::esp, base::load_be32(walk.here()));
    return parse_without_ports(walk, protocol::esp);
}

Verdict parse_ip_tunnel(Walk& walk, uint8_t protocol_number) {
    const Verdict outer = parse_without_ports(walk, protocol_number);
    enter_ip_tunnel(walk, protocol_number);
    return outer;
}

}  // namespace

Verdict parse_without_ports(Walk& walk, uint8_t protocol_number, PortsAbsent why) {
    walk.key.protocol = protocol_number;
    walk.key.ports_absent = why;
    walk.take_header(0);
    return Verdict::counted_flow;
}

Verdict parse_transport(Walk& walk, uint8_t protocol_number) {
    walk.layers.l4_offset = static_cast<uint16_t>(walk.offset);
    const bool has_ports = walk.has(port_pair_bytes);
    switch (protocol_number) {
        case protocol::tcp:
            if (!has_ports) return Verdict::malformed_ports_truncated;
            return parse_ports(walk, protocol_number, tcp_header_bytes(walk));
        case protocol::udp:
            if (!has_ports) return Verdict::malformed_ports_truncated;
            parse_ports(walk, protocol_number, udp_header_bytes);
            enter_udp_tunnel(walk);
            return Verdict::counted_flow;
        case protocol::udplite:
            if (!has_ports) return Verdict::malformed_ports_truncated;
            return parse_ports(walk, protocol_number, udp_header_bytes);
        case protocol::sctp:
            if (!has_ports) return Verdict::malformed_ports_truncated;
            return parse_ports(walk, protocol_number, sctp_header_bytes);
        case protocol::dccp:
            if (!has_ports) return Verdict::malformed_ports_truncated;
            return parse_ports(walk, protocol_number, dccp_header_bytes_min);
        case protocol::icmp:
        case protocol::icmpv6: return parse_icmp(walk, protocol_number);
        case protocol::esp: return parse_esp(walk);
        case protocol::ipv4:
        case protocol::ipv6:
        case protocol::gre:
        case protocol::etherip:
        case protocol::l2tp: return parse_ip_tunnel(walk, protocol_number);
        default: return parse_without_ports(walk, protocol_number);
    }
}

}  // namespace baleen::packet
