// What may be said over the data plane's UNIX socket (SOCK_SEQPACKET, one message per packet).
//
// Owns: the messages. A client attaches and is handed the memfds of the statistics segment and of
// every ring; or it hands over a compiled ruleset, and is told whether it is used; or it asks for
// packets to be written.
//
// Must hold: every message starts with MessageHeader; a side that meets another magic, version or
// size closes the connection and says so.
#pragma once

#include <cstdint>
#include <type_traits>

#include "baleen/limits.h"

namespace baleen::command {

inline constexpr uint32_t message_magic = 0x4c414221;  // "!BAL" in memory order
inline constexpr uint16_t message_version = 1;

enum class MessageType : uint16_t {
    attach = 1,    // client to data plane: header only
    attached = 2,  // data plane to client: Attached, with file descriptors: statistics, ring 0 ...
                   // ring n-1
    load_rules = 3,    // client to data plane: header only, with one file descriptor: a memfd with
                       // an image as in ruleset.h, sealed against any change
    rules_answer = 4,  // data plane to client: RulesAnswer
    trigger_capture = 5,  // client to data plane: TriggerCapture
    trigger_answer = 6,   // data plane to client: TriggerAnswer
};

struct MessageHeader {
    uint32_t magic;
    uint16_t version;
    uint16_t type;  // MessageType
    uint32_t message_bytes;
    uint32_t reserved;
};
static_assert(sizeof(MessageHeader) == 16);

struct Attached {
    MessageHeader header;
    uint64_t run_id;
    uint32_t worker_count;
    uint32_t reserved;
};
static_assert(sizeof(Attached) == 32);
static_assert(std::has_unique_object_representations_v<Attached>);

// Packets are matched with the new rules from now on, or as before.
struct RulesAnswer {
    MessageHeader header;
    uint32_t generation;          // 0: refused
    uint32_t generations_in_use;  // this one, and those that streams still run under
    char reason[232];             // a sentence, zero-terminated
};
static_assert(sizeof(RulesAnswer) == 256);
static_assert(std::has_unique_object_representations_v<RulesAnswer>);

// Packets out of the data plane's memory of the last seconds, and coming ones, are to be written to
// disk.
struct TriggerCapture {
    MessageHeader header;
    uint64_t flow_id;   // 0: of any flow
    int64_t before_ns;  // how far back, and how long from now on; not negative
    int64_t after_ns;
    char filter[1000];  // pcap-filter(7), zero-terminated; empty: any packet
};
static_assert(sizeof(TriggerCapture) == 1040);
static_assert(std::has_unique_object_representations_v<TriggerCapture>);

struct TriggerAnswer {
    MessageHeader header;
    uint32_t id;  // the trigger's number; 0: refused
    uint32_t reserved;
    char reason[1000];  // a sentence, zero-terminated
};
static_assert(sizeof(TriggerAnswer) == 1024);
static_assert(std::has_unique_object_representations_v<TriggerAnswer>);

}  // namespace baleen::command
