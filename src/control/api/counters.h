// What the API's server counts. One writer for most (the I/O thread), read from anywhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace baleen::api {

// Why a connection or a request was refused or cut off.
enum class Refusal : uint8_t {
    connections_full,         // all are busy: 503
    client_connections_full,  // of one client: 503
    tls_handshake,            // failed or too slow: closed
    header_slow,              // 408
    header_too_large,         // 431
    target_too_long,          // 414
    body_slow,                // 408
    body_too_large,           // 413
    malformed,                // 400: not HTTP/1.1 as RFC 9112 has it
    version,                  // 505
    content_length,           // 400: said twice
    transfer_encoding,        // 501: other than chunked
    expectation,              // 417: other than 100-continue
    target,                   // 400
    host,                     // 400: none or several; 421: another name on loopback
    method,                   // 501
    origin,                   // 403: a page of another origin wants to change something
    no_token,                 // 401
    wrong_token,              // 401
    role,                     // 403
    questions_full,           // 503
    question_timeout,         // 503, or a body cut off
    handler_failed,           // 500, or a body cut off
    write_stalled,            // the client does not read: closed
    client_gone,              // before its answer was whole
};

std::string_view name_of(Refusal refusal);
inline constexpr size_t refusal_count = static_cast<size_t>(Refusal::client_gone) + 1;

// Upper bounds of the classes of duration, in seconds; behind them one without bound.
inline constexpr std::array<double, 10> duration_bounds_s = {0.001, 0.0025, 0.005, 0.01, 0.025,
                                                             0.1,   0.5,    1,     5,    30};

struct Snapshot {
    std::array<uint64_t, 6> requests_by_class{};  // [2]: answered with 2xx
    std::array<uint64_t, refusal_count> refused{};
    std::array<uint64_t, duration_bounds_s.size() + 1> durations{};  // header read to answer sent
    double duration_sum_s = 0;
    uint64_t connections = 0;          // open now
    uint64_t streams = 0;              // of those, event streams
    uint64_t connections_total = 0;    // accepted
    uint64_t connections_evicted = 0;  // idle, closed to make room
    uint64_t rx_bytes = 0;             // as HTTP, without TLS
    uint64_t tx_bytes = 0;
    uint64_t events_sent = 0;
    uint64_t events_skipped = 0;  // told as gaps
    uint64_t questions_waiting = 0;

    uint64_t refused_for(Refusal refusal) const { return refused[static_cast<size_t>(refusal)]; }
};

}  // namespace baleen::api
