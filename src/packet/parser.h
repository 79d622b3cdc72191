// The parser: from captured bytes to verdict, flow key and layer facts, a batch at a time.
//
// Shape: reads Batch::packets[0, count), writes verdicts, keys and layers of the same lanes, and
// `outer` where Layers says so. A lane whose verdict is not counted_flow has a zero key. Errors:
// every refusal is a verdict, that is, a counter of counters.def with the reason in its name.
#pragma once

#include <array>

#include "baleen/stats.h"
#include "packet/batch.h"

namespace baleen::packet {

// Things said of packets that are counted elsewhere; the parser adds to them.
using Notes = std::array<uint64_t, stats::counter_count>;

// A UDP port whose datagrams are tried as a tunnel.
struct TunnelPort {
    uint16_t port;
    record::TunnelType type;
};

constexpr uint32_t tunnel_bit(record::TunnelType type) { return 1u << static_cast<uint32_t>(type); }

struct ParseOptions {
    // Packets in different VLANs belong to different flows. Off: the key has no VLAN ids
    // (asymmetric tagging).
    bool key_vlan = true;
    // The encapsulations that are opened, a bit per record::TunnelType. All but L2TPv3, whose
    // header does not tell how long its cookie is.
    uint32_t tunnels =
        (1u << record::tunnel_type_count) - 1 - tunnel_bit(record::TunnelType::l2tpv3);
    // Free places have port 0, which no tunnel uses. IANA's ports of RFC 7348, RFC 8926, TS 29.281
    // and RFC 4380.
    std::array<TunnelPort, limits::tunnel_ports_max> tunnel_ports = {
        {{4789, record::TunnelType::vxlan},
         {4790, record::TunnelType::vxlan_gpe},
         {6081, record::TunnelType::geneve},
         {2152, record::TunnelType::gtp_u},
         {3544, record::TunnelType::teredo}}};
};

void parse_batch(Batch& batch, const ParseOptions& options, Notes& notes);

// One packet, for readers that look at packets one by one. `key`, `layers` and `outer` as in Batch.
Verdict parse_packet(const Packet& packet, const ParseOptions& options, FlowKey& key,
                     Layers& layers, Outer& outer, Notes& notes);

// The last step of parse_packet() for a UDP datagram, whose own key and layers are given: those of
// the flow inside take their place if it is a tunnel.
void parse_udp_tunnel(const Packet& packet, const ParseOptions& options, FlowKey& key,
                      Layers& layers, Outer& outer, Notes& notes);

}  // namespace baleen::packet
