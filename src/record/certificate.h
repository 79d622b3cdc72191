// What EVE tells of a server's certificate (X.509, RFC 5280), read by OpenSSL.
//
// Must hold: any bytes will do; what is not exactly one certificate is none. Texts and names are
// bounded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace baleen::record {

struct Certificate {
    std::string subject;  // "C=US, O=Example, CN=example.org"
    std::string issuer;
    std::string serial;       // "00:82:64:66", as it is encoded
    std::string fingerprint;  // SHA-1: "e4:9d:12:..."
    std::optional<int64_t> not_before_s;
    std::optional<int64_t> not_after_s;
    std::vector<std::string> names;  // subject alternative: DNS, address, URI, e-mail
};

inline constexpr size_t certificate_text_bytes_max = 1024;
inline constexpr size_t certificate_name_count_max = 128;

std::optional<Certificate> read_certificate(std::span<const uint8_t> der);

}  // namespace baleen::record
