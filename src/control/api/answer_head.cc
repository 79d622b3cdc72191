#include "control/api/answer_head.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "control/api/header_values.h"

namespace baleen::api {
namespace {

// Styles in the page are what charts need; nothing else comes from elsewhere or is framed.
constexpr std::string_view security_fields =
    "Content-Security-Policy: default-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";

// What a handler does not decide.
bool is_ours(std::string_view name) {
    for (const std::string_view ours :
         {"Content-Length", "Transfer-Encoding", "Connection", "Date", "Content-Type",
          "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy",
          "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"})
        if (equals_ignoring_case(name, ours)) return true;
    return false;
}

const std::string* field_of(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (equals_ignoring_case(key, name)) return &value;
    return nullptr;
}

// IMF-fixdate (RFC 9110 section 5.6.7), made once a second.
std::string_view date_now() {
    thread_local std::time_t made_at = 0;
    thread_local std::string date;
    const std::time_t now = std::time(nullptr);
    if (now != made_at) date = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(now));
    made_at = now;
    return date;
}

bool has_no_body(int status) { return status / 100 == 1 || status == 204 || status == 304; }

}  // namespace

std::string format_head(const Response& response, const HeadOptions& options) {
    std::string head;
    head.reserve(1024);
    const auto out = std::back_inserter(head);
    fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                   reason_phrase(response.status), date_now());
    if (!response.content_type.empty() && !has_no_body(response.status))
        fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
    if (options.framing == Framing::chunked) head += "Transfer-Encoding: chunked\r\n";
    else if (options.framing == Framing::length && !has_no_body(response.status))
        fmt::format_to(out, "Content-Length: {}\r\n", options.body_bytes);
    if (field_of(response, "Cache-Control") == nullptr)
        head += field_of(response, "ETag") != nullptr ? "Cache-Control: private, no-cache\r\n"
                                                      : "Cache-Control: no-store\r\n";
    for (const auto& [name, value] : response.headers)
        if (!is_ours(name) && is_field(name, value)) fmt::format_to(out, "{}: {}\r\n", name, value);
    head += security_fields;
    head += options.closes ? "Connection: close\r\n\r\n" : "\r\n";
    return head;
}

bool is_well_formed(const Response& response) {
    return response.status >= 200 && response.status <= 599 &&
           is_field("Content-Type", response.content_type) &&
           std::all_of(response.headers.begin(), response.headers.end(),
                       [](const auto& field) { return is_field(field.first, field.second); });
}

bool turn_into_not_modified(Response& response, std::string_view if_none_match) {
    const std::string* etag = field_of(response, "ETag");
    if (response.status != 200 || etag == nullptr || !etag_matches(if_none_match, *etag))
        return false;
    response.status = 304;
    response.body.clear();
    // What stays is what a cache needs (RFC 9110 section 15.4.5).
    std::erase_if(response.headers, [](const auto& field) {
        return equals_ignoring_case(field.first, "Content-Encoding") ||
               equals_ignoring_case(field.first, "Content-Disposition");
    });
    return true;
}

Response file_response(const StaticFiles::File& file, bool as_gzip) {
    Response response;
    response.content_type = file.content_type;
    response.headers.emplace_back(
        "Cache-Control", file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
    response.headers.emplace_back("ETag", as_gzip ? file.gzip.etag : file.plain.etag);
    if (file.gzip.bytes) response.headers.emplace_back("Vary", "Accept-Encoding");
    if (as_gzip) response.headers.emplace_back("Content-Encoding", "gzip");
    return response;
}

std::string chunk_begin(size_t bytes) { return fmt::format("{:x}\r\n", bytes); }

}  // namespace baleen::api
