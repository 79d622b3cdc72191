#include "dataplane/protocol/greeting.h"

#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {
namespace {

constexpr uint32_t code_bytes = 3;
constexpr uint32_t code_ready = 220;
constexpr size_t greeting_bytes_max = 512;

bool is_smtp_port(uint16_t port) {
    return port == 25 || port == 465 || port == 587 || port == 2525;
}

Greeting by_port(uint16_t port) {
    if (is_smtp_port(port)) return Greeting::smtp;
    return port == 21 ? Greeting::ftp : Greeting::unsettled;
}

Greeting by_text(uint16_t port, Bytes text) {
    const bool is_smtp = contains(text, "smtp") || contains(text, "lmtp") ||
                         contains(text, "postfix") || contains(text, "sendmail");
    const bool is_ftp = contains(text, "ftp") || contains(text, "filezilla");
    if (is_smtp && is_ftp) return port == 21 ? Greeting::ftp : Greeting::smtp;
    if (is_smtp) return Greeting::smtp;
    return is_ftp ? Greeting::ftp : Greeting::unsettled;
}

}  // namespace

Reply read_reply(Bytes line) {
    const bool has_code = line.size() >= code_bytes && line[0] >= '1' && line[0] <= '6' &&
                          is_digit(line[1]) && is_digit(line[2]);
    if (!has_code) return {0, false, {}};
    const auto code = static_cast<uint32_t>(leading_number(line.first(code_bytes)));
    if (line.size() == code_bytes) return {code, true, {}};
    const uint8_t mark = line[code_bytes];
    if (mark != ' ' && mark != '-') return {0, false, {}};
    return {code, mark == ' ', trim(line.subspan(code_bytes + 1))};
}

// Line by line, so that the verdict is the same however much of it is there.
Greeting judge_greeting(const Turn& turn, Bytes bytes) {
    if (!may_start_with(bytes, "220")) return Greeting::none;
    for (size_t used = 0; used < bytes.size();) {
        const Line line = read_line(bytes.subspan(used), greeting_bytes_max);
        if (line.bytes == 0) return Greeting::unsettled;
        const Reply reply = read_reply(line.text);
        if (used == 0 && reply.code != code_ready) return Greeting::none;
        const Greeting settled = by_text(turn.src_port, line.text);
        if (settled != Greeting::unsettled) return settled;
        if (reply.code == code_ready && reply.is_last) return by_port(turn.src_port);
        used += line.bytes;
    }
    return Greeting::unsettled;
}

}  // namespace baleen::protocol
