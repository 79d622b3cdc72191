// Bytes as Suricata writes addresses of links and identifiers: "00:1b:c3:...".
#pragma once

#include <array>
#include <string_view>

#include "dataplane/protocol/cursor.h"

namespace baleen::protocol {

// Of more than `bytes_max` the first ones.
template <size_t bytes_max>
class HexText {
public:
    explicit HexText(Bytes bytes) {
        constexpr std::string_view digits = "0123456789abcdef";
        for (const uint8_t byte : bytes.first(std::min(bytes.size(), bytes_max))) {
            if (size_ > 0) text_[size_++] = ':';
            text_[size_++] = digits[byte >> 4];
            text_[size_++] = digits[byte & 15u];
        }
    }
    std::string_view view() const { return {text_.data(), size_}; }

private:
    std::array<char, 3 * bytes_max> text_;
    size_t size_ = 0;
};

}  // namespace baleen::protocol
