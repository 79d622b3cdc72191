#include "dataplane/protocol/conversation.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

using Outcome = Conversations::Outcome;

const Parser& parser_at(uint8_t place) { return *parsers()[place]; }

// As a packet of the other direction would have it.
Turn reverse(const Turn& turn) {
    Turn other = turn;
    other.direction = 1 - turn.direction;
    other.from_initiator = !turn.from_initiator;
    std::swap(other.src_port, other.dst_port);
    return other;
}

}  // namespace

base::Result<Conversations> Conversations::create(const ConversationSettings& settings) {
    Conversations made;
    auto pool = stream::BlockPool::create(sizeof(Conversation),
                                          settings.conversations_max * sizeof(Conversation));
    if (!pool) return pool.error();
    // What waits for the rest of its message is more than what parsers note down.
    auto kept = stream::KeptBytes::create(settings.kept_bytes / 8 * 5, message_bytes_max);
    if (!kept) return kept.error();
    auto notes = stream::KeptBytes::create(settings.kept_bytes / 4, message_bytes_max);
    if (!notes) return notes.error();
    auto heap = Heap::create(settings.kept_bytes / 8);
    if (!heap) return heap.error();
    auto scratch = WorkerScratch::create();
    if (!scratch) return scratch.error();
    if (settings.long_tail) {
        auto tail = LongTail::create();
        if (!tail) return tail.error();
        made.tail_ = std::move(*tail);
    }
    made.scratch_ = std::move(*scratch);
    made.pool_ = std::move(*pool);
    made.kept_ = std::move(*kept);
    made.notes_ = std::move(*notes);
    made.heap_ = std::move(*heap);
    made.all_candidates_ = {settings.parsers & parsers_of(Transport::tcp),
                            settings.parsers & parsers_of(Transport::udp)};
    return made;
}

uint32_t Conversations::begin(Transport transport) {
    const uint32_t handle = pool_.take();
    if (handle == absent) return absent;
    Conversation& talk = at(handle);
    talk = {};
    talk.transport = transport;
    const uint64_t all = all_candidates_[transport == Transport::tcp ? 0 : 1];
    talk.candidates = {all, all};
    return handle;
}

Outcome Conversations::feed(uint32_t handle, const Turn& turn, Bytes bytes, EventSink& sink) {
    Conversation& talk = at(handle);
    if (talk.is_decided) return hear(talk, turn, bytes, sink);
    return talk.transport == Transport::udp ? look_at_datagram(talk, turn, bytes, sink)
                                            : look_at_opening(talk, turn, bytes, sink);
}

Outcome Conversations::look_at_datagram(Conversation& talk, const Turn& turn, Bytes bytes,
                                        EventSink& sink) {
    while (recognise(talk, turn, bytes)) {
        if (tail_ != nullptr) kept_.release(talk.kept[0]);
        const Outcome outcome = parse(talk, turn, bytes, sink);
        if (outcome != Outcome::withdrawn) return outcome;
        reconsider(talk);
    }
    if (tail_ != nullptr) keep_for_tail(talk, turn, bytes);
    return ++talk.looks < 2 * datagrams_max ? Outcome::goes_on : Outcome::over;
}

Outcome Conversations::look_at_opening(Conversation& talk, const Turn& turn, Bytes bytes,
                                       EventSink& sink) {
    const uint32_t direction = turn.direction;
    if (talk.is_stopped[direction]) return Outcome::goes_on;
    const bool is_continued = talk.kept[direction].bytes > 0;
    if (is_continued) {
        if (!keep(talk, direction, bytes)) return stop(talk, direction);
        bytes = kept_.whole(talk.kept[direction]);
    }
    while (recognise(talk, turn, bytes)) {
        kept_.release(talk.kept[direction]);
        // What only the long tail would have looked at.
        if (talk.is_stopped[1 - direction]) kept_.release(talk.kept[1 - direction]);
        const Outcome outcome = parse(talk, turn, bytes, sink);
        if (outcome == Outcome::goes_on) return hear_other(talk, turn, sink);
        if (outcome == Outcome::over) return outcome;
        reconsider(talk);
    }
    if (tail_ != nullptr) keep_for_tail(talk, turn, bytes);
    const bool is_hopeless = (talk.candidates[0] | talk.candidates[1]) == 0;
    if (is_hopeless || ++talk.looks >= stretches_max) return Outcome::over;
    // A parser that withdraws leaves what was kept to the others.
    if (talk.kept[direction].bytes == 0 && !keep(talk, direction, bytes))
        return stop(talk, direction);
    return talk.kept[direction].bytes > opening_bytes_max ? stop(talk, direction)
                                                          : Outcome::goes_on;
}

