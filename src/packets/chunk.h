// A chunk: up to a mebibyte of packets of one worker, as they stand in a file. What is written,
// compressed, indexed, kept in memory and read again at a time.
//
// Layout: a block that says what the chunk holds, packets as enhanced packet blocks, and padding up
// to a multiple of what O_DIRECT wants. All of it is valid pcapng, so that a file of chunks behind
// a section header is one that every reader knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "packets/pcapng.h"

namespace baleen::packets {

// Blocks of O_DIRECT: a multiple of every disk's sector and of the page.
inline constexpr uint32_t chunk_alignment = 4096;
inline constexpr uint32_t chunk_bytes_max = 1u << 20;
// One flow each: a chunk is over when it has more, so that an index of one has a bound.
inline constexpr uint32_t chunk_flows_max = 4096;

inline constexpr uint64_t chunk_magic = 0x314b4e48434c4142;  // "BALCHNK1" in memory order

// The first block of a chunk, as in the file.
struct ChunkBlock {
    uint32_t type;  // BlockType::chunk
    uint32_t block_bytes;
    uint64_t magic;
    uint64_t sequence;    // of the worker's chunks, from 0
    int64_t first_ns;     // smallest time stamp
    int64_t last_ns;      // largest
    uint64_t wire_bytes;  // of the packets, on the wire
    uint32_t worker;
    uint32_t chunk_bytes;  // from this block to the end of the padding, not compressed
    uint32_t packets;
    uint32_t flows;  // that the index has; not all where the chunk holds packets of other origin
    uint32_t captured_bytes;  // of the packets
    uint32_t block_bytes_again;
};
static_assert(sizeof(ChunkBlock) == 72);
static_assert(offsetof(ChunkBlock, block_bytes_again) == sizeof(ChunkBlock) - 4);
static_assert(std::has_unique_object_representations_v<ChunkBlock>);

// A flow that has packets in a chunk.
struct ChunkFlow {
    uint64_t flow_id;
    uint32_t tuple_key;  // key.h
    uint32_t host_keys[2];
    uint32_t previous_flow;      // its entry in that chunk
    uint64_t previous_sequence;  // the worker's chunk before with packets of it, or none_before
};
static_assert(sizeof(ChunkFlow) == 32);
inline constexpr uint64_t none_before = UINT64_MAX;

}  // namespace baleen::packets
