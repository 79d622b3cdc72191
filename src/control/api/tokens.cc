#include "control/api/tokens.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/file_descriptor.h"
#include "control/api/header_values.h"

namespace baleen::api {
namespace {

// 16 characters of Base64 are 96 bits: nobody guesses them over a network.
constexpr size_t token_bytes_min = 16;
constexpr size_t token_bytes_max = 1024;
constexpr size_t file_bytes_max = 1 << 20;

// b64token of RFC 6750 section 2.1.
bool is_token(std::string_view token) {
    return token.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") ==
           std::string_view::npos;
}

}  // namespace

base::Result<Tokens> Tokens::load(const std::string& path) {
    const base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0)
        return base::Error{fmt::format("api.token_file: {}: {}", path, std::strerror(errno))};
    if ((status.st_mode & 077) != 0)
        return base::Error{fmt::format(
            "api.token_file: {} can be read or changed by others; chmod 600 {}", path, path)};
    if (!S_ISREG(status.st_mode) || status.st_size > static_cast<off_t>(file_bytes_max))
        return base::Error{fmt::format("api.token_file: {} is not a file of tokens", path)};
    std::string text(static_cast<size_t>(status.st_size), '\0');
    const ssize_t got = ::read(file.get(), text.data(), text.size());
    if (got < 0)
        return base::Error{fmt::format("api.token_file: {}: {}", path, std::strerror(errno))};
    text.resize(static_cast<size_t>(got));
    auto tokens = parse(text, path);
    OPENSSL_cleanse(text.data(), text.size());
    return tokens;
}

// Messages name the line, never what stands there: they go into logs.
base::Result<Tokens> Tokens::parse(std::string_view text, std::string_view name) {
    Tokens tokens;
    size_t number = 0;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        std::string_view line = text.substr(at, end - at);
        at = end + 1;
        number++;
        line = line.substr(0, std::min(line.find('#'), line.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = trimmed(line);
        if (line.empty()) continue;
        const size_t space = std::min(line.find_first_of(" \t"), line.size());
        const std::string_view role = line.substr(0, space);
        const std::string_view token = trimmed(line.substr(space));
        const auto wrong = [&](std::string_view what) {
            return base::Error{fmt::format("{}:{}: {}", name, number, what)};
        };
        if (role != "read" && role != "admin")
            return wrong("expected \"read TOKEN\" or \"admin TOKEN\"");
        if (token.size() < token_bytes_min || token.size() > token_bytes_max || !is_token(token))
            return wrong(
                "a token has 16 to 1024 letters, digits or -._~+/= (openssl rand -base64 24 makes "
                "one)");
        tokens.entries_.push_back({hash_of(token), role == "admin" ? Role::admin : Role::read});
    }
    if (tokens.entries_.empty()) return base::Error{fmt::format("{} has no tokens", name)};
    return tokens;
}

Tokens::Hash Tokens::hash_of(std::string_view token) {
    Hash hash;
    ::SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), hash.data());
    return hash;
}

Role Tokens::role_of(std::string_view token) const {
    const Hash hash = hash_of(token);
    Role role = Role::none;
    for (const Entry& entry : entries_)  // all of them, whichever fits
        if (CRYPTO_memcmp(hash.data(), entry.hash.data(), hash.size()) == 0)
            role = std::max(role, entry.role);
    return role;
}

}  // namespace baleen::api
