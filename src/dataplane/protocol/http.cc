// HTTP/1.0 and 1.1 (RFC 9112) on any port: an event for each request with its answer.
//
// Bodies are skipped without being kept, and told of by their length: of Content-Length what was
// announced, of chunks and of bodies that end with the connection what has come. After loss the
// next plausible head is looked for. HTTP/0.9 has no sign to know it by, and is refused.
#include <cstring>
#include <string_view>

#include "dataplane/protocol/http_exchange.h"
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

using http::Framing;
using http::Head;

constexpr size_t chunk_line_bytes_max = 1024;
constexpr uint64_t chunk_bytes_max = UINT64_C(1) << 60;
// What is searched for the next head after loss; then the direction is given up.
constexpr uint32_t searched_bytes_max = 1024 * 1024;

enum class Phase : uint8_t {
    head,
    chunk,        // its size
    chunk_end,    // the line end behind its bytes
    trailer,      // what comes after the last one
    until_close,  // a body without an end of its own
    waiting,      // client: what follows CONNECT is not HTTP, if the server agrees
    lost
};

struct Side {
    uint64_t body_bytes;
    int64_t head_begun_ns;  // 0: its first byte has not come
    uint32_t searched_bytes;
    Phase phase;
    bool is_in_line;  // lost: what comes is not the beginning of a line
};

struct State {
    http::Exchanges exchanges;
    Side client;
    Side server;
    uint8_t client_direction;  // plus 1; 0: nobody knows
};

class Speaker {
public:
    explicit Speaker(Session& session)
        : session_(session),
          state_(session.state<State>()),
          is_client_(state_.client_direction == session.turn().direction + 1),
          side_(is_client_ ? state_.client : state_.server) {}

    Progress hear(Bytes bytes);
    Progress miss(uint64_t missing);

private:
    Progress hear_head(Bytes bytes);
    Recognition may_begin_head(Bytes bytes) const;
    Progress hear_request(const Head& request, size_t size);
    Progress hear_answer(const Head& answer, size_t size);
    Progress switch_protocols(const Head& answer, size_t size);
    Progress hear_chunk(Bytes bytes);
    Progress hear_chunk_end(Bytes bytes);
    Progress hear_trailer(Bytes bytes);
    Progress search(Bytes bytes);
    Progress search_request(Bytes bytes);
    Progress search_answer(Bytes bytes);
    Progress follow_body(Framing framing, uint64_t length, size_t head_bytes);
    void end_body();
    Progress lose();

    Session& session_;
    State& state_;
    bool is_client_;
    Side& side_;
};

Progress Speaker::hear(Bytes bytes) {
    switch (side_.phase) {
        case Phase::head: return hear_head(bytes);
        case Phase::chunk: return hear_chunk(bytes);
        case Phase::chunk_end: return hear_chunk_end(bytes);
        case Phase::trailer: return hear_trailer(bytes);
        case Phase::until_close:
            side_.body_bytes += bytes.size();
            return Progress::take(bytes.size());
        case Phase::waiting:
            return bytes.size() > http::head_bytes_max ? Progress::stop()
                                                       : Progress::need(bytes.size() + 1);
        case Phase::lost: return search(bytes);
    }
    return Progress::stop();
}

Progress Speaker::hear_head(Bytes bytes) {
    // Empty lines between messages: RFC 9112 section 2.2.
    if (bytes[0] == '\r' || bytes[0] == '\n') return Progress::take(1);
    if (side_.head_begun_ns == 0) side_.head_begun_ns = session_.turn().time_ns;
    Head head;
    const size_t size = http::read_headers(bytes, head);
    const size_t least = size == 0 ? bytes.size() : size;
    const bool is_whole_request = is_client_ && size != 0 && size <= http::head_bytes_max;
    // Of a request whose head is there the first line is read once only.
    const bool may_be_head =
        is_whole_request ? http::has_method(bytes) : may_begin_head(bytes) != Recognition::no;
    if (!may_be_head) return lose();
    if (least > http::head_bytes_max) return Progress::refuse();
    if (size == 0) return Progress::need(bytes.size() + 1);
    if (!http::read_first_line(bytes, head) || (head.status == 0) != is_client_) return lose();
    return is_client_ ? hear_request(head, size) : hear_answer(head, size);
}

