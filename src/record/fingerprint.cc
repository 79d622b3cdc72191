#include "record/fingerprint.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <vector>

#include "baleen/tls_hello.h"
#include "base/cursor.h"

namespace baleen::record {
namespace {

using base::Bytes;
using base::Cursor;

std::vector<uint16_t> list16(Cursor& packed) {
    std::vector<uint16_t> values(packed.u8());
    for (uint16_t& value : values) value = packed.be16();
    return values;
}

std::vector<uint8_t> list8(Cursor& packed) {
    const Bytes values = packed.vector8();
    return {values.begin(), values.end()};
}

// All of it was there, and nothing else.
bool is_whole(const Cursor& packed) { return packed.ok() && packed.at_end(); }

struct ClientHello {
    uint8_t transport;
    uint16_t legacy_version;
    std::vector<uint16_t> ciphers, extensions, groups;
    std::vector<uint8_t> point_formats;
    std::vector<uint16_t> signature_algorithms;
    std::vector<uint8_t> alpn;
    uint16_t version;
};

std::optional<ClientHello> unpack(Bytes packed) {
    Cursor reader(packed);
    // Members of a list in braces are read in their order.
    ClientHello hello{reader.u8(),   reader.be16(),  list16(reader), list16(reader), list16(reader),
                      list8(reader), list16(reader), list8(reader),  reader.be16()};
    if (!is_whole(reader)) return std::nullopt;
    return hello;
}

// In lower-case hexadecimal; empty where the library has no such digest.
std::string digest(const EVP_MD* kind, std::string_view text) {
    std::array<uint8_t, EVP_MAX_MD_SIZE> bytes;
    unsigned count = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &count, kind, nullptr) != 1) return {};
    return fmt::format("{:02x}", fmt::join(Bytes(bytes).first(count), ""));
}

// The first 12 digits; zeros for an empty list.
std::string ja4_digest(std::string_view text) {
    constexpr size_t digits = 12;
    if (text.empty()) return std::string(digits, '0');
    return digest(EVP_sha256(), text).substr(0, digits);
}

std::string_view ja4_version(uint16_t version) {
    switch (version) {
        case 0x0002: return "s2";
        case 0x0300: return "s3";
        case 0x0301: return "10";
        case 0x0302: return "11";
        case 0x0303: return "12";
        case 0x0304: return "13";
        case 0xfeff: return "d1";
        case 0xfefd: return "d2";
        case 0xfefc: return "d3";
        default: return "00";
    }
}

bool is_alphanumeric(uint8_t c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The first and the last character of the first protocol; of its hexadecimal form where one of them
// is neither letter nor digit.
std::string ja4_alpn(const std::vector<uint8_t>& ends) {
    if (ends.size() != 2) return "00";
    if (is_alphanumeric(ends[0]) && is_alphanumeric(ends[1]))
        return {static_cast<char>(ends[0]), static_cast<char>(ends[1])};
    return fmt::format("{:x}{:x}", ends[0] >> 4, ends[1] & 0xf);
}

std::string hex_list(const std::vector<uint16_t>& values) {
    return fmt::format("{:04x}", fmt::join(values, ","));
}

std::string sorted_hex_list(std::vector<uint16_t> values) {
    std::ranges::sort(values);
    return hex_list(values);
}

}  // namespace

std::string make_ja3(Bytes client_hello) {
    const auto hello = unpack(client_hello);
    if (!hello) return {};
    return digest(EVP_md5(),
                  fmt::format("{},{},{},{},{}", hello->legacy_version,
                              fmt::join(hello->ciphers, "-"), fmt::join(hello->extensions, "-"),
                              fmt::join(hello->groups, "-"), fmt::join(hello->point_formats, "-")));
}

std::string make_ja3s(Bytes server_hello) {
    Cursor reader(server_hello);
    reader.u8();  // transport
    const uint16_t legacy_version = reader.be16();
    const uint16_t cipher = reader.be16();
    const std::vector<uint16_t> extensions = list16(reader);
    if (!is_whole(reader)) return {};
    return digest(EVP_md5(),
                  fmt::format("{},{},{}", legacy_version, cipher, fmt::join(extensions, "-")));
}

std::string make_ja4(Bytes client_hello) {
    constexpr size_t count_max = 99;
    const auto hello = unpack(client_hello);
    if (!hello || !is_alphanumeric(hello->transport)) return {};
    const bool has_sni = std::ranges::count(hello->extensions, tls::extension_server_name) > 0;
    std::vector<uint16_t> others;
    std::ranges::copy_if(hello->extensions, std::back_inserter(others), [](uint16_t type) {
        return type != tls::extension_server_name && type != tls::extension_alpn;
    });
    std::string extensions = sorted_hex_list(others);
    if (!extensions.empty() && !hello->signature_algorithms.empty())
        extensions += "_" + hex_list(hello->signature_algorithms);
    return fmt::format("{}{}{}{:02}{:02}{}_{}_{}", static_cast<char>(hello->transport),
                       ja4_version(hello->version), has_sni ? 'd' : 'i',
                       std::min(hello->ciphers.size(), count_max),
                       std::min(hello->extensions.size(), count_max), ja4_alpn(hello->alpn),
                       ja4_digest(sorted_hex_list(hello->ciphers)), ja4_digest(extensions));
}

}  // namespace baleen::record
