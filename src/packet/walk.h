// One packet's walk through its headers, and the steps it is made of. For the scalar parser's own
// files only; everybody else includes packet/parser.h.
//
// Shape: each step checks its own header and either moves `offset` behind it and goes on to the
// next step, or returns the reason why not. Must hold: no byte at or beyond `end` is read, and
// recursion is bounded by limits::link_headers_max and limits::tunnel_depth_max.
#pragma once

#include <algorithm>

#include "base/byte_reader.h"
#include "packet/batch.h"
#include "packet/parser.h"

namespace baleen::packet {

struct Walk {
    const Packet& packet;
    const ParseOptions& options;
    FlowKey& key;
    Layers& layers;
    Outer& outer;
    Notes& notes;
    uint32_t offset = 0;
    uint32_t end;               // captured bytes, cut to the IP packet once its length is known
    uint32_t link_headers = 0;  // tags and nested Ethernet headers so far
    uint8_t tunnel_depth = 0;

    const uint8_t* here() const { return packet.data + offset; }
    bool has(uint32_t bytes) const { return end - offset >= bytes; }
    void note(Verdict which) { notes[static_cast<uint32_t>(which)]++; }
    bool opens(record::TunnelType type) const {
        return (options.tunnels >> static_cast<uint32_t>(type) & 1) != 0;
    }

    // An encapsulation without addresses is told only where no tunnel is.
    void set_tunnel_id(record::TunnelType type, uint32_t id) {
        if (layers.tunnel != record::TunnelType::none) return;
        layers.tunnel = type;
        outer.tunnel = {};
        outer.tunnel.id = id;
    }

    // A header of `bytes`, or as much of it as was captured; payload begins behind it.
    void take_header(uint32_t bytes) {
        offset += std::min(bytes, end - offset);
        layers.payload_offset = static_cast<uint16_t>(offset);
        layers.payload_length = end - offset;
    }
};

// parse_link.cc
Verdict parse_link(Walk& walk);
Verdict parse_ethernet(Walk& walk);
Verdict parse_ethertype(Walk& walk, uint16_t type);
Verdict parse_ppp(Walk& walk);
// What a "next protocol" of NSH, and of VXLAN-GPE, stands for; 0: nothing that is understood.
uint16_t nsh_ethertype(uint8_t next_protocol);

// parse_ip.cc
Verdict parse_ip(Walk& walk);  // the first nibble tells the version
Verdict parse_ipv4(Walk& walk);
Verdict parse_ipv6(Walk& walk);

// parse_transport.cc
Verdict parse_transport(Walk& walk, uint8_t protocol_number);
Verdict parse_without_ports(Walk& walk, uint8_t protocol_number,
                            PortsAbsent why = PortsAbsent::protocol_has_none);

// parse_tunnel.cc: true if the walk stands in a flow inside of the tunnel. False: it stands where
// it stood, in the flow of the tunnel itself.
bool enter_ip_tunnel(Walk& walk, uint8_t protocol_number);
bool enter_udp_tunnel(Walk& walk);

// parse_icmp.cc
Verdict parse_icmp(Walk& walk, uint8_t protocol_number);

}  // namespace baleen::packet