// A datagram that is not of a protocol says nothing of the next one.
bool Conversations::recognise(Conversation& talk, const Turn& turn, Bytes bytes) {
    uint64_t& candidates = talk.candidates[turn.direction];
    const uint64_t possible = candidates & parsers_beginning_with(bytes[0]);
    if (talk.transport == Transport::tcp) candidates = possible;
    for (uint64_t left = possible; left != 0; left &= left - 1) {
        const auto place = static_cast<uint8_t>(std::countr_zero(left));
        const Recognition recognition = parser_at(place).recognise(turn, bytes);
        if (recognition == Recognition::no && talk.transport == Transport::tcp)
            candidates &= ~(uint64_t{1} << place);
        if (recognition != Recognition::yes) continue;
        talk.parser = place;
        talk.is_decided = true;
        return true;
    }
    return false;
}

// The parser has withdrawn: it is not asked again.
void Conversations::reconsider(Conversation& talk) {
    for (uint64_t& candidates : talk.candidates) candidates &= ~(uint64_t{1} << talk.parser);
    talk.is_decided = false;
    talk.state = {};
}

// The other direction may have spoken before anybody knew the language.
Outcome Conversations::hear_other(Conversation& talk, const Turn& turn, EventSink& sink) {
    const Turn other = reverse(turn);
    stream::Kept& kept = talk.kept[other.direction];
    if (kept.bytes == 0 || !talk.is_decided) return Outcome::goes_on;
    const Bytes bytes = kept_.whole(kept);
    kept_.release(kept);
    return parse(talk, other, bytes, sink) == Outcome::goes_on ? Outcome::goes_on : Outcome::over;
}

Outcome Conversations::hear(Conversation& talk, const Turn& turn, Bytes bytes, EventSink& sink) {
    const uint32_t direction = turn.direction;
    if (talk.is_stopped[direction]) return Outcome::goes_on;
    uint64_t& skipped = talk.skipped[direction];
    const size_t unwanted = std::min<uint64_t>(skipped, bytes.size());
    skipped -= unwanted;
    bytes = bytes.subspan(unwanted);
    if (bytes.empty()) return Outcome::goes_on;
    stream::Kept& kept = talk.kept[direction];
    if (kept.bytes > 0) {
        if (!keep(talk, direction, bytes)) return stop(talk, direction);
        if (kept.bytes < talk.needed[direction]) return Outcome::goes_on;
        bytes = kept_.whole(kept);
        kept_.release(kept);
    }
    const Outcome outcome = parse(talk, turn, bytes, sink);
    if (outcome != Outcome::withdrawn) return outcome;
    reconsider(talk);
    return Outcome::goes_on;
}

