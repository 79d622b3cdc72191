#include "control/api/gate.h"

#include <algorithm>

#include "control/api/header_values.h"

namespace baleen::api {
namespace {

constexpr std::string_view token_parameter = "access_token";

std::optional<Method> method_of(std::string_view name) {
    if (name == "GET" || name == "HEAD") return Method::get;
    if (name == "POST") return Method::post;
    if (name == "PUT") return Method::put;
    if (name == "DELETE") return Method::delete_;
    return std::nullopt;
}

Refused refused(Refusal reason) { return {reason, refusal_response(reason)}; }

// Takes the token out of the query: nothing behind the gate sees it.
std::optional<std::string> take_token(Parameters& parameters) {
    std::optional<std::string> token;
    std::erase_if(parameters, [&](auto& parameter) {
        if (parameter.first != token_parameter) return false;
        if (!token) token = std::move(parameter.second);
        return true;
    });
    return token;
}

}  // namespace

// Of a page in a browser: the name that it was reached by, and who it is.
std::optional<Refused> Gate::refused_by_host(const Head& head, const Target& target,
                                             bool changes) const {
    const std::string& text = target.authority.empty() ? head.host : target.authority;
    if (text.empty() && head.is_http_1_0 && head.origin.empty()) return std::nullopt;
    const auto host = parse_authority(text);
    if (!host) return refused(Refusal::host);
    if (rules_.names_of_loopback_only && !is_loopback_name(*host))
        return Refused{Refusal::host,
                       problem(421, "host", "This server has another name",
                               "On loopback it answers to localhost, 127.0.0.1 and [::1] only.")};
    // Browsers send Origin with whatever may change something.
    if (changes && !head.origin.empty() && !is_same_origin(head.origin, *host))
        return refused(Refusal::origin);
    return std::nullopt;
}

Decision Gate::decide(const Head& head, const std::string& client) const {
    if (!head.expect.empty() && !equals_ignoring_case(head.expect, "100-continue"))
        return refused(Refusal::expectation);
    const auto method = method_of(head.method);
    if (!method) return refused(Refusal::method);
    auto target = parse_target(head.target);
    if (!target) return refused(Refusal::target);
    const bool changes = *method != Method::get;
    if (auto answer = refused_by_host(head, *target, changes)) return std::move(*answer);

    const auto query_token = take_token(target->parameters);
    std::optional<std::string> token;
    if (const auto bearer = bearer_token(head.authorization)) token = *bearer;
    else if (!changes) token = query_token;
    Role role = Role::admin;
    if (tokens_) role = token ? tokens_->role_of(*token) : Role::none;

    const bool is_stream = target->path == stream_path && !changes;
    auto found = router_.find(*method, target->segments);
    const Route* const route = std::holds_alternative<Router::Found>(found)
                                   ? std::get<Router::Found>(found).route
                                   : nullptr;
    if (route == nullptr && !is_stream)
        return decide_unrouted(head, *target, std::move(std::get<Response>(found)));
    const Role needed = is_stream ? Role::read : route->role;
    if (role < needed) {
        if (role != Role::none) return refused(Refusal::role);
        return refused(token ? Refusal::wrong_token : Refusal::no_token);
    }
    if (is_stream) {
        StreamWanted wanted;
        wanted.last_event_id = head.last_event_id;
        for (const auto& [name, value] : target->parameters)
            if (name == "topics" && !parse_topics(value, wanted.topics))
                return refused(Refusal::target);
        return wanted;
    }
    Request request;
    request.method = *method;
    request.path = std::move(target->path);
    request.captures = std::move(std::get<Router::Found>(found).captures);
    request.parameters = std::move(target->parameters);
    request.content_type = head.content_type;
    request.accept = head.accept;
    request.if_none_match = head.if_none_match;
    request.role = role;
    request.client = client;
    if (rules_.behind_proxy)
        if (auto forwarded = forwarded_client(head.forwarded_for)) request.client = *forwarded;
    return Asked{route, std::move(request)};
}

// Files need no token: the page that asks for one is among them.
Decision Gate::decide_unrouted(const Head& head, const Target& target, Response not_found) const {
    if (head.method == "GET" || head.method == "HEAD")
        if (const auto* file = files_.find(target.path))
            return FileWanted{file, file->gzip.bytes && accepts_gzip(head.accept_encoding)};
    return Refused{std::nullopt, std::move(not_found)};
}

Response refusal_response(Refusal refusal) {
    const auto say = [&](int status, std::string_view title, std::string_view detail = "") {
        std::string type(name_of(refusal));
        std::replace(type.begin(), type.end(), '_', '-');
        return problem(status, type, title, detail);
    };
    const auto with = [](Response response, std::string_view name, std::string_view value) {
        response.headers.emplace_back(name, value);
        return response;
    };
    switch (refusal) {
        case Refusal::header_slow: return say(408, "The header took too long");
        case Refusal::body_slow: return say(408, "The body took too long");
        case Refusal::header_too_large: return say(431, "The header is too large");
        case Refusal::target_too_long: return say(414, "The target is too long");
        case Refusal::body_too_large: return say(413, "The body is too large");
        case Refusal::version: return say(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here");
        case Refusal::content_length:
            return say(400, "The length is malformed, or said more than once");
        case Refusal::transfer_encoding:
            return say(501, "The transfer encoding is not known", "Only chunked is, alone.");
        case Refusal::expectation: return say(417, "The expectation is not known");
        case Refusal::target: return say(400, "The target or its query cannot be read");
        case Refusal::host: return say(400, "One Host field is needed");
        case Refusal::method:
            return say(501, "The method is not known", "GET, HEAD, POST, PUT and DELETE are.");
        case Refusal::origin:
            return say(403, "Pages of other origins may not change anything here");
        case Refusal::no_token:
            return with(say(401, "A token is needed", "Send Authorization: Bearer TOKEN."),
                        "WWW-Authenticate", "Bearer realm=\"baleen\"");
        case Refusal::wrong_token:
            return with(say(401, "The token is not known"), "WWW-Authenticate",
                        "Bearer realm=\"baleen\", error=\"invalid_token\"");
        case Refusal::role:
            return with(say(403, "The token's role does not allow this"), "WWW-Authenticate",
                        "Bearer realm=\"baleen\", error=\"insufficient_scope\"");
        case Refusal::questions_full:
            return with(say(503, "Too many questions are waiting"), "Retry-After", "2");
        case Refusal::question_timeout:
            return with(say(503, "The question took too long",
                            "Ask for less: a shorter time, or fewer rows."),
                        "Retry-After", "10");
        case Refusal::connections_full:
        case Refusal::client_connections_full:
            return with(say(503, "There are too many connections"), "Retry-After", "2");
        case Refusal::handler_failed: return say(500, "The question failed");
        case Refusal::malformed:
        case Refusal::tls_handshake:
        case Refusal::write_stalled:
        case Refusal::client_gone: break;
    }
    return say(400, "This is not HTTP/1.1");
}

}  // namespace baleen::api
