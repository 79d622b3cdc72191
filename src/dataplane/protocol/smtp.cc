// SMTP (RFC 5321) with its head of a mail (RFC 5322), CHUNKING (RFC 3030), AUTH (RFC 4954) and
// STARTTLS (RFC 3207).
//
// An event for each mail, once its head is over; one for a session without any. Of a server only
// the greeting is read: what a client does next tells what it was answered.
#include "dataplane/protocol/greeting.h"
#include "dataplane/protocol/mail_head.h"
#include "dataplane/protocol/noted_fields.h"
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/sasl.h"
#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {
namespace {

constexpr uint32_t recipients_max = 32;  // of a mail, told
constexpr uint8_t tls_handshake = 22;    // RFC 8446 section 5.1

// What the client's next bytes are.
enum class Phase : uint8_t { command, data_asked, head, body };

struct State {
    ShortText<160> banner;
    ShortText<100> helo;
    ShortText<60> user;
    stream::Kept mail;    // fields of the mail that is on its way
    uint64_t chunk_left;  // BDAT: bytes of the chunk still to come
    uint8_t server;       // its direction plus 1; 0: not known yet
    Phase phase;
    SaslMechanism auth;  // what the client's next line is a response of
    uint8_t recipients;
    uint8_t end_matched;  // of CR LF . CR LF
    bool in_chunk;
    bool has_mail;
    bool asked_tls;
    bool is_passing;  // the rest of a line that was too long
    MailHead head;
};

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (bytes[0] == '2') {
        const Greeting greeting = judge_greeting(turn, bytes);
        if (greeting == Greeting::smtp) return Recognition::yes;
        return greeting == Greeting::unsettled ? Recognition::maybe : Recognition::no;
    }
    for (const std::string_view hello : {"ehlo ", "helo ", "lhlo "}) {
        if (!may_start_with(bytes, hello)) continue;
        return bytes.size() >= hello.size() ? Recognition::yes : Recognition::maybe;
    }
    return Recognition::no;
}

void write_session(State& state, FieldWriter& event) {
    if (!state.banner.is_empty()) event.text(Field::smtp_banner, state.banner.bytes());
    if (!state.helo.is_empty()) event.text(Field::smtp_helo, state.helo.bytes());
    if (!state.user.is_empty()) event.text(Field::smtp_user, state.user.bytes());
    if (state.asked_tls) event.flag(Field::smtp_starttls, true);
    state.banner.clear();  // once
}

void tell_mail(Session& session) {
    State& state = session.state<State>();
    if (state.has_mail) {
        FieldWriter& event = session.event();
        write_session(state, event);
        write_noted(session.memory(), state.mail, event);
        session.tell();
    }
    session.memory().kept.release(state.mail);
    state.has_mail = false;
    state.recipients = 0;
    state.head = {};
}

// At the end, a session that no mail has told of.
void end(Session& session) {
    tell_mail(session);
    State& state = session.state<State>();
    if (state.banner.is_empty() && !state.asked_tls) return;
    FieldWriter& event = session.event();
    write_session(state, event);
    session.tell();
}

// "<path>" of "<path> parameters"; what is none up to the first space.
Bytes path_of(Bytes text) {
    text = trim(text);
    if (text.empty() || text[0] != '<') return until(text, ' ');
    const Bytes path = until(text, '>');
    return text.first(std::min(path.size() + 1, text.size()));
}

void begin_mail(Session& session, Bytes argument) {
    State& state = session.state<State>();
    tell_mail(session);
    state.has_mail = true;
    note_field(session.memory(), state.mail, Field::smtp_mail_from, path_of(argument));
}

void add_recipient(Session& session, Bytes argument) {
    State& state = session.state<State>();
    if (++state.recipients > recipients_max) state.recipients = recipients_max;
    else note_field(session.memory(), state.mail, Field::smtp_rcpt_to, path_of(argument));
    state.has_mail = true;
}

