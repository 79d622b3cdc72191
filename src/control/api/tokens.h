// Who may ask: the tokens of a file, and the role of each.
//
// Must hold: how long a comparison takes tells nothing about a token. Only hashes are kept.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "control/api/http.h"

namespace baleen::api {

class Tokens {
public:
    // Lines "read TOKEN" and "admin TOKEN", comments behind '#'. Refused where others can read the
    // file.
    static base::Result<Tokens> load(const std::string& path);
    static base::Result<Tokens> parse(std::string_view text, std::string_view name);

    // Role::none: nobody's token.
    Role role_of(std::string_view token) const;
    size_t size() const { return entries_.size(); }

private:
    using Hash = std::array<uint8_t, 32>;  // SHA-256
    struct Entry {
        Hash hash;
        Role role;
    };
    static Hash hash_of(std::string_view token);
    std::vector<Entry> entries_;
};

}  // namespace baleen::api
