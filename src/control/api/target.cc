#include "control/api/target.h"

namespace baleen::api {
namespace {

constexpr size_t parameters_max = 256;  // more than any question has; each costs two strings

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Fills `path` and `segments` from the undecoded path.
bool decode_path(std::string_view path, Target& target) {
    for (size_t at = 1; at <= path.size();) {
        const size_t slash = std::min(path.find('/', at), path.size());
        auto segment = percent_decode(path.substr(at, slash - at));
        if (!segment) return false;
        target.path += '/';
        target.path += *segment;
        target.segments.push_back(std::move(*segment));
        at = slash + 1;
    }
    return true;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (size_t at = 0; at < text.size(); at++) {
        char c = text[at];
        if (c == '+' && plus_is_space) c = ' ';
        if (c == '%') {
            if (text.size() - at < 3) return std::nullopt;
            const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            at += 2;
        }
        if (c == '\0') return std::nullopt;
        out += c;
    }
    return out;
}

std::optional<Parameters> parse_query(std::string_view query) {
    Parameters parameters;
    for (size_t at = 0; at < query.size();) {
        const size_t end = std::min(query.find('&', at), query.size());
        const std::string_view part = query.substr(at, end - at);
        at = end + 1;
        if (part.empty()) continue;
        const size_t equals = std::min(part.find('='), part.size());
        auto name = percent_decode(part.substr(0, equals), true);
        auto value = percent_decode(
            equals < part.size() ? part.substr(equals + 1) : std::string_view(), true);
        if (!name || !value || parameters.size() == parameters_max) return std::nullopt;
        parameters.emplace_back(std::move(*name), std::move(*value));
    }
    return parameters;
}

std::optional<Target> parse_target(std::string_view text) {
    Target target;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!text.starts_with(scheme)) continue;
        text.remove_prefix(scheme.size());
        const size_t end = std::min(text.find_first_of("/?#"), text.size());
        target.authority = text.substr(0, end);
        if (target.authority.empty()) return std::nullopt;
        text.remove_prefix(end);
        if (!text.starts_with('/')) {
            // "http://host" and "http://host?query" ask for "/" (RFC 9112 section 3.2.1).
            if (text.starts_with('?')) target.segments.emplace_back();
            else if (text.empty()) target.segments.emplace_back();
            else return std::nullopt;
            target.path = "/";
        }
        break;
    }
    if (target.path.empty() && !text.starts_with('/')) return std::nullopt;
    // A fragment is never sent (RFC 9110 section 7.1).
    if (text.find('#') != std::string_view::npos) return std::nullopt;
    const size_t question = std::min(text.find('?'), text.size());
    if (target.path.empty() && !decode_path(text.substr(0, question), target)) return std::nullopt;
    auto parameters =
        parse_query(question < text.size() ? text.substr(question + 1) : std::string_view());
    if (!parameters) return std::nullopt;
    target.parameters = std::move(*parameters);
    return target;
}

}  // namespace baleen::api
