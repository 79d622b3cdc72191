#include "control/store/base64url.h"

namespace baleen::store {
namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint32_t letter_bits = 6;

}  // namespace

std::string to_base64url(std::string_view bytes) {
    std::string out;
    uint32_t held = 0, bits = 0;
    for (const char c : bytes) {
        held = held << 8 | static_cast<uint8_t>(c);
        for (bits += 8; bits >= letter_bits; bits -= letter_bits)
            out += letters[held >> (bits - letter_bits) & 63];
        held &= (1u << bits) - 1;
    }
    if (bits > 0) out += letters[held << (letter_bits - bits) & 63];
    return out;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string out;
    uint32_t held = 0, bits = 0;
    for (const char c : text) {
        const size_t value = letters.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        held = held << letter_bits | static_cast<uint32_t>(value);
        bits += letter_bits;
        if (bits >= 8) {
            bits -= 8;
            out += static_cast<char>(held >> bits);
            held &= (1u << bits) - 1;
        }
    }
    if (bits >= letter_bits || held != 0) return std::nullopt;
    return out;
}

}  // namespace baleen::store
