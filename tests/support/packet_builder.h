// Packets made by hand, header by header, for tests: lengths, checksums and "next header" fields
// are filled in when the packet is taken, unless a test has said otherwise.
//
//     PacketBuilder().ethernet().vlan(10).ipv4("10.0.0.1", "10.0.0.2").tcp(1024, 80,
//     tcp::syn).take()
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "packet/batch.h"

namespace baleen::test {

class PacketBuilder {
public:
    using Bytes = std::vector<uint8_t>;

    PacketBuilder& ethernet();
    PacketBuilder& vlan(uint16_t id, uint16_t tag_type = 0x8100);
    PacketBuilder& ether_type(uint16_t type);  // of what follows, where no header says it
    PacketBuilder& ipv4(const std::string& src, const std::string& dst);
    PacketBuilder& ipv6(const std::string& src, const std::string& dst);
    PacketBuilder& protocol(uint8_t number);  // of what follows, where no header says it
    PacketBuilder& tcp(uint16_t src_port, uint16_t dst_port, uint16_t flags, uint32_t sequence = 1,
                       uint32_t acknowledged = 0);
    PacketBuilder& udp(uint16_t src_port, uint16_t dst_port);
    PacketBuilder& sctp(uint16_t src_port, uint16_t dst_port);
    PacketBuilder& icmp(uint8_t type, uint8_t code);
    PacketBuilder& icmpv6(uint8_t type, uint8_t code);
    // An IPv6 extension header of 8-byte units: kind is its protocol number.
    PacketBuilder& extension(uint8_t kind, uint32_t units = 1);
    PacketBuilder& ipv6_fragment(uint16_t offset_units, bool more, uint32_t id = 1);
    PacketBuilder& authentication(uint32_t words = 6);
    // Flags and offset of the last IPv4 header.
    PacketBuilder& ipv4_fragment(uint16_t offset_units, bool more);
    PacketBuilder& payload(size_t bytes, uint8_t value = 0x61);
    PacketBuilder& raw(const Bytes& bytes);

    // Changes the finished bytes: for malformations.
    PacketBuilder& patch(std::function<void(Bytes&)> change);

    Bytes take();

    // Offset at which the next header begins: for patches.
    size_t size() const { return bytes_.size(); }

private:
    void link_type_field(uint16_t type);
    void next_header(uint8_t number);
    void add16(uint16_t value);
    void add32(uint32_t value);

    struct Fixup {
        size_t offset;
        int kind;
        size_t network_offset;
    };
    Bytes bytes_;
    std::vector<Fixup> fixups_;
    std::vector<std::function<void(Bytes&)>> patches_;
    size_t type_field_ = 0;  // where the EtherType of the next header goes
    bool has_type_field_ = false;
    size_t next_field_ = 0;  // where the protocol number of the next header goes
    bool has_next_field_ = false;
    size_t network_offset_ = 0;  // of the innermost IP header
    uint8_t network_version_ = 0;
};

// A packet over bytes that the caller keeps.
packet::Packet packet_of(const PacketBuilder::Bytes& bytes, int64_t time_ns = 0,
                         packet::LinkType link = packet::LinkType::ethernet);

}  // namespace baleen::test
