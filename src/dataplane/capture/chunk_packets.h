// Goes over the packets of a chunk in memory that this process has made.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/byte_reader.h"
#include "packets/chunk.h"

namespace baleen::capture {

// Where a packet's interface number stands in its block.
inline constexpr uint32_t interface_offset = 8;

struct ChunkPacket {
    uint8_t* block;
    packets::PacketFacts facts;  // the interface number as it stands there
};

// `visit` is called with each ChunkPacket, and its number in the chunk; false ends it.
template <class Visit>
void visit_packets(uint8_t* chunk, const packets::ChunkBlock& header, const Visit& visit) {
    uint8_t* block = chunk + header.block_bytes;
    for (uint32_t number = 0; number < header.packets; number++) {
        const auto field = [&](uint32_t offset) { return base::load<uint32_t>(block + offset); };
        const uint32_t block_bytes = field(4);
        const uint32_t captured_bytes = field(20);
        ChunkPacket packet{
            .block = block,
            .facts = {.data = block + 28,
                      .captured_bytes = captured_bytes,
                      .wire_bytes = field(24),
                      .time_ns = static_cast<int64_t>(uint64_t{field(12)} << 32 | field(16)),
                      .interface = field(interface_offset),
                      .comment = {}}};
        const uint32_t comment = 28 + packets::padded(captured_bytes);
        if (block_bytes > comment + 4)
            packet.facts.comment = {reinterpret_cast<const char*>(block + comment + 4),
                                    base::load<uint16_t>(block + comment + 2)};
        if (!visit(packet, number)) return;
        block += block_bytes;
    }
}

}  // namespace baleen::capture