// Message by message, as far as the bytes go.
Outcome Conversations::parse(Conversation& talk, const Turn& turn, Bytes bytes, EventSink& sink) {
    const uint32_t direction = turn.direction;
    const bool is_datagram = talk.transport == Transport::udp;
    for (size_t used = 0; used < bytes.size();) {
        const Bytes rest = bytes.subspan(used);
        const Progress progress = in_session(talk, turn, sink, [&](Session& session) {
            return parser_at(talk.parser).parse(session, rest);
        });
        switch (progress.kind) {
            case Progress::Kind::take:
            case Progress::Kind::skip: {
                BALEEN_ASSERT(progress.count > 0);
                const size_t there = std::min<uint64_t>(progress.count, rest.size());
                used += there;
                talk.skipped[direction] = is_datagram ? 0 : progress.count - there;
                break;
            }
            case Progress::Kind::need:
                if (is_datagram) return Outcome::goes_on;
                return wait_for(talk, direction, rest, progress.count);
            case Progress::Kind::stop: return stop(talk, direction);
            case Progress::Kind::done: return Outcome::over;
            case Progress::Kind::anew:
                return begin_anew(talk, turn,
                                  rest.subspan(std::min<uint64_t>(progress.count, rest.size())),
                                  sink);
            case Progress::Kind::withdraw:
                return talk.is_named ? Outcome::over : Outcome::withdrawn;
            case Progress::Kind::refuse: stats_.refused++; return Outcome::over;
        }
    }
    return Outcome::goes_on;
}

// The flow keeps its name until another parser is certain.
Outcome Conversations::begin_anew(Conversation& talk, const Turn& turn, Bytes bytes,
                                  EventSink& sink) {
    finish(talk, turn, sink);
    talk.is_decided = talk.is_named = false;
    talk.state = {};
    if (++talk.renewals > renewals_max) return Outcome::over;
    const bool is_datagram = talk.transport == Transport::udp;
    const uint64_t all = all_candidates_[is_datagram ? 1 : 0];
    talk.candidates = {all, all};
    talk.skipped = {};
    talk.is_stopped = {};
    talk.looks = 0;
    if (is_datagram)
        return bytes.empty() ? Outcome::goes_on : look_at_datagram(talk, turn, bytes, sink);
    if (!bytes.empty()) {
        const Outcome outcome = look_at_opening(talk, turn, bytes, sink);
        if (outcome != Outcome::goes_on) return outcome;
    }
    const Turn other = reverse(turn);
    stream::Kept& kept = talk.kept[other.direction];
    if (kept.bytes == 0 || talk.is_decided) return Outcome::goes_on;
    const Bytes waiting = kept_.whole(kept);
    kept_.release(kept);
    return look_at_opening(talk, other, waiting, sink);
}

Outcome Conversations::wait_for(Conversation& talk, uint32_t direction, Bytes bytes,
                                uint64_t needed) {
    if (needed > message_bytes_max) {
        stats_.too_long++;
        return stop(talk, direction);
    }
    talk.needed[direction] = static_cast<uint32_t>(std::max<uint64_t>(needed, bytes.size() + 1));
    return keep(talk, direction, bytes) ? Outcome::goes_on : stop(talk, direction);
}

bool Conversations::keep(Conversation& talk, uint32_t direction, Bytes bytes) {
    const stream::Kept& kept = talk.kept[direction];
    if (kept_.append(talk.kept[direction], bytes)) return true;
    stats_.too_long += kept.bytes + bytes.size() > message_bytes_max ? 1 : 0;
    return false;
}

Outcome Conversations::stop(Conversation& talk, uint32_t direction) {
    const bool is_for_tail = tail_ != nullptr && !talk.is_decided;
    if (!is_for_tail) kept_.release(talk.kept[direction]);
    talk.is_stopped[direction] = true;
    return talk.is_stopped[1 - direction] ? Outcome::over : Outcome::goes_on;
}

Outcome Conversations::pass_gap(uint32_t handle, const Turn& turn, uint64_t missing,
                                EventSink& sink) {
    Conversation& talk = at(handle);
    const uint32_t direction = turn.direction;
    if (talk.is_stopped[direction]) return Outcome::goes_on;
    if (!talk.is_decided) return stop(talk, direction);
    const uint64_t unwanted = std::min(talk.skipped[direction], missing);
    talk.skipped[direction] -= unwanted;
    if (missing == unwanted) return Outcome::goes_on;
    kept_.release(talk.kept[direction]);
    const Parser& parser = parser_at(talk.parser);
    if (parser.gap == nullptr) return stop(talk, direction);
    const Progress progress = in_session(talk, turn, sink, [&](Session& session) {
        return parser.gap(session, missing - unwanted);
    });
    if (progress.kind == Progress::Kind::refuse) stats_.refused++;
    if (progress.kind == Progress::Kind::stop) return stop(talk, direction);
    if (progress.kind != Progress::Kind::skip) return Outcome::over;
    talk.skipped[direction] = progress.count;
    return Outcome::goes_on;
}

