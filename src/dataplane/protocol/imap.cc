// IMAP (RFC 9051), as far as who logs in to whom, and STARTTLS: one event at its end.
//
// Of a server only the greeting is read, so that mails cost nothing.
#include "dataplane/protocol/mailbox.h"
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {
namespace {

constexpr uint8_t tls_handshake = 22;
constexpr size_t tag_bytes_max = 20;

struct State : Mailbox {
    bool is_continued;  // the next line goes on behind a literal
    bool awaits_user;   // which is the one of LOGIN
};

bool is_of_tag(uint8_t letter) { return is_letter(letter) || is_digit(letter) || letter == '.'; }

// A client that is heard alone: a tag, and one of the commands that come first.
Recognition recognise_command(Bytes bytes) {
    const size_t wanted = std::min(bytes.size(), tag_bytes_max);
    size_t tag = 0;
    while (tag < wanted && is_of_tag(bytes[tag])) tag++;
    if (tag == 0) return Recognition::no;
    if (tag == bytes.size()) return Recognition::maybe;
    if (bytes[tag] != ' ') return Recognition::no;
    const Bytes command = bytes.subspan(tag + 1);
    for (const std::string_view first :
         {"capability\r\n", "login ", "authenticate ", "starttls\r\n", "id ("}) {
        if (!may_start_with(command, first)) continue;
        return command.size() >= first.size() ? Recognition::yes : Recognition::maybe;
    }
    return Recognition::no;
}

Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes[0] != '*') return recognise_command(bytes);
    for (const std::string_view greeting : {"* ok ", "* preauth ", "* bye "}) {
        if (!may_start_with(bytes, greeting)) continue;
        return bytes.size() >= greeting.size() ? Recognition::yes : Recognition::maybe;
    }
    return Recognition::no;
}

void end(Session& session) {
    tell_mailbox(
        session, session.state<State>(),
        {Field::imap_banner, Field::imap_user, Field::imap_starttls, Field::imap_commands});
}

// The size of the literal that a line announces at its end: "{5}", "{5+}"; 0: none.
uint64_t literal_bytes(Bytes line) {
    if (line.empty() || line.back() != '}') return 0;
    const auto opening = std::find(line.rbegin(), line.rend(), '{');
    if (opening == line.rend()) return 0;
    return leading_number(line.last(static_cast<size_t>(opening - line.rbegin())));
}

// An atom, or a quoted string; what escapes it has stays.
Bytes astring(Bytes text) {
    if (text.empty() || text[0] != '"') return until(text, ' ');
    text = text.subspan(1);
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\\') i++;
        else if (text[i] == '"') return text.first(i);
    }
    return {};
}

void take_command(State& state, Bytes line) {
    if (state.auth != SaslMechanism::none) return take_sasl_response(state.auth, line, state.user);
    take_word(line);  // the tag
    const Bytes command = take_word(line);
    if (command.empty()) return;
    state.commands++;
    if (is_word(command, "login")) {
        if (literal_bytes(line) > 0 && line[0] == '{') state.awaits_user = true;
        else state.user.set(astring(line));
    }
    if (is_word(command, "starttls")) state.asked_tls = true;
    if (!is_word(command, "authenticate")) return;
    state.auth = find_sasl_mechanism(take_word(line));
    if (!line.empty()) take_sasl_response(state.auth, line, state.user);
}

Progress parse_client(State& state, Bytes bytes) {
    const Line line = read_line(bytes);
    if (line.bytes == 0) return Progress::need(bytes.size() + 1);
    state.is_passing = line.is_begun;
    if (!state.is_continued) take_command(state, line.text);
    const uint64_t literal = literal_bytes(line.text);
    state.is_continued = literal > 0;
    if (literal == 0 || state.awaits_user) return Progress::take(line.bytes);
    return Progress::skip(line.bytes + literal);
}

// LOGIN's user as a literal: it may be followed by anything, so the line is of no help.
Progress parse_user(State& state, Bytes bytes) {
    state.awaits_user = false;
    const Line line = read_line(bytes);
    if (line.bytes == 0) {
        state.awaits_user = true;
        return Progress::need(bytes.size() + 1);
    }
    state.user.set(until(line.text, ' '));
    const uint64_t literal = literal_bytes(line.text);
    state.is_continued = literal > 0;
    return Progress::skip(line.bytes + literal);
}

Progress parse(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    const uint32_t direction = session.turn().direction;
    if (state.is_passing) return Progress::take(pass_line(bytes, state.is_passing));
    if (state.asked_tls && bytes[0] == tls_handshake) return Progress::anew(0);
    if (state.server == 0)
        state.server = static_cast<uint8_t>(bytes[0] == '*' ? direction + 1 : 2 - direction);
    if (direction + 1 != state.server)
        return state.awaits_user ? parse_user(state, bytes) : parse_client(state, bytes);
    const Line line = read_line(bytes);
    if (line.bytes == 0) return Progress::need(bytes.size() + 1);
    if (starts_with(line.text, "* ")) state.banner.set(trim(line.text.subspan(2)));
    return Progress::stop();
}

Progress gap(Session& session, uint64_t) {
    State& state = session.state<State>();
    state.is_continued = state.awaits_user = false;
    return pass_mailbox_gap(session, state);
}

}  // namespace

const Parser imap_parser = {
    .app_proto = AppProto::imap,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes =
        FirstBytes::of("*.").or_between('0', '9').or_between('A', 'Z').or_between('a', 'z'),
    .parse = parse,
    .gap = gap,
    .end = end,
};

}  // namespace baleen::protocol
