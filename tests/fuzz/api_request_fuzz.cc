// Any bytes as what a connection brings, in portions of any size: every request is read or refused
// by name, the gate decides on it, and the same bytes one by one come to the same requests.
#include <cstdint>

#include "base/assert.h"
#include "control/api/answer_head.h"
#include "control/api/gate.h"
#include "control/api/header_values.h"

using namespace baleen;

namespace {

constexpr api::RequestReader::Limits limits{
    .header_bytes = 1024, .target_bytes = 512, .body_bytes = 256};

const api::Gate& gate() {
    static const api::Gate gate = [] {
        api::Router router;
        const auto nothing = [](const api::Request&) { return api::Response{}; };
        router.add({api::Method::get, "/", api::Role::none, nothing});
        router.add({api::Method::get, "/api/v1/flows/{id}", api::Role::read, nothing});
        router.add({api::Method::post, "/api/v1/rules", api::Role::admin, nothing});
        router.add({api::Method::delete_, "/api/v1/{what}", api::Role::admin, nothing});
        auto tokens = api::Tokens::parse("read reader-0123456789\nadmin admin-01234567890\n", "");
        return api::Gate({.names_of_loopback_only = true, .behind_proxy = true}, std::move(*tokens),
                         std::move(router), {});
    }();
    return gate;
}

// What is decided, as text.
std::string decide(const api::Head& head) {
    const api::Decision decision = gate().decide(head, "192.0.2.1");
    if (const auto* refused = std::get_if<api::Refused>(&decision)) {
        BALEEN_ASSERT(refused->response.status >= 400 && is_well_formed(refused->response));
        return "refused " + std::to_string(refused->response.status) + refused->response.body;
    }
    if (const auto* stream = std::get_if<api::StreamWanted>(&decision)) {
        static const api::EventHub hub;
        const uint64_t position = hub.position(stream->last_event_id);
        hub.read(position, stream->topics);
        return "stream " + std::to_string(stream->topics.size());
    }
    const auto& asked = std::get<api::Asked>(decision);
    BALEEN_ASSERT(asked.request.role >= asked.route->role);
    BALEEN_ASSERT(!asked.request.parameter("access_token"));
    BALEEN_ASSERT(asked.request.path.find('\0') == std::string::npos);
    for (const std::string& capture : asked.request.captures) BALEEN_ASSERT(!capture.empty());
    return "asked " + asked.route->pattern + asked.request.path + asked.request.client;
}

// All requests of `bytes`, and what became of them. Not whether the last was refused: what is wrong
// with the beginning of a header may be told before all of it is there.
std::string read_all(std::string_view bytes, size_t portion) {
    using State = api::RequestReader::State;
    std::string seen, in;
    api::RequestReader reader(limits);
    for (size_t at = 0; at < bytes.size() || !in.empty();) {
        const State state = reader.take(in);
        // What waits is bounded.
        BALEEN_ASSERT(in.size() <= limits.header_bytes + portion);
        if (state == State::refused) {
            BALEEN_ASSERT(api::refusal_response(reader.refusal()).status >= 400);
            return seen;
        }
        if (state == State::head_done) {
            seen += decide(reader.head()) + "\n";
            continue;
        }
        if (state == State::done) {
            BALEEN_ASSERT(reader.body().size() <= limits.body_bytes);
            seen += reader.body() + "\n";
            reader.reset();
            continue;
        }
        if (at == bytes.size()) break;
        const size_t size = std::min(portion, bytes.size() - at);
        in += bytes.substr(at, size);
        at += size;
    }
    return seen;
}

void read_values(std::string_view text) {
    api::bearer_token(text);
    api::accepts_gzip(text);
    api::etag_matches(text, "\"a\"");
    api::forwarded_client(text);
    api::is_field("X", text);
    api::percent_decode(text);
    const auto tokens = api::Tokens::parse(text, "tokens");
    BALEEN_ASSERT(!tokens || (*tokens).size() > 0);
    if (const auto host = api::parse_authority(text)) {
        BALEEN_ASSERT(!host->name.empty());
        if (host->name.find(':') == std::string::npos && host->port.empty())
            BALEEN_ASSERT(api::is_same_origin("http://" + host->name, *host));
    }
    if (const auto target = api::parse_target(text)) {
        BALEEN_ASSERT(target->path.starts_with('/') && !target->segments.empty());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const size_t portion = size_t{data[0]} % 64 + 1;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string in_portions = read_all(bytes, portion);
    BALEEN_ASSERT(read_all(bytes, 1) == in_portions);
    read_values(bytes);
    return 0;
}