// "BDAT size [LAST]".
void begin_chunk(State& state, Bytes argument) {
    state.chunk_left = leading_number(argument);
    if (state.chunk_left == 0) return;
    state.in_chunk = true;
    state.phase = state.head.is_over ? Phase::body : Phase::head;
}

void end_chunk(State& state) {
    state.in_chunk = false;
    state.is_passing = false;
    state.chunk_left = 0;
    state.phase = Phase::command;
}

// "AUTH mechanism [initial response]".
void begin_auth(Session& session, Bytes argument) {
    State& state = session.state<State>();
    state.auth = find_sasl_mechanism(take_word(argument));
    if (!argument.empty()) take_sasl_response(state.auth, argument, state.user);
}

void obey(Session& session, Bytes line) {
    State& state = session.state<State>();
    Bytes argument = line;
    const Bytes verb = take_word(argument);
    if (is_word(verb, "ehlo") || is_word(verb, "helo") || is_word(verb, "lhlo")) {
        tell_mail(session);
        state.helo.set(argument);
    } else if (starts_with(line, "mail from:")) {
        begin_mail(session, line.subspan(10));
    } else if (starts_with(line, "rcpt to:")) {
        add_recipient(session, line.subspan(8));
    } else if (is_word(verb, "data")) {
        state.phase = Phase::data_asked;
    } else if (is_word(verb, "bdat")) {
        begin_chunk(state, argument);
    } else if (is_word(verb, "rset") || is_word(verb, "quit")) {
        tell_mail(session);
    } else if (is_word(verb, "auth")) {
        begin_auth(session, argument);
    } else if (is_word(verb, "starttls")) {
        state.asked_tls = true;
    } else if (state.auth != SaslMechanism::none) {
        take_sasl_response(state.auth, line, state.user);
    }
}

// DATA was refused: the client goes on with commands.
bool is_command(Bytes line) {
    for (const std::string_view whole : {"rset", "quit", "noop", "data", "starttls"})
        if (is_word(trim(line), whole)) return true;
    for (const std::string_view begin : {"mail from:", "rcpt to:", "ehlo ", "helo ", "auth "})
        if (starts_with(line, begin)) return true;
    return false;
}

Progress parse_command(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    if (state.asked_tls && bytes[0] == tls_handshake) return Progress::anew(0);
    const Line line = read_line(bytes);
    if (line.bytes == 0) return Progress::need(bytes.size() + 1);
    state.is_passing = line.is_begun;
    obey(session, line.text);
    return Progress::take(line.bytes);
}

// Bytes of the chunk, or of all that is there.
Bytes of_mail(const State& state, Bytes bytes) {
    return state.in_chunk ? bytes.first(std::min<uint64_t>(bytes.size(), state.chunk_left)) : bytes;
}

Progress take_of_mail(State& state, size_t count) {
    if (state.in_chunk) {
        state.chunk_left -= count;
        if (state.chunk_left == 0) end_chunk(state);
    }
    return Progress::take(count);
}

void end_head(Session& session) {
    State& state = session.state<State>();
    tell_mail(session);
    state.head.is_over = true;
    state.phase = Phase::body;
    state.end_matched = 2;  // at the beginning of a line
}

// Behind the mail, as far as its end is there: CR LF . CR LF (RFC 5321 section 4.1.1.4). A dot is
// rarer than any other byte of the sign, and base64 has none.
size_t find_mail_end(Bytes bytes, uint8_t& matched) {
    constexpr std::string_view sign = "\r\n.\r\n";
    for (size_t i = 0; i < bytes.size(); i++) {
        if (matched == 0) {
            const void* dot = std::memchr(bytes.data() + i, '.', bytes.size() - i);
            const size_t at =
                dot == nullptr
                    ? bytes.size()
                    : static_cast<size_t>(static_cast<const uint8_t*>(dot) - bytes.data());
            i = std::max(i, at < i + 2 ? i : at - 2);
        }
        const uint8_t letter = bytes[i];
        if (letter == static_cast<uint8_t>(sign[matched])) matched++;
        else matched = letter == '\r' ? 1 : 0;
        if (matched == sign.size()) return i + 1;
    }
    return bytes.size();
}

