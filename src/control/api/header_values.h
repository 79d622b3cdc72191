// What is read out of header fields. Any bytes may come in; what makes no sense counts as absent.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace baleen::api {

bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string_view trimmed(std::string_view text);  // of spaces and tabs

// The token of "Bearer TOKEN" (RFC 6750 section 2.1).
std::optional<std::string_view> bearer_token(std::string_view authorization);

// If-None-Match against an entity tag, compared weakly (RFC 9110 section 13.1.2).
bool etag_matches(std::string_view if_none_match, std::string_view etag);

// Accept-Encoding with gzip, not at quality 0 (RFC 9110 section 12.5.3).
bool accepts_gzip(std::string_view accept_encoding);

// Host and port as a Host field has them: "localhost:8600", "[::1]", "10.0.0.1".
struct Authority {
    std::string name;  // lower case; without brackets
    std::string port;  // empty: the scheme's
};
std::optional<Authority> parse_authority(std::string_view host);

// Names that only this machine has: what a page of a name that an attacker points at 127.0.0.1
// (DNS rebinding) cannot send.
bool is_loopback_name(const Authority& authority);

// Whether the page that an Origin field names (RFC 6454 section 7) came from this host itself.
bool is_same_origin(std::string_view origin, const Authority& host);

// The address that the proxy next to us saw: the last of X-Forwarded-For. Those before are the
// client's own claim.
std::optional<std::string> forwarded_client(std::string_view forwarded_for);

// A field that goes into an answer: a token, and a value without control characters.
bool is_field(std::string_view name, std::string_view value);

}  // namespace baleen::api
