// POP3 (RFC 1939) with AUTH (RFC 5034) and STLS (RFC 2595): one event at its end.
//
// Of a server only the greeting is read, so that mails cost nothing.
#include "dataplane/protocol/mailbox.h"
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t pop3_port = 110;
constexpr uint8_t tls_handshake = 22;

using State = Mailbox;

// Redis says "+OK" and no more to many commands.
Recognition recognise(const Turn& turn, Bytes bytes) {
    const bool has_port = turn.src_port == pop3_port || turn.dst_port == pop3_port;
    if (bytes[0] == '+') {
        if (!may_start_with(bytes, "+ok ") && !(has_port && may_start_with(bytes, "+ok\r\n")))
            return Recognition::no;
        return bytes.size() >= 5 ? Recognition::yes : Recognition::maybe;
    }
    for (const std::string_view first : {"capa\r\n", "stls\r\n", "apop ", "user "}) {
        if (!may_start_with(bytes, first) || (first == "user " && !has_port)) continue;
        return bytes.size() >= first.size() ? Recognition::yes : Recognition::maybe;
    }
    return Recognition::no;
}

void end(Session& session) {
    tell_mailbox(
        session, session.state<State>(),
        {Field::pop3_banner, Field::pop3_user, Field::pop3_starttls, Field::pop3_commands});
}

void take_command(State& state, Bytes line) {
    if (state.auth != SaslMechanism::none) return take_sasl_response(state.auth, line, state.user);
    Bytes argument = line;
    const Bytes verb = take_word(argument);
    const bool is_verb =
        verb.size() >= 3 && verb.size() <= 4 && std::all_of(verb.begin(), verb.end(), is_letter);
    if (is_verb) state.commands++;
    if (is_word(verb, "user")) state.user.set(argument);
    if (is_word(verb, "apop")) state.user.set(take_word(argument));
    if (is_word(verb, "stls")) state.asked_tls = true;
    if (!is_word(verb, "auth") || argument.empty()) return;
    state.auth = find_sasl_mechanism(take_word(argument));
    if (!argument.empty()) take_sasl_response(state.auth, argument, state.user);
}

Progress parse(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    const uint32_t direction = session.turn().direction;
    if (state.is_passing) return Progress::take(pass_line(bytes, state.is_passing));
    if (state.asked_tls && bytes[0] == tls_handshake) return Progress::anew(0);
    const Line line = read_line(bytes);
    if (line.bytes == 0) return Progress::need(bytes.size() + 1);
    const bool is_answer = bytes[0] == '+' || bytes[0] == '-';
    if (state.server == 0)
        state.server = static_cast<uint8_t>(is_answer ? direction + 1 : 2 - direction);
    if (direction + 1 == state.server) {
        if (starts_with(line.text, "+ok")) state.banner.set(trim(line.text.subspan(3)));
        return Progress::stop();
    }
    state.is_passing = line.is_begun;
    take_command(state, line.text);
    return Progress::take(line.bytes);
}

Progress gap(Session& session, uint64_t) {
    return pass_mailbox_gap(session, session.state<State>());
}

}  // namespace

const Parser pop3_parser = {
    .app_proto = AppProto::pop3,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("+casuCASU"),
    .parse = parse,
    .gap = gap,
    .end = end,
};

}  // namespace baleen::protocol
