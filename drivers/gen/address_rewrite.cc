#include "drivers/gen/address_rewrite.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <string>

#include "packet/ethernet.h"
#include "packet/ip.h"

namespace baleen::gen {
namespace {

namespace ethertype = packet::ethertype;
namespace protocol = packet::protocol;

uint16_t get16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }

// The checksum's offset behind the transport header's beginning, where it covers the addresses.
uint32_t checksum_offset(uint8_t transport, uint8_t ip_version) {
    if (transport == protocol::tcp) return 16;
    if (transport == protocol::udp) return 6;
    if (transport == protocol::icmpv6 && ip_version == 6) return 2;  // RFC 4443 section 2.3
    return 0;
}

void find_transport(std::span<const uint8_t> frame, uint32_t at, uint8_t transport,
                    AddressPlaces& places) {
    const uint32_t offset = checksum_offset(transport, places.ip_version);
    if (offset == 0 || at + offset + 2 > frame.size()) return;
    places.transport_checksum = static_cast<uint16_t>(at + offset);
    places.is_udp = transport == protocol::udp ? 1 : 0;
}

void find_ipv4(std::span<const uint8_t> frame, uint32_t at, AddressPlaces& places) {
    const uint32_t header_bytes = (frame[at] & 0xfu) * 4;
    if (header_bytes < packet::ipv4::header_bytes_min) return;
    places.ip_version = 4;
    places.src = static_cast<uint16_t>(at + packet::ipv4::src_offset);
    places.dst = static_cast<uint16_t>(at + packet::ipv4::dst_offset);
    places.ip_checksum = static_cast<uint16_t>(at + 10);
    const bool is_later_fragment =
        (get16(&frame[at + packet::ipv4::fragment_offset]) & packet::ipv4::fragment_mask) != 0;
    if (!is_later_fragment)
        find_transport(frame, at + header_bytes, frame[at + packet::ipv4::protocol_offset], places);
}

// Extension headers that may stand in front of the transport header (RFC 8200 section 4.1). A
// routing header's last address is the one in the checksum, so the walk ends there.
void find_ipv6(std::span<const uint8_t> frame, uint32_t at, AddressPlaces& places) {
    places.ip_version = 6;
    places.src = static_cast<uint16_t>(at + packet::ipv6::src_offset);
    places.dst = static_cast<uint16_t>(at + packet::ipv6::dst_offset);
    uint8_t next = frame[at + packet::ipv6::next_header_offset];
    at += packet::ipv6::header_bytes;
    while (at + packet::ipv6::extension_bytes_min <= frame.size()) {
        if (next == protocol::fragment) {
            if ((get16(&frame[at + 2]) & packet::ipv6::fragment_mask) != 0) return;
            next = frame[at];
            at += packet::ipv6::fragment_header_bytes;
        } else if (next == protocol::hop_by_hop || next == protocol::destination_options) {
            next = frame[at];
            at += (frame[at + 1] + 1u) * 8;
        } else {
            return find_transport(frame, at, next, places);
        }
    }
}

bool is_unicast(const uint8_t* address, uint8_t ip_version) {
    return ip_version == 4 ? address[0] < 224 : address[0] != 0xff;  // RFC 5771, RFC 4291
}

// A 16-bit ones' complement sum of an address, in memory order (RFC 1071).
uint32_t sum_of(const uint8_t* address, uint32_t bytes) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < bytes; i += 2) {
        uint16_t word;
        std::memcpy(&word, address + i, sizeof word);
        sum += word;
    }
    return sum;
}

// RFC 1624 equation 3: HC' = ~(~HC + ~m + m').
void update_checksum(uint8_t* at, uint32_t removed, uint32_t added, bool is_udp) {
    uint16_t checksum;
    std::memcpy(&checksum, at, sizeof checksum);
    if (is_udp && checksum == 0) return;  // RFC 768: the sender made none
    while (removed >> 16 != 0) removed = (removed & 0xffff) + (removed >> 16);
    uint32_t sum = static_cast<uint16_t>(~checksum) + (~removed & 0xffff) + added;
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    checksum = static_cast<uint16_t>(~sum);
    if (is_udp && checksum == 0) checksum = 0xffff;
    std::memcpy(at, &checksum, sizeof checksum);
}

void move(uint8_t* address, const Prefix& prefix) {
    const uint32_t whole = prefix.bits / 8, rest = prefix.bits % 8;
    std::memcpy(address, prefix.network.data(), whole);
    if (rest == 0) return;
    const auto mask = static_cast<uint8_t>(0xff00u >> rest);
    address[whole] =
        static_cast<uint8_t>((prefix.network[whole] & mask) | (address[whole] & ~mask));
}

}  // namespace

AddressPlaces find_addresses(std::span<const uint8_t> frame) {
    AddressPlaces places;
    uint32_t at = packet::ethernet::header_bytes;
    if (frame.size() < at) return places;
    uint16_t type = get16(&frame[at - 2]);
    while ((type == ethertype::vlan || type == ethertype::vlan_service) &&
           at + packet::ethernet::vlan_tag_bytes <= frame.size()) {
        at += packet::ethernet::vlan_tag_bytes;
        type = get16(&frame[at - 2]);
    }
    if (type == ethertype::ipv4 && at + packet::ipv4::header_bytes_min <= frame.size())
        find_ipv4(frame, at, places);
    if (type == ethertype::ipv6 && at + packet::ipv6::header_bytes <= frame.size())
        find_ipv6(frame, at, places);
    return places;
}

void rewrite(uint8_t* frame, const AddressPlaces& places, const Prefix& prefix) {
    if (places.ip_version != prefix.ip_version) return;
    const uint32_t bytes = places.ip_version == 4 ? 4 : 16;
    uint32_t removed = 0, added = 0;
    for (const uint16_t at : {places.src, places.dst}) {
        if (!is_unicast(frame + at, places.ip_version)) continue;
        removed += sum_of(frame + at, bytes);
        move(frame + at, prefix);
        added += sum_of(frame + at, bytes);
    }
    if (places.ip_checksum != 0) update_checksum(frame + places.ip_checksum, removed, added, false);
    if (places.transport_checksum != 0)
        update_checksum(frame + places.transport_checksum, removed, added, places.is_udp != 0);
}

base::Result<Prefix> parse_prefix(std::string_view text) {
    const base::Error refusal{fmt::format(
        "'{}' is not a prefix; write it like \"10.0.0.0/8\" or \"2001:db8::/32\"", text)};
    const size_t slash = text.find('/');
    if (slash == std::string_view::npos) return refusal;
    const std::string address(text.substr(0, slash));
    Prefix prefix;
    prefix.ip_version = address.find(':') == std::string::npos ? 4 : 6;
    const char* end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data() + slash + 1, end, prefix.bits);
    if (code != std::errc{} || rest != end || prefix.bits > (prefix.ip_version == 4 ? 32 : 128) ||
        ::inet_pton(prefix.ip_version == 4 ? AF_INET : AF_INET6, address.c_str(),
                    prefix.network.data()) != 1)
        return refusal;
    return prefix;
}

}  // namespace baleen::gen
