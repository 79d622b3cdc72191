// Bencoding (BEP 3): dictionaries of BitTorrent's DHT and extensions, read in place.
#pragma once

#include "dataplane/protocol/cursor.h"

namespace baleen::protocol::bencode {

// A string; nothing and !ok() where there is none.
inline Bytes take_string(Cursor& cursor) {
    size_t length = 0;
    constexpr uint32_t digits_max = 5;
    for (uint32_t i = 0; i <= digits_max; i++) {
        const uint8_t byte = cursor.u8();
        if (byte == ':' && i > 0) return cursor.take(length);
        if (byte < '0' || byte > '9') break;
        length = length * 10 + (byte - '0');
    }
    cursor.skip(cursor.left() + 1);
    return {};
}

inline uint64_t take_number(Cursor& cursor) {
    uint64_t value = 0;
    bool is_number = cursor.u8() == 'i';
    for (uint8_t byte; is_number && (byte = cursor.u8()) != 'e';) {
        is_number = (byte >= '0' && byte <= '9') || byte == '-';
        value = value * 10 + (byte & 15u);
    }
    if (!is_number) cursor.skip(cursor.left() + 1);
    return value;
}

inline uint8_t peek(const Cursor& cursor) { return Cursor(cursor).u8(); }

// The bytes of a value of any kind.
inline Bytes take_value(Cursor& cursor) {
    Cursor start(cursor);
    uint32_t depth = 0;
    do {
        switch (peek(cursor)) {
            case 'd':
            case 'l': depth++, cursor.skip(1); break;
            case 'e':
                if (depth == 0) cursor.skip(cursor.left() + 1);
                else depth--, cursor.skip(1);
                break;
            case 'i': take_number(cursor); break;
            default: take_string(cursor); break;
        }
    } while (depth > 0 && cursor.ok());
    return cursor.ok() ? start.take(cursor.position() - start.position()) : Bytes{};
}

// Calls `member(key, value)` for each of a dictionary's; false: it is none.
template <class Member>
bool walk(Bytes dictionary, const Member& member) {
    Cursor cursor(dictionary);
    if (cursor.u8() != 'd') return false;
    while (cursor.ok() && peek(cursor) != 'e') {
        const Bytes key = take_string(cursor);
        const Bytes value = take_value(cursor);
        if (cursor.ok()) member(key, value);
    }
    cursor.skip(1);
    return cursor.ok() && cursor.at_end();
}

}  // namespace baleen::protocol::bencode
