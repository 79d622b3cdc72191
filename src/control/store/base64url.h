// Base64 for addresses of pages (RFC 4648 section 5), without padding; and a hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace baleen::store {

std::string to_base64url(std::string_view bytes);
// Nothing where it is none, or not the one text that stands for its bytes.
std::optional<std::string> from_base64url(std::string_view text);

// FNV-1a, 64 bits.
constexpr uint64_t fnv1a(std::string_view bytes, uint64_t hash = 0xcbf29ce484222325) {
    for (const char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    return hash;
}

}  // namespace baleen::store
