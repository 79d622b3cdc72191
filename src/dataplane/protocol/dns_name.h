// Domain names as they lie in messages (RFC 1035 section 4.1.4), and as text.
//
// Must hold: a name is read in bounded time whatever its bytes say: pointers lead backwards only,
// at most name_jumps_max times, and a name has 255 bytes at most.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "dataplane/protocol/cursor.h"

namespace baleen::protocol {

inline constexpr size_t name_bytes_max = 255;  // RFC 1035 section 2.3.4, with lengths and root
inline constexpr uint32_t name_jumps_max = 32;
// Every byte as \DDD, and the dots between labels.
inline constexpr size_t name_text_bytes_max = 4 * name_bytes_max;

// Which bytes are shown as they are. mDNS and LLMNR have UTF-8 in names (RFC 6762 section 16,
// RFC 4795 section 3); in DNS a byte beyond ASCII means nothing.
enum class NameCharset : uint8_t { ascii, utf8 };

// In the manner of master files (RFC 4343 section 2.1): \DDD for what cannot be printed, \. for a
// dot in a label, and "." for the root. Blanks stay, as names of services are full of them.
class NameText {
public:
    explicit NameText(NameCharset charset) : charset_(charset) {}

    std::string_view view() const { return {text_.data(), size_}; }
    void clear() { size_ = 0; }
    // `readable`: bytes that may be looked at from the label's first one on.
    void append_label(Bytes label, size_t readable);
    void end();
    NameCharset charset() const { return charset_; }

private:
    void append(char c) { text_[size_++] = c; }
    void append_escaped(uint8_t byte);
    size_t append_plain(Bytes label, size_t readable);

    // With room for a word at its end.
    std::array<char, name_text_bytes_max + sizeof(uint64_t)> text_;
    size_t size_ = 0;
    NameCharset charset_;
};

// The name at `at` of a message. Where it ends, or 0: it is none.
size_t read_name(Bytes message, size_t at, NameText& text);
// The same, without a look at what pointers point at.
size_t skip_name(Bytes message, size_t at);
// The names of a message's records one after the other: most of them point at the one before.
struct LastName {
    explicit LastName(NameCharset charset) : text(charset) {}

    // False: it is none.
    bool read(Bytes message, size_t name_at);

    NameText text;
    size_t at = 0;  // where it was read; 0: nowhere
};
// As options of DHCP have them: no pointers, and the root may be missing. False: it is none.
bool read_partial_name(Bytes bytes, NameText& text);

}  // namespace baleen::protocol
