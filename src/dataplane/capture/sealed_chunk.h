// A chunk that a worker has finished, on its way through the writer and back.
#pragma once

#include <cstdint>
#include <span>

#include "packets/chunk_builder.h"

namespace baleen::capture {

// Set in the interface number of a packet of the history that has been written already. Only
// there: no file has such a number.
inline constexpr uint32_t is_written = 1u << 31;

struct SealedChunk {
    packets::ChunkMemory memory;
    uint32_t worker;  // whose memory it is
    uint32_t slot;    // which of it

    const packets::ChunkBlock& header() const {
        return *reinterpret_cast<const packets::ChunkBlock*>(memory.bytes);
    }
    std::span<const packets::ChunkFlow> flows() const { return memory.flows.first(header().flows); }
};

}  // namespace baleen::capture
