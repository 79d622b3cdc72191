#include "dataplane/protocol/quic_packet.h"

namespace baleen::protocol::quic {
namespace {

// Version 2 counts one further (RFC 9369 section 3.2).
PacketType type_of(const Version& version, uint8_t first) {
    constexpr PacketType types[] = {PacketType::initial, PacketType::zero_rtt,
                                    PacketType::handshake, PacketType::retry};
    const uint32_t bits = first >> 4 & 3u;
    return types[version.is_v2 ? (bits + 3) % 4 : bits];
}

// Q044 to Q046 say how long both are in one byte: 0, or three more than the half byte.
void read_packed_ids(Cursor& cursor, LongHeader& header) {
    const uint8_t lengths = cursor.u8();
    const auto length = [](uint32_t half) { return half == 0 ? 0 : half + 3; };
    header.destination_id = cursor.take(length(lengths >> 4));
    header.source_id = cursor.take(length(lengths & 0xf));
}

}  // namespace

uint64_t read_varint(Cursor& cursor) {
    const uint8_t first = cursor.u8();
    uint64_t value = first & 0x3f;
    for (uint32_t left = (1u << (first >> 6)) - 1; left > 0; left--)
        value = value << 8 | cursor.u8();
    return value;
}

std::optional<LongHeader> read_long_header(Bytes bytes) {
    Cursor cursor(bytes);
    const uint8_t first = cursor.u8();
    LongHeader header{};
    header.version_number = cursor.be32();
    header.version = look_up_version(header.version_number);
    header.end = bytes.size();
    if (header.version.layout == Layout::google_long) {
        read_packed_ids(cursor, header);
        header.type = PacketType::initial;
        header.packet_number_at = cursor.position();
        return cursor.ok() ? std::optional(header) : std::nullopt;
    }
    header.destination_id = cursor.vector8();
    header.source_id = cursor.vector8();
    header.packet_number_at = cursor.position();
    if (!cursor.ok() || header.destination_id.size() > connection_id_bytes_max ||
        header.source_id.size() > connection_id_bytes_max)
        return std::nullopt;
    if (header.version_number == negotiation_version) {
        header.type = PacketType::negotiation;
        return header;
    }
    header.type = type_of(header.version, first);
    if (header.type == PacketType::retry) return header;
    if (header.type == PacketType::initial) cursor.skip(read_varint(cursor));
    const uint64_t length = read_varint(cursor);
    if (!cursor.ok() || length > UINT16_MAX) return std::nullopt;
    header.packet_number_at = cursor.position();
    header.end = cursor.position() + length;
    return header;
}

}  // namespace baleen::protocol::quic
