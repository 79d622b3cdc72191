// How STUN's messages begin (RFC 8489 section 5), and what may come between them on a flow.
#pragma once

#include "dataplane/protocol/cursor.h"

namespace baleen::protocol {

inline constexpr size_t stun_head_bytes = 20;

struct StunHead {
    bool is_possible = false;  // as far as the bytes go
    bool has_cookie = false;
    uint32_t method = 0;
    uint32_t message_class = 0;  // request, indication, success, error
    uint32_t length = 0;         // of what follows the head
};

inline StunHead read_stun_head(Bytes bytes) {
    constexpr uint32_t cookie = 0x2112a442;
    StunHead head;
    if ((bytes[0] & 0xc0) != 0) return head;
    Cursor cursor(bytes);
    const uint32_t type = cursor.be16();
    head.length = cursor.be16();
    head.has_cookie = cursor.be32() == cookie;
    // Bits 4 and 8 are the class, in the midst of the method (section 5, figure 3).
    head.message_class = (type >> 4 & 1) | (type >> 7 & 2);
    head.method = (type & 0xf) | (type >> 1 & 0x70) | (type >> 2 & 0xf80);
    const bool is_length = bytes.size() < 4 || head.length % 4 == 0;
    const bool is_signed = bytes.size() < 8 || head.has_cookie || bytes.size() >= stun_head_bytes;
    head.is_possible = is_length && is_signed;
    return head;
}

// TURN's channel numbers (RFC 8656 section 12).
constexpr bool is_channel(uint8_t first) { return first >= 0x40 && first <= 0x4f; }

}  // namespace baleen::protocol
