// FTP's control connection (RFC 959): an event for each command with its answer, and AUTH TLS
// (RFC 4217).
//
// Must hold: what proves who somebody is (PASS, ACCT, ADAT) is never told.
#include "dataplane/protocol/greeting.h"
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t pop3_port = 110;  // POP3 has USER as well
constexpr uint8_t tls_handshake = 22;
constexpr uint32_t verb_bytes_max = 12;
constexpr uint32_t code_ready = 220;
constexpr uint32_t codes_max = 2;     // of a command: a preliminary one, and the last
constexpr uint8_t telnet_min = 0xf0;  // RFC 854: what ABOR may come behind

struct State {
    ShortText<verb_bytes_max> verb;
    ShortText<200> argument;
    ShortText<120> reply;  // the text of the last answer's first line
    std::array<uint16_t, codes_max> codes;
    uint16_t more_of;  // the code that ends an answer of several lines
    uint8_t server;    // its direction plus 1; 0: not known yet
    bool has_command;
    bool asked_tls;
    std::array<bool, 2> is_passing;  // the rest of a line that was too long
};

// IRC has USER too, with more words.
Recognition recognise_user(const Turn& turn, Bytes bytes) {
    if (turn.dst_port == pop3_port || turn.src_port == pop3_port) return Recognition::no;
    const Line line = read_line(bytes, 128);
    if (line.bytes == 0) return Recognition::maybe;
    const Bytes user = trim(line.text.subspan(5));
    const bool is_one_word = !user.empty() && until(user, ' ').size() == user.size();
    return is_one_word && !line.is_begun ? Recognition::yes : Recognition::no;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    switch (lower(bytes[0])) {
        case '2': {
            const Greeting greeting = judge_greeting(turn, bytes);
            if (greeting == Greeting::ftp) return Recognition::yes;
            return greeting == Greeting::unsettled ? Recognition::maybe : Recognition::no;
        }
        case 'u':
            if (starts_with(bytes, "user ")) return recognise_user(turn, bytes);
            return may_start_with(bytes, "user ") ? Recognition::maybe : Recognition::no;
        case 'a':
            for (const std::string_view secure : {"auth tls\r\n", "auth ssl\r\n"})
                if (may_start_with(bytes, secure))
                    return bytes.size() >= secure.size() ? Recognition::yes : Recognition::maybe;
            return Recognition::no;
        default: return Recognition::no;
    }
}

bool is_secret(Bytes verb) {
    return is_word(verb, "pass") || is_word(verb, "acct") || is_word(verb, "adat");
}

// "(h1,h2,h3,h4,p1,p2)" of PASV and PORT; 0: none.
uint32_t port_in_numbers(Bytes text) {
    std::array<uint64_t, 6> numbers{};
    for (size_t i = 0; i < numbers.size(); i++) {
        if (text.empty() || !is_digit(text[0])) return 0;
        numbers[i] = leading_number(text);
        if (numbers[i] > UINT8_MAX) return 0;
        while (!text.empty() && is_digit(text[0])) text = text.subspan(1);
        if (i + 1 == numbers.size()) break;
        if (text.empty() || text[0] != ',') return 0;
        text = text.subspan(1);
    }
    return static_cast<uint32_t>(numbers[4] << 8 | numbers[5]);
}

// "(|||port|)" of EPSV and "|af|address|port|" of EPRT (RFC 2428); 0: none.
uint32_t port_in_bars(Bytes text) {
    for (uint32_t bars = 0; !text.empty() && bars < 3; text = text.subspan(1))
        if (text[0] == '|') bars++;
    const uint64_t port = leading_number(text);
    return port <= UINT16_MAX ? static_cast<uint32_t>(port) : 0;
}

// Where data will go: the client's to say, or the server's in its answer.
uint32_t dynamic_port(const State& state) {
    const Bytes verb = state.verb.bytes(), answer = state.reply.bytes();
    const size_t opening = until(answer, '(').size();
    const Bytes inside = answer.subspan(std::min(opening + 1, answer.size()));
    if (is_word(verb, "port")) return port_in_numbers(state.argument.bytes());
    if (is_word(verb, "eprt")) return port_in_bars(state.argument.bytes());
    if (is_word(verb, "pasv")) return port_in_numbers(inside);
    return is_word(verb, "epsv") ? port_in_bars(inside) : 0;
}

