#include "packet/checksum.h"

#include <cstring>

#include "base/byte_reader.h"
#include "packet/ip.h"

namespace baleen::packet {
namespace {

using base::load;
using base::load_be16;

// Of whole packets only: bytes of the transport header and payload, or 0.
uint32_t transport_bytes(const Packet& packet, const Layers& layers) {
    if (layers.l4_offset == 0 || layers.fragment != FragmentKind::none) return 0;
    const uint32_t ip_end = layers.l3_offset + layers.ip_bytes;
    if (ip_end > packet.captured_length || ip_end <= layers.l4_offset) return 0;
    return ip_end - layers.l4_offset;
}

// RFC 8200 section 8.1 and RFC 6275 section 6.3: behind a routing header the checksum is made with
// the last address of the route, behind a home address option with that one. Neither is in the key.
bool has_other_addresses(const Packet& packet, const Layers& layers) {
    const uint8_t* const ip = packet.data + layers.l3_offset;
    uint32_t offset = layers.l3_offset + ipv6::header_bytes;
    for (uint8_t next = ip[ipv6::next_header_offset]; offset < layers.l4_offset;) {
        if (next == protocol::routing || next == protocol::destination_options) return true;
        const uint8_t* const header = packet.data + offset;
        offset += next == protocol::ah         ? (header[1] + 2u) * 4
                  : next == protocol::fragment ? ipv6::fragment_header_bytes
                                               : (header[1] + 1u) * 8;
        next = header[0];
    }
    return false;
}

// RFC 9293 section 3.1, RFC 8200 section 8.1: addresses, length and protocol, in any order and
// with zeros left out, for a sum does not mind.
uint64_t pseudo_header_sum(const FlowKey& key, uint32_t bytes) {
    const uint32_t address_bytes = key.ip_version == 4 ? 4 : 16;
    const uint64_t src = ones_sum(key.src.data() + 16 - address_bytes, address_bytes);
    const uint64_t dst = ones_sum(key.dst.data() + 16 - address_bytes, address_bytes);
    return src + dst + __builtin_bswap16(static_cast<uint16_t>(bytes)) +
           __builtin_bswap16(key.protocol);
}

bool is_right(const Batch& batch, uint32_t lane, uint32_t bytes, bool with_pseudo_header) {
    const uint8_t* header = batch.packets[lane].data + batch.layers[lane].l4_offset;
    const uint64_t initial = with_pseudo_header ? pseudo_header_sum(batch.keys[lane], bytes) : 0;
    return ones_sum(header, bytes, initial) == 0xffff;
}

void verify_ipv4(const Packet& packet, const Layers& layers, Notes& notes) {
    // What the port has looked at are the outer headers.
    if ((packet.checksums & checksum_ip_known) != 0 && layers.tunnel == record::TunnelType::none) {
        if ((packet.checksums & checksum_ip_bad) != 0)
            notes[static_cast<uint32_t>(Verdict::note_checksum_ipv4)]++;
        return;
    }
    const uint8_t* header = packet.data + layers.l3_offset;
    if (ones_sum(header, (header[0] & 0x0f) * 4u) != 0xffff)
        notes[static_cast<uint32_t>(Verdict::note_checksum_ipv4)]++;
}

// The counter of a wrong transport checksum, or `counted_flow` if there is nothing to object to.
Verdict verify_transport(const Batch& batch, uint32_t lane) {
    const Packet& packet = batch.packets[lane];
    const FlowKey& key = batch.keys[lane];
    const Layers& layers = batch.layers[lane];
    const Verdict which = key.protocol == protocol::tcp   ? Verdict::note_checksum_tcp
                          : key.protocol == protocol::udp ? Verdict::note_checksum_udp
                                                          : Verdict::note_checksum_icmp;
    if ((packet.checksums & checksum_l4_known) != 0 && layers.tunnel == record::TunnelType::none)
        return (packet.checksums & checksum_l4_bad) != 0 ? which : Verdict::counted_flow;
    uint32_t bytes = transport_bytes(packet, layers);
    const uint8_t* header = packet.data + layers.l4_offset;
    switch (key.protocol) {
        case protocol::tcp:
            if (bytes < tcp::header_bytes_min) return Verdict::counted_flow;
            break;
        case protocol::udp: {
            if (bytes < udp_header_bytes) return Verdict::counted_flow;
            // RFC 768: a checksum of zero is none. Its own length may be below IP's.
            if (load<uint16_t>(header + 6) == 0) return Verdict::counted_flow;
            const uint16_t udp_bytes = load_be16(header + 4);
            if (udp_bytes < udp_header_bytes || udp_bytes > bytes) return Verdict::counted_flow;
            bytes = udp_bytes;
            break;
        }
        case protocol::icmp:
        case protocol::icmpv6:
            if (bytes < icmp_header_bytes) return Verdict::counted_flow;
            break;
        default: return Verdict::counted_flow;
    }
    if (key.ip_version == 6 && has_other_addresses(packet, layers)) return Verdict::counted_flow;
    return is_right(batch, lane, bytes, key.protocol != protocol::icmp) ? Verdict::counted_flow
                                                                        : which;
}

}  // namespace

uint16_t ones_sum(const uint8_t* data, uint32_t bytes, uint64_t initial) {
    // RFC 1071 section 2: the sum may be made over wider words and folded at the end. Carries of
    // 32-bit words gather in the upper half: 65535 bytes make fewer than 2^14 of them.
    uint64_t sum = initial;
    for (; bytes >= 8; data += 8, bytes -= 8)
        sum += uint64_t{load<uint32_t>(data)} + load<uint32_t>(data + 4);
    if (bytes > 0) {
        uint8_t rest[8] = {};
        std::memcpy(rest, data, bytes);
        sum += uint64_t{load<uint32_t>(rest)} + load<uint32_t>(rest + 4);
    }
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(sum);
}

void verify_checksums(const Batch& batch, Notes& notes) {
    for (uint32_t lane = 0; lane < batch.count; lane++) {
        if (batch.verdicts[lane] != Verdict::counted_flow) continue;
        if (batch.keys[lane].ip_version == 4)
            verify_ipv4(batch.packets[lane], batch.layers[lane], notes);
        const Verdict wrong = verify_transport(batch, lane);
        if (wrong != Verdict::counted_flow) notes[static_cast<uint32_t>(wrong)]++;
    }
}

}  // namespace baleen::packet
