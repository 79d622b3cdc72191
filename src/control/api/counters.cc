#include "control/api/counters.h"

namespace baleen::api {

std::string_view name_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::connections_full: return "connections_full";
        case Refusal::client_connections_full: return "client_connections_full";
        case Refusal::tls_handshake: return "tls_handshake";
        case Refusal::header_slow: return "header_slow";
        case Refusal::header_too_large: return "header_too_large";
        case Refusal::target_too_long: return "target_too_long";
        case Refusal::body_slow: return "body_slow";
        case Refusal::body_too_large: return "body_too_large";
        case Refusal::malformed: return "malformed";
        case Refusal::version: return "version";
        case Refusal::content_length: return "content_length";
        case Refusal::transfer_encoding: return "transfer_encoding";
        case Refusal::expectation: return "expectation";
        case Refusal::target: return "target";
        case Refusal::host: return "host";
        case Refusal::method: return "method";
        case Refusal::origin: return "origin";
        case Refusal::no_token: return "no_token";
        case Refusal::wrong_token: return "wrong_token";
        case Refusal::role: return "role";
        case Refusal::questions_full: return "questions_full";
        case Refusal::question_timeout: return "question_timeout";
        case Refusal::handler_failed: return "handler_failed";
        case Refusal::write_stalled: return "write_stalled";
        case Refusal::client_gone: return "client_gone";
    }
    return "";
}

}  // namespace baleen::api