Recognition Speaker::may_begin_head(Bytes bytes) const {
    constexpr std::string_view icecast = "ICY ";
    if (is_client_) return http::looks_like_request(bytes);
    const bool is_icecast =
        bytes[0] == icecast[0] &&
        std::memcmp(bytes.data(), icecast.data(), std::min(bytes.size(), icecast.size())) == 0;
    return is_icecast ? Recognition::yes : http::looks_like_response(bytes);
}

Progress Speaker::hear_request(const Head& request, size_t size) {
    state_.exchanges.ask(session_, request, side_.head_begun_ns);
    side_.head_begun_ns = 0;
    constexpr std::string_view connect = "CONNECT";
    if (std::equal(request.method.begin(), request.method.end(), connect.begin(), connect.end())) {
        side_.phase = Phase::waiting;
        return Progress::take(size);
    }
    return follow_body(request.framing(), request.content_length, size);
}

Progress Speaker::hear_answer(const Head& answer, size_t size) {
    constexpr uint16_t switching_protocols = 101;
    side_.head_begun_ns = 0;
    if (answer.status < 200 && answer.status != switching_protocols) return Progress::take(size);
    const http::Exchanges::Asked asked = state_.exchanges.answer(session_, answer);
    const bool is_agreed = asked.is_connect && answer.status / 100 == 2;
    if (is_agreed || answer.status == switching_protocols) return switch_protocols(answer, size);
    if (asked.is_connect && state_.client.phase == Phase::waiting)
        state_.client.phase = Phase::head;
    const Framing framing = asked.is_head ? Framing::none : answer.framing();
    const Progress progress = follow_body(framing, answer.content_length, size);
    const bool is_length_known = framing == Framing::none || framing == Framing::length;
    if (is_length_known)
        state_.exchanges.finish(session_, framing == Framing::none ? 0 : answer.content_length,
                                state_.client.body_bytes);
    return progress;
}

// A tunnel (RFC 9110 section 9.3.6), HTTP/2 (RFC 7540 section 3.2) or whatever they agreed on.
// Nothing in WebSocket's frames is a sign of anything.
Progress Speaker::switch_protocols(const Head& answer, size_t size) {
    state_.exchanges.finish(session_, 0, state_.client.body_bytes);
    return answer.is_websocket ? Progress::done() : Progress::anew(size);
}

Progress Speaker::follow_body(Framing framing, uint64_t length, size_t head_bytes) {
    side_.body_bytes = 0;
    switch (framing) {
        case Framing::none: side_.phase = Phase::head; break;
        case Framing::length: side_.phase = Phase::head; return Progress::skip(head_bytes + length);
        case Framing::chunked: side_.phase = Phase::chunk; break;
        case Framing::until_close: side_.phase = Phase::until_close; break;
    }
    return Progress::take(head_bytes);
}

// "1a2b;name=value" (RFC 9112 section 7.1).
Progress Speaker::hear_chunk(Bytes bytes) {
    const size_t size = http::line_size(bytes);
    if (size == 0 && bytes.size() <= chunk_line_bytes_max) return Progress::need(bytes.size() + 1);
    const Bytes line = http::trimmed(bytes.first(std::min(size, chunk_line_bytes_max)));
    uint64_t chunk_bytes = 0;
    size_t digits = 0;
    for (; digits < line.size() && chunk_bytes < chunk_bytes_max / 16; digits++) {
        const uint8_t lower = line[digits] | 0x20;
        const bool is_digit = lower >= '0' && lower <= '9';
        if (!is_digit && (lower < 'a' || lower > 'f')) break;
        chunk_bytes = chunk_bytes * 16 + (is_digit ? lower - '0' : lower - 'a' + 10);
    }
    const bool is_end =
        digits == line.size() || line[digits] == ';' || line[digits] == ' ' || line[digits] == '\t';
    if (digits == 0 || !is_end || size > chunk_line_bytes_max) return lose();
    side_.body_bytes += chunk_bytes;
    side_.phase = chunk_bytes == 0 ? Phase::trailer : Phase::chunk_end;
    return Progress::skip(size + chunk_bytes);
}

Progress Speaker::hear_chunk_end(Bytes bytes) {
    if (bytes[0] == '\r' && bytes.size() == 1) return Progress::need(2);
    const size_t size = bytes[0] == '\r' ? 2 : 1;
    if (bytes[size - 1] != '\n') return lose();
    side_.phase = Phase::chunk;
    return Progress::take(size);
}

Progress Speaker::hear_trailer(Bytes bytes) {
    const size_t size = http::line_size(bytes);
    const size_t least = size == 0 ? bytes.size() : size;
    if (least > http::head_bytes_max) return lose();
    if (size == 0) return Progress::need(bytes.size() + 1);
    if (size == 1 || (size == 2 && bytes[0] == '\r')) end_body();
    return Progress::take(size);
}

