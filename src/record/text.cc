#include "record/text.h"

#include <fmt/format.h>
#include <openssl/evp.h>

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

void append_printable(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        const auto first = static_cast<uint8_t>(text.front());
        // C0, DEL, and C1 (U+0080 ... U+009F), which terminals may obey.
        const bool control = first < 0x20 || first == 0x7f ||
                             (length == 2 && first == 0xc2 && static_cast<uint8_t>(text[1]) < 0xa0);
        if (length == 0 || control) out += '.';
        else out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

void append_printable_payload(std::string& out, std::string_view bytes) {
    for (const char c : bytes) out += (c >= 0x20 && c < 0x7f) || c == '\r' || c == '\n' ? c : '.';
}

void append_csv_text(std::string& out, std::string_view text) {
    std::string printable;
    append_printable(printable, text);
    if (printable.find_first_of(",\"") == std::string::npos) {
        out += printable;
        return;
    }
    out += '"';
    for (const char c : printable) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void append_base64(std::string& out, std::string_view bytes) {
    const size_t before = out.size();
    // EVP_EncodeBlock writes four characters for each three bytes begun, and a zero.
    out.resize(before + (bytes.size() + 2) / 3 * 4 + 1);
    ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + before),
                      reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()));
    out.pop_back();
}

}  // namespace baleen::record
