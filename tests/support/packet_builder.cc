#include "tests/support/packet_builder.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "packet/ethernet.h"
#include "packet/icmp.h"
#include "packet/ip.h"
#include "packet/tunnel.h"

namespace baleen::test {
namespace {

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

uint16_t ppp_protocol(uint16_t ethertype) {
    switch (ethertype) {
        case packet::ethertype::ipv4: return packet::ppp::protocol_ipv4;
        case packet::ethertype::ipv6: return packet::ppp::protocol_ipv6;
        case packet::ethertype::mpls: return packet::ppp::protocol_mpls;
        default: return ethertype;
    }
}

uint8_t vxlan_gpe_protocol(uint16_t ethertype) {
    switch (ethertype) {
        case packet::ethertype::ipv4: return packet::nsh::next_ipv4;
        case packet::ethertype::ipv6: return packet::nsh::next_ipv6;
        case packet::ethertype::ethernet: return packet::nsh::next_ethernet;
        case packet::ethertype::mpls: return packet::nsh::next_mpls;
        default: return static_cast<uint8_t>(ethertype);
    }
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

void PacketBuilder::add_type_field(TypeField field) {
    type_field_ = field;
    type_field_at_ = bytes_.size();
    add16(0);
}

void PacketBuilder::take_type(uint16_t type) {
    switch (type_field_) {
        case TypeField::none: break;
        case TypeField::ethertype: put16(bytes_, type_field_at_, type); break;
        case TypeField::ppp: put16(bytes_, type_field_at_, ppp_protocol(type)); break;
        case TypeField::vxlan_gpe: bytes_[type_field_at_] = vxlan_gpe_protocol(type); break;
    }
    type_field_ = TypeField::none;
}

void PacketBuilder::next_header(uint8_t number) {
    if (has_next_field_) bytes_[next_field_] = number;
    has_next_field_ = false;
}

PacketBuilder& PacketBuilder::ethernet() {
    take_type(packet::ethertype::ethernet);
    const Bytes addresses = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    bytes_.insert(bytes_.end(), addresses.begin(), addresses.end());
    add_type_field();
    return *this;
}

PacketBuilder& PacketBuilder::vlan(uint16_t id, uint16_t tag_type) {
    take_type(tag_type);
    add16(id);
    add_type_field();
    return *this;
}

PacketBuilder& PacketBuilder::ether_type(uint16_t type) {
    take_type(type);
    return *this;
}

PacketBuilder& PacketBuilder::protocol(uint8_t number) {
    next_header(number);
    return *this;
}

PacketBuilder& PacketBuilder::ipv4(const std::string& src, const std::string& dst,
                                   size_t option_bytes) {
    take_type(packet::ethertype::ipv4);
    next_header(4);
    network_offset_ = bytes_.size();
    add_fixup(Fix::ipv4);
    bytes_.resize(bytes_.size() + packet::ipv4::header_bytes_min);
    bytes_.insert(bytes_.end(), option_bytes, 1);
    uint8_t* header = bytes_.data() + network_offset_;
    header[0] = static_cast<uint8_t>(0x45 + option_bytes / 4);
    header[packet::ipv4::ttl_offset] = 64;
    const bool ok = ::inet_pton(AF_INET, src.c_str(), header + packet::ipv4::src_offset) == 1 &&
                    ::inet_pton(AF_INET, dst.c_str(), header + packet::ipv4::dst_offset) == 1;
    BALEEN_ASSERT(ok);
    next_field_ = network_offset_ + packet::ipv4::protocol_offset;
    has_next_field_ = true;
    return *this;
}

PacketBuilder& PacketBuilder::ipv6(const std::string& src, const std::string& dst) {
    take_type(packet::ethertype::ipv6);
    next_header(41);
    network_offset_ = bytes_.size();
    add_fixup(Fix::ipv6_length);
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

PacketBuilder& PacketBuilder::ipv4_fragment(uint16_t offset_units, bool more, uint16_t id) {
    put16(bytes_, network_offset_ + packet::ipv4::id_offset, id);
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
    add_fixup(Fix::tcp_checksum);
    tcp_offset_ = bytes_.size();
    add16(src_port);
    add16(dst_port);
    add32(sequence);
    add32(acknowledged);
    add16(static_cast<uint16_t>(5 << 12 | flags));
    add16(65535);  // window
    add32(0);      // checksum, urgent pointer
    return *this;
}

PacketBuilder& PacketBuilder::tcp_window(uint16_t window) {
    put16(bytes_, tcp_offset_ + 14, window);
    return *this;
}

PacketBuilder& PacketBuilder::tcp_options(const Bytes& options) {
    bytes_.insert(bytes_.end(), options.begin(), options.end());
    bytes_.resize(bytes_.size() + (4 - options.size() % 4) % 4);
    bytes_[tcp_offset_ + packet::tcp::flags_offset] = static_cast<uint8_t>(
        (bytes_.size() - tcp_offset_) / 4 << 4 | (bytes_[tcp_offset_ + 12] & 0x0f));
    return *this;
}

PacketBuilder& PacketBuilder::udp(uint16_t src_port, uint16_t dst_port) {
    next_header(packet::protocol::udp);
    add_fixup(Fix::udp);
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

PacketBuilder& PacketBuilder::udplite(uint16_t src_port, uint16_t dst_port) {
    next_header(packet::protocol::udplite);
    add_fixup(Fix::udplite_checksum);
    add16(src_port);
    add16(dst_port);
    add32(0);  // RFC 3828 section 3.1: coverage 0 is the whole packet
    return *this;
}

// RFC 4340 section 5.1: DCCP-Data (type 2) with a 48-bit sequence number (X).
PacketBuilder& PacketBuilder::dccp(uint16_t src_port, uint16_t dst_port) {
    next_header(packet::protocol::dccp);
    add_fixup(Fix::dccp_checksum);
    add16(src_port);
    add16(dst_port);
    add32(4 << 24);  // data offset in words
    add32(2 << 25 | 1 << 24);
    add32(1);
    return *this;
}

PacketBuilder& PacketBuilder::esp(uint32_t spi) {
    next_header(packet::protocol::esp);
    add32(spi);
    add32(1);
    return *this;
}

PacketBuilder& PacketBuilder::icmp(uint8_t type, uint8_t code) {
    next_header(packet::protocol::icmp);
    add_fixup(Fix::icmp_checksum);
    add16(static_cast<uint16_t>(type << 8 | code));
    add16(0);
    add32(packet::icmp::is_error(false, type) ? 0 : 0x00010001);
    return *this;
}

PacketBuilder& PacketBuilder::icmpv6(uint8_t type, uint8_t code) {
    next_header(packet::protocol::icmpv6);
    add_fixup(Fix::icmpv6_checksum);
    add16(static_cast<uint16_t>(type << 8 | code));
    add16(0);
    add32(packet::icmp::is_error(true, type) ? 0 : 0x00010001);
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

void PacketBuilder::fill_length(const Fixup& fix) {
    const auto bytes = static_cast<uint32_t>(bytes_.size() - fix.offset);
    switch (fix.kind) {
        case Fix::ipv4: put16(bytes_, fix.offset + packet::ipv4::total_length_offset, bytes); break;
        case Fix::ipv6_length:
            put16(bytes_, fix.offset + packet::ipv6::payload_length_offset,
                  bytes - packet::ipv6::header_bytes);
            break;
        case Fix::udp: put16(bytes_, fix.offset + 4, bytes); break;
        // RFC 2637 section 4.1: payload length in the upper half of the key, without the header.
        case Fix::pptp_length: put16(bytes_, fix.offset + 4, bytes - 12); break;
        case Fix::gtp_u_length:
            put16(bytes_, fix.offset + 2, bytes - packet::gtp_u::header_bytes_min);
            break;
        case Fix::pppoe_length:
            put16(bytes_, fix.offset + 4, bytes - packet::pppoe::header_bytes);
            break;
        case Fix::llc_length: put16(bytes_, fix.offset - 2, bytes); break;
        default: break;
    }
}

void PacketBuilder::fill_checksum(const Fixup& fix) {
    const auto put = [&](size_t field, uint32_t pseudo, size_t end) {
        put16(bytes_, fix.offset + field, fold(pseudo + sum(bytes_, fix.offset, end)));
    };
    const auto transport = [&](size_t field, uint8_t protocol) {
        put(field, pseudo_header(bytes_, fix.network_offset, fix.offset, protocol), bytes_.size());
    };
    switch (fix.kind) {
        case Fix::ipv4: put(10, 0, fix.offset + (bytes_[fix.offset] & 0x0f) * 4u); break;
        case Fix::tcp_checksum: transport(16, packet::protocol::tcp); break;
        case Fix::udp: transport(6, packet::protocol::udp); break;
        case Fix::udplite_checksum: transport(6, packet::protocol::udplite); break;
        case Fix::dccp_checksum: transport(6, packet::protocol::dccp); break;
        case Fix::icmpv6_checksum: transport(2, packet::protocol::icmpv6); break;
        case Fix::icmp_checksum: put(2, 0, bytes_.size()); break;
        case Fix::gre_checksum: put(4, 0, bytes_.size()); break;
        default: break;
    }
}

PacketBuilder::Bytes PacketBuilder::take() {
    for (const Fixup& fix : fixups_) fill_length(fix);
    // From the inside out: an outer checksum covers the inner ones.
    for (auto fix = fixups_.rbegin(); fix != fixups_.rend(); fix++) fill_checksum(*fix);
    for (const auto& change : patches_) change(bytes_);
    return bytes_;
}

std::vector<PacketBuilder::Bytes> fragments_of(const PacketBuilder::Bytes& whole, size_t units,
                                               uint16_t id, size_t network_offset) {
    const bool is_v6 = whole[network_offset] >> 4 == 6;
    const size_t header_bytes =
        is_v6 ? packet::ipv6::header_bytes : (whole[network_offset] & 0x0f) * 4u;
    const size_t payload_at = network_offset + header_bytes;
    std::vector<PacketBuilder::Bytes> out;
    for (size_t at = 0; payload_at + at < whole.size(); at += units * 8) {
        const size_t bytes = std::min(units * 8, whole.size() - payload_at - at);
        const bool more = payload_at + at + bytes < whole.size();
        PacketBuilder::Bytes cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(payload_at));
        if (is_v6) {
            put16(cut, network_offset + packet::ipv6::payload_length_offset,
                  static_cast<uint32_t>(bytes + packet::ipv6::fragment_header_bytes));
            const uint8_t next = std::exchange(
                cut[network_offset + packet::ipv6::next_header_offset], packet::protocol::fragment);
            const uint8_t header[] = {
                next, 0, static_cast<uint8_t>(at >> 8), static_cast<uint8_t>(at | (more ? 1 : 0)),
                0,    0, static_cast<uint8_t>(id >> 8), static_cast<uint8_t>(id)};
            cut.insert(cut.end(), std::begin(header), std::end(header));
        } else {
            put16(cut, network_offset + packet::ipv4::total_length_offset,
                  static_cast<uint32_t>(header_bytes + bytes));
            put16(cut, network_offset + packet::ipv4::id_offset, id);
            put16(cut, network_offset + packet::ipv4::fragment_offset,
                  static_cast<uint32_t>(at / 8) | (more ? packet::ipv4::more_fragments : 0u));
            put16(cut, network_offset + 10, 0);
            put16(cut, network_offset + 10, fold(sum(cut, network_offset, payload_at)));
        }
        const auto begin = whole.begin() + static_cast<ptrdiff_t>(payload_at + at);
        cut.insert(cut.end(), begin, begin + static_cast<ptrdiff_t>(bytes));
        out.push_back(std::move(cut));
    }
    return out;
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
