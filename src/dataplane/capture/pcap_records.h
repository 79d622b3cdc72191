// Packets of chunks as records of the classic format (draft-ietf-opsawg-pcap), with nanoseconds.
//
// A file of that format has one link type for all packets, so there is one file for each link type
// of the packets captured.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/capture/interfaces.h"
#include "packet/link_type.h"
#include "packets/chunk.h"

namespace baleen::capture {

inline constexpr uint32_t pcap_head_bytes = 24;
void put_pcap_head(uint8_t* to, packet::LinkType link);

// What a chunk has of one link type.
struct PcapRecords {
    packet::LinkType link;
    std::span<const uint8_t> bytes;
    uint32_t packets;
};
// Copies the packets of a chunk to `to`, which is as long as the chunk: a record is shorter than
// the block it is made of.
std::vector<PcapRecords> copy_records(const packets::ChunkBlock& chunk,
                                      const Interfaces& interfaces, uint8_t* to);

}  // namespace baleen::capture
