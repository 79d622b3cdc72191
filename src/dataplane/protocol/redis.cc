// Redis's protocol (RESP): what clients ask for. Commands are arrays of strings, each with its
// length in front.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr size_t head_bytes_max = 16;  // '*' or '$', a number, and the line's end
constexpr size_t command_bytes_max = 24, key_bytes_max = 128;
constexpr uint64_t elements_max = 1024 * 1024;  // the server's own limits
constexpr uint64_t string_bytes_max = 512ull << 20;
constexpr uint32_t events_max = 32, commands_max = 100'000;

struct State {
    uint64_t left;   // strings of the command that are still to come
    uint32_t place;  // of the next one
    uint32_t told;
    uint32_t commands;
    uint8_t client;         // direction
    uint8_t command_bytes;  // the last one: told with its key
    std::array<char, command_bytes_max> command;
};

// "*3\r\n": bytes 0: more are needed. `is_wrong`: it is none.
struct Head {
    Head(Bytes bytes, uint8_t sign) {
        is_wrong = bytes[0] != sign;
        const size_t there = std::min(bytes.size(), head_bytes_max);
        for (size_t i = 1; i < there && !is_wrong; i++) {
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                number = number * 10 + (bytes[i] - '0');
            } else {
                is_wrong = bytes[i] != '\r' || i == 1;
                if (!is_wrong && i + 1 < there) {
                    is_wrong = bytes[i + 1] != '\n';
                    size = i + 2;
                }
                return;
            }
        }
        is_wrong = is_wrong || there == head_bytes_max;
    }
    bool is_wrong = false;
    size_t size = 0;
    uint64_t number = 0;
};

bool is_letter(uint8_t byte) {
    const auto lower = static_cast<uint8_t>(byte | 0x20);
    return (lower >= 'a' && lower <= 'z') || byte == '.' || byte == '_' || byte == '-';
}

Recognition recognise(const Turn&, Bytes bytes) {
    const Head array(bytes, '*');
    if (array.is_wrong || (array.size != 0 && array.number == 0)) return Recognition::no;
    if (array.size == 0 || bytes.size() == array.size) return Recognition::maybe;
    const Bytes string = bytes.subspan(array.size);
    const Head first(string, '$');
    if (first.is_wrong) return Recognition::no;
    if (first.size == 0) return Recognition::maybe;
    if (first.number < 2 || first.number > command_bytes_max) return Recognition::no;
    const Bytes command = string.subspan(first.size);
    const Bytes there = command.first(std::min<size_t>(command.size(), first.number));
    if (!std::all_of(there.begin(), there.end(), is_letter)) return Recognition::no;
    return there.size() == first.number ? Recognition::yes : Recognition::maybe;
}

Bytes command_of(const State& state) {
    return {reinterpret_cast<const uint8_t*>(state.command.data()), state.command_bytes};
}

bool is_login(const State& state) {
    const std::string_view command(state.command.data(), state.command_bytes);
    return command == "auth" || command == "AUTH" || command == "Auth" || command == "hello" ||
           command == "HELLO";
}

// A password is told of nobody.
void tell(Session& session, Bytes key) {
    auto& state = session.state<State>();
    state.told++;
    FieldWriter& event = session.event();
    event.text(Field::redis_command, command_of(state));
    if (!key.empty() && !is_login(state)) event.text(Field::redis_key, key);
    session.tell();
}

Progress take_array(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const Head array(bytes, '*');
    if (array.is_wrong || array.number > elements_max) return Progress::stop();
    if (array.size == 0) return Progress::need(bytes.size() + 1);
    state.left = array.number;
    state.place = 0;
    return ++state.commands > commands_max ? Progress::stop() : Progress::take(array.size);
}

// Strings end with a line's end that their length does not count.
Progress take_string(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const Head head(bytes, '$');
    if (head.is_wrong || head.number > string_bytes_max) return Progress::stop();
    if (head.size == 0) return Progress::need(bytes.size() + 1);
    const uint64_t total = head.size + head.number + 2;
    const size_t part_max = state.place == 0 ? command_bytes_max : key_bytes_max;
    const size_t part = state.place > 1 ? 0 : std::min<uint64_t>(head.number, part_max);
    if (bytes.size() < head.size + part) return Progress::need(head.size + part);
    const Bytes text = bytes.subspan(head.size, part);
    if (state.place == 0) {
        state.command_bytes = static_cast<uint8_t>(part);
        std::copy(text.begin(), text.end(), state.command.begin());
        if (state.left == 1) tell(session, {});
    } else if (state.place == 1) {
        tell(session, text);
    }
    state.place++;
    state.left--;
    return state.told >= events_max ? Progress::done() : Progress::skip(total);
}

Progress parse(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    // What servers say is what they were asked for; '*' with strings is a client, who began.
    if (state.commands > 0 && session.turn().direction != state.client) return Progress::stop();
    state.client = static_cast<uint8_t>(session.turn().direction);
    return state.left == 0 ? take_array(session, bytes) : take_string(session, bytes);
}

}  // namespace

const Parser redis_parser = {
    .app_proto = AppProto::redis,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("*"),
    .parse = parse,
};

}  // namespace baleen::protocol
