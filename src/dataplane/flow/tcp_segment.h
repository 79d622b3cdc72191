// What the flow stage reads of a TCP header, from the packet itself.
//
// Why not a column of the batch: only TCP has these fields, and the header's bytes are in L1 since
// the parser has been there.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/byte_reader.h"
#include "packet/batch.h"
#include "packet/ip.h"

namespace baleen::flow {

struct Segment {
    uint32_t sequence;
    uint32_t acknowledgement;
    uint32_t payload;  // bytes on the wire
    uint32_t length;   // of sequence space: payload, SYN and FIN
    uint16_t flags;
    uint16_t window;
    const uint8_t* options;
    uint32_t options_bytes;  // of those captured

    bool has(uint16_t flag) const { return (flags & flag) != 0; }
};

// What is read of a header: all but checksum, urgent pointer and options.
inline constexpr uint32_t segment_header_bytes = 16;

// Bytes of an IP packet behind so many of headers. What its length claims beyond the end of the
// frame was never there.
inline uint32_t payload_on_wire(const packet::Packet& packet, const packet::Layers& layers,
                                uint32_t header_bytes) {
    const uint32_t ip_bytes = std::min(layers.ip_bytes, packet.wire_length - layers.l3_offset);
    return ip_bytes > header_bytes ? ip_bytes - header_bytes : 0;
}

// Of a TCP packet. False: not whole (a fragment says nothing of what follows), cut before the end
// of what is read, or with an impossible header length.
inline bool read_segment(const packet::Packet& packet, const packet::Layers& layers,
                         Segment& segment) {
    namespace tcp = packet::tcp;
    if (layers.fragment != packet::FragmentKind::none) return false;
    if (packet.captured_length < layers.l4_offset + segment_header_bytes) return false;
    const uint8_t* header = packet.data + layers.l4_offset;
    const uint32_t header_bytes = (header[tcp::flags_offset] >> 4) * 4u;
    if (header_bytes < tcp::header_bytes_min) return false;
    segment.sequence = base::load_be32(header + 4);
    segment.acknowledgement = base::load_be32(header + 8);
    segment.payload =
        payload_on_wire(packet, layers, layers.l4_offset - layers.l3_offset + header_bytes);
    segment.flags = layers.tcp_flags;
    segment.window = base::load_be16(header + 14);
    segment.length = segment.payload + ((layers.tcp_flags & tcp::syn) != 0 ? 1u : 0u) +
                     ((layers.tcp_flags & tcp::fin) != 0 ? 1u : 0u);
    segment.options = header + tcp::header_bytes_min;
    segment.options_bytes = layers.payload_offset > layers.l4_offset + tcp::header_bytes_min
                                ? layers.payload_offset - layers.l4_offset - tcp::header_bytes_min
                                : 0;
    return true;
}

}  // namespace baleen::flow
