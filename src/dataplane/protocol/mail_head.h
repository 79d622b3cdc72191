// The head of a mail (RFC 5322 section 2.2): who writes to whom of what, as far as it is simple.
#pragma once

#include "dataplane/protocol/parser.h"

namespace baleen::protocol {

// What goes on from line to line.
struct MailHead {
    uint8_t fields;
    bool is_over;
    bool has_from;
    bool has_to;
    bool has_subject;
};

// Far more fields than real ones have, and of each of them far more bytes than are told.
inline constexpr uint32_t mail_fields_max = 200;
inline constexpr size_t mail_field_bytes_max = 2048;

// A field with the lines that it goes on in; 0: more bytes have to come to tell. `is_all`: no more
// will come. `is_begun`: one line of it is too long, and goes on behind these bytes.
size_t mail_field_bytes(Bytes bytes, bool is_all, bool& is_begun);

// Notes down what a field says if it is one of those that are told (email_...).
void note_mail_field(MailHead& head, const ParserMemory& memory, stream::Kept& notes, Bytes field);

}  // namespace baleen::protocol
