// The vector algorithm: the headers of 8 or 16 packets at a time, by columns. Included by one file
// per instruction set, which supplies the vectors (`Isa`).
//
//   1  packets     16 bytes of each Packet       -> columns: captured and wire length
//   2  EtherTypes  16 bytes from offset 12       -> tags 0 to 2, IP version, where IP begins
//   3  IP          16 bytes from there           -> length, protocol, TTL, where transport begins
//   4  transport   16 bytes from there           -> ports, TCP flags, where payload begins
//   5  conditions: whatever is not Ethernet, two tags at most, IPv4 without options or IPv6 without
//      extensions, unfragmented, TCP or UDP, consistent lengths, is "uncommon"
//   6  columns -> rows of keys and layers, addresses copied from header to key
//   7  uncommon packets, one by one, by parse_packet(), and what is inside of UDP tunnels by the
//      step of it that looks there
//
// Why so: the headers of a packet are scattered, so loading is by packet whatever one does. A
// gather instruction loads 4 bytes of each lane at 1 to 1.5 cycles a lane (Zen 4, Ice Lake); 16
// bytes with a plain load and half a shuffle cost as much and bring four columns. Everything
// between loads and stores, 100 operations on columns, is then shared by all lanes: where the
// scalar parser spends 120 to 220 instructions on a packet, and a branch on every header that mixed
// traffic mispredicts (13 cycles and more each), here are 4 + 4 loads, 5 stores and about 35
// instructions per packet, without a branch. The packets are told apart by masks, so mixed traffic
// costs what uniform traffic costs. Equality with the reference is needed only where both
// understand a packet; it is tested byte by byte. docs/performance.md says what it comes to.
//
// Must hold: no byte at or beyond captured_length is read (a lane too short for these loads gets a
// block of zeros to read instead). Nothing in here has external linkage, so that no other file can
// end up with these instructions (tests/check_kernels.py looks).
#pragma once

#include <cstddef>
#include <cstdint>

#include "packet/batch.h"
#include "packet/parser.h"

namespace baleen::packet {
namespace {

#define BALEEN_INLINE __attribute__((always_inline)) inline

// Ethernet and IPv4 headers, and 8 bytes: as short as a common packet may be. Loads that come
// before the conditions are known stay below: 16 bytes of an IP header behind two tags end at 38.
inline constexpr uint32_t common_bytes_min = 42;
alignas(64) inline constexpr uint8_t nothing[64] = {};

// After a batch of nothing but uncommon packets (a link that carries a tunnel), looking at them
// twice would cost 7 ns a packet for nothing: so many batches go straight to the scalar parser.
inline constexpr uint32_t batches_skipped = 15;

// The columns of one group of lanes.
template <class Isa>
struct Group {
    using V = typename Isa::V;
    static constexpr uint32_t lanes = Isa::lanes;

    const uint8_t* data[lanes];  // or `nothing`
    const uint8_t* at[lanes];    // what is loaded from next
    alignas(64) uint32_t is_ipv6[lanes];
    uint32_t tunnel_lanes;

    static BALEEN_INLINE V all(uint32_t value) { return V{} + value; }
    // 1 or 0 per lane, from a comparison.
    template <class Comparison>
    static BALEEN_INLINE V flag(Comparison comparison) {
        return (V)comparison & 1;
    }
    static BALEEN_INLINE V swap16(V value) { return (value >> 8 & 0xff) | (value & 0xff) << 8; }
    static BALEEN_INLINE V smaller(V a, V b) { return a < b ? a : b; }

    BALEEN_INLINE void point_at(V offsets) {
        alignas(64) uint32_t offset[lanes];
        __builtin_memcpy(offset, &offsets, sizeof offset);
        for (uint32_t lane = 0; lane < lanes; lane++) at[lane] = data[lane] + offset[lane];
    }

    static BALEEN_INLINE V is_tag(V type) {
        return (V)(type == 0x0081) | (V)(type == 0xa888) | (V)(type == 0x0091);
    }