Progress parse_body(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    if (state.in_chunk) {
        const uint64_t left = state.chunk_left;
        end_chunk(state);
        return Progress::skip(left);
    }
    const size_t count = find_mail_end(bytes, state.end_matched);
    if (state.end_matched == 5) state.phase = Phase::command;
    return Progress::take(count);
}

Progress parse_head(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    bytes = of_mail(state, bytes);
    const bool is_all = state.in_chunk && bytes.size() == state.chunk_left;
    const Line first = read_line(bytes);
    if (first.bytes == 0 && !is_all) return Progress::need(bytes.size() + 1);
    if (!state.in_chunk && is_word(first.text, ".")) {
        tell_mail(session);
        state.phase = Phase::command;
        return Progress::take(first.bytes);
    }
    const bool is_empty = first.bytes > 0 && first.text.empty();
    if (is_empty || state.head.fields >= mail_fields_max) {
        end_head(session);
        return is_empty ? take_of_mail(state, first.bytes) : parse_body(session, bytes);
    }
    bool is_begun = false;
    const size_t field_bytes = mail_field_bytes(bytes, is_all, is_begun);
    if (field_bytes == 0) return Progress::need(bytes.size() + 1);
    state.head.fields++;
    state.is_passing = is_begun;
    note_mail_field(state.head, session.memory(), state.mail, bytes.first(field_bytes));
    return take_of_mail(state, field_bytes);
}

// Behind DATA: a mail, unless what comes is a command.
Progress parse_answered_data(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    const Line line = read_line(bytes);
    if (line.bytes == 0) return Progress::need(bytes.size() + 1);
    if (is_command(line.text)) {
        state.phase = Phase::command;
        return parse_command(session, bytes);
    }
    state.phase = Phase::head;
    state.has_mail = true;
    state.head = {};
    return parse_head(session, bytes);
}

// Of a server its greeting.
Progress parse_server(State& state, Bytes bytes) {
    const Line line = read_line(bytes);
    if (line.bytes == 0) return Progress::need(bytes.size() + 1);
    const Reply reply = read_reply(line.text);
    if (reply.code == 220) state.banner.set(reply.text);
    return Progress::stop();
}

Progress parse(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    const uint32_t direction = session.turn().direction;
    if (state.server == 0) {
        if (is_digit(bytes[0])) state.server = static_cast<uint8_t>(direction + 1);
        else state.server = static_cast<uint8_t>(2 - direction);
    }
    if (direction + 1 == state.server) return parse_server(state, bytes);
    if (state.is_passing) {
        const Bytes mine = of_mail(state, bytes);
        return take_of_mail(state, pass_line(mine, state.is_passing));
    }
    switch (state.phase) {
        case Phase::command: return parse_command(session, bytes);
        case Phase::data_asked: return parse_answered_data(session, bytes);
        case Phase::head: return parse_head(session, bytes);
        case Phase::body: break;
    }
    return parse_body(session, bytes);
}

// Commands go on with the next line, a mail with its body.
Progress gap(Session& session, uint64_t missing) {
    State& state = session.state<State>();
    if (session.turn().direction + 1 == state.server) return Progress::stop();
    if (state.in_chunk) {
        const uint64_t of_chunk = std::min(missing, state.chunk_left);
        state.chunk_left -= of_chunk;
        if (state.chunk_left == 0) end_chunk(state);
    }
    if (state.phase == Phase::head || state.phase == Phase::data_asked) end_head(session);
    state.auth = SaslMechanism::none;  // the next line may be a password
    state.end_matched = 0;
    state.is_passing = state.phase == Phase::command;
    return Progress::skip(0);
}

}  // namespace

const Parser smtp_parser = {
    .app_proto = AppProto::smtp,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("2ehlEHL"),
    .parse = parse,
    .gap = gap,
    .end = end,
};

}  // namespace baleen::protocol
