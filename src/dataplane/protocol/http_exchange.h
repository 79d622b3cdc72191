// A flow's requests that wait for their answers, oldest first (RFC 9112 section 9.3.2), and what is
// told of both.
//
// Owns: of each request the composed fields, in the worker's kept bytes, until its answer has been
// told. Part of a parser's state.
// Must hold: answers come in the order of requests. Requests beyond the room there is are told at
// once, without their answers, and their answers by themselves.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/protocol/http_head.h"
#include "dataplane/protocol/parser.h"

namespace baleen::protocol::http {

class Exchanges {
public:
    // What has to be known of a request to understand its answer.
    struct Asked {
        bool is_head;
        bool is_connect;
    };

    // A request whose first byte came at `begun_ns`.
    void ask(Session& session, const Head& request, int64_t begun_ns);
    // The body of the newest request has ended, or so much of it is known.
    void end_upload(uint64_t body_bytes);

    // An answer, not an interim one, has begun; it is told by finish().
    Asked answer(Session& session, const Head& answer);
    // `upload_bytes`: what has come so far of a request body of unknown length.
    void finish(Session& session, uint64_t body_bytes, uint64_t upload_bytes);
    bool is_answering() const { return is_answering_; }

    // Bytes of the server were lost, perhaps with answers in them.
    void lose_answers() { has_lost_answers_ = true; }
    // Bytes of the client were lost, perhaps with requests in them.
    void lose_request() { has_lost_requests_ = true; }

    // The rest, without answers; what an answer that was under way has had so far.
    void tell_all(Session& session, uint64_t body_bytes, uint64_t upload_bytes);

private:
    // As deep as programs go: APT sends ten at once. What does not fit is few.
    static constexpr uint32_t waiting_max = 12;

    // `fields`: eight bytes with the time of its first byte, then what is told of it, and then of
    // its answer. Empty: it has been told.
    struct Waiting {
        stream::Kept fields;
        bool is_head;
        bool is_connect;
        bool is_uploading;
        uint64_t body_bytes;
    };
    static_assert(sizeof(Waiting) == 24);

    Waiting& oldest() { return waiting_[first_]; }
    Waiting& newest() { return waiting_[(first_ + count_ - 1) % waiting_max]; }
    Waiting& add();
    void remove_oldest(Session& session);
    void tell_oldest(Session& session, bool is_answered, uint64_t body_bytes,
                     uint64_t upload_bytes);

    std::array<Waiting, waiting_max> waiting_;
    int64_t ahead_ns_;  // when an answer came that nobody had asked for; 0: none
    uint32_t surplus_;  // requests told without room to wait
    uint8_t first_;
    uint8_t count_;
    bool is_answering_;  // the oldest has its answer's head
    bool has_asked_;
    bool has_lost_requests_;
    bool has_lost_answers_;
};

}  // namespace baleen::protocol::http
