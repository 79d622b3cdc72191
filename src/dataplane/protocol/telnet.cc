// Telnet (RFC 854), by the options that both sides negotiate first.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr uint8_t command = 0xff, subnegotiation = 0xfa, will = 0xfb, dont = 0xfe;
constexpr uint8_t option_max = 49;  // IANA's, without extended ones
constexpr size_t option_bytes = 3;
// "IAC SB TERMINAL-TYPE IS" (RFC 1091).
constexpr std::string_view terminal_sign{"\xff\xfa\x18\0", 4};
constexpr size_t terminal_bytes_max = 40, window_bytes = 512;

bool is_option(Bytes three) {
    return three[0] == command && three[1] >= will && three[1] <= dont && three[2] <= option_max;
}

// Two options, or one alone.
Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes[0] != command) return Recognition::no;
    if (bytes.size() > 1 && (bytes[1] < will || bytes[1] > dont)) return Recognition::no;
    if (bytes.size() < option_bytes) return Recognition::maybe;
    if (!is_option(bytes)) return Recognition::no;
    if (bytes.size() < 2 * option_bytes)
        return bytes.size() == option_bytes ? Recognition::yes : Recognition::maybe;
    const Bytes second = bytes.subspan(option_bytes);
    const bool is_second =
        is_option(second) || (second[0] == command && second[1] == subnegotiation);
    return is_second ? Recognition::yes : Recognition::no;
}

// What kind of terminal the client has, if it says so among its first bytes.
Progress parse(Session& session, Bytes bytes) {
    const std::string_view text = as_text(bytes.first(std::min(bytes.size(), window_bytes)));
    const size_t at = text.find(terminal_sign);
    if (at == std::string_view::npos)
        return bytes.size() < window_bytes ? Progress::need(bytes.size() + 1) : Progress::stop();
    std::string_view terminal = text.substr(at + terminal_sign.size());
    const size_t end = terminal.find('\xff');
    if (end == std::string_view::npos && bytes.size() < at + terminal_bytes_max + 8)
        return Progress::need(bytes.size() + 1);
    terminal = terminal.substr(0, std::min(end, terminal_bytes_max));
    session.event().text(Field::telnet_terminal, terminal);
    session.tell();
    return Progress::done();
}

}  // namespace

const Parser telnet_parser = {
    .app_proto = AppProto::telnet,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\xff"),
    .parse = parse,
};

}  // namespace baleen::protocol
