// Bounds that more than one module relies on, in one place, with the relations between them
// asserted.
//
// Owns: hard limits, not tunables. A tunable lives in the configuration and is checked against
// these.
#pragma once

#include <cstdint>

namespace baleen::limits {

// Worker threads of one data plane. 64 x (ring fd + queue) stays far below the 253 descriptors that
// one SCM_RIGHTS message carries (unix(7)).
inline constexpr uint32_t worker_count_max = 64;

// Threads that write packets to disk; each keeps a disk of some GB/s busy.
inline constexpr uint32_t writer_count_max = 8;

// Packets of one burst, and lanes of one batch. 64 keeps a batch's columns (9 KiB) in a fifth of
// L1d, and is enough for every prefetch to have arrived before it is needed.
inline constexpr uint32_t lane_count = 64;

// Ports (NICs, vdevs or capture files) of one run whose statistics are kept apart.
inline constexpr uint32_t port_count_max = 64;
inline constexpr uint32_t port_name_bytes = 64;

// Frames in a ring. The largest frame must fit many times into the smallest ring, so that one frame
// can never be the reason why nothing else fits: 256 KiB = 64 x 4 KiB. One poll of a worker, too,
// fits an empty ring: 192 records of up to 1240 bytes are 233 KiB (dataplane/worker.h).
inline constexpr uint32_t frame_bytes_max = 4096;
inline constexpr uint64_t ring_bytes_min = 256 * 1024;
inline constexpr uint64_t ring_bytes_max = 16ull * 1024 * 1024 * 1024;
static_assert(ring_bytes_min >= 64 * frame_bytes_max);

// Bytes of one packet that are read from a capture file, or written to one. No link layer has
// longer frames; libpcap uses the same bound (MAXIMUM_SNAPLEN).
inline constexpr uint32_t packet_bytes_max = 256 * 1024;

// VLAN tags whose identifiers a record keeps (802.1ad: one service tag, one customer tag), and tags
// that the parser walks through before it gives up.
inline constexpr uint32_t vlan_ids_kept = 2;
inline constexpr uint32_t vlan_tags_max = 8;

// Tags and nested Ethernet headers of all kinds, over all tunnels: each costs a step and some a
// call, so there is an end to them.
inline constexpr uint32_t link_headers_max = 32;

// IPv6 extension headers walked before a packet is refused. RFC 8200 section 4.1 lists six kinds,
// one of which (destination options) may come twice; 12 leaves room for odd but real packets.
inline constexpr uint32_t ipv6_extensions_max = 12;

// Tunnels in tunnels that are opened: as in Zeek, and as many as Linux lets an IPv6 tunnel be
// nested (RFC 2473 section 4.1.1); MPLS labels walked through (operators stack 3 to 5, entropy
// labels double that).
inline constexpr uint32_t tunnel_depth_max = 4;
inline constexpr uint32_t mpls_labels_max = 16;

// UDP ports that are tried as tunnels; 8 x 16 bits are one vector to compare with.
inline constexpr uint32_t tunnel_ports_max = 8;

// First packets of a flow that a record tells one by one: classifiers use 10 to 30.
inline constexpr uint32_t splt_packets_max = 32;

// Entries of xdp.shunt, whose packets are told one by one, and the length of their text: a flow of
// two IPv6 addresses has at most 39 digits and colons twice, some 110 bytes in all.
inline constexpr uint32_t shunt_entries_max = 1024;
inline constexpr uint32_t shunt_text_bytes = 128;

static_assert(vlan_ids_kept <= vlan_tags_max && vlan_tags_max < link_headers_max);

}  // namespace baleen::limits
