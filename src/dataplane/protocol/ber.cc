#include "dataplane/protocol/ber.h"

#include <algorithm>
#include <charconv>

namespace baleen::protocol::ber {
namespace {

constexpr uint8_t long_form = 0x80;  // X.690 section 8.1.3.5
constexpr uint8_t long_tag = 0x1f;   // section 8.1.2.4
constexpr uint32_t length_bytes_max = 4;

// Length as it is written; UINT64_MAX: in a manner that is not understood.
uint64_t read_length(Cursor& cursor) {
    const uint8_t first = cursor.u8();
    if (first < long_form) return first;
    const uint32_t count = first & 0x7fu;
    if (count == 0 || count > length_bytes_max) return UINT64_MAX;
    uint64_t length = 0;
    for (uint32_t i = 0; i < count; i++) length = length << 8 | cursor.u8();
    return length;
}

bool is_long_tag(uint8_t tag) { return (tag & long_tag) == long_tag; }

}  // namespace

Value Reader::next() {
    const uint8_t tag = cursor_.u8();
    const uint64_t length = read_length(cursor_);
    if (!ok() || is_long_tag(tag) || length > cursor_.left()) {
        wrong_ = true;
        return {};
    }
    return {tag, cursor_.take(length)};
}

int64_t Reader::next_integer() {
    const Bytes content = next(integer);
    if (content.empty() || content.size() > sizeof(int64_t)) {
        wrong_ = true;
        return 0;
    }
    uint64_t value = (content[0] & 0x80u) != 0 ? UINT64_MAX : 0;
    for (const uint8_t byte : content) value = value << 8 | byte;
    return static_cast<int64_t>(value);
}

Extent extent_of(Bytes beginning) {
    Cursor cursor(beginning);
    const uint8_t tag = cursor.u8();
    const uint64_t length = read_length(cursor);
    if (!cursor.ok()) return {};
    if (is_long_tag(tag) || length == UINT64_MAX) return {.is_wrong = true};
    return {.bytes = cursor.position() + length};
}

OidText::OidText(Bytes content) {
    uint64_t number = 0;
    for (const uint8_t byte : content) {
        number = number << 7 | (byte & 0x7fu);
        bool is_good = number <= UINT32_MAX;
        if ((byte & 0x80u) == 0 && is_good) {
            const auto part = static_cast<uint32_t>(number);
            const uint32_t root = numbers_ == 0 ? std::min(part / 40, 2u) : 0;
            is_good = numbers_ == 0 ? append(root) && append(part - 40 * root) : append(part);
            number = 0;
        }
        if (!is_good) {
            size_ = 0;
            return;
        }
    }
    const bool is_ended = content.empty() || (content.back() & 0x80u) == 0;
    if (!is_ended) size_ = 0;
}

bool OidText::append(uint32_t number) {
    if (numbers_ == numbers_max) return false;
    if (numbers_++ > 0) text_[size_++] = '.';
    const auto end = std::to_chars(text_.data() + size_, text_.data() + text_.size(), number);
    size_ = static_cast<size_t>(end.ptr - text_.data());
    return true;
}

}  // namespace baleen::protocol::ber
