// Requests whose answers are still to come, with what is to be told of them: one event tells both.
//
// Must hold: part of a parser's state, so all zero at first; release_all() in Parser::end gives the
// memory back. One that has to make room, or is never answered, is told without its answer.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/protocol/parser.h"

namespace baleen::protocol {

template <uint32_t count_max>
class PendingRequests {
public:
    // The fields of the session's event wait for the answer to `id`.
    void put(Session& session, uint64_t id, const FieldWriter& event) {
        const std::span<const uint8_t> fields = event.fields();
        stream::Kept note{};
        session.memory().kept.append(note, fields);
        Request& request = requests_[next_++ % count_max];
        if (request.is_used) tell_unanswered(session, request);
        request = {id, note, true};
    }
    // The event holds what was told of the request, and the answer's fields may follow. nullptr: it
    // is not known.
    FieldWriter* take(Session& session, uint64_t id) {
        for (Request& request : requests_)
            if (request.is_used && request.id == id) return &restore(session, request);
        return nullptr;
    }
    void release_all(Session& session) {
        for (uint32_t i = 0; i < count_max; i++) {
            Request& request = requests_[(next_ + i) % count_max];
            if (request.is_used) tell_unanswered(session, request);
        }
    }

private:
    struct Request {
        uint64_t id;
        stream::Kept note;
        bool is_used;
    };

    static FieldWriter& restore(Session& session, Request& request) {
        FieldWriter& event = session.event();
        event.append(session.memory().kept.view(request.note));
        session.memory().kept.release(request.note);
        request.is_used = false;
        return event;
    }
    static void tell_unanswered(Session& session, Request& request) {
        if (!restore(session, request).is_empty()) session.tell();
    }

    std::array<Request, count_max> requests_;
    uint32_t next_;
};

}  // namespace baleen::protocol
