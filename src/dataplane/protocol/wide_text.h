// UTF-16 of Microsoft's protocols (little-endian) as UTF-8, in memory of its own.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/protocol/cursor.h"

namespace baleen::protocol {

class WideText {
public:
    // Of a longer text its beginning; a zero ends it. What is no UTF-16 becomes U+FFFD.
    explicit WideText(Bytes wide) {
        Cursor units(wide);
        while (units.left() >= 2 && used_ + code_bytes_max <= text_.size()) {
            const uint32_t code = next(units);
            if (code == 0) break;
            append(code);
        }
    }
    std::string_view text() const { return {text_.data(), used_}; }

private:
    static constexpr size_t code_bytes_max = 4;
    static constexpr uint32_t replacement = 0xfffd;

    // RFC 2781 section 2.2.
    static uint32_t next(Cursor& units) {
        const uint32_t first = units.le16();
        if (first < 0xd800 || first > 0xdfff) return first;
        if (first > 0xdbff || units.left() < 2) return replacement;
        const uint32_t second = units.le16();
        if (second < 0xdc00 || second > 0xdfff) return replacement;
        return 0x10000 + ((first & 0x3ff) << 10 | (second & 0x3ff));
    }
    void append(uint32_t code) {
        const auto put = [&](uint32_t byte) { text_[used_++] = static_cast<char>(byte); };
        if (code < 0x80) return put(code);
        if (code < 0x800) {
            put(0xc0 | code >> 6);
        } else {
            if (code < 0x10000) {
                put(0xe0 | code >> 12);
            } else {
                put(0xf0 | code >> 18);
                put(0x80 | (code >> 12 & 0x3f));
            }
            put(0x80 | (code >> 6 & 0x3f));
        }
        put(0x80 | (code & 0x3f));
    }

    std::array<char, 512> text_;
    size_t used_ = 0;
};

}  // namespace baleen::protocol
