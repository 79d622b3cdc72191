#include "record/hassh.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <string>

#include "baleen/application.h"

namespace baleen::record {
namespace {

using application::Field;
using application::FieldHead;
using application::FieldReader;

struct Side {
    std::array<Field, 4> lists;  // in the order in which they are hashed, and told
    Field hash;
};
constexpr std::array<Side, 2> sides = {
    Side{{Field::ssh_client_kex, Field::ssh_client_encryption, Field::ssh_client_mac,
          Field::ssh_client_compression},
         Field::ssh_client_hassh},
    Side{{Field::ssh_server_kex, Field::ssh_server_encryption, Field::ssh_server_mac,
          Field::ssh_server_compression},
         Field::ssh_server_hassh},
};

std::string md5_of(const std::string& text) {
    std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_md5(), nullptr) != 1)
        return {};
    return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + length, ""));
}

// Behind the last of its lists, so that all of a side stands together.
void add_of(const Side& side, std::vector<uint8_t>& fields) {
    std::string hashed;
    size_t found = 0, at = 0;
    for (FieldReader field(fields); found < side.lists.size() && field.next();) {
        at += sizeof(FieldHead) + field.value().size();
        if (!field.is(side.lists[found])) continue;
        if (found++ > 0) hashed += ';';
        hashed += field.text();
    }
    if (found < side.lists.size()) return;
    const std::string hash = md5_of(hashed);
    const FieldHead head{static_cast<uint16_t>(side.hash), static_cast<uint16_t>(hash.size())};
    std::vector<uint8_t> added(sizeof head + hash.size());
    std::memcpy(added.data(), &head, sizeof head);
    std::memcpy(added.data() + sizeof head, hash.data(), hash.size());
    fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(at), added.begin(), added.end());
}

}  // namespace

void add_hassh(std::vector<uint8_t>& fields) {
    for (const Side& side : sides) add_of(side, fields);
}

}  // namespace baleen::record
