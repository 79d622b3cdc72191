// A batch: the packets of one burst with what each stage has found out about them, one column per
// fact.
//
// Owns: the columns that stages share. A source fills `packets` and `count`; the parser fills
// `verdicts`, `keys`, `hashes` and `layers`; the filter may change a verdict; the flow stage reads
// them all.
//
// Why groups instead of one array per field: a flow key is compared with one 48-byte load against
// the table, and a lane's layer facts are written together by one store. 64 lanes x (40 + 48 + 8 +
// 32 + 16) bytes = 9 KiB, a fifth of a 48 KiB L1d, so a batch stays in L1 through all stages;
// `outer` has 8 KiB more, of which only lanes with tunnels, fragments and ICMP errors are touched.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "baleen/limits.h"
#include "baleen/record.h"
#include "baleen/stats.h"
#include "packet/link_type.h"

namespace baleen::packet {

using limits::lane_count;

enum ChecksumFlags : uint8_t {
    checksum_ip_known = 1 << 0,
    checksum_ip_bad = 1 << 1,
    checksum_l4_known = 1 << 2,
    checksum_l4_bad = 1 << 3,
};

// One packet as its source hands it over. The bytes stay valid until the source's release().
struct Packet {
    const uint8_t* data;
    uint32_t captured_length;  // bytes that can be read at `data`
    uint32_t wire_length;      // bytes that were on the wire, never below captured_length
    int64_t time_ns;           // time stamp, ns since 1970-01-01 UTC
    int64_t clock_ns;          // source clock: never goes back (drivers/source.h)
    LinkType link;
    uint16_t port_index;
    uint8_t checksums;  // ChecksumFlags: what the port says of the outer headers
    uint8_t reserved[3];
};
static_assert(sizeof(Packet) == 40);

using VlanIds = std::array<uint16_t, limits::vlan_ids_kept>;

// Why a key has no ports. A later fragment of which no first one was seen has the datagram's id in
// their place: upper and lower half.
enum class PortsAbsent : uint8_t { no, protocol_has_none, later_fragment };

// What makes two packets members of one flow, seen from one direction. All integers in host order,
// addresses in network order, IPv4 as ::ffff:a.b.c.d.
struct alignas(16) FlowKey {
    std::array<uint8_t, 16> src;
    std::array<uint8_t, 16> dst;
    uint16_t src_port;  // ICMP: see packet/icmp.h and parse_icmp.cc
    uint16_t dst_port;
    VlanIds vlan_ids;  // outermost first
    uint8_t protocol;
    uint8_t ip_version;
    PortsAbsent ports_absent;  // kept apart from real port 0
    uint8_t reserved[5];

    bool operator==(const FlowKey&) const = default;
};
static_assert(sizeof(FlowKey) == 48);
static_assert(std::has_unique_object_representations_v<FlowKey>, "compared and hashed as bytes");

enum class FragmentKind : uint8_t { none, first, later };

// Where the headers are and what they say beyond the key. Offsets count from Packet::data.
struct Layers {
    uint16_t l3_offset;
    uint16_t l4_offset;  // 0: no transport header (later fragments)
    uint16_t
        payload_offset;  // first byte behind the transport header, never beyond the captured bytes
    uint16_t tcp_flags;  // 0 unless TCP
    uint32_t ip_bytes;   // length of the IP packet, headers included
    uint32_t payload_length;  // captured bytes of payload, link padding excluded
    uint8_t tos;
    uint8_t ttl;
    uint8_t icmp_type;
    uint8_t icmp_code;
    VlanIds vlan_ids;  // also where the key leaves them out
    uint8_t vlan_tags;
    FragmentKind fragment;      // not none: Outer::fragment is filled
    record::TunnelType tunnel;  // not none: Outer::tunnel is filled
    uint8_t quotes_flow;        // 1: an ICMP error, Outer::quote is filled
    uint8_t adopts_fragments;   // 1: the first fragment, behind later ones (flow/fragment_table.h)
    uint8_t reserved[3];
};
static_assert(sizeof(Layers) == 32);

// What a packet is wrapped in, and what it quotes: facts of few packets, in a column of their own
// that the others never touch. Each part is valid only where Layers says so.
struct Tunnel {
    std::array<uint8_t, 16> src;  // of the IP header in front of the tunnel header
    std::array<uint8_t, 16> dst;
    uint32_t id;
    uint8_t depth;
    uint8_t ip_version;
    uint8_t reserved[2];
};
// The outermost fragmented IP header.
struct Fragment {
    std::array<uint8_t, 16> src;
    std::array<uint8_t, 16> dst;
    uint32_t id;
    uint32_t begin;  // bytes of the datagram's payload that this fragment holds: [begin, end)
    uint32_t end;
    VlanIds key_vlan_ids;  // as in the keys of all its fragments: none from inside of a tunnel
    uint8_t protocol;
    uint8_t ip_version;
    uint8_t is_last;  // 1: none follows, `end` is that of the datagram
    uint8_t reserved[5];
    uint64_t unlinked_hash;  // where Layers says adopts_fragments: hash of the flow to be joined
};
// Key of the flow that later fragments make up as long as their first one has not been seen.
inline FlowKey unlinked_key(const Fragment& fragment) {
    return {.src = fragment.src,
            .dst = fragment.dst,
            .src_port = static_cast<uint16_t>(fragment.id >> 16),
            .dst_port = static_cast<uint16_t>(fragment.id),
            .vlan_ids = fragment.key_vlan_ids,
            .protocol = fragment.protocol,
            .ip_version = fragment.ip_version,
            .ports_absent = PortsAbsent::later_fragment,
            .reserved = {}};
}
// The packet that an ICMP error is about. Its source is the error's destination.
struct Quote {
    std::array<uint8_t, 16> dst;
    uint16_t src_port;
    uint16_t dst_port;
    uint8_t protocol;
    uint8_t reserved[3];
};
struct alignas(64) Outer {
    Tunnel tunnel;
    Fragment fragment;
    Quote quote;
};
static_assert(sizeof(Outer) == 128);

inline constexpr uint32_t flow_absent = UINT32_MAX;

// A packet's verdict is the ledger counter it adds to.
using Verdict = stats::Counter;

// Where a packet's flow is: one word, so that it is written by one store.
struct FlowPlace {
    uint32_t index;           // into the worker's flow table, or flow_absent
    uint32_t direction : 31;  // 0: as the flow's first packet, 1: against it
    uint32_t is_counted : 1;  // the packet has been counted there; before that it is a guess
};
static_assert(sizeof(FlowPlace) == 8);

struct Batch {
    uint32_t count = 0;
    int64_t clock_ns = 0;  // the source clock when it was taken: not before any of its packets
    uint64_t fragment_lanes = 0;  // a bit per lane: Layers::fragment is not none
    // The vector parser's memory from batch to batch; changes its speed, never its results.
    uint32_t vector_batches_skipped = 0;
    std::array<Packet, lane_count> packets;
    std::array<Verdict, lane_count> verdicts;
    alignas(64) std::array<FlowKey, lane_count> keys;
    std::array<uint64_t, lane_count> hashes;  // equal for both directions of a flow
    std::array<Layers, lane_count> layers;
    std::array<Outer, lane_count> outer;
    std::array<FlowPlace, lane_count> flows;
    std::array<void*, lane_count> handles;  // the source's own (mbufs); nothing else touches them
};

}  // namespace baleen::packet
