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

}  // namespace

std::string community_id(const FlowRecord& record, uint16_t seed) {
    namespace protocol = packet::protocol;
    namespace icmp = packet::icmp;
    const bool is_icmp = record.protocol == protocol::icmp || record.protocol == protocol::icmpv6;
    const bool has_ports = (record.flags & ports_absent) == 0;
    const size_t address_bytes = record.ip_version == 4 ? 4 : 16;
    const uint8_t* src = record.initiator_address + 16 - address_bytes;
    const uint8_t* dst = record.responder_address + 16 - address_bytes;
    uint16_t src_port = record.initiator_port;
    uint16_t dst_port = record.responder_port;
    bool one_way = false;
    if (is_icmp) {
        const bool is_v6 = record.protocol == protocol::icmpv6;
        const int counterpart =
            is_v6 ? icmp::counterpart_v6(record.icmp_type) : icmp::counterpart_v4(record.icmp_type);
        one_way = counterpart == icmp::no_counterpart;
        src_port = record.icmp_type;
        dst_port = one_way ? record.icmp_code : static_cast<uint16_t>(counterpart);
    }
    // The smaller endpoint first, so that both directions have one id; one-way messages stay as
    // they are.
    const int order = std::memcmp(src, dst, address_bytes);
    if (!one_way && (order > 0 || (order == 0 && src_port > dst_port))) {
        std::swap(src, dst);
        std::swap(src_port, dst_port);
    }

    Bytes bytes;
    bytes.add_be16(seed);
    bytes.add(src, address_bytes);
    bytes.add(dst, address_bytes);
    const uint8_t protocol_and_padding[2] = {record.protocol, 0};
    bytes.add(protocol_and_padding, 2);
    if (has_ports) {
        bytes.add_be16(src_port);
        bytes.add_be16(dst_port);
    }
    std::array<uint8_t, SHA_DIGEST_LENGTH> digest;
    ::SHA1(bytes.data.data(), bytes.size, digest.data());
    std::array<char, 32> base64;  // 20 bytes make 28 characters and a zero
    ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(base64.data()), digest.data(),
                      digest.size());
    return std::string("1:") + base64.data();
}

}  // namespace baleen::record
