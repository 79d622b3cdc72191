// ICMP and ICMPv6: type and code in place of ports, and the flow that an error message is about.
//
// Why the quoted flow is part of the key: errors about several flows of one host would otherwise be
// one flow that can name only the first of them. The key's ports hold a hash of what is quoted.
#include <cstring>

#include "packet/flow_hash.h"
#include "packet/icmp.h"
#include "packet/ip.h"
#include "packet/walk.h"

namespace baleen::packet {
namespace {

using base::load_be16;

// Where the quoted packet's transport header is, and what it is. 0: can't be told.
struct QuotedTransport {
    uint32_t offset;
    uint8_t protocol;
};

QuotedTransport quoted_ipv4(const uint8_t* header, uint32_t bytes, Quote& quote) {
    if (bytes < ipv4::header_bytes_min || header[0] >> 4 != 4) return {};
    const uint32_t header_bytes = (header[0] & 0x0f) * 4u;
    if (header_bytes < ipv4::header_bytes_min) return {};
    if ((load_be16(header + ipv4::fragment_offset) & ipv4::fragment_mask) != 0) return {};
    quote.dst[10] = quote.dst[11] = 0xff;
    std::memcpy(&quote.dst[12], header + ipv4::dst_offset, 4);
    return {header_bytes, header[ipv4::protocol_offset]};
}

QuotedTransport quoted_ipv6(const uint8_t* header, uint32_t bytes, Quote& quote) {
    if (bytes < ipv6::header_bytes || header[0] >> 4 != 6) return {};
    std::memcpy(quote.dst.data(), header + ipv6::dst_offset, 16);
    return {ipv6::header_bytes, header[ipv6::next_header_offset]};
}

bool came_from(const uint8_t* header, const std::array<uint8_t, 16>& address, uint8_t ip_version) {
    return ip_version == 4 ? std::memcmp(header + ipv4::src_offset, &address[12], 4) == 0
                           : std::memcmp(header + ipv6::src_offset, address.data(), 16) == 0;
}

bool read_quoted_ports(const uint8_t* header, uint32_t bytes, Quote& quote) {
    switch (quote.protocol) {
        case protocol::tcp:
        case protocol::udp:
        case protocol::udplite:
        case protocol::dccp:
        case protocol::sctp:
            if (bytes < port_pair_bytes) return false;
            quote.src_port = load_be16(header);
            quote.dst_port = load_be16(header + 2);
            return true;
        case protocol::icmp:
        case protocol::icmpv6: {
            if (bytes < 2) return false;
            const auto ports =
                icmp::ports(quote.protocol == protocol::icmpv6, header[0], header[1]);
            quote.src_port = ports.src;
            quote.dst_port = ports.dst;
            return true;
        }
        default: return true;
    }
}

// RFC 792 and RFC 4443 section 2.4 (c): the packet that caused the error, cut at some length. Of
// IPv6 extension headers in it only the last known header is of use, so one with them is told by
// its addresses and the first of them.
bool read_quote(const Walk& walk, Quote& quote) {
    quote = {};
    const uint8_t* header = walk.here();
    const uint32_t bytes = walk.end - walk.offset;
    const bool is_v4 = walk.key.ip_version == 4;
    const QuotedTransport transport =
        is_v4 ? quoted_ipv4(header, bytes, quote) : quoted_ipv6(header, bytes, quote);
    if (transport.offset == 0 || bytes < transport.offset) return false;
    if (!came_from(header, walk.key.dst, walk.key.ip_version)) return false;
    quote.protocol = transport.protocol;
    return read_quoted_ports(header + transport.offset, bytes - transport.offset, quote);
}

uint32_t hash_quote(const Quote& quote, uint8_t type, uint8_t code) {
    const auto& words = fixed_hash_key.words;
    const uint64_t endpoint = detail::hash_endpoint(quote.dst, quote.dst_port, fixed_hash_key);
    const uint64_t rest = uint64_t{quote.src_port} << 24 | uint64_t{quote.protocol} << 16 |
                          uint64_t{type} << 8 | code;
    return static_cast<uint32_t>(base::multiply_fold(endpoint ^ words[2], rest ^ words[3]) >> 32);
}

}  // namespace

Verdict parse_icmp(Walk& walk, uint8_t protocol_number) {
    if (!walk.has(2)) return Verdict::malformed_icmp_truncated;
    const bool is_v6 = protocol_number == protocol::icmpv6;
    const uint8_t type = walk.layers.icmp_type = walk.here()[0];
    const uint8_t code = walk.layers.icmp_code = walk.here()[1];
    const auto [src, dst] = icmp::ports(is_v6, type, code);
    walk.key.protocol = protocol_number;
    walk.key.src_port = src;
    walk.key.dst_port = dst;
    walk.take_header(icmp_header_bytes);
    if (!icmp::is_error(is_v6, type)) return Verdict::counted_flow;
    if (!read_quote(walk, walk.outer.quote)) {
        walk.note(Verdict::note_icmp_quote_unusable);
        return Verdict::counted_flow;
    }
    walk.layers.quotes_flow = 1;
    const uint32_t hash = hash_quote(walk.outer.quote, type, code);
    walk.key.src_port = static_cast<uint16_t>(hash >> 16);
    walk.key.dst_port = static_cast<uint16_t>(hash);
    return Verdict::counted_flow;
}

}  // namespace baleen::packet
