// One worker's conversations: which protocol each flow speaks, what its parser remembers, and the
// bytes that wait for the rest of their message.
//
// Owns: the memory of all of them, taken at start. Knows nothing of flows, batches or rings: the
// caller keeps a conversation's handle and gives it each direction's bytes in order (TCP), or each
// datagram (UDP).
//
// How a protocol is found: every parser that may still be right looks at the first bytes of a
// direction; the first to say yes has the flow, and gets all that came before. A TCP opening is
// kept for that, up to opening_bytes_max. Where all say no, or nobody has said yes by then, the
// flow is unknown.
// With the long tail (long_tail.h) nDPI is asked about an unknown flow when its conversation ends:
// until then its opening is kept, of TCP as it is anyway, and the first datagrams of UDP.
// Must hold: what a conversation does depends on its own bytes only, unless memory is short.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "dataplane/protocol/long_tail.h"
#include "dataplane/protocol/parser.h"
#include "dataplane/protocol/worker_scratch.h"
#include "dataplane/stream/block_pool.h"

namespace baleen::protocol {

// Bytes of a direction in which its protocol must show: one block of kept bytes.
inline constexpr uint32_t opening_bytes_max = 2000;
// TCP: stretches of bytes looked at before a flow counts as unknown: a greeting in single bytes is
// still one. UDP: datagrams of a direction.
inline constexpr uint32_t stretches_max = 128;
inline constexpr uint32_t datagrams_max = 4;
// Of an unknown flow of UDP, for the long tail: of all its datagrams, with their heads.
inline constexpr uint32_t datagram_bytes_max = 4 * 2048;
// Protocols inside of protocols (a tunnel that was asked for) that are looked for in one flow.
inline constexpr uint8_t renewals_max = 3;

struct ConversationSettings {
    uint64_t conversations_max = 0;  // 1 ... 2^31
    uint64_t kept_bytes = 0;         // of all: messages in pieces, and what parsers keep
    uint64_t parsers = UINT64_MAX;   // bits by their place in parsers(): those that are asked
    bool long_tail = false;          // an error in a build without nDPI
};

// What went wrong so far.
struct ConversationStats {
    uint64_t refused = 0;     // a parser found nonsense
    uint64_t too_long = 0;    // a message beyond message_bytes_max
    uint64_t kept_full = 0;   // no memory for a message in pieces, or for a parser's notes
    uint64_t heap_full = 0;   // no memory for an object of a parser
    uint64_t tail_asked = 0;  // flows that nDPI was asked about
    uint64_t tail_full = 0;   // no memory for what nDPI wanted
};

class Conversations {
public:
    static constexpr uint32_t absent = stream::BlockPool::none;

    static base::Result<Conversations> create(const ConversationSettings& settings);

    // A conversation of which nothing has been heard, or `absent`: all are in use.
    uint32_t begin(Transport transport);

    // over: nothing that follows matters. withdrawn: only between these functions.
    enum class Outcome : uint8_t { goes_on, over, withdrawn };

    // TCP: the next bytes of a direction. UDP: a datagram. Not empty.
    Outcome feed(uint32_t handle, const Turn& turn, Bytes bytes, EventSink& sink);
    // TCP: bytes of a direction that were never seen.
    Outcome pass_gap(uint32_t handle, const Turn& turn, uint64_t missing, EventSink& sink);
    // The flow has ended, or its conversation is over: the parser's last chance to tell. The handle
    // is free then.
    void end(uint32_t handle, const Turn& turn, EventSink& sink);

    // What it speaks, unknown until that is certain.
    AppProto app_proto(uint32_t handle) { return at(handle).app_proto; }
    void prefetch(uint32_t handle) const {
        const auto* talk = static_cast<const uint8_t*>(pool_address(handle));
        for (uint32_t line = 0; line < lines_usually_touched; line++)
            __builtin_prefetch(talk + 64 * line, 1);
    }

    ConversationStats stats() const {
        ConversationStats all = stats_;
        all.kept_full = kept_.shortages() + notes_.shortages();
        all.heap_full = heap_.refused();
        all.tail_full = tail_ != nullptr ? tail_->refused() : 0;
        return all;
    }
    uint32_t in_use() const { return pool_.in_use(); }
    // Blocks of all kinds; 0: all memory was given back.
    uint32_t kept_in_use() const {
        return kept_.blocks_in_use() + notes_.blocks_in_use() + heap_.blocks_in_use() +
               (tail_ != nullptr ? tail_->blocks_in_use() : 0);
    }

private:
    // Its head, and the beginning of what its parser remembers.
    static constexpr uint32_t lines_usually_touched = 4;
    struct alignas(64) Conversation {
        std::array<uint64_t, 2> candidates;  // bits of parsers that may be right, by direction
        std::array<uint64_t, 2> skipped;     // bytes to come that nobody wants
        std::array<stream::Kept, 2> kept;    // bytes that wait: an opening, or part of a message
        std::array<uint32_t, 2> needed;      // bytes in all that the parser waits for
        std::array<bool, 2> is_stopped;
        bool is_decided;  // `parser` has it
        bool is_named;    // and is certain: app_proto is what it says
        uint8_t parser;   // its place in parsers()
        uint8_t looks;    // stretches or datagrams looked at while undecided
        uint8_t renewals;
        Transport transport;
        AppProto app_proto;
        uint8_t first_direction;  // that was kept for the long tail
        alignas(16) std::array<std::byte, state_bytes_max> state;
    };
    static_assert(sizeof(Conversation) == 512);

    Conversations() = default;
    Conversation& at(uint32_t handle) { return *reinterpret_cast<Conversation*>(pool_.at(handle)); }
    const void* pool_address(uint32_t handle) const {
        return const_cast<stream::BlockPool&>(pool_).at(handle);
    }

    Outcome look_at_datagram(Conversation& talk, const Turn& turn, Bytes bytes, EventSink& sink);
    Outcome look_at_opening(Conversation& talk, const Turn& turn, Bytes bytes, EventSink& sink);
    static bool recognise(Conversation& talk, const Turn& turn, Bytes bytes);
    static void reconsider(Conversation& talk);
    Outcome hear_other(Conversation& talk, const Turn& turn, EventSink& sink);
    Outcome hear(Conversation& talk, const Turn& turn, Bytes bytes, EventSink& sink);
    Outcome parse(Conversation& talk, const Turn& turn, Bytes bytes, EventSink& sink);
    Outcome begin_anew(Conversation& talk, const Turn& turn, Bytes bytes, EventSink& sink);
    Outcome wait_for(Conversation& talk, uint32_t direction, Bytes bytes, uint64_t needed);
    void keep_for_tail(Conversation& talk, const Turn& turn, Bytes bytes);
    void ask_tail(Conversation& talk, const Turn& turn, EventSink& sink);
    void finish(Conversation& talk, const Turn& turn, EventSink& sink);
    bool keep(Conversation& talk, uint32_t direction, Bytes bytes);
    Outcome stop(Conversation& talk, uint32_t direction);
    template <class Call>
    Progress in_session(Conversation& talk, const Turn& turn, EventSink& sink, const Call& call);

    stream::BlockPool pool_;
    stream::KeptBytes kept_;   // of conversations
    stream::KeptBytes notes_;  // of parsers
    Heap heap_;                // of parsers as well
    std::unique_ptr<WorkerScratch> scratch_;
    std::unique_ptr<LongTail> tail_;            // nullptr: it is not asked
    std::array<uint64_t, 2> all_candidates_{};  // of TCP, of UDP
    FieldWriter writer_;
    ConversationStats stats_;
};

}  // namespace baleen::protocol
