// ASN.1's basic and distinguished encoding rules (ITU-T X.690), as far as protocols and
// certificates use them: tags of one byte, and lengths that are written down.
//
// Must hold: nothing is read beyond the end; what is wrong reads as empty, and ok() tells of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/protocol/cursor.h"

namespace baleen::protocol {

namespace ber {

inline constexpr uint8_t integer = 0x02, octet_string = 0x04, oid = 0x06, sequence = 0x30;

// Class and number of a tag that is written as [n] in ASN.1: a constructed one.
constexpr uint8_t context(uint8_t number) { return 0xa0 | number; }

struct Value {
    uint8_t tag = 0;
    Bytes content;
};

// Of values that follow each other.
class Reader {
public:
    explicit Reader(Bytes bytes) : cursor_(bytes) {}

    bool ok() const { return cursor_.ok() && !wrong_; }
    bool at_end() const { return cursor_.at_end(); }

    // The next value whatever it is.
    Value next();
    // Its content, if it is of this kind; else none, and !ok().
    Bytes next(uint8_t tag) {
        const Value value = next();
        if (value.tag != tag) wrong_ = true;
        return ok() ? value.content : Bytes{};
    }
    int64_t next_integer();

private:
    Cursor cursor_;
    bool wrong_ = false;
};

// Bytes of the value that begins here, with tag and length. 0: more bytes will tell, or none
// (is_wrong).
struct Extent {
    uint64_t bytes = 0;
    bool is_wrong = false;
};
Extent extent_of(Bytes beginning);

// "1.3.6.1.2.1.1.5.0" (X.690 section 8.19); empty if it is none, or longer than any in use
// (128 numbers, RFC 2578 section 3.5).
class OidText {
public:
    explicit OidText(Bytes content);
    std::string_view view() const { return {text_.data(), size_}; }

private:
    static constexpr size_t numbers_max = 128;

    bool append(uint32_t number);

    std::array<char, numbers_max * 11> text_;
    size_t size_ = 0;
    size_t numbers_ = 0;
};

}  // namespace ber

}  // namespace baleen::protocol
