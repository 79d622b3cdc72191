#include "dataplane/protocol/sasl.h"

#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {
namespace {

constexpr uint32_t not_base64 = 64;

constexpr uint32_t base64_value(uint8_t letter) {
    if (letter >= 'A' && letter <= 'Z') return letter - uint32_t{'A'};
    if (letter >= 'a' && letter <= 'z') return letter - uint32_t{'a'} + 26;
    if (is_digit(letter)) return letter - uint32_t{'0'} + 52;
    if (letter == '+') return 62;
    return letter == '/' ? 63 : not_base64;
}

// As much of it as the buffer holds; empty where it is not base64.
Bytes decode_base64(Bytes text, SaslBuffer& buffer) {
    uint32_t bits = 0, bit_count = 0;
    size_t length = 0;
    for (const uint8_t letter : text) {
        if (letter == '=') break;
        const uint32_t value = base64_value(letter);
        if (value == not_base64) return {};
        bits = bits << 6 | value;
        bit_count += 6;
        if (bit_count < 8) continue;
        if (length == buffer.size()) break;
        bit_count -= 8;
        buffer[length++] = static_cast<uint8_t>(bits >> bit_count);
    }
    return {buffer.data(), length};
}

Bytes behind(Bytes text, uint8_t letter) {
    const Bytes before = until(text, letter);
    return before.size() == text.size() ? Bytes{} : text.subspan(before.size() + 1);
}

// "user=name^Aauth=..." of XOAUTH2, "n,a=name,^Ahost=..." of OAUTHBEARER.
Bytes bearer_user(Bytes decoded) {
    constexpr uint8_t separator = 1;
    if (starts_with(decoded, "user=")) return until(decoded.subspan(5), separator);
    if (starts_with(decoded, "n,a=")) return until(decoded.subspan(4), ',');
    return {};
}

}  // namespace

SaslMechanism find_sasl_mechanism(Bytes name) {
    if (is_word(name, "plain")) return SaslMechanism::plain;
    if (is_word(name, "login")) return SaslMechanism::login;
    if (is_word(name, "cram-md5")) return SaslMechanism::cram_md5;
    if (is_word(name, "xoauth2") || is_word(name, "oauthbearer")) return SaslMechanism::bearer;
    return SaslMechanism::other;
}

Bytes read_sasl_user(SaslMechanism mechanism, Bytes base64, SaslBuffer& buffer) {
    const Bytes decoded = decode_base64(base64, buffer);
    switch (mechanism) {
        case SaslMechanism::plain: return until(behind(decoded, 0), 0);
        case SaslMechanism::login: return decoded;
        case SaslMechanism::cram_md5: {
            const Bytes user = until(decoded, ' ');
            return user.size() == decoded.size() ? Bytes{} : user;
        }
        case SaslMechanism::bearer: return bearer_user(decoded);
        case SaslMechanism::none:
        case SaslMechanism::other: break;
    }
    return {};
}

}  // namespace baleen::protocol
