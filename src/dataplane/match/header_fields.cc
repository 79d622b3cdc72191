#include "dataplane/match/header_fields.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "packet/ip.h"

namespace baleen::match {
namespace {

using ruleset::BitsMode;
using ruleset::BitsWord;
using ruleset::Field;
using ruleset::HeaderTest;
using ruleset::TestKind;
namespace ipv4 = packet::ipv4;
namespace protocol = packet::protocol;

// RFC 9293 section 3.1.
constexpr uint32_t tcp_sequence_offset = 4;
constexpr uint32_t tcp_acknowledgement_offset = 8;
constexpr uint32_t tcp_window_offset = 14;
// RFC 792 and RFC 4443 section 4.1.
constexpr uint32_t icmp_id_offset = 4;
constexpr uint32_t icmp_sequence_offset = 6;
// RFC 791 section 3.1.
constexpr uint8_t option_end = 0;
constexpr uint8_t option_no_operation = 1;

bool pass_bits(const HeaderTest& test, uint64_t found) {
    switch (test.mode) {
        case BitsMode::exactly: return (found & test.mask) == (test.bits & test.mask);
        case BitsMode::all: return (found & test.bits) == test.bits;
        case BitsMode::any: return (found & test.bits) != 0;
        case BitsMode::none: return (found & test.bits) == 0;
        case BitsMode::not_all: return (found & test.bits) != test.bits;
    }
    return false;
}

// Messages with an identifier and a sequence number: echo, timestamp, information, address mask
// (RFC 792, RFC 950); echo of ICMPv6 (RFC 4443).
bool has_icmp_id(bool is_v6, uint8_t type) {
    if (is_v6) return type == 128 || type == 129;
    return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

}  // namespace

template <class T>
std::optional<uint64_t> HeaderFields::load(uint32_t header, uint32_t offset) const {
    const uint64_t end = uint64_t{header} + offset + sizeof(T);
    if (end > packet_.captured_length) return std::nullopt;
    const uint8_t* const at = packet_.data + header + offset;
    if constexpr (sizeof(T) == 1) return *at;
    else if constexpr (sizeof(T) == 2) return base::load_be16(at);
    else return base::load_be32(at);
}

bool HeaderFields::pass(const HeaderTest& test) const {
    switch (test.kind) {
        case TestKind::same_address: return key_.src == key_.dst;
        case TestKind::ip_option: return has_ip_option(test);
        case TestKind::bits: {
            const auto found = bits(test.word);
            return found && pass_bits(test, *found);
        }
        case TestKind::field: {
            const auto found = value(test.field);
            return found && (*found >= test.low && *found <= test.high) != (test.negated != 0);
        }
    }
    return false;
}

std::optional<uint64_t> HeaderFields::value(Field field) const {
    switch (field) {
        case Field::payload_bytes: return payload_bytes();
        case Field::ttl: return layers_.ttl;
        case Field::tos: return layers_.tos;
        case Field::ip_protocol: return key_.protocol;
        case Field::ip_id:
        case Field::fragment_offset: return ipv4_value(field);
        case Field::icmp_type:
        case Field::icmp_code:
        case Field::icmp_id:
        case Field::icmp_sequence: return icmp_value(field);
        case Field::tcp_window:
        case Field::tcp_sequence:
        case Field::tcp_acknowledgement: return tcp_value(field);
    }
    return std::nullopt;
}

std::optional<uint64_t> HeaderFields::ipv4_value(Field field) const {
    if (!is_v4()) return std::nullopt;
    if (field == Field::ip_id) return load<uint16_t>(layers_.l3_offset, ipv4::id_offset);
    const auto word = load<uint16_t>(layers_.l3_offset, ipv4::fragment_offset);
    if (!word) return std::nullopt;
    return *word & ipv4::fragment_mask;
}

std::optional<uint64_t> HeaderFields::tcp_value(Field field) const {
    if (!is_transport(protocol::tcp)) return std::nullopt;
    const uint32_t header = layers_.l4_offset;
    if (field == Field::tcp_window) return load<uint16_t>(header, tcp_window_offset);
    if (field == Field::tcp_sequence) return load<uint32_t>(header, tcp_sequence_offset);
    return load<uint32_t>(header, tcp_acknowledgement_offset);
}

std::optional<uint64_t> HeaderFields::icmp_value(Field field) const {
    const bool is_v6 = is_transport(protocol::icmpv6);
    if (!is_v6 && !is_transport(protocol::icmp)) return std::nullopt;
    if (field == Field::icmp_type) return layers_.icmp_type;
    if (field == Field::icmp_code) return layers_.icmp_code;
    if (!has_icmp_id(is_v6, layers_.icmp_type)) return std::nullopt;
    return load<uint16_t>(layers_.l4_offset,
                          field == Field::icmp_id ? icmp_id_offset : icmp_sequence_offset);
}

std::optional<uint64_t> HeaderFields::bits(BitsWord word) const {
    if (word == BitsWord::tcp_flags) {
        if (!is_transport(protocol::tcp)) return std::nullopt;
        return load<uint8_t>(layers_.l4_offset, packet::tcp::flags_offset + 1);
    }
    if (!is_v4()) return std::nullopt;
    // RFC 791: reserved, don't fragment, more fragments, from the top of the word.
    const auto found = load<uint8_t>(layers_.l3_offset, ipv4::fragment_offset);
    if (!found) return std::nullopt;
    return *found >> 5;
}

// As sent: what the snap length has cut off belongs to it, padding of the link does not.
uint64_t HeaderFields::payload_bytes() const {
    const uint64_t ip_end =
        std::min<uint64_t>(uint64_t{layers_.l3_offset} + layers_.ip_bytes, packet_.wire_length);
    const uint64_t missing =
        ip_end > packet_.captured_length ? ip_end - packet_.captured_length : 0;
    return layers_.payload_length + missing;
}

bool HeaderFields::has_ip_option(const HeaderTest& test) const {
    const auto first = load<uint8_t>(layers_.l3_offset, 0);
    if (!is_v4() || !first) return false;
    const uint32_t header_bytes = (static_cast<uint32_t>(*first) & 0x0f) * 4;
    if (test.any != 0) return header_bytes > ipv4::header_bytes_min;
    for (uint32_t at = ipv4::header_bytes_min; at < header_bytes;) {
        const auto type = load<uint8_t>(layers_.l3_offset, at);
        if (!type) return false;
        if (*type == test.bits) return true;
        if (*type == option_end) return false;
        if (*type == option_no_operation) {
            at++;
            continue;
        }
        const auto bytes = load<uint8_t>(layers_.l3_offset, at + 1);
        // Type and length are the least that there is.
        if (!bytes || *bytes < 2) return false;
        at += static_cast<uint32_t>(*bytes);
    }
    return false;
}

}  // namespace baleen::match
