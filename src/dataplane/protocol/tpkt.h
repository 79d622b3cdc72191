// TPKT (RFC 1006 section 6) with X.224 or COTP in it (RFC 905 section 13), under RDP and S7.
#pragma once

#include "dataplane/protocol/parser.h"

namespace baleen::protocol::tpkt {

inline constexpr uint8_t version = 3;
inline constexpr size_t head_bytes = 4;
inline constexpr size_t frame_bytes_min = head_bytes + 3;  // a length, a type, a number
inline constexpr uint8_t connection_request = 0xe0, connection_confirm = 0xd0, data = 0xf0;

inline size_t frame_bytes(Bytes bytes) { return base::load_be16(bytes.data() + 2); }

// Of a whole frame.
inline uint8_t type(Bytes frame) { return frame[5] & 0xf0; }

// A frame of this type, as far as the bytes go; of connection requests and confirmations also that
// nothing follows their head.
inline Recognition recognise(Bytes bytes, uint8_t type) {
    if (bytes[0] != version) return Recognition::no;
    if (bytes.size() > 1 && bytes[1] != 0) return Recognition::no;
    if (bytes.size() < head_bytes + 2) return Recognition::maybe;
    if ((bytes[5] & 0xf0) != type || frame_bytes(bytes) < frame_bytes_min) return Recognition::no;
    const bool is_all_head = frame_bytes(bytes) == head_bytes + 1u + bytes[4];
    return type == data || is_all_head ? Recognition::yes : Recognition::no;
}

}  // namespace baleen::protocol::tpkt
