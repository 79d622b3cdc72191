// A batch: the packets of one burst with what each stage has found out about them, one column per
// fact.
//
// Owns: the columns that stages share. A source fills `packets` and `count`; the parser fills
// `verdicts`, `keys`, `hashes` and `layers`; the filter may change a verdict; the flow stage reads
// them all.
//
// Why groups instead of one array per field: a flow key is compared with one 48-byte load against
// the table, and a lane's layer facts are written together by one store. 64 lanes x (40 + 48 + 8 +
// 32 + 16) bytes = 9 KiB, a fifth of a 48 KiB L1d, so a batch stays in L1 through all stages.
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

// One packet as its source hands it over. The bytes stay valid until the source's release().
struct Packet {
    const uint8_t* data;
    uint32_t captured_length;  // bytes that can be read at `data`
    uint32_t wire_length;      // bytes that were on the wire, never below captured_length
    int64_t time_ns;           // time stamp, ns since 1970-01-01 UTC
    int64_t clock_ns;          // source clock: never goes back (drivers/source.h)
    LinkType link;
    uint16_t port_index;
    uint32_t reserved;
};
static_assert(sizeof(Packet) == 40);

// What makes two packets members of one flow, seen from one direction. All integers in host order,
// addresses in network order, IPv4 as ::ffff:a.b.c.d.
struct alignas(16) FlowKey {
    std::array<uint8_t, 16> src;
    std::array<uint8_t, 16> dst;
    uint16_t src_port;  // ICMP: see packet/icmp.h
    uint16_t dst_port;
    std::array<uint16_t, limits::vlan_ids_kept> vlan_ids;  // outermost first
    uint8_t protocol;
    uint8_t ip_version;
    uint8_t ports_absent;  // 1: fragments and protocols without ports, kept apart from real port 0
    uint8_t reserved[5];

    bool operator==(const FlowKey&) const = default;
};
static_assert(sizeof(FlowKey) == 48);
static_assert(std::has_unique_object_representations_v<FlowKey>, "compared and hashed as bytes");

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
    std::array<uint16_t, limits::vlan_ids_kept> vlan_ids;  // also where the key leaves them out
    uint8_t vlan_tags;
    uint8_t fragment;  // 1: some IP fragment
    uint8_t reserved[6];
};
static_assert(sizeof(Layers) == 32);

inline constexpr uint32_t flow_absent = UINT32_MAX;

// A packet's verdict is the ledger counter it adds to.
using Verdict = stats::Counter;

struct Batch {
    uint32_t count = 0;
    std::array<Packet, lane_count> packets;
    std::array<Verdict, lane_count> verdicts;
    alignas(64) std::array<FlowKey, lane_count> keys;
    std::array<uint64_t, lane_count> hashes;  // equal for both directions of a flow
    std::array<Layers, lane_count> layers;
    std::array<uint32_t, lane_count> flows;  // index into the worker's flow table, or flow_absent
    std::array<void*, lane_count> handles;   // the source's own (mbufs); nothing else touches them
};

}  // namespace baleen::packet
