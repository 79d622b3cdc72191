// Internet checksums (RFC 1071) of parsed packets, verified and counted; nothing is dropped for
// one.
//
// Only whole packets are judged: fragments, cut captures, transport headers behind a bad length and
// IPv6 packets whose addresses change on the way are left alone. In tunnels the innermost headers
// are checked. Where a port has checked already (Packet::checksums), its word is taken.
#pragma once

#include "packet/batch.h"
#include "packet/parser.h"

namespace baleen::packet {

// Adds to note_checksum_ipv4, _tcp, _udp and _icmp.
void verify_checksums(const Batch& batch, Notes& notes);

// The ones' complement sum of `bytes`, folded to 16 bits, as it stands in memory. A block that
// contains its own correct checksum sums up to 0xffff.
uint16_t ones_sum(const uint8_t* data, uint32_t bytes, uint64_t initial = 0);

}  // namespace baleen::packet
