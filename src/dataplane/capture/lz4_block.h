// The LZ4 frame format by blocks (lz4_Frame_format.md 1.6): a file is one frame of independent
// blocks, so that each of them is read without the others.
//
// Why not a frame for each chunk: Wireshark 4.0 does not find a frame that begins beyond its first
// 128 KiB. Why by hand: blocks have to end where O_DIRECT wants it, which needs blocks of any
// length that hold nothing but padding.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace baleen::capture {

// Magic number; version 1, independent blocks, no checksums; blocks of up to 1 MiB; the checksum of
// these two bytes.
inline constexpr std::array<uint8_t, 7> lz4_head = {0x04, 0x22, 0x4d, 0x18, 0x60, 0x60, 0x51};
// Behind the last block: a length of zero.
inline constexpr uint64_t lz4_end_bytes = 4;
// Padding can be as long as this or longer, to the byte.
inline constexpr uint64_t lz4_padding_bytes_min = 320;

uint64_t lz4_block_bound(uint64_t bytes);
// One block, compressed if that makes it shorter. Returns how long it is.
uint64_t put_lz4_block(std::span<const uint8_t> from, std::span<uint8_t> to);
// Fills `to` with blocks whose content is one padding block of pcapng.
void put_lz4_padding(std::span<uint8_t> to);

}  // namespace baleen::capture
