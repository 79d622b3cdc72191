// The scalar reference: what a packet means, said as plainly as possible. Vector kernels must equal
// it bit for bit; it is never derived from them. The steps stand in parse_link.cc (frame to IP),
// parse_ip.cc, parse_transport.cc, parse_icmp.cc and parse_tunnel.cc (and round again).
#include "packet/parser.h"
#include "packet/walk.h"

namespace baleen::packet {

Verdict parse_packet(const Packet& packet, const ParseOptions& options, FlowKey& key,
                     Layers& layers, Outer& outer, Notes& notes) {
    key = FlowKey{};
    key.vlan_ids.fill(record::vlan_absent);
    layers = Layers{};
    layers.vlan_ids.fill(record::vlan_absent);
    Walk walk{packet, options, key, layers, outer, notes, 0, packet.captured_length};
    const Verdict verdict = parse_link(walk);
    if (verdict != Verdict::counted_flow) key = FlowKey{};
    else if (options.key_vlan) key.vlan_ids = layers.vlan_ids;
    return verdict;
}

void parse_udp_tunnel(const Packet& packet, const ParseOptions& options, FlowKey& key,
                      Layers& layers, Outer& outer, Notes& notes) {
    const uint32_t offset = layers.payload_offset;
    Walk walk{packet, options, key, layers, outer, notes, offset, offset + layers.payload_length};
    walk.link_headers = layers.vlan_tags;
    if (enter_udp_tunnel(walk) && options.key_vlan) key.vlan_ids = layers.vlan_ids;
}

void parse_batch(Batch& batch, const ParseOptions& options, Notes& notes) {
    batch.fragment_lanes = 0;
    for (uint32_t lane = 0; lane < batch.count; lane++) {
        batch.verdicts[lane] = parse_packet(batch.packets[lane], options, batch.keys[lane],
                                            batch.layers[lane], batch.outer[lane], notes);
        const bool is_fragment = batch.layers[lane].fragment != FragmentKind::none;
        batch.fragment_lanes |= uint64_t{is_fragment} << lane;
    }
}

}  // namespace baleen::packet
