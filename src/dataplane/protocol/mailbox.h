// What IMAP and POP3 have in common: a session is told once, at its end or where TLS begins, by its
// banner, its user and the number of its commands; the server is heard no further than its banner.
#pragma once

#include <cstdint>

#include "dataplane/protocol/parser.h"
#include "dataplane/protocol/sasl.h"
#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {

struct Mailbox {
    ShortText<160> banner;
    ShortText<128> user;
    uint32_t commands;
    uint8_t server;      // its direction plus 1; 0: not known yet
    SaslMechanism auth;  // what the client's next line is a response of
    bool asked_tls;
    bool is_passing;  // the rest of a line that was too long
};

struct MailboxFields {
    Field banner, user, starttls, commands;
};

inline void tell_mailbox(Session& session, const Mailbox& mailbox, const MailboxFields& fields) {
    FieldWriter& event = session.event();
    if (!mailbox.banner.is_empty()) event.text(fields.banner, mailbox.banner.bytes());
    if (!mailbox.user.is_empty()) event.text(fields.user, mailbox.user.bytes());
    if (mailbox.asked_tls) event.flag(fields.starttls, true);
    event.number(fields.commands, mailbox.commands);
    session.tell();
}

// On with the client's next line.
inline Progress pass_mailbox_gap(Session& session, Mailbox& mailbox) {
    if (session.turn().direction + 1 == mailbox.server) return Progress::stop();
    mailbox.auth = SaslMechanism::none;  // the next line may be a password
    mailbox.is_passing = true;
    return Progress::skip(0);
}

}  // namespace baleen::protocol
