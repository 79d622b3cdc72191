// The head of an HTTP/1.x message (RFC 9112): its first line, the headers somebody wants, and what
// they say of the body.
//
// Must hold: everything is a view into the bytes that were given; values are as they were, folded
// lines included.
#pragma once

#include <cstdint>

#include "dataplane/protocol/cursor.h"
#include "dataplane/protocol/parser.h"

namespace baleen::protocol::http {

// What servers refuse as well: Apache and nginx take 8 KiB a line and some of them.
inline constexpr size_t head_bytes_max = 16 * 1024;

// By their first bytes. A request wants its whole first line, unless that is very long.
Recognition looks_like_request(Bytes bytes);
Recognition looks_like_response(Bytes bytes);

// They begin with a method and a space.
bool has_method(Bytes bytes);

// The first line with its end. 0: its end is not there yet.
size_t line_size(Bytes bytes);

enum class Framing : uint8_t { none, length, chunked, until_close };

struct Head {
    // Of a request.
    Bytes method;
    Bytes url;
    // Of a response; 0: it is a request.
    uint16_t status = 0;
    // Of both: "HTTP/1.1".
    Bytes protocol;

    Bytes host;
    Bytes user_agent;
    Bytes referer;
    Bytes content_type;
    Bytes location;
    bool has_upgrade = false;
    bool is_websocket = false;

    uint64_t content_length = 0;
    bool has_content_length = false;
    bool has_transfer_encoding = false;
    bool is_chunked = false;
    // Programs that read it differently would find different ends (RFC 9112 section 11.2).
    bool is_ambiguous = false;

    // Of a request's body, or of one that answers anything but HEAD and CONNECT (section 6.3).
    Framing framing() const;
};

// Of bytes that begin with a head. False: its first line is none.
bool read_first_line(Bytes bytes, Head& out);
// What comes behind the first line. Answers where the head ends, with its empty line; 0: that is
// not there (yet).
size_t read_headers(Bytes bytes, Head& out);

// Helpers for whoever reads text.
Bytes trimmed(Bytes text);
bool equals_ignoring_case(Bytes text, std::string_view lower_case);

}  // namespace baleen::protocol::http
