#include "tests/support/packet_builder.h"

#include <arpa/inet.h>

#include "base/assert.h"
#include "packet/ethernet.h"
#include "packet/ip.h"

namespace baleen::test {
namespace {

enum FixupKind {
    ipv4_length,
    ipv6_length,
    udp_length,
    tcp_checksum,
    udp_checksum,
    icmpv6_checksum,
    icmp_checksum
};

void put16(PacketBuilder::Bytes& bytes, size_t at, uint32_t value) {
    bytes[at] = static_cast<uint8_t>(value >> 8);
    bytes[at + 1] = static_cast<uint8_t>(value);
}

// RFC 1071 over bytes [from, to).
uint32_t sum(const PacketBuilder::Bytes& bytes, size_t from, size_t to) {
    uint32_t total = 0;
    for (size_t i = from; i < to; i++) total += (i - from) % 2 == 0 ? bytes[i] << 8 : bytes[i];
    return total;
}

uint16_t fold(uint32_t total) {
    while (total >> 16 != 0) total = (total & 0xffff) + (total >> 16);
    return static_cast<uint16_t>(~total);
}

uint32_t pseudo_header(const PacketBuilder::Bytes& bytes, size_t network, size_t transport,
                       uint8_t protocol) {
    const bool is_v6 = bytes[network] >> 4 == 6;
    const uint32_t addresses =
        is_v6 ? sum(bytes, network + 8, network + 40) : sum(bytes, network + 12, network + 20);
    return addresses + protocol + static_cast<uint32_t>(bytes.size() - transport);
}

}  // namespace

void PacketBuilder::add16(uint16_t value) {
    bytes_.push_back(static_cast<uint8_t>(value >> 8));
    bytes_.push_back(static_cast<uint8_t>(value));
}

void PacketBuilder::add32(uint32_t value) {
    add16(static_cast<uint16_t>(value >> 16));
    add16(static_cast<uint16_t>(value));
}

void PacketBuilder::link_type_field(uint16_t type) {
    if (has_type_field_) put16(bytes_, type_field_, type);
    has_type_field_ = false;
}

void PacketBuilder::next_header(uint8_t number) {
    if (has_next_field_) bytes_[next_field_] = number;
    has_next_field_ = false;
}

PacketBuilder& PacketBuilder::ethernet() {
    const Bytes addresses = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    bytes_.insert(bytes_.end(), addresses.begin(), addresses.end());
    type_field_ = bytes_.size();
    has_type_field_ = true;
    add16(0);
    return *this;
}

PacketBuilder& PacketBuilder::vlan(uint16_t id, uint16_t tag_type) {
    link_type_field(tag_type);
    add16(id);
    type_field_ = bytes_.size();
    has_type_field_ = true;
    add16(0);
    return *this;
}

PacketBuilder& PacketBuilder::ether_type(uint16_t type) {
    link_type_field(type);
    return *this;
}

PacketBuilder& PacketBuilder::protocol(uint8_t number) {
    next_header(number);
    return *this;
}

PacketBuilder& PacketBuilder::ipv4(const std::string& src, const std::string& dst) {
    link_type_field(packet::ethertype::ipv4);
    next_header(4);
    network_offset_ = bytes_.size();
    network_version_ = 4;
    fixups_.push_back({network_offset_, ipv4_length, network_offset_});
    bytes_.resize(bytes_.size() + packet::ipv4::header_bytes_min);
    uint8_t* header = bytes_.data() + network_offset_;
    header[0] = 0x45;
    header[packet::ipv4::ttl_offset] = 64;
    const bool ok = ::inet_pton(AF_INET, src.c_str(), header + packet::ipv4::src_offset) == 1 &&
                    ::inet_pton(AF_INET, dst.c_str(), header + packet::ipv4::dst_offset) == 1;
    BALEEN_ASSERT(ok);
    next_field_ = network_offset_ + packet::ipv4::protocol_offset;
    has_next_field_ = true;
    return *this;
}

PacketBuilder& PacketBuilder::ipv6(const std::string& src, const std::string& dst) {
    link_type_field(packet::ethertype::ipv6);
    next_header(41);
    network_offset_ = bytes_.size();
    network_version_ = 6;
    fixups_.push_back({network_offset_, ipv6_length, network_offset_});
    bytes_.resize(bytes_.size() + packet::ipv6::header_bytes);
    uint8_t* header = bytes_.data() + network_offset_;
    header[0] = 0x60;
    header[packet::ipv6::hop_limit_offset] = 64;
    const bool ok = ::inet_pton(AF_INET6, src.c_str(), header + packet::ipv6::src_offset) == 1 &&
                    ::inet_pton(AF_INET6, dst.c_str(), header + packet::ipv6::dst_offset) == 1;
    BALEEN_ASSERT(ok);
    next_field_ = network_offset_ + packet::ipv6::next_header_offset;
    has_next_field_ = true;
    return *this;
}

PacketBuilder& PacketBuilder::ipv4_fragment(uint16_t offset_units, bool more) {
    put16(bytes_, network_offset_ + packet::ipv4::fragment_offset,
          offset_units | (more ? packet::ipv4::more_fragments : 0u));
    return *this;
}

PacketBuilder& PacketBuilder::extension(uint8_t kind, uint32_t units) {
    next_header(kind);
    next_field_ = bytes_.size();
    has_next_field_ = true;
    bytes_.resize(bytes_.size() + units * 8);
    bytes_[next_field_ + 1] = static_cast<uint8_t>(units - 1);
    return *this;
}

PacketBuilder& PacketBuilder::ipv6_fragment(uint16_t offset_units, bool more, uint32_t id) {
    next_header(packet::protocol::fragment);
    next_field_ = bytes_.size();
    has_next_field_ = true;
    add16(0);
    add16(static_cast<uint16_t>(offset_units << 3 | (more ? 1 : 0)));
    add32(id);
    return *this;
}

PacketBuilder& PacketBuilder::authentication(uint32_t words) {
    next_header(packet::protocol::ah);
    next_field_ = bytes_.size();
    has_next_field_ = true;
    bytes_.resize(bytes_.size() + words * 4);
    bytes_[next_field_ + 1] = static_cast<uint8_t>(words - 2);
    return *this;
}

PacketBuilder& PacketBuilder::tcp(uint16_t src_port, uint16_t dst_port, uint16_t flags,
                                  uint32_t sequence, uint32_t acknowledged) {
    next_header(packet::protocol::tcp);
    fixups_.push_back({bytes_.size(), tcp_checksum, network_offset_});
    add16(src_port);
    add16(dst_port);
    add32(sequence);
    add32(acknowledged);
    add16(static_cast<uint16_t>(5 << 12 | flags));
    add16(65535);  // window
    add32(0);      // checksum, urgent pointer
    return *this;
}

PacketBuilder& PacketBuilder::udp(uint16_t src_port, uint16_t dst_port) {
    next_header(packet::protocol::udp);
    fixups_.push_back({bytes_.size(), udp_length, network_offset_});
    add16(src_port);
    add16(dst_port);
    add32(0);
    return *this;
}

PacketBuilder& PacketBuilder::sctp(uint16_t src_port, uint16_t dst_port) {
    next_header(packet::protocol::sctp);
    add16(src_port);
    add16(dst_port);
    add32(0);
    add32(0);
    return *this;
}

PacketBuilder& PacketBuilder::icmp(uint8_t type, uint8_t code) {
    next_header(packet::protocol::icmp);
    fixups_.push_back({bytes_.size(), icmp_checksum, network_offset_});
    add16(static_cast<uint16_t>(type << 8 | code));
    add16(0);
    add32(0x00010001);
    return *this;
}

PacketBuilder& PacketBuilder::icmpv6(uint8_t type, uint8_t code) {
    next_header(packet::protocol::icmpv6);
    fixups_.push_back({bytes_.size(), icmpv6_checksum, network_offset_});
    add16(static_cast<uint16_t>(type << 8 | code));
    add16(0);
    add32(0x00010001);
    return *this;
}

PacketBuilder& PacketBuilder::payload(size_t bytes, uint8_t value) {
    bytes_.insert(bytes_.end(), bytes, value);
    return *this;
}

PacketBuilder& PacketBuilder::raw(const Bytes& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
}

PacketBuilder& PacketBuilder::patch(std::function<void(Bytes&)> change) {
    patches_.push_back(std::move(change));
    return *this;
}

PacketBuilder::Bytes PacketBuilder::take() {
    // Lengths from the outside in, checksums from the inside out.
    for (const Fixup& fix : fixups_) {
        const auto length = static_cast<uint32_t>(bytes_.size() - fix.offset);
        if (fix.kind == ipv4_length)
            put16(bytes_, fix.offset + packet::ipv4::total_length_offset, length);
        if (fix.kind == ipv6_length)
            put16(bytes_, fix.offset + packet::ipv6::payload_length_offset,
                  length - packet::ipv6::header_bytes);
        if (fix.kind == udp_length) put16(bytes_, fix.offset + 4, length);
    }
    for (auto fix = fixups_.rbegin(); fix != fixups_.rend(); fix++) {
        const auto transport_checksum = [&](size_t field, uint8_t protocol) {
            put16(bytes_, fix->offset + field,
                  fold(pseudo_header(bytes_, fix->network_offset, fix->offset, protocol) +
                       sum(bytes_, fix->offset, bytes_.size())));
        };
        if (fix->kind == tcp_checksum) transport_checksum(16, packet::protocol::tcp);
        if (fix->kind == udp_length) transport_checksum(6, packet::protocol::udp);
        if (fix->kind == icmpv6_checksum) transport_checksum(2, packet::protocol::icmpv6);
        if (fix->kind == icmp_checksum)
            put16(bytes_, fix->offset + 2, fold(sum(bytes_, fix->offset, bytes_.size())));
        if (fix->kind == ipv4_length)
            put16(bytes_, fix->offset + 10, fold(sum(bytes_, fix->offset, fix->offset + 20)));
    }
    for (const auto& change : patches_) change(bytes_);
    return bytes_;
}

packet::Packet packet_of(const PacketBuilder::Bytes& bytes, int64_t time_ns,
                         packet::LinkType link) {
    return {.data = bytes.data(),
            .captured_length = static_cast<uint32_t>(bytes.size()),
            .wire_length = static_cast<uint32_t>(bytes.size()),
            .time_ns = time_ns,
            .clock_ns = time_ns,
            .link = link,
            .port_index = 0,
            .checksums = 0,
            .reserved = {}};
}

}  // namespace baleen::test
