#include "rules/compile/rarity.h"

#include <algorithm>
#include <string>
#include <vector>

namespace baleen::rules::compile {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

// In lower case. They stand in nearly every message of their protocol.
constexpr std::string_view boilerplate[] = {
    "get /",      "post /",      "http/1.1",    "http/1.0",  "http/1.",  "host: ",
    "user-agent", "accept",      "cookie",      "referer",   "mozilla/", "content-type",
    "connection", "keep-alive",  "text/html",   "https://",  "http://",  "content-length",
    "www.",       ".com",        "\r\n\r\n",    "\xffsmb",   "\xfesmb",  "\x16\x03\x01",
    ".php",       "application", "content-dis", "encoding:", "<html",    "windows nt"};

constexpr uint32_t byte_bits_max = 5;

// Bits, by hand: zeros and blanks fill protocols of either kind, then come letters and digits. The
// control characters and the upper half are rare in texts, and one of many in binary data.
uint32_t bits_of(char c, bool nocase) {
    if (c == '\0') return 1;
    if (c == ' ' || c == '\n' || c == '\r' || c == '\xff') return 2;
    constexpr std::string_view frequent = "etaoinsrhl/.=-:";
    if (frequent.find(c) != std::string_view::npos) return 3;
    if (is_letter(c)) return nocase ? 3 : 4;
    if (c >= '0' && c <= '9') return 4;
    if (c == '\x01' || c == '\x02' || c == '\x03') return 4;
    return byte_bits_max;
}

}  // namespace

uint32_t rarity(std::string_view bytes, bool nocase) {
    std::string lowered(bytes);
    std::ranges::transform(lowered, lowered.begin(), lower);
    std::vector<bool> common(bytes.size(), false);
    for (const std::string_view text : boilerplate)
        for (size_t at = lowered.find(text); at != std::string::npos;
             at = lowered.find(text, at + 1))
            std::fill_n(common.begin() + static_cast<std::ptrdiff_t>(at), text.size(), true);
    uint32_t bits = 0;
    for (size_t i = 0; i < bytes.size(); i++) {
        const bool repeats = i > 0 && bytes[i] == bytes[i - 1];
        if (!common[i] && !repeats) bits += bits_of(bytes[i], nocase);
    }
    // Where its protocol is not spoken it is rare: any one byte is worse.
    if (std::ranges::find(common, true) != common.end()) bits = std::max(bits, byte_bits_max);
    return std::min(bits, rarity_max);
}

}  // namespace baleen::rules::compile
