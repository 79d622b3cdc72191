// Makes chunks out of packets, in memory that it is given: what the capture stage does with each
// packet, so nothing here allocates or calls the system.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "packets/chunk.h"

namespace baleen::packets {

// Where a chunk is made. `bytes` is chunk_bytes_max long and aligned to chunk_alignment.
struct ChunkMemory {
    uint8_t* bytes;
    std::span<ChunkFlow> flows;  // chunk_flows_max
};

class ChunkBuilder {
public:
    void begin(const ChunkMemory& memory, uint32_t worker, uint64_t sequence) {
        memory_ = memory;
        end_ = memory.bytes + sizeof(ChunkBlock);
        header_ = {.type = static_cast<uint32_t>(BlockType::chunk),
                   .block_bytes = sizeof(ChunkBlock),
                   .magic = chunk_magic,
                   .sequence = sequence,
                   .first_ns = INT64_MAX,
                   .last_ns = INT64_MIN,
                   .wire_bytes = 0,
                   .worker = worker,
                   .chunk_bytes = 0,
                   .packets = 0,
                   .flows = 0,
                   .captured_bytes = 0,
                   .block_bytes_again = sizeof(ChunkBlock)};
    }

    // For a packet of a flow that the chunk may not have yet.
    bool has_room(uint32_t captured_bytes, uint32_t comment) const {
        return used_bytes() + packet_block_bytes(captured_bytes, comment) + block_frame_bytes <=
                   chunk_bytes_max &&
               header_.flows < chunk_flows_max;
    }
    void append(const PacketView& packet) {
        end_ = put_packet(end_, packet);
        header_.first_ns = std::min(header_.first_ns, packet.time_ns);
        header_.last_ns = std::max(header_.last_ns, packet.time_ns);
        header_.wire_bytes += packet.wire_bytes;
        header_.captured_bytes += packet.captured_bytes;
        header_.packets++;
    }
    // Returns the flow's entry.
    uint32_t add_flow(const ChunkFlow& flow) {
        memory_.flows[header_.flows] = flow;
        return header_.flows++;
    }

    // Writes header and padding; the chunk is header().chunk_bytes long then.
    const ChunkBlock& seal() {
        const uint32_t used = used_bytes();
        uint32_t whole = (used + chunk_alignment - 1) & ~(chunk_alignment - 1);
        // Padding is a block of its own, or none.
        if (whole != used && whole - used < block_frame_bytes) whole += chunk_alignment;
        if (whole != used) put_padding(end_, whole - used);
        header_.chunk_bytes = whole;
        put(memory_.bytes, header_);
        return header_;
    }

    bool is_empty() const { return header_.packets == 0; }
    const ChunkBlock& header() const { return header_; }

private:
    uint32_t used_bytes() const { return static_cast<uint32_t>(end_ - memory_.bytes); }

    ChunkMemory memory_{};
    uint8_t* end_ = nullptr;
    ChunkBlock header_{};
};

}  // namespace baleen::packets
