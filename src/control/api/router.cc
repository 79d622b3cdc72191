#include "control/api/router.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "control/api/target.h"

namespace baleen::api {

void Router::add(Route route) {
    BALEEN_ASSERT(route.pattern.starts_with('/') && route.handler);
    Pattern pattern;
    const std::string_view text = route.pattern;
    for (size_t at = 1; at <= text.size();) {
        const size_t slash = std::min(text.find('/', at), text.size());
        const std::string_view segment = text.substr(at, slash - at);
        BALEEN_ASSERT(!segment.empty() || text == "/");
        const bool is_capture = segment.starts_with('{');
        BALEEN_ASSERT(is_capture == segment.ends_with('}'));
        pattern.push_back(is_capture ? std::nullopt : std::optional<std::string>(segment));
        at = slash + 1;
    }
    for (size_t i = 0; i < routes_.size(); i++)
        BALEEN_ASSERT(routes_[i].method != route.method || patterns_[i] != pattern);
    routes_.push_back(std::move(route));
    patterns_.push_back(std::move(pattern));
}

bool Router::matches(const Pattern& pattern, const std::vector<std::string>& segments) {
    if (pattern.size() != segments.size()) return false;
    for (size_t i = 0; i < segments.size(); i++)
        if (pattern[i] ? *pattern[i] != segments[i] : segments[i].empty()) return false;
    return true;
}

// Literal before capture, at the first segment where they differ. Both match the same path.
bool Router::goes_first(const Pattern& a, const Pattern& b) {
    for (size_t i = 0; i < a.size(); i++)
        if (a[i] != b[i]) return !b[i];
    return false;
}

bool Router::has_path(const std::vector<std::string>& segments) const {
    return std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const Pattern& pattern) { return matches(pattern, segments); });
}

std::variant<Router::Found, Response> Router::find(Method method,
                                                   const std::vector<std::string>& segments) const {
    const Pattern* best = nullptr;
    std::string allowed;
    for (size_t i = 0; i < routes_.size(); i++) {
        if (!matches(patterns_[i], segments)) continue;
        if (routes_[i].method == method) {
            if (best == nullptr || goes_first(patterns_[i], *best)) best = &patterns_[i];
        } else if (allowed.find(name_of(routes_[i].method)) == std::string::npos) {
            allowed +=
                fmt::format("{}{}{}", allowed.empty() ? "" : ", ", name_of(routes_[i].method),
                            routes_[i].method == Method::get ? ", HEAD" : "");
        }
    }
    if (best == nullptr && allowed.empty())
        return problem(404, "not-found", "Nothing is there", "No resource has this path.");
    if (best == nullptr) {
        Response response =
            problem(405, "method-not-allowed", "The resource does not take this method",
                    fmt::format("It takes {}.", allowed));
        response.headers.emplace_back("Allow", allowed);
        return response;
    }
    Found found{&routes_[static_cast<size_t>(best - patterns_.data())], {}};
    for (size_t i = 0; i < segments.size(); i++)
        if (!(*best)[i]) found.captures.push_back(segments[i]);
    return found;
}

Response Router::answer(Request request, std::string_view target_text) const {
    auto target = parse_target(target_text);
    if (!target) return problem(400, "target", "The target cannot be read", "");
    auto found = find(request.method, target->segments);
    if (auto* refusal = std::get_if<Response>(&found)) return std::move(*refusal);
    const auto& [route, captures] = std::get<Found>(found);
    if (request.role < route->role)
        return problem(403, "forbidden", "The role does not allow this", "");
    request.path = std::move(target->path);
    request.parameters = std::move(target->parameters);
    request.captures = captures;
    return route->handler(request);
}

}  // namespace baleen::api
