// Blocks of pcapng read again: those that Baleen writes, little-endian and in nanoseconds, out of
// bytes that may be anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cursor.h"
#include "packet/link_type.h"
#include "packets/chunk.h"
#include "packets/pcapng.h"

namespace baleen::packets {

using base::Bytes;

struct Block {
    BlockType type;
    Bytes bytes;  // all of it
};
// The block at the front; none: not all of one is there.
std::optional<Block> first_block(Bytes bytes);

std::optional<PacketView> packet_of(const Block& block);

struct Interface {
    packet::LinkType link;
    std::string name;            // empty: not told
    std::vector<uint8_t> block;  // as it stands in the file
};
// None: not one that tells nanoseconds.
std::optional<Interface> interface_of(const Block& block);
// For packets that came without one.
Interface make_interface(packet::LinkType link);

// Checked as far as one can without the packets.
std::optional<ChunkBlock> chunk_block_of(const Block& block);
// The first whole block is that of a chunk.
bool begins_chunk(Bytes bytes);

}  // namespace baleen::packets
