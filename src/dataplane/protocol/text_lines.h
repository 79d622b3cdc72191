// Lines of text protocols: where they end, words in them, and short texts that a parser remembers.
//
// Must hold: what is made of a line does not depend on the pieces in which it came.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "dataplane/protocol/cursor.h"

namespace baleen::protocol {

// Longer ones are cut: RFC 5321 section 4.5.3.1.4 has 512 bytes for a command, FTP no limit.
inline constexpr size_t line_bytes_max = 1024;

struct Line {
    Bytes text;     // without its end
    size_t bytes;   // with it; 0: its end is not there yet
    bool is_begun;  // it is longer than wanted: `text` is its beginning, and the rest is to come
};

// An end is LF, or CR LF.
inline Line read_line(Bytes bytes, size_t bytes_max = line_bytes_max) {
    const size_t wanted = std::min(bytes.size(), bytes_max);
    const void* end = std::memchr(bytes.data(), '\n', wanted);
    if (end == nullptr) {
        if (wanted < bytes_max) return {{}, 0, false};
        return {bytes.first(wanted), wanted, true};
    }
    const auto length = static_cast<size_t>(static_cast<const uint8_t*>(end) - bytes.data());
    const size_t text = length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
    return {bytes.first(text), length + 1, false};
}

// How many bytes belong to the rest of a line, its end included; `is_passing`: whether the end is
// still to come.
inline size_t pass_line(Bytes bytes, bool& is_passing) {
    const void* end = std::memchr(bytes.data(), '\n', bytes.size());
    if (end == nullptr) return bytes.size();
    is_passing = false;
    return static_cast<size_t>(static_cast<const uint8_t*>(end) - bytes.data()) + 1;
}

inline Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

constexpr uint8_t lower(uint8_t letter) {
    return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
}
constexpr bool is_digit(uint8_t letter) { return letter >= '0' && letter <= '9'; }
constexpr bool is_letter(uint8_t letter) { return lower(letter) >= 'a' && lower(letter) <= 'z'; }

// Whatever the case of ASCII letters; `word` is in lower case.
inline bool starts_with(Bytes bytes, std::string_view word) {
    return bytes.size() >= word.size() &&
           std::equal(word.begin(), word.end(), bytes.begin(), [](char of_word, uint8_t letter) {
               return lower(letter) == static_cast<uint8_t>(of_word);
           });
}
inline bool is_word(Bytes bytes, std::string_view word) {
    return bytes.size() == word.size() && starts_with(bytes, word);
}
// `bytes` may still become what starts with `word`.
inline bool may_start_with(Bytes bytes, std::string_view word) {
    return starts_with(bytes, word.substr(0, std::min(word.size(), bytes.size())));
}
inline bool contains(Bytes bytes, std::string_view word) {
    for (; bytes.size() >= word.size(); bytes = bytes.subspan(1))
        if (starts_with(bytes, word)) return true;
    return false;
}

inline Bytes trim(Bytes text) {
    const auto is_space = [](uint8_t letter) { return letter == ' ' || letter == '\t'; };
    while (!text.empty() && is_space(text.front())) text = text.subspan(1);
    while (!text.empty() && is_space(text.back())) text = text.first(text.size() - 1);
    return text;
}

inline Bytes until(Bytes text, uint8_t letter) {
    return text.first(
        static_cast<size_t>(std::find(text.begin(), text.end(), letter) - text.begin()));
}

// The first word, and takes it and the spaces behind it off.
inline Bytes take_word(Bytes& text) {
    const Bytes word = until(text, ' ');
    text = trim(text.subspan(word.size()));
    return word;
}

// Decimal digits in front, as far as they are some; saturates.
inline uint64_t leading_number(Bytes text) {
    constexpr uint64_t most = UINT64_MAX / 16;
    uint64_t value = 0;
    for (const uint8_t letter : text) {
        if (!is_digit(letter)) break;
        value = value < most ? value * 10 + (letter - uint64_t{'0'}) : most;
    }
    return value;
}

// The beginning of a text, kept in a parser's state.
template <size_t bytes_max>
class ShortText {
public:
    void set(Bytes text) {
        length_ = static_cast<uint8_t>(std::min(text.size(), bytes_max));
        std::copy_n(text.begin(), length_, bytes_.begin());
    }
    void clear() { length_ = 0; }
    bool is_empty() const { return length_ == 0; }
    Bytes bytes() const { return {bytes_.data(), length_}; }

private:
    static_assert(bytes_max <= UINT8_MAX);
    uint8_t length_;
    std::array<uint8_t, bytes_max> bytes_;
};

}  // namespace baleen::protocol
