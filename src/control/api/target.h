// The target of a request (RFC 9112 section 3.2), taken apart and decoded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/api/http.h"

namespace baleen::api {

struct Target {
    std::string authority;              // of the absolute form (http://host/path), else empty
    std::string path;                   // decoded; begins with '/'
    std::vector<std::string> segments;  // what stood between slashes, decoded one by one: an
                                        // encoded slash stays inside its segment
    Parameters parameters;
};

// Decodes %XX; nullopt where that is malformed or stands for NUL. In a query '+' is a space (the
// form encoding of URLs, WHATWG URL section 5.1).
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

// "a=1&b" in order; a name without '=' has an empty value. nullopt as above, or beyond 256
// parameters.
std::optional<Parameters> parse_query(std::string_view query);

// nullopt: neither the origin form (/path?query) nor the absolute one, or a malformed encoding.
std::optional<Target> parse_target(std::string_view text);

}  // namespace baleen::api
