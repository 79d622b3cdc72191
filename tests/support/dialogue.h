// A conversation written down as text, and what it should come to: the golden cases in
// tests/protocol/, each a file like
//
//     # What this is about.
//     udp 50123 123
//     > 0.000 e30006ec00000000...   the initiator sends, at second 0.000
//     < 0.021 "220 ready\r\n"       the responder answers; quoted bytes with C's escapes
//     > gap 1460                    TCP: bytes that were never seen
//     = ntp                         app_proto, or `unknown`
//     {"ntp":{...}}                 an event, and so on
//
// Bytes may go on in lines that begin with white space.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/protocol/conversation.h"

namespace baleen::test {

struct Utterance {
    bool from_initiator;
    int64_t time_ns;
    std::vector<uint8_t> bytes;
    uint64_t missing;  // not 0: a gap, and no bytes
};

struct Dialogue {
    protocol::Transport transport;
    uint16_t initiator_port;
    uint16_t responder_port;
    std::vector<Utterance> utterances;
    std::string app_proto;            // as it should be
    std::vector<std::string> events;  // as they should be: JSON
};

// What came of it.
struct Heard {
    std::string app_proto;
    std::vector<std::string> events;
    bool is_all_given_back;  // no memory is left in use
    protocol::ConversationStats stats;
};

// Throws std::runtime_error with file and line where the file is none.
Dialogue read_dialogue(const std::string& path);

// TCP: in pieces of up to `piece_bytes`. 0: as they are. `long_tail`: as in ConversationSettings.
Heard hold(const Dialogue& dialogue, size_t piece_bytes = 0, bool long_tail = false);
// TCP: the stretches of bytes cut in two, all at the same place.
Heard hold_cut(const Dialogue& dialogue, size_t cut);

}  // namespace baleen::test
