// Packets of QUIC as they lie in datagrams: what their headers say in clear (RFC 9000 section 17,
// RFC 8999).
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/protocol/cursor.h"
#include "dataplane/protocol/quic_version.h"

namespace baleen::protocol::quic {

inline constexpr size_t connection_id_bytes_max = 20;  // RFC 9000 section 17.2

enum class PacketType : uint8_t { negotiation, initial, zero_rtt, handshake, retry, unknown };

struct LongHeader {
    uint32_t version_number;
    Version version;
    PacketType type;
    Bytes destination_id;
    Bytes source_id;
    size_t packet_number_at;  // where protection begins
    size_t end;               // of the packet; beyond the datagram's where that was cut
};

// RFC 9000 section 16.
uint64_t read_varint(Cursor& cursor);

constexpr bool is_long_header(uint8_t first) { return (first & 0x80) != 0; }

// The packet at the beginning of the bytes, which has a long header; nothing where it makes no
// sense.
std::optional<LongHeader> read_long_header(Bytes bytes);

}  // namespace baleen::protocol::quic