// The command with its answer; what a server says unasked is told without one.
void tell(Session& session) {
    State& state = session.state<State>();
    FieldWriter& event = session.event();
    if (state.has_command) {
        const Bytes verb = state.verb.bytes();
        event.text(Field::ftp_command, verb);
        if (!state.argument.is_empty()) {
            event.text(Field::ftp_command_data, state.argument.bytes());
            if (is_word(verb, "user")) event.text(Field::ftp_user, state.argument.bytes());
        }
    }
    std::array<uint8_t, 3> digits;
    for (const uint16_t code : state.codes) {
        if (code == 0) continue;
        digits = {static_cast<uint8_t>('0' + code / 100),
                  static_cast<uint8_t>('0' + code / 10 % 10),
                  static_cast<uint8_t>('0' + code % 10)};
        event.text(Field::ftp_completion_code, digits);
    }
    // A careless server may repeat what it was given.
    const bool is_told = !state.has_command || !is_secret(state.verb.bytes());
    if (is_told && !state.reply.is_empty()) event.text(Field::ftp_reply, state.reply.bytes());
    const uint32_t port = state.has_command ? dynamic_port(state) : 0;
    if (port != 0) event.number(Field::ftp_dynamic_port, port);
    if (!event.is_empty()) session.tell();
    state.has_command = false;
    state.codes = {};
    state.reply.clear();
}

void end(Session& session) {
    if (session.state<State>().has_command) tell(session);
}

// A client may not have waited for it, or was heard first.
void tell_greeting(Session& session) {
    State& state = session.state<State>();
    const bool had_command = state.has_command;
    state.has_command = false;
    state.codes[1] = code_ready;
    tell(session);
    state.has_command = had_command;
}

void take_command(Session& session, Bytes line) {
    State& state = session.state<State>();
    while (!line.empty() && line[0] >= telnet_min) line = line.subspan(1);
    const Bytes verb = take_word(line);
    if (verb.empty() || verb.size() > verb_bytes_max ||
        !std::all_of(verb.begin(), verb.end(), is_letter))
        return;
    end(session);
    state.has_command = true;
    state.verb.set(verb);
    state.argument.clear();
    if (!is_secret(verb)) state.argument.set(line);
    if (is_word(verb, "auth")) state.asked_tls = true;
}

void take_answer(Session& session, Bytes line) {
    State& state = session.state<State>();
    const Reply reply = read_reply(line);
    if (reply.code == 0 || (state.more_of != 0 && reply.code != state.more_of)) return;
    if (state.more_of == 0) state.reply.set(reply.text);
    state.more_of = reply.is_last ? 0 : static_cast<uint16_t>(reply.code);
    if (!reply.is_last) return;
    if (reply.code == code_ready && !is_word(state.verb.bytes(), "rein"))
        return tell_greeting(session);
    const bool is_preliminary = reply.code < 200;
    state.codes[is_preliminary ? 0 : 1] = static_cast<uint16_t>(reply.code);
    if (!is_preliminary || !state.has_command) tell(session);
}

Progress parse(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    const uint32_t direction = session.turn().direction;
    bool& is_passing = state.is_passing[direction];
    if (is_passing) return Progress::take(pass_line(bytes, is_passing));
    if (state.asked_tls && bytes[0] == tls_handshake) return Progress::anew(0);
    const Line line = read_line(bytes);
    if (line.bytes == 0) return Progress::need(bytes.size() + 1);
    is_passing = line.is_begun;
    if (state.server == 0) {
        const bool is_server = is_digit(bytes[0]);
        state.server = static_cast<uint8_t>(is_server ? direction + 1 : 2 - direction);
    }
    if (direction + 1 == state.server) take_answer(session, line.text);
    else take_command(session, line.text);
    return Progress::take(line.bytes);
}

// On with the next line.
Progress gap(Session& session, uint64_t) {
    State& state = session.state<State>();
    state.is_passing[session.turn().direction] = true;
    state.more_of = 0;
    return Progress::skip(0);
}

}  // namespace

const Parser ftp_parser = {
    .app_proto = AppProto::ftp,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("2uaUA"),
    .parse = parse,
    .gap = gap,
    .end = end,
};

}  // namespace baleen::protocol
