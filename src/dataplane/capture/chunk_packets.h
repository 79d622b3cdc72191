// Goes over the packets of a chunk in memory that this process has made.
#pragma once

#include <cstdint>

#include "base/assert.h"
#include "packets/block.h"

namespace baleen::capture {

// `visit` is called with each packets::PacketView, and its number in the chunk; false ends it.
template <class Visit>
void visit_packets(const packets::ChunkBlock& header, const uint8_t* chunk, const Visit& visit) {
    packets::Bytes rest(chunk + header.block_bytes, header.chunk_bytes - header.block_bytes);
    for (uint32_t number = 0; number < header.packets; number++) {
        const auto block = packets::first_block(rest);
        const auto packet = block ? packets::packet_of(*block) : std::nullopt;
        BALEEN_ASSERT(packet);
        if (!visit(*packet, number)) return;
        rest = rest.subspan(block->bytes.size());
    }
}

}  // namespace baleen::capture
