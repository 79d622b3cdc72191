// From the head of a request to who answers it, or why nobody does. No sockets: all of it can be
// tried out and fuzzed.
//
// Owns the rules of who may ask what: names that a host on loopback answers to, origins that may
// change something, tokens and roles.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "control/api/counters.h"
#include "control/api/event_hub.h"
#include "control/api/request_reader.h"
#include "control/api/router.h"
#include "control/api/static_files.h"
#include "control/api/target.h"
#include "control/api/tokens.h"

namespace baleen::api {

inline constexpr std::string_view stream_path = "/api/v1/stream";

struct Refused {
    std::optional<Refusal> reason;  // none: only not found
    Response response;
};
struct Asked {
    const Route* route;
    Request request;  // all but its body
};
struct FileWanted {
    const StaticFiles::File* file;
    bool as_gzip;
};
struct StreamWanted {
    EventHub::Topics topics;
    std::string last_event_id;
};
using Decision = std::variant<Refused, Asked, FileWanted, StreamWanted>;

// The answer to a refused request.
Response refusal_response(Refusal refusal);

class Gate {
public:
    struct Rules {
        bool names_of_loopback_only = false;  // what the Host field may say
        bool behind_proxy = false;            // the client is who X-Forwarded-For names
    };
    // Without tokens everybody is an admin.
    Gate(Rules rules, std::optional<Tokens> tokens, Router router, StaticFiles files)
        : rules_(rules),
          tokens_(std::move(tokens)),
          router_(std::move(router)),
          files_(std::move(files)) {}

    Decision decide(const Head& head, const std::string& client) const;

private:
    std::optional<Refused> refused_by_host(const Head& head, const Target& target,
                                           bool changes) const;
    Decision decide_unrouted(const Head& head, const Target& target, Response not_found) const;

    Rules rules_;
    std::optional<Tokens> tokens_;
    Router router_;
    StaticFiles files_;
};

}  // namespace baleen::api
