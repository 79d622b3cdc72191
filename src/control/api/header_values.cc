#include "control/api/header_values.h"

#include <arpa/inet.h>

#include <algorithm>

namespace baleen::api {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z'); }

// Calls `each` with every element of a comma-separated list, until it returns true.
template <class Each>
bool any_of_list(std::string_view list, Each each) {
    for (size_t at = 0; at < list.size();) {
        const size_t end = std::min(list.find(',', at), list.size());
        const std::string_view element = trimmed(list.substr(at, end - at));
        if (!element.empty() && each(element)) return true;
        at = end + 1;
    }
    return false;
}

// "q=0", "q=0.", "q=0.000" (RFC 9110 section 12.4.2).
bool is_quality_zero(std::string_view parameter) {
    if (parameter.size() < 3 || lower(parameter[0]) != 'q' || parameter[1] != '=') return false;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

std::string_view without_weakness(std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string_view> bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "Bearer ";
    if (authorization.size() <= scheme.size() ||
        !equals_ignoring_case(authorization.substr(0, scheme.size()), scheme))
        return std::nullopt;
    const std::string_view token = trimmed(authorization.substr(scheme.size()));
    if (token.empty()) return std::nullopt;
    return token;
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    if (etag.empty()) return false;
    return any_of_list(if_none_match, [&](std::string_view element) {
        return element == "*" || without_weakness(element) == without_weakness(etag);
    });
}

bool accepts_gzip(std::string_view accept_encoding) {
    return any_of_list(accept_encoding, [](std::string_view element) {
        const size_t semicolon = std::min(element.find(';'), element.size());
        const std::string_view coding = trimmed(element.substr(0, semicolon));
        if (!equals_ignoring_case(coding, "gzip")) return false;
        return semicolon == element.size() ||
               !is_quality_zero(trimmed(element.substr(semicolon + 1)));
    });
}

std::optional<Authority> parse_authority(std::string_view host) {
    Authority authority;
    size_t colon = host.find(':');
    if (host.starts_with('[')) {
        const size_t bracket = host.find(']');
        if (bracket == std::string_view::npos) return std::nullopt;
        authority.name = host.substr(1, bracket - 1);
        in6_addr ignored{};
        if (::inet_pton(AF_INET6, authority.name.c_str(), &ignored) != 1) return std::nullopt;
        colon = bracket + 1 == host.size() ? std::string_view::npos : bracket + 1;
        if (colon != std::string_view::npos && host[colon] != ':') return std::nullopt;
    } else {
        authority.name = host.substr(0, colon);
        // Names of DNS, and of networks without one that use underscores.
        const auto is_good = [](char c) {
            return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
        };
        if (authority.name.empty() ||
            !std::all_of(authority.name.begin(), authority.name.end(), is_good))
            return std::nullopt;
    }
    if (colon != std::string_view::npos) authority.port = host.substr(colon + 1);
    if (!std::all_of(authority.port.begin(), authority.port.end(), is_digit)) return std::nullopt;
    std::transform(authority.name.begin(), authority.name.end(), authority.name.begin(), lower);
    return authority;
}

bool is_loopback_name(const Authority& authority) {
    return authority.name == "localhost" || authority.name == "127.0.0.1" ||
           authority.name == "::1";
}

bool is_same_origin(std::string_view origin, const Authority& host) {
    std::string_view port;
    if (origin.starts_with("http://")) port = "80";
    else if (origin.starts_with("https://")) port = "443";
    else return false;  // "null", extensions, files
    const auto from = parse_authority(origin.substr(origin.find("//") + 2));
    if (!from || from->name != host.name) return false;
    // The host's own scheme is not known behind a proxy; its default port is then the origin's.
    const std::string_view from_port = from->port.empty() ? port : std::string_view(from->port);
    return from_port == (host.port.empty() ? port : std::string_view(host.port));
}

std::optional<std::string> forwarded_client(std::string_view forwarded_for) {
    const size_t comma = forwarded_for.rfind(',');
    std::string address(
        trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1)));
    if (address.starts_with('[') && address.ends_with(']'))
        address = address.substr(1, address.size() - 2);
    in6_addr parsed{};
    if (::inet_pton(AF_INET, address.c_str(), &parsed) == 1 ||
        ::inet_pton(AF_INET6, address.c_str(), &parsed) == 1)
        return address;
    return std::nullopt;
}

bool is_field(std::string_view name, std::string_view value) {
    const auto is_token = [](char c) {
        return is_letter_or_digit(c) ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    const auto is_text = [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), is_token) &&
           std::all_of(value.begin(), value.end(), is_text);
}

}  // namespace baleen::api
