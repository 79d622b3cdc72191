#include "dataplane/protocol/http_exchange.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "dataplane/protocol/http_fields.h"

namespace baleen::protocol::http {
namespace {

// Segments of two directions may be captured in the wrong order, but then one right after the
// other; a request that comes later is another one than has been answered.
constexpr int64_t ahead_ns_max = 10'000'000;

bool is_method(const Head& request, std::string_view name) {
    return std::equal(request.method.begin(), request.method.end(), name.begin(), name.end());
}

Bytes bytes_of(const int64_t& time_ns) {
    return {reinterpret_cast<const uint8_t*>(&time_ns), sizeof time_ns};
}

int64_t time_in(Bytes kept) {
    int64_t time_ns = 0;
    std::memcpy(&time_ns, kept.data(), sizeof time_ns);
    return time_ns;
}

}  // namespace

Exchanges::Waiting& Exchanges::add() {
    count_++;
    return newest() = {};
}

void Exchanges::remove_oldest(Session& session) {
    session.memory().kept.release(oldest().fields);
    first_ = static_cast<uint8_t>((first_ + 1) % waiting_max);
    count_--;
    is_answering_ = false;
}

void Exchanges::ask(Session& session, const Head& request, int64_t begun_ns) {
    FieldWriter& event = session.event();
    tell_request(event, request, authority_of(request));
    has_asked_ = true;
    const bool is_late = ahead_ns_ != 0 && begun_ns - ahead_ns_ < ahead_ns_max;
    ahead_ns_ = 0;
    // Once there was no room, its answer is counted down behind those that wait.
    const bool has_room = count_ < waiting_max && surplus_ == 0;
    if (is_late || !has_room) {
        if (!is_late) surplus_++;
        return session.tell();
    }
    Waiting& asked = add();
    asked.is_head = is_method(request, "HEAD");
    asked.is_connect = is_method(request, "CONNECT");
    const Framing framing = request.framing();
    asked.is_uploading = framing == Framing::chunked;
    asked.body_bytes = framing == Framing::length ? request.content_length : 0;
    stream::KeptBytes& kept = session.memory().kept;
    if (kept.append(asked.fields, bytes_of(begun_ns)) && kept.append(asked.fields, event.fields()))
        return;
    kept.release(asked.fields);
    session.tell();
}

void Exchanges::end_upload(uint64_t body_bytes) {
    if (count_ == 0 || !newest().is_uploading) return;
    newest().is_uploading = false;
    newest().body_bytes = body_bytes;
}

Exchanges::Asked Exchanges::answer(Session& session, const Head& answer) {
    // Who does not send ahead has one request under way: the last.
    while (has_lost_answers_ && count_ > 1) tell_oldest(session, false, 0, 0);
    has_lost_answers_ = false;
    if (count_ == 0) {
        add();
        if (surplus_ > 0) surplus_--;
        else if (has_asked_ && !has_lost_requests_) ahead_ns_ = session.turn().time_ns;
    }
    is_answering_ = true;
    Waiting& asked = oldest();
    stream::KeptBytes& kept = session.memory().kept;
    const int64_t now_ns = session.turn().time_ns;
    FieldWriter& event = session.event();
    if (asked.fields.bytes == 0) {
        event.text(Field::http_protocol, answer.protocol);
        kept.append(asked.fields, bytes_of(now_ns));
    }
    const int64_t begun_ns = asked.fields.bytes == 0 ? now_ns : time_in(kept.view(asked.fields));
    tell_answer(event, answer);
    if (begun_ns < now_ns)
        event.number(Field::http_latency, static_cast<uint64_t>(now_ns - begun_ns));
    // Without memory the answer is not told.
    kept.append(asked.fields, event.fields());
    return {asked.is_head, asked.is_connect};
}

void Exchanges::tell_oldest(Session& session, bool is_answered, uint64_t body_bytes,
                            uint64_t upload_bytes) {
    const Waiting& asked = oldest();
    if (asked.fields.bytes > sizeof(int64_t)) {
        FieldWriter& event = session.event();
        event.append(session.memory().kept.view(asked.fields).subspan(sizeof(int64_t)));
        const uint64_t sent = asked.is_uploading ? upload_bytes : asked.body_bytes;
        if (sent > 0) event.number(Field::http_request_length, sent);
        if (is_answered) event.number(Field::http_length, body_bytes);
        session.tell();
    }
    remove_oldest(session);
}

void Exchanges::finish(Session& session, uint64_t body_bytes, uint64_t upload_bytes) {
    if (is_answering_) tell_oldest(session, true, body_bytes, upload_bytes);
}

void Exchanges::tell_all(Session& session, uint64_t body_bytes, uint64_t upload_bytes) {
    while (count_ > 0) tell_oldest(session, is_answering_, body_bytes, upload_bytes);
}

}  // namespace baleen::protocol::http
