#include "control/api/http.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace baleen::api {

std::string_view name_of(Method method) {
    switch (method) {
        case Method::get: return "GET";
        case Method::post: return "POST";
        case Method::put: return "PUT";
        case Method::delete_: return "DELETE";
    }
    return "";
}

std::string_view name_of(Role role) {
    switch (role) {
        case Role::none: return "none";
        case Role::read: return "read";
        case Role::admin: return "admin";
    }
    return "";
}

std::optional<std::string_view> Request::parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters)
        if (key == name) return value;
    return std::nullopt;
}

Response json_response(const nlohmann::ordered_json& value, int status) {
    Response response;
    response.status = status;
    response.content_type = "application/json";
    response.body = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return response;
}

Response problem(int status, std::string_view type, std::string_view title, std::string_view detail,
                 const nlohmann::json& extra) {
    nlohmann::json body = extra.is_object() ? extra : nlohmann::json::object();
    // A relative reference, which RFC 9457 section 3.1.1 allows: docs/api.md lists them.
    body["type"] = fmt::format("/problems/{}", type);
    body["title"] = title;
    body["status"] = status;
    if (!detail.empty()) body["detail"] = detail;
    Response response = json_response(body, status);
    response.content_type = "application/problem+json";
    return response;
}

Response problem(int status, std::string_view type, std::string_view title,
                 std::string_view detail) {
    return problem(status, type, title, detail, nlohmann::json::object());
}

std::string_view reason_phrase(int status) {
    switch (status) {
        case 100: return "Continue";
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 206: return "Partial Content";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 307: return "Temporary Redirect";
        case 308: return "Permanent Redirect";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 411: return "Length Required";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 416: return "Range Not Satisfiable";
        case 417: return "Expectation Failed";
        case 421: return "Misdirected Request";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        case 505: return "HTTP Version Not Supported";
        default: return "";
    }
}

}  // namespace baleen::api
