#include "drivers/ethdev/queue_steering.h"

#include <rte_ethdev.h>
#include <rte_thash.h>

#include <algorithm>

#include "base/byte_reader.h"
#include "drivers/ethdev/af_packet_fanout.h"
#include "packet/ethernet.h"
#include "packet/ip.h"

namespace baleen::drivers {
namespace {

using base::load_be16;
using base::load_be32;
namespace protocol = packet::protocol;

void add_words(HashInput& input, const uint8_t* from, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        input.words[input.count++] = load_be32(from + size_t{4} * i);
}

// Which types of packets of one IP version are hashed, and how.
struct VersionTypes {
    uint64_t by_address;
    uint64_t tcp_by_port;
    uint64_t udp_by_port;
};
constexpr VersionTypes ipv4_types = {RTE_ETH_RSS_IPV4, RTE_ETH_RSS_NONFRAG_IPV4_TCP,
                                     RTE_ETH_RSS_NONFRAG_IPV4_UDP};
constexpr VersionTypes ipv6_types = {RTE_ETH_RSS_IPV6, RTE_ETH_RSS_NONFRAG_IPV6_TCP,
                                     RTE_ETH_RSS_NONFRAG_IPV6_UDP};

bool by_port(uint8_t number, uint64_t types, const VersionTypes& version) {
    return (number == protocol::tcp && (types & version.tcp_by_port) != 0) ||
           (number == protocol::udp && (types & version.udp_by_port) != 0);
}

// RFC 9293 and RFC 768: both begin with source and destination port.
void add_ports(HashInput& input, const uint8_t* transport, const uint8_t* end) {
    if (transport > end || end - transport < 4) input.count = 0;
    else add_words(input, transport, 1);
}

void add_ipv4(HashInput& input, const uint8_t* header, const uint8_t* end, uint64_t types) {
    constexpr uint16_t fragment_mask = 0x3fff;  // RFC 791: more fragments, or an offset
    if (end - header < packet::ipv4::header_bytes_min) return;
    const bool is_fragment =
        (load_be16(header + packet::ipv4::fragment_offset) & fragment_mask) != 0;
    const bool with_ports =
        !is_fragment && by_port(header[packet::ipv4::protocol_offset], types, ipv4_types);
    if (!with_ports && (types & ipv4_types.by_address) == 0) return;
    add_words(input, header + packet::ipv4::src_offset, 2);
    if (with_ports) add_ports(input, header + (header[0] & 0x0f) * 4, end);
}

// Only packets without extension headers: ports differ in what they do with the others.
void add_ipv6(HashInput& input, const uint8_t* header, const uint8_t* end, uint64_t types) {
    if (end - header < packet::ipv6::header_bytes) return;
    const uint8_t next = header[packet::ipv6::next_header_offset];
    if (next != protocol::tcp && next != protocol::udp && next != protocol::icmpv6) return;
    const bool with_ports = by_port(next, types, ipv6_types);
    if (!with_ports && (types & ipv6_types.by_address) == 0) return;
    add_words(input, header + packet::ipv6::src_offset, 8);
    if (with_ports) add_ports(input, header + packet::ipv6::header_bytes, end);
}

}  // namespace

HashInput hash_input(const uint8_t* frame, uint32_t length, uint64_t types) {
    HashInput input;
    uint32_t offset = packet::ethernet::header_bytes;
    if (length < offset + packet::ethernet::vlan_tag_bytes) return input;
    uint16_t type = load_be16(frame + packet::ethernet::type_offset);
    if (type == packet::ethertype::vlan) {
        type = load_be16(frame + offset + 2);
        offset += packet::ethernet::vlan_tag_bytes;
    }
    const uint8_t* end = frame + length;
    if (type == packet::ethertype::ipv4) add_ipv4(input, frame + offset, end, types);
    if (type == packet::ethertype::ipv6) add_ipv6(input, frame + offset, end, types);
    return input;
}

uint32_t toeplitz_hash(const HashInput& input, const std::vector<uint8_t>& key) {
    HashInput copy = input;  // rte_softrss() does not write, but asks for the right to
    return rte_softrss(copy.words, copy.count, key.data());
}

uint32_t fanout_hash(const HashInput& input) {
    uint32_t mixed = 0;
    for (uint32_t i = 0; i < input.count; i++) mixed ^= input.words[i];
    return (mixed * fanout_multiplier) >> fanout_shift;
}

uint32_t QueueSteering::queue_of(const uint8_t* frame, uint32_t length) const {
    if (function == Function::unknown || table.empty()) return queue_unknown;
    const HashInput input = hash_input(frame, length, types);
    if (input.count == 0) return queue_unknown;
    const uint32_t hash =
        function == Function::toeplitz ? toeplitz_hash(input, key) : fanout_hash(input);
    return table[hash % table.size()];
}

}  // namespace baleen::drivers
