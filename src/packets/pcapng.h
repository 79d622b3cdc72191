// Blocks of pcapng (draft-ietf-opsawg-pcapng) as Baleen writes them: little-endian, nanoseconds.
//
// Owns: their layout and lengths. Each function writes one block at `to` and returns the end of it.
// Must hold: the caller has room for what the matching *_bytes() says.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "baleen/limits.h"

namespace baleen::packets {

enum class BlockType : uint32_t {
    section_header = 0x0a0d0d0a,
    interface_description = 1,
    interface_statistics = 5,
    enhanced_packet = 6,
    // The highest bit marks types for local use (section 11.2), which readers pass over.
    chunk = 0x8b4c4e43,
    padding = 0x8b4c4e50,
};

enum class OptionCode : uint16_t {
    end = 0,
    comment = 1,
    if_name = 2,
    section_hardware = 2,
    section_os = 3,
    section_application = 4,
    statistics_received = 4,
    statistics_dropped = 5,
    if_time_resolution = 9,
};

// A block is framed by its type and length in front, and its length again behind.
inline constexpr uint32_t block_frame_bytes = 12;
inline constexpr uint32_t option_header_bytes = 4;

// Everything in a block begins at a multiple of 4 bytes.
constexpr uint32_t padded(uint32_t bytes) { return (bytes + 3) & ~3u; }

template <class T>
uint8_t* put(uint8_t* to, T value) {
    std::memcpy(to, &value, sizeof value);
    return to + sizeof value;
}

inline uint8_t* put_padded(uint8_t* to, const void* from, uint32_t bytes) {
    // The last word is zeroed first, so that what the bytes do not fill is.
    const uint32_t filled = padded(bytes);
    if (filled != 0) put<uint32_t>(to + filled - 4, 0);
    if (bytes != 0) std::memcpy(to, from, bytes);
    return to + filled;
}

inline uint8_t* put_option(uint8_t* to, OptionCode code, std::string_view value) {
    to = put(to, static_cast<uint16_t>(code));
    to = put(to, static_cast<uint16_t>(value.size()));
    return put_padded(to, value.data(), static_cast<uint32_t>(value.size()));
}

inline uint8_t* begin_block(uint8_t* to, BlockType type, uint32_t block_bytes) {
    return put(put(to, static_cast<uint32_t>(type)), block_bytes);
}

constexpr uint32_t option_bytes(size_t value) {
    return option_header_bytes + padded(static_cast<uint32_t>(value));
}

// A section header (section 4.1); how long the section will be is not told. An empty comment is
// left out.
inline constexpr uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr uint32_t section_header_bytes(size_t comment, size_t application) {
    return block_frame_bytes + 16 + (comment == 0 ? 0 : option_bytes(comment)) +
           option_bytes(application) + option_header_bytes;
}
inline uint8_t* put_section_header(uint8_t* to, std::string_view comment,
                                   std::string_view application) {
    const uint32_t block_bytes = section_header_bytes(comment.size(), application.size());
    to = begin_block(to, BlockType::section_header, block_bytes);
    to = put(to, byte_order_magic);
    to = put(to, uint16_t{1});
    to = put(to, uint16_t{0});
    to = put(to, int64_t{-1});
    if (!comment.empty()) to = put_option(to, OptionCode::comment, comment);
    to = put_option(to, OptionCode::section_application, application);
    to = put(to, uint32_t{0});  // end of options
    return put(to, block_bytes);
}

// An interface description (section 4.2). An empty name is left out.
constexpr uint32_t interface_bytes(size_t name) {
    return block_frame_bytes + 8 + (name == 0 ? 0 : option_bytes(name)) + option_bytes(1) +
           option_header_bytes;
}
inline uint8_t* put_interface(uint8_t* to, uint16_t link, std::string_view name) {
    const uint32_t block_bytes = interface_bytes(name.size());
    to = begin_block(to, BlockType::interface_description, block_bytes);
    to = put(to, link);
    to = put(to, uint16_t{0});
    to = put(to, limits::packet_bytes_max);
    if (!name.empty()) to = put_option(to, OptionCode::if_name, name);
    to = put_option(to, OptionCode::if_time_resolution, "\x09");  // 10^-9 s
    to = put(to, uint32_t{0});
    return put(to, block_bytes);
}

// An option, and the end of options behind it.
constexpr uint32_t comment_bytes(uint32_t comment) {
    return comment == 0 ? 0 : 2 * option_header_bytes + padded(comment);
}

// One packet (section 4.3).
constexpr uint32_t packet_block_bytes(uint32_t captured, uint32_t comment) {
    return block_frame_bytes + 20 + padded(captured) + comment_bytes(comment);
}
// A packet, to be written or as it stands in a file. Points into bytes of others.
struct PacketView {
    const uint8_t* data;
    uint32_t captured_bytes;
    uint32_t wire_bytes;
    int64_t time_ns;
    uint32_t interface;
    std::string_view comment;  // the first; empty: none
};
// Where the interface and the packet's bytes stand in its block.
inline constexpr uint32_t packet_interface_offset = 8;
inline constexpr uint32_t packet_data_offset = 28;
inline uint8_t* put_packet(uint8_t* to, const PacketView& packet) {
    const uint32_t block_bytes =
        packet_block_bytes(packet.captured_bytes, static_cast<uint32_t>(packet.comment.size()));
    const auto time = static_cast<uint64_t>(packet.time_ns);
    to = begin_block(to, BlockType::enhanced_packet, block_bytes);
    to = put(to, packet.interface);
    to = put(to, static_cast<uint32_t>(time >> 32));
    to = put(to, static_cast<uint32_t>(time));
    to = put(to, packet.captured_bytes);
    to = put(to, packet.wire_bytes);
    to = put_padded(to, packet.data, packet.captured_bytes);
    if (!packet.comment.empty()) {
        to = put_option(to, OptionCode::comment, packet.comment);
        to = put(to, uint32_t{0});  // end of options
    }
    return put(to, block_bytes);
}

// Bytes without a meaning, at least block_frame_bytes and a multiple of 4.
inline uint8_t* put_padding(uint8_t* to, uint32_t bytes) {
    uint8_t* body = begin_block(to, BlockType::padding, bytes);
    std::memset(body, 0, bytes - block_frame_bytes);
    return put(body + bytes - block_frame_bytes, bytes);
}

}  // namespace baleen::packets