    // Returns a bit per uncommon lane; `tunnel_lanes` has one per common lane with a tunnel's port,
    // whose key and layers are those of the tunnel.
    BALEEN_INLINE uint32_t parse(const Packet* packets, V key_vlan_mask, const V* tunnel_ports,
                                 FlowKey* keys, Layers* layers) {
        V unused, captured, wire;
        for (uint32_t lane = 0; lane < lanes; lane++) {
            const Packet& packet = packets[lane];
            const bool fits =
                (packet.captured_length >= common_bytes_min) & (packet.link == LinkType::ethernet);
            data[lane] = fits ? packet.data : nothing;
            at[lane] = reinterpret_cast<const uint8_t*>(&packet);
        }
        static_assert(offsetof(Packet, captured_length) == 8 &&
                      offsetof(Packet, wire_length) == 12);
        Isa::load_columns(at, unused, unused, captured, wire);

        V tag0, tag1, tag2;  // type in the lower, tag control information in the upper half
        point_at(all(12));
        Isa::load_columns(at, tag0, tag1, tag2, unused);
        const V has_tag0 = is_tag(tag0 & 0xffff);
        const V has_tag1 = has_tag0 & is_tag(tag1 & 0xffff);
        const V type = (has_tag1 ? tag2 : has_tag0 ? tag1 : tag0) & 0xffff;
        const V vlan_tags = (has_tag0 & 1) + (has_tag1 & 1);
        const V ipv6 = (V)(type == 0xdd86);
        const V l3 = 14 + 4 * vlan_tags;
        const V outer_id = has_tag0 ? swap16(tag0 >> 16) & 0x0fff : all(0xffff);
        const V inner_id = has_tag1 ? swap16(tag1 >> 16) & 0x0fff : all(0xffff);
        const V vlan_ids = outer_id | inner_id << 16;

        // RFC 791 section 3.1: version, length, ToS, total length | id, fragment | TTL, protocol
        // RFC 8200 section 3: version, class, label | payload length, next header, hop limit
        V word0, word1, word2;
        point_at(l3);
        Isa::load_columns(at, word0, word1, word2, unused);
        const V length = swap16(ipv6 ? word1 & 0xffff : word0 >> 16);
        const V protocol = (ipv6 ? word1 >> 16 : word2 >> 8) & 0xff;
        const V ttl = (ipv6 ? word1 >> 24 : word2) & 0xff;
        const V tos = (ipv6 ? swap16(word0) >> 4 : word0 >> 8) & 0xff;
        const V ip_header_bytes = ipv6 ? all(40) : all(20);
        const V ip_bytes = length + (ipv6 & 40);
        const V tcp = (V)(protocol == 6);
        // MF and offset, as they stand: DF is free to be set. IPv6's place has nothing of the kind.
        const V odd_header =
            ipv6 ? (word0 & 0xf0) ^ 0x60 : ((word0 & 0xff) ^ 0x45) | (word1 & 0xff3f0000);

        const V l4 = l3 + ip_header_bytes;
        const V l4_bytes_min = 8 + (tcp & 12);
        V ports, word3;
        point_at(smaller(l4, captured - 16));
        Isa::load_columns(at, ports, unused, unused, word3);
        const V flags_word = swap16(word3);
        const V l4_bytes = tcp ? flags_word >> 12 << 2 : all(8);
        const V tcp_flags = flags_word & tcp & 0x01ff;
        V tunnel{};
        for (uint32_t i = 0; i < limits::tunnel_ports_max; i++)
            tunnel |= Isa::equal16(ports, tunnel_ports[i]);

        const V uncommon = ((V)(type != 0x0008) & ~ipv6) | odd_header |
                           ((V)(protocol != 17) & ~tcp) | (V)(captured < l4 + 16 + (tcp & 4)) |
                           (V)(length == 0) | (V)(ip_bytes < ip_header_bytes + l4_bytes_min) |
                           (V)(ip_bytes > wire - l3) | (V)(l4_bytes < l4_bytes_min);

        const V end = smaller(captured, l3 + ip_bytes);
        const V payload = smaller(end, l4 + l4_bytes);
        // Both ports in host order: swap all four bytes, then the halves, is to swap each half.
        const V key_ports = (ports >> 8 & 0x00ff00ff) | (ports & 0x00ff00ff) << 8;
        Isa::store_rows(&keys->src_port, sizeof(FlowKey), key_ports, vlan_ids | key_vlan_mask,
                        protocol | (ipv6 ? all(6 << 8) : all(4 << 8)), V{});
        Isa::store_rows(&layers->l3_offset, sizeof(Layers), l3 | l4 << 16,
                        payload | tcp_flags << 16, ip_bytes, end - payload);
        Isa::store_rows(&layers->tos, sizeof(Layers), tos | ttl << 8, vlan_ids, vlan_tags, V{});

        // The addresses, last: for them the lane has to be known to be common.
        const uint32_t uncommon_lanes = Isa::nonzero(uncommon);
        tunnel_lanes = Isa::nonzero(tunnel & ~tcp) & ~uncommon_lanes;
        const V keep = (V)(uncommon == 0);
        point_at(l3 & keep);
        const V shape = ipv6 & keep & 1;
        __builtin_memcpy(is_ipv6, &shape, sizeof is_ipv6);
        for (uint32_t lane = 0; lane < lanes; lane++)
            Isa::store_addresses(at[lane], is_ipv6[lane], keys[lane]);
        return uncommon_lanes;
    }
};

static_assert(offsetof(FlowKey, src_port) == 32 && offsetof(FlowKey, vlan_ids) == 36 &&
              offsetof(FlowKey, protocol) == 40 && offsetof(FlowKey, ip_version) == 41 &&
              sizeof(FlowKey) == 48);
static_assert(offsetof(Layers, l4_offset) == 2 && offsetof(Layers, payload_offset) == 4 &&
              offsetof(Layers, tcp_flags) == 6 && offsetof(Layers, ip_bytes) == 8 &&
              offsetof(Layers, payload_length) == 12 && offsetof(Layers, tos) == 16 &&
              offsetof(Layers, ttl) == 17 && offsetof(Layers, vlan_ids) == 20 &&
              offsetof(Layers, vlan_tags) == 24 && sizeof(Layers) == 32);

template <class Isa>
BALEEN_INLINE void parse_batch_with(Batch& batch, const ParseOptions& options, Notes& notes) {
    using V = typename Isa::V;
    const TunnelPort* const ports = options.tunnel_ports.data();
    V tunnel_ports[limits::tunnel_ports_max];
    for (uint32_t i = 0; i < limits::tunnel_ports_max; i++) {
        // An unused place repeats the first one.
        const uint32_t port = ports[i].port != 0 ? ports[i].port : ports[0].port;
        tunnel_ports[i] = V{} + __builtin_bswap16(static_cast<uint16_t>(port)) * 0x10001u;
    }
    const V key_vlan_mask = V{} + (options.key_vlan ? 0 : 0xffffffff);
    const uint32_t count = batch.count;
    Packet* const packets = batch.packets.data();
    FlowKey* const keys = batch.keys.data();
    Layers* const layers = batch.layers.data();
    Verdict* const verdicts = batch.verdicts.data();

    Group<Isa> group;
    uint64_t uncommon = 0, tunnels = 0;
    const uint64_t wanted = count == lane_count ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
    // All header lines at once: out of order execution alone looks one or two groups ahead.
    for (uint32_t lane = 0; lane < count; lane++) __builtin_prefetch(packets[lane].data);
    const bool skip = batch.vector_batches_skipped > 0;
    if (skip) {
        batch.vector_batches_skipped--;
        uncommon = wanted;
    }
    for (uint32_t first = 0; first < count && !skip; first += Isa::lanes) {
        // A last group that is not full: lanes from an earlier batch are in its place. Their
        // packets are gone, so they must not be followed.
        if (first + Isa::lanes > count) {
            for (uint32_t lane = count; lane < first + Isa::lanes; lane++)
                packets[lane].captured_length = 0;
        }
        uncommon |= uint64_t{group.parse(packets + first, key_vlan_mask, tunnel_ports, keys + first,
                                         layers + first)}
                    << first;
        tunnels |= uint64_t{group.tunnel_lanes} << first;
    }
    if (!skip && count > 0 && (uncommon & wanted) == wanted)
        batch.vector_batches_skipped = batches_skipped;
    for (uint32_t lane = 0; lane < count; lane++) verdicts[lane] = Verdict::counted_flow;

    uint64_t fragments = 0;
    for (uint64_t lanes = (uncommon | tunnels) & wanted; lanes != 0; lanes &= lanes - 1) {
        const auto lane = static_cast<uint32_t>(__builtin_ctzll(lanes));
        Outer& outer = batch.outer.data()[lane];
        if ((uncommon >> lane & 1) != 0)
            verdicts[lane] =
                parse_packet(packets[lane], options, keys[lane], layers[lane], outer, notes);
        else parse_udp_tunnel(packets[lane], options, keys[lane], layers[lane], outer, notes);
        const bool is_fragment = layers[lane].fragment != FragmentKind::none;
        fragments |= uint64_t{is_fragment} << lane;
    }
    batch.fragment_lanes = fragments;
}

}  // namespace
}  // namespace baleen::packet