void Speaker::end_body() {
    if (is_client_) state_.exchanges.end_upload(side_.body_bytes);
    else state_.exchanges.finish(session_, side_.body_bytes, state_.client.body_bytes);
    side_.phase = Phase::head;
}

// What comes is not what should come.
Progress Speaker::lose() {
    end_body();
    side_.phase = Phase::lost;
    side_.is_in_line = true;
    side_.head_begun_ns = 0;
    return Progress::take(1);
}

Progress Speaker::miss(uint64_t missing) {
    if (side_.phase == Phase::until_close) {
        side_.body_bytes += missing;
        return Progress::skip(0);
    }
    if (is_client_) state_.exchanges.lose_request();
    else state_.exchanges.lose_answers();
    lose();
    side_.is_in_line = false;
    return Progress::skip(0);
}

Progress Speaker::search(Bytes bytes) {
    const Progress progress = is_client_ ? search_request(bytes) : search_answer(bytes);
    if (side_.phase != Phase::lost) return progress;
    if (progress.kind == Progress::Kind::take)
        side_.searched_bytes += static_cast<uint32_t>(progress.count);
    return side_.searched_bytes > searched_bytes_max ? Progress::stop() : progress;
}

// At the beginning of lines, and of what comes after a gap.
Progress Speaker::search_request(Bytes bytes) {
    if (side_.is_in_line) {
        const size_t size = http::line_size(bytes);
        side_.is_in_line = size == 0;
        return Progress::take(size == 0 ? bytes.size() : size);
    }
    switch (http::looks_like_request(bytes)) {
        case Recognition::maybe: return Progress::need(bytes.size() + 1);
        case Recognition::yes: side_.phase = Phase::head; return hear_head(bytes);
        case Recognition::no: break;
    }
    side_.is_in_line = true;
    return Progress::take(1);
}

// Anywhere: a body need not end with a line.
Progress Speaker::search_answer(Bytes bytes) {
    constexpr std::string_view sign = "HTTP/1.";
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    size_t at = text.find(sign);
    if (at == std::string_view::npos) {
        // Its beginning may be all that has come.
        const size_t tail = std::min(text.size(), sign.size() - 1);
        at = text.size() - tail;
        while (at < text.size() && !sign.starts_with(text.substr(at))) at++;
    }
    if (at > 0) return Progress::take(at);
    switch (http::looks_like_response(bytes)) {
        case Recognition::maybe: return Progress::need(bytes.size() + 1);
        case Recognition::yes: side_.phase = Phase::head; return hear_head(bytes);
        case Recognition::no: break;
    }
    return Progress::take(1);
}

// Empty lines come in front of some first requests (RFC 9112 section 2.2).
Bytes without_empty_lines(Bytes bytes) {
    while (!bytes.empty() && (bytes[0] == '\r' || bytes[0] == '\n')) bytes = bytes.subspan(1);
    return bytes;
}

Recognition recognise(const Turn&, Bytes bytes) {
    constexpr size_t empty_bytes_max = 8;
    const Bytes line = without_empty_lines(bytes);
    if (bytes.size() - line.size() > empty_bytes_max) return Recognition::no;
    if (line.empty()) return Recognition::maybe;
    const Recognition answer = line[0] == 'H' ? http::looks_like_response(line) : Recognition::no;
    return answer != Recognition::no ? answer : http::looks_like_request(line);
}

Progress parse(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    const uint32_t direction = session.turn().direction;
    if (state.client_direction == 0) {
        const bool is_answer =
            http::looks_like_response(without_empty_lines(bytes)) == Recognition::yes;
        state.client_direction = static_cast<uint8_t>(1 + (is_answer ? 1 - direction : direction));
    }
    return Speaker(session).hear(bytes);
}

Progress gap(Session& session, uint64_t missing) {
    return session.state<State>().client_direction == 0 ? Progress::stop()
                                                        : Speaker(session).miss(missing);
}

void end(Session& session) {
    State& state = session.state<State>();
    state.exchanges.tell_all(session, state.server.body_bytes, state.client.body_bytes);
}

}  // namespace

const Parser http_parser = {
    .app_proto = AppProto::http,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\r\n-_").or_between('A', 'Z'),
    .parse = parse,
    .gap = gap,
    .end = end,
};

}  // namespace baleen::protocol
