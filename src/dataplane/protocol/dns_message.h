// DNS messages as wholes (RFC 1035 section 4.1): header, questions, and whether bytes are one.
#pragma once

#include "dataplane/protocol/cursor.h"

namespace baleen::protocol {

struct DnsHeader {
    // Of a message that has header_bytes.
    explicit DnsHeader(Bytes message);

    static constexpr size_t header_bytes = 12;  // section 4.1.1
    static constexpr uint16_t qr = 0x8000, aa = 0x0400, tc = 0x0200, rd = 0x0100, ra = 0x0080,
                              z = 0x0040;

    bool has(uint16_t flag) const { return (flags & flag) != 0; }
    bool is_response() const { return has(qr); }
    uint32_t opcode() const { return flags >> 11 & 15u; }
    uint32_t rcode() const { return flags & 15u; }
    uint32_t records() const { return uint32_t{answers} + authorities + additionals; }
    size_t message_bytes_min() const;

    uint16_t id;
    uint16_t flags;
    uint16_t questions;
    uint16_t answers;
    uint16_t authorities;
    uint16_t additionals;
};

struct DnsQuestion {
    size_t name_at = 0;
    uint16_t type = 0;
    uint16_t question_class = 0;
};

// What is at `at` of a message, and where the next one begins. False: no whole question is there.
bool read_dns_question(Bytes message, size_t& at, DnsQuestion& question);

// On a port of its own: the header is possible, and so is the first question or record. What
// follows may be wrong, or cut off.
bool is_dns_plausible(const DnsHeader& header, Bytes message);
// Elsewhere: the header of a client with a single question, or of a server that answers it...
bool is_dns_strict(const DnsHeader& header);
// ... and everything is there, and of a known type, to the last byte.
bool is_dns_well_formed(const DnsHeader& header, Bytes message);

}  // namespace baleen::protocol
