// What a rule asks of the headers of a packet, beside addresses and ports.
#pragma once

#include <cstdint>
#include <variant>

namespace baleen::rules {

// Values as they stand in the header, in host order. A packet without the header or the field fails
// the test, negated or not.
enum class Field {
    payload_bytes,  // dsize: of this packet, never of a stream
    icmp_type,
    icmp_code,
    icmp_id,  // of messages that have one: echo, timestamp, information, address mask
    icmp_sequence,
    ttl,              // hop limit in IPv6
    tos,              // the whole octet; traffic class in IPv6
    ip_id,            // IPv4 only
    ip_protocol,      // of the header that the payload follows
    fragment_offset,  // in units of 8 bytes (RFC 791)
    tcp_window,       // not scaled
    tcp_sequence,     // absolute
    tcp_acknowledgement,
};

// low <= field <= high, or not.
struct FieldTest {
    Field field;
    uint64_t low = 0;
    uint64_t high = 0;
    bool negated = false;

    bool operator==(const FieldTest&) const = default;
};

// Bits of an octet: the TCP flags (FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128), or
// those of an IPv4 fragment (more fragments 1, don't fragment 2, reserved 4).
struct BitsTest {
    enum class Word { tcp_flags, fragment };
    enum class Mode {
        exactly,  // of the bits of `mask`, these and no others
        all,      // these, and maybe others
        any,      // at least one of these
        none,     // none of these
        not_all,  // at least one of these is missing
    };
    Word word = Word::tcp_flags;
    Mode mode = Mode::exactly;
    uint8_t bits = 0;
    uint8_t mask = 0xff;

    bool operator==(const BitsTest&) const = default;
};

// Source and destination address are equal.
struct SameAddress {
    bool operator==(const SameAddress&) const = default;
};

// The IPv4 header has this option (its type octet), or any at all.
struct IpOptionTest {
    bool any = false;
    uint8_t type = 0;

    bool operator==(const IpOptionTest&) const = default;
};

using HeaderTest = std::variant<FieldTest, BitsTest, SameAddress, IpOptionTest>;

}  // namespace baleen::rules
