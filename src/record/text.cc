#include "record/text.h"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace baleen::record {
namespace {

// Length of the UTF-8 sequence at the start of `text`, or 0 if it is none (RFC 3629 section 4).
size_t utf8_length(std::string_view text) {
    const auto at = [&](size_t i) {
        return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
    };
    const auto continues = [&](size_t i) { return (at(i) & 0xc0) == 0x80; };
    const uint8_t lead = at(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        const bool overlong = lead == 0xe0 && at(1) < 0xa0;
        const bool surrogate = lead == 0xed && at(1) >= 0xa0;
        return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        const bool overlong = lead == 0xf0 && at(1) < 0x90;
        const bool too_large = lead == 0xf4 && at(1) >= 0x90;
        return continues(1) && continues(2) && continues(3) && !overlong && !too_large ? 4 : 0;
    }
    return 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const char c = text.front();
        const size_t length = utf8_length(text);
        if (length == 0) out += "\\ufffd";
        else if (length > 1) out += text.substr(0, length);
        else if (c == '"' || c == '\\') (out += '\\') += c;
        else if (static_cast<uint8_t>(c) < 0x20)
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<uint8_t>(c));
        else out += c;
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

}  // namespace baleen::record
