// What a driver says of a received packet, in our words.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "packet/batch.h"

namespace baleen::drivers {

// ChecksumFlags from mbuf flags: of the outermost headers. "None" is a checksum left undone where
// the packet never was on a wire (rte_mbuf_core.h): known, and not bad.
inline uint8_t checksums_of(uint64_t flags) {
    const uint64_t ip = flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
    const uint64_t l4 = flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
    static_assert(RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN == 0 && RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN == 0);
    uint32_t found = 0;
    if (ip != 0) found |= packet::checksum_ip_known;
    if (ip == RTE_MBUF_F_RX_IP_CKSUM_BAD) found |= packet::checksum_ip_bad;
    if (l4 != 0) found |= packet::checksum_l4_known;
    if (l4 == RTE_MBUF_F_RX_L4_CKSUM_BAD) found |= packet::checksum_l4_bad;
    return static_cast<uint8_t>(found);
}

}  // namespace baleen::drivers
