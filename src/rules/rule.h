// A rule, whatever format it came from: what traffic it looks at, what it looks for, and what
// happens when it hits.
//
// Plain values. Whoever fills a rule ends with decide_scope() (scope.h); nothing else is derived.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/header_test.h"
#include "rules/payload_step.h"
#include "rules/range_set.h"

namespace baleen::rules {

// ip: any packet of IPv4 or IPv6, TCP and UDP included. icmp: ICMP and ICMPv6; their payload begins
// behind 8 bytes of header.
enum class Protocol { ip, tcp, udp, icmp };

// tag: the flow record tells. alert: an event as well. capture: the packets of the flow as well.
enum class Action { tag, alert, capture };

// Conditions on the flow that a packet belongs to. Established: for TCP after the handshake, for
// others once both sides have sent. to_server: sent by the side that began the flow.
struct FlowCondition {
    enum class State { any, established, not_established };
    enum class Side { any, to_server, to_client };
    enum class Data { any, packets_only, stream_only };
    State state = State::any;
    Side side = Side::any;
    Data data = Data::any;

    bool operator==(const FlowCondition&) const = default;
};

// Which hits are told, of those of one source, destination, pair or the rule as a whole:
struct RateLimit {
    enum class Kind {
        limit,      // the first `count` in each `seconds`
        threshold,  // every `count`-th, if these came within `seconds`
        both,       // one in each `seconds`, and that is the `count`-th
        exceeded,   // all beyond `count` within `seconds` (detection_filter)
    };
    enum class Track { by_src, by_dst, by_both, by_rule };
    Kind kind = Kind::limit;
    Track track = Track::by_src;
    uint32_t count = 1;
    uint32_t seconds = 60;

    bool operator==(const RateLimit&) const = default;
};

// What the steps look at.
//   packet: each packet by itself.
//   stream: each direction of a TCP flow, put together; packets of other protocols by themselves.
//   either: both, and one hit is enough. For TCP rules that count from the start or the end of the
//     data: the engines judge such a rule on packets as well as on the pieces of a stream that they
//     happen to have at hand. Pieces are not defined here, packets and whole directions are.
enum class Scope { packet, stream, either };

struct Rule {
    uint32_t gid = 1;
    uint32_t id = 0;
    uint32_t rev = 0;
    std::string name;
    std::string classtype;
    uint32_t severity = 3;  // 1 is the highest
    std::vector<std::string> tags;
    std::vector<std::string> references;  // "url,example.org/advisory"
    std::vector<std::pair<std::string, std::string>> metadata;
    Action action = Action::alert;
    std::optional<RateLimit> rate_limit;
    // Parts that cannot be expressed were left out: hits are candidates, among them all true ones.
    bool prefilter_only = false;

    std::string file;
    size_t line = 0;

    // A packet from `src` to `dst`; if `both_directions`, also one from `dst` to `src`.
    Protocol protocol = Protocol::ip;
    AddressSet src = AddressSet::all();
    AddressSet dst = AddressSet::all();
    PortSet src_ports = PortSet::all();
    PortSet dst_ports = PortSet::all();
    bool both_directions = false;
    FlowCondition flow;
    std::vector<HeaderTest> header_tests;  // all of them

    std::vector<Step> steps;  // all of them, in order; none: the headers alone decide
    std::vector<std::string> variables;
    Scope scope = Scope::packet;
    std::string scope_reason;
};

}  // namespace baleen::rules
