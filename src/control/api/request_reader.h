// One request out of the bytes of a connection: its head, then its body.
//
// Owns the HTTP parser (Beast's). Any bytes may come in, in any portions; every refusal has a name.
// Must hold: no more than the limits is kept, and nothing behind the request is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "control/api/counters.h"

namespace baleen::api {

// What is asked of the header; fields that come several times are joined by commas
// (RFC 9110 section 5.3).
struct Head {
    std::string method, target;
    std::string host, authorization, origin, expect, content_type, accept, accept_encoding;
    std::string if_none_match, last_event_id, forwarded_for;
    bool is_http_1_0 = false;
    bool keeps_alive = false;
    bool has_body = false;
};

class RequestReader {
public:
    struct Limits {
        size_t header_bytes;
        size_t target_bytes;
        size_t body_bytes;
    };
    explicit RequestReader(Limits limits);
    ~RequestReader();

    enum class State : uint8_t { nothing, header, head_done, body, done, refused };

    // Takes what it needs from the front of `in`. Stops at head_done once, so that a request can be
    // refused before its body is read; the next call goes on with that. At `nothing`, not even the
    // first byte has come; line ends before a request (RFC 9112 section 2.2) are none.
    State take(std::string& in);

    State state() const { return state_; }
    const Head& head() const { return head_; }
    std::string& body();
    Refusal refusal() const { return refusal_; }  // when refused
    // For the next request.
    void reset();

private:
    struct Parser;
    State refuse(Refusal refusal);
    State take_head(std::string& in);
    State take_body(std::string& in);
    bool fill_head();

    const Limits limits_;
    std::unique_ptr<Parser> parser_;
    State state_ = State::nothing;
    Refusal refusal_ = Refusal::malformed;
    Head head_;
    std::string body_;
};

}  // namespace baleen::api
