// Which handler a path belongs to.
//
// A pattern is a path whose segments are literal or a name in braces: "/api/v1/flows/{id}". A
// capture takes one whole segment, never an empty one; an encoded slash stays in it. Where several
// patterns fit, the one goes whose first different segment is literal: "/flows/summary" before
// "/flows/{id}".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "control/api/http.h"

namespace baleen::api {

// On which threads a handler runs.
enum class Threads : uint8_t {
    questions,
    // For what waits for another program, such as a search through files of packets: it holds its
    // thread for seconds and needs no core, and nobody's question to the store waits behind it.
    helpers,
    // The I/O thread itself, before any question that waits: for what is in memory already.
    io,
};

struct Route {
    Method method = Method::get;
    std::string pattern;
    Role role = Role::read;  // the least that is asked for
    Handler handler;
    Threads threads = Threads::questions;
};

class Router {
public:
    // The pattern begins with '/', and no other of this method takes the same paths.
    void add(Route route);

    struct Found {
        const Route* route;  // valid until the next add()
        std::vector<std::string> captures;
    };
    // 404, or 405 with Allow, where there is none. `segments` as in Target.
    std::variant<Found, Response> find(Method method,
                                       const std::vector<std::string>& segments) const;
    bool has_path(const std::vector<std::string>& segments) const;

    // For tests of handlers, which need no server then: finds the route of request.method and
    // `target` ("/api/v1/flows?limit=3"), checks request.role, and calls its handler here and now.
    Response answer(Request request, std::string_view target) const;

    const std::vector<Route>& routes() const { return routes_; }

private:
    using Pattern = std::vector<std::optional<std::string>>;  // a segment each; nullopt: a capture
    static bool matches(const Pattern& pattern, const std::vector<std::string>& segments);
    static bool goes_first(const Pattern& a, const Pattern& b);

    std::vector<Route> routes_;
    std::vector<Pattern> patterns_;  // of each route
};

}  // namespace baleen::api
