// A chunk that a worker has finished, on its way through the writer and back.
#pragma once

#include <cstdint>
#include <span>

#include "packets/chunk_builder.h"

namespace baleen::capture {

struct SealedChunk {
    packets::ChunkMemory memory;
    uint32_t worker;            // whose memory it is
    uint32_t slot;              // which of it
    uint32_t packet_bytes = 0;  // of its packets, captured

    const packets::ChunkBlock& header() const {
        return *reinterpret_cast<const packets::ChunkBlock*>(memory.bytes);
    }
    std::span<const packets::ChunkFlow> flows() const { return memory.flows.first(header().flows); }
};

}  // namespace baleen::capture
