// What a parser of one application protocol is, what it gets, and what it answers.
//
// A parser is a few functions and a type of its own for what it remembers of a flow. It never keeps
// bytes: it says how many more it needs, and is called again with all of them in one piece. It is
// called with a TCP direction's bytes in order, or with one datagram's payload.
//
// docs/adding-a-protocol.md walks through one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "baleen/application.h"
#include "dataplane/protocol/cursor.h"
#include "dataplane/protocol/field_writer.h"
#include "dataplane/protocol/heap.h"
#include "dataplane/stream/kept_bytes.h"

namespace baleen::protocol {

using application::AppProto;

// What a flow's parser may remember: as much as leaves a conversation at eight cache lines.
inline constexpr uint32_t state_bytes_max = 384;

// What is asked for at most in one piece: a TLS handshake message is bounded by it (certificates of
// 64 KiB are refused), and a line or a header of anything else.
inline constexpr uint32_t message_bytes_max = 64 * 1024;

enum class Transport : uint8_t { tcp = 1, udp = 2, both = 3 };  // bits

// Where bytes come from.
struct Turn {
    uint32_t direction;   // 0: as the flow's first packet, 1: against it
    bool from_initiator;  // the flow's initiator has sent them, as far as is known
    Transport transport;  // tcp or udp
    uint16_t src_port;    // the sender's
    uint16_t dst_port;
    int64_t time_ns;  // of the packet that made them available
};

// How sure a parser is that bytes are the beginning of its protocol.
enum class Recognition : uint8_t { no, maybe, yes };  // maybe: more bytes will tell

// The first bytes that a conversation can begin with: a parser that says so is not asked about the
// others, for which its `recognise` says no.
struct FirstBytes {
    static constexpr FirstBytes any() { return between(0, 0xff); }
    static constexpr FirstBytes of(std::string_view bytes) {
        FirstBytes first;
        for (const char byte : bytes) first.add(static_cast<uint8_t>(byte));
        return first;
    }
    static constexpr FirstBytes between(uint8_t least, uint8_t most) {
        return FirstBytes{}.or_between(least, most);
    }
    constexpr FirstBytes or_between(uint8_t least, uint8_t most) const {
        FirstBytes first = *this;
        for (uint32_t byte = least; byte <= most; byte++) first.add(static_cast<uint8_t>(byte));
        return first;
    }
    constexpr bool has(uint8_t byte) const { return (bits[byte / 64] >> byte % 64 & 1) != 0; }
    constexpr void add(uint8_t byte) { bits[byte / 64] |= uint64_t{1} << byte % 64; }

    std::array<uint64_t, 4> bits{};
};

// What a parser has made of the bytes that it was given.
struct Progress {
    enum class Kind : uint8_t {
        take,  // `count` bytes are dealt with, at least one
        need,  // nothing can be said before `count` bytes in all are there
        skip,  // `count` bytes from here on do not matter, those to come included
        stop,  // this direction does not matter any more
        done,  // neither does
        anew,  // behind `count` bytes, which may be 0, both directions may speak another protocol
        withdraw,  // it is another protocol after all; only as the first answer (is_tentative), and
                   // with what was noted down given back
        refuse     // it is nonsense, and counted as such; the flow is not looked at any more
    };
    Kind kind;
    uint64_t count = 0;

    static Progress take(uint64_t count) { return {Kind::take, count}; }
    static Progress need(uint64_t count) { return {Kind::need, count}; }
    static Progress skip(uint64_t count) { return {Kind::skip, count}; }
    static Progress stop() { return {Kind::stop}; }
    static Progress done() { return {Kind::done}; }
    // STARTTLS, CONNECT, SOCKS. The parser's `end` is called; the flow keeps its name until another
    // parser is certain.
    static Progress anew(uint64_t count) { return {Kind::anew, count}; }
    static Progress withdraw() { return {Kind::withdraw}; }
    static Progress refuse() { return {Kind::refuse}; }
};

struct WorkerScratch;  // worker_scratch.h

// Memory that a parser may take beyond its state; it gives all of it back in Parser::end.
struct ParserMemory {
    stream::KeptBytes& kept;  // byte strings: what to tell later
    Heap& heap;               // objects, for libraries that want an allocator
    WorkerScratch& scratch;   // to work with during a call: nothing of it lasts
};

// Who is told what parsers find out (inspector.h, and tests).
class EventSink {
public:
    virtual void tell(const Turn& turn, AppProto app_proto, const FieldWriter& fields) = 0;

protected:
    ~EventSink() = default;
};

// One flow, as its parser sees it during one call.
class Session {
public:
    Session(void* state, const Turn& turn, AppProto app_proto, ParserMemory& memory,
            FieldWriter& writer, EventSink& sink)
        : state_(state),
          turn_(turn),
          app_proto_(app_proto),
          memory_(memory),
          writer_(writer),
          sink_(sink) {}

    // The parser's own; all zero when the flow begins.
    template <class State>
    State& state() const {
        static_assert(sizeof(State) <= state_bytes_max && std::is_trivially_copyable_v<State> &&
                      alignof(State) <= 16);
        return *static_cast<State*>(state_);
    }
    const Turn& turn() const { return turn_; }
    ParserMemory& memory() const { return memory_; }

    // A new event, empty; it is told by tell(), or forgotten by the next event().
    FieldWriter& event() {
        writer_.clear();
        return writer_;
    }
    void tell() {
        sink_.tell(turn_, app_proto_, writer_);
        has_told_ = true;
    }
    // Of tentative parsers: the flow is theirs, though there is nothing to tell yet.
    void claim() { has_told_ = true; }
    bool has_told() const { return has_told_; }
    // For parsers of several names for one protocol: what the flow is from now on.
    void rename(AppProto app_proto) { app_proto_ = app_proto; }
    AppProto app_proto() const { return app_proto_; }

private:
    void* state_;
    const Turn& turn_;
    AppProto app_proto_;
    ParserMemory& memory_;
    FieldWriter& writer_;
    EventSink& sink_;
    bool has_told_ = false;
};

struct Parser {
    AppProto app_proto;
    Transport transport;
    // Whether these bytes begin a conversation: of a TCP direction from its first byte on, or one
    // datagram. Called for nearly every flow, so it looks at few bytes. Ports may settle what two
    // protocols have in common.
    Recognition (*recognise)(const Turn& turn, Bytes bytes);
    FirstBytes first_bytes = FirstBytes::any();
    // `bytes`: all that was not taken yet; never empty.
    Progress (*parse)(Session& session, Bytes bytes);
    // `missing` bytes of a direction were never seen, and none of them was to be skipped. Answers
    // skip(n) to go on behind n of the bytes that come after them, stop, done or refuse. nullptr:
    // stop.
    Progress (*gap)(Session& session, uint64_t missing) = nullptr;
    // The flow has ended, or nothing more is wanted: the last chance to tell, and to give memory
    // back.
    void (*end)(Session& session) = nullptr;
    // Its recognition proves little: the flow is its own only once it has told something, and until
    // then it may withdraw.
    bool is_tentative = false;
};

}  // namespace baleen::protocol
