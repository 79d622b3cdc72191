// What a server means that greets with 220: SMTP and FTP have that in common.
//
// Settled by the text of the greeting; else by the server's port; else the client's first command
// has to tell.
#pragma once

#include "dataplane/protocol/parser.h"

namespace baleen::protocol {

enum class Greeting : uint8_t { none, unsettled, smtp, ftp };

// Of a direction from its first byte on.
Greeting judge_greeting(const Turn& turn, Bytes bytes);

// A reply's code and text: "220 text", or "220-text" where more lines follow.
struct Reply {
    uint32_t code;  // 0: the line is none
    bool is_last;
    Bytes text;
};
Reply read_reply(Bytes line);

}  // namespace baleen::protocol
