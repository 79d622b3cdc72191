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

// Packets of one burst, and lanes of one batch. 64 keeps a batch's columns (9 KiB) in a fifth of
// L1d, and is enough for every prefetch to have arrived before it is needed.
inline constexpr uint32_t lane_count = 64;

// Ports (NICs, vdevs or capture files) of one run whose statistics are kept apart.
inline constexpr uint32_t port_count_max = 64;
inline constexpr uint32_t port_name_bytes = 64;

// Frames in a ring. The largest frame must fit many times into the smallest ring, so that one frame
// can never be the reason why nothing else fits: 64 KiB = 16 x 4 KiB.
inline constexpr uint32_t frame_bytes_max = 4096;
inline constexpr uint64_t ring_bytes_min = 64 * 1024;
inline constexpr uint64_t ring_bytes_max = 16ull * 1024 * 1024 * 1024;
static_assert(ring_bytes_min >= 16 * frame_bytes_max);

// VLAN tags whose identifiers a record keeps (802.1ad: one service tag, one customer tag), and tags
// that the parser walks through before it gives up.
inline constexpr uint32_t vlan_ids_kept = 2;
inline constexpr uint32_t vlan_tags_max = 8;

// IPv6 extension headers walked before a packet is refused. RFC 8200 section 4.1 lists six kinds,
// one of which (destination options) may come twice; 12 leaves room for odd but real packets.
inline constexpr uint32_t ipv6_extensions_max = 12;

static_assert(vlan_ids_kept <= vlan_tags_max);

}  // namespace baleen::limits
