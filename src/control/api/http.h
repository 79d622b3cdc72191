// What a handler of the API sees of HTTP: a request that is already decoded, checked and allowed,
// and an answer to fill. No sockets and no HTTP library in here.
//
// Threads: handlers and body sources run on threads for questions, one call of a request at a time,
// or on the I/O thread, where they must not wait; which, the route says (router.h). What a handler
// throws costs its request a 500.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baleen::api {

// HEAD is a GET whose body is not sent.
enum class Method : uint8_t { get, post, put, delete_ };  // NOLINT: one of them is a keyword

// What a request may do, each including those before. `none`: without a token.
enum class Role : uint8_t { none, read, admin };

std::string_view name_of(Method method);
std::string_view name_of(Role role);

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct Request {
    Method method = Method::get;
    std::string path;                   // decoded, without the query
    std::vector<std::string> captures;  // what stands for the {...} of the route, in order
    Parameters parameters;              // of the query, decoded, in order; without access_token
    std::string body;
    std::string content_type, accept, if_none_match;  // header fields as sent
    Role role = Role::none;                           // of who asks
    std::string client;                               // address
    // Set when the client has gone or its time is up: what is computed further is for nobody. Lives
    // as long as the request and its body source. nullptr: never.
    const std::atomic<bool>* cancelled = nullptr;

    bool is_cancelled() const {
        return cancelled != nullptr && cancelled->load(std::memory_order_relaxed);
    }
    // The first of that name.
    std::optional<std::string_view> parameter(std::string_view name) const;
};

// A body that is made piece by piece. The next piece is asked for when the last one has been sent,
// so that a slow client holds no thread. Each piece has the time of a question.
class BodySource {
public:
    virtual ~BodySource() = default;
    // Appends the next piece to `out`, some 64 KiB; false: with that the body is whole. A source
    // that cannot go on throws, or gives up after it was cancelled: the client then sees an answer
    // that was cut off, not a short one.
    virtual bool next(std::string& out) = 0;
};

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Response {
    int status = 200;
    std::string content_type;
    std::string body;
    // Further header fields. The server adds its own (length, date, security) and makes 304 of 200
    // where an ETag given here is what the client has. Without Cache-Control: "no-store", or
    // "private, no-cache" beside an ETag.
    Fields headers;
    std::unique_ptr<BodySource> source;  // instead of `body`
};

using Handler = std::function<Response(const Request&)>;

// An answer that tells what is wrong (RFC 9457). `type` is a short name for programs, such as
// "filter-syntax"; `title` says it in general, `detail` in this case. Members of the object `extra`
// are added.
Response problem(int status, std::string_view type, std::string_view title,
                 std::string_view detail);
Response problem(int status, std::string_view type, std::string_view title, std::string_view detail,
                 const nlohmann::json& extra);

// 200 with this value. Text in it that is not UTF-8 is replaced, never an error.
Response json_response(const nlohmann::ordered_json& value, int status = 200);

// "Not Found" for 404; empty for a status without a name.
std::string_view reason_phrase(int status);

}  // namespace baleen::api
