#include "record/community_id.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>

#include "packet/icmp.h"
#include "packet/ip.h"

namespace baleen::record {
namespace {

struct Bytes {
    // seed 2, addresses 16 + 16, protocol 1, padding 1, ports 2 + 2
    std::array<uint8_t, 40> data{};
    size_t size = 0;

    void add(const uint8_t* from, size_t count) {
        std::memcpy(data.data() + size, from, count);
        size += count;
    }
    void add_be16(uint16_t value) {
        const uint8_t bytes[2] = {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
        add(bytes, 2);
    }
};

// A flow as the specification sees it. Addresses have the form of a record's.
struct Tuple {
    const uint8_t* src;
    const uint8_t* dst;
    uint16_t src_port;
    uint16_t dst_port;
    uint8_t protocol;
    uint8_t ip_version;
    bool has_ports;
    bool one_way;  // the two directions are two flows
};

std::string id_of(Tuple t, uint16_t seed) {
    const size_t address_bytes = t.ip_version == 4 ? 4 : 16;
    t.src += 16 - address_bytes;
    t.dst += 16 - address_bytes;
    // The smaller endpoint first, so that both directions have one id; one-way messages stay as
    // they are.
    const int order = std::memcmp(t.src, t.dst, address_bytes);
    if (!t.one_way && (order > 0 || (order == 0 && t.src_port > t.dst_port))) {
        std::swap(t.src, t.dst);
        std::swap(t.src_port, t.dst_port);
    }
    Bytes bytes;
    bytes.add_be16(seed);
    bytes.add(t.src, address_bytes);
    bytes.add(t.dst, address_bytes);
    const uint8_t protocol_and_padding[2] = {t.protocol, 0};
    bytes.add(protocol_and_padding, 2);
    if (t.has_ports) {
        bytes.add_be16(t.src_port);
        bytes.add_be16(t.dst_port);
    }
    std::array<uint8_t, SHA_DIGEST_LENGTH> digest;
    ::SHA1(bytes.data.data(), bytes.size, digest.data());
    std::array<char, 32> base64;  // 20 bytes make 28 characters and a zero
    ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), digest.data(),
                      digest.size());
    return std::string("1:") + base64.data();
}

// The specification gives ports to these only; UDP-Lite and DCCP go by addresses.
bool has_ports(uint8_t protocol_number) {
    namespace protocol = packet::protocol;
    return protocol_number == protocol::tcp || protocol_number == protocol::udp ||
           protocol_number == protocol::sctp || protocol_number == protocol::icmp ||
           protocol_number == protocol::icmpv6;
}

bool is_icmp(uint8_t protocol_number) {
    return protocol_number == packet::protocol::icmp || protocol_number == packet::protocol::icmpv6;
}

}  // namespace

std::string community_id(const FlowRecord& record, uint16_t seed) {
    namespace icmp = packet::icmp;
    Tuple tuple{.src = record.initiator_address,
                .dst = record.responder_address,
                .src_port = record.initiator_port,
                .dst_port = record.responder_port,
                .protocol = record.protocol,
                .ip_version = record.ip_version,
                .has_ports = (record.flags & ports_absent) == 0 && has_ports(record.protocol),
                .one_way = false};
    if (is_icmp(record.protocol)) {
        const bool is_v6 = record.protocol == packet::protocol::icmpv6;
        const int counterpart =
            is_v6 ? icmp::counterpart_v6(record.icmp_type) : icmp::counterpart_v4(record.icmp_type);
        tuple.one_way = counterpart == icmp::no_counterpart;
        tuple.src_port = record.icmp_type;
        tuple.dst_port = tuple.one_way ? record.icmp_code : static_cast<uint16_t>(counterpart);
    }
    return id_of(tuple, seed);
}

std::string quoted_community_id(const FlowRecord& record, uint16_t seed) {
    const Encapsulation& quoted = record.encapsulation;
    const uint8_t number = quoted.quoted_protocol;
    const bool one_way =
        is_icmp(number) && (quoted.quoted_src_port & packet::icmp::one_way_port) != 0;
    return id_of({.src = record.responder_address,
                  .dst = quoted.quoted_destination,
                  // packet/icmp.h: the marker is not part of the type
                  .src_port = static_cast<uint16_t>(one_way ? quoted.quoted_src_port & 0xff
                                                            : quoted.quoted_src_port),
                  .dst_port = quoted.quoted_dst_port,
                  .protocol = number,
                  .ip_version = record.ip_version,
                  .has_ports = has_ports(number),
                  .one_way = one_way},
                 seed);
}

}  // namespace baleen::record