void Conversations::end(uint32_t handle, const Turn& turn, EventSink& sink) {
    Conversation& talk = at(handle);
    if (talk.is_decided) finish(talk, turn, sink);
    else if (tail_ != nullptr && talk.app_proto == AppProto::unknown) ask_tail(talk, turn, sink);
    for (stream::Kept& kept : talk.kept) kept_.release(kept);
    pool_.give_back(handle);
}

// Datagrams of both directions lie in one piece, each behind its head.
struct DatagramHead {
    uint16_t direction;
    uint16_t bytes;
};

// Bytes that no parser has recognised.
void Conversations::keep_for_tail(Conversation& talk, const Turn& turn, Bytes bytes) {
    if (talk.looks == 0) talk.first_direction = static_cast<uint8_t>(turn.direction);
    if (talk.transport == Transport::tcp) {
        stream::Kept& kept = talk.kept[turn.direction];
        if (kept.bytes == 0) kept_.append(kept, bytes);
        return;
    }
    const DatagramHead head{static_cast<uint16_t>(turn.direction),
                            static_cast<uint16_t>(bytes.size())};
    stream::Kept& kept = talk.kept[0];
    if (kept.bytes + sizeof head + bytes.size() > datagram_bytes_max) return;
    std::array<uint8_t, sizeof head> head_bytes;
    std::memcpy(head_bytes.data(), &head, sizeof head);
    if (kept_.append(kept, head_bytes)) kept_.append(kept, bytes);
}

void Conversations::ask_tail(Conversation& talk, const Turn& turn, EventSink& sink) {
    if (talk.kept[0].bytes + talk.kept[1].bytes == 0) return;
    stats_.tail_asked++;
    tail_->begin();
    const auto look_at = [&](uint32_t direction, Bytes bytes) {
        tail_->look_at(direction == turn.direction ? turn : reverse(turn), bytes);
    };
    if (talk.transport == Transport::tcp) {
        for (const uint32_t direction : {talk.first_direction + 0u, 1u - talk.first_direction})
            look_at(direction, kept_.whole(talk.kept[direction]));
    } else {
        Bytes rest = kept_.whole(talk.kept[0]);
        for (DatagramHead head; rest.size() > sizeof head; rest = rest.subspan(head.bytes)) {
            std::memcpy(&head, rest.data(), sizeof head);
            rest = rest.subspan(sizeof head);
            if (head.bytes > rest.size()) break;
            look_at(head.direction, rest.first(head.bytes));
        }
    }
    const std::string_view name = tail_->name();
    if (name.empty()) return;
    writer_.clear();
    writer_.text(Field::ndpi_protocol, name);
    sink.tell(turn, AppProto::ndpi, writer_);
}

void Conversations::finish(Conversation& talk, const Turn& turn, EventSink& sink) {
    const Parser& parser = parser_at(talk.parser);
    if (parser.end == nullptr) return;
    in_session(talk, turn, sink, [&](Session& session) {
        parser.end(session);
        return Progress::done();
    });
}

template <class Call>
Progress Conversations::in_session(Conversation& talk, const Turn& turn, EventSink& sink,
                                   const Call& call) {
    const Parser& parser = parser_at(talk.parser);
    const AppProto known = talk.is_named ? talk.app_proto : parser.app_proto;
    ParserMemory memory{notes_, heap_, *scratch_};
    Session session(talk.state.data(), turn, known, memory, writer_, sink);
    const Progress progress = call(session);
    const bool is_certain = !parser.is_tentative || session.has_told();
    if (progress.kind != Progress::Kind::withdraw && (is_certain || talk.is_named)) {
        talk.app_proto = session.app_proto();
        talk.is_named = true;
    }
    return progress;
}

}  // namespace baleen::protocol
