// SIP (RFC 3261) over UDP and TCP: an event for each request and each response.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/text_lines.h"

namespace baleen::protocol {
namespace {

constexpr size_t head_bytes_max = 16 * 1024;
constexpr uint32_t header_lines_max = 128;
constexpr std::string_view version_sign = "sip/2.0";

// RFC 3261, 3262, 3265, 3428, 3311, 3515, 2976, 3903.
constexpr std::string_view methods[] = {"invite",    "ack",     "bye",     "cancel", "options",
                                        "register",  "prack",   "notify",  "info",   "refer",
                                        "subscribe", "publish", "message", "update"};
constexpr std::string_view schemes[] = {"sip:", "sips:", "tel:", "urn:"};

// The method, a space, and a URI of a scheme that SIP has: HTTP and RTSP share methods with it.
Recognition recognise_request(Bytes bytes) {
    for (const std::string_view method : methods) {
        if (!may_start_with(bytes, method)) continue;
        if (bytes.size() <= method.size()) return Recognition::maybe;
        if (bytes[method.size()] != ' ') continue;
        const Bytes uri = bytes.subspan(method.size() + 1);
        for (const std::string_view scheme : schemes)
            if (may_start_with(uri, scheme))
                return uri.size() >= scheme.size() ? Recognition::yes : Recognition::maybe;
    }
    return Recognition::no;
}

Recognition recognise(const Turn&, Bytes bytes) {
    if (may_start_with(bytes, version_sign))
        return bytes.size() > version_sign.size() && bytes[version_sign.size()] == ' '
                   ? Recognition::yes
               : bytes.size() <= version_sign.size() ? Recognition::maybe
                                                     : Recognition::no;
    return recognise_request(bytes);
}

struct Head {
    Bytes from, to, call_id, user_agent;
    uint64_t content_bytes = 0;
    size_t bytes = 0;  // 0: its end is not there
};

bool is_header(Bytes name, std::string_view whole, std::string_view compact) {
    return is_word(name, whole) || is_word(name, compact);
}

// "Name: value", or a letter for the name (section 7.3.3).
void take_header(Head& head, Bytes line) {
    const Bytes name = trim(until(line, ':'));
    if (name.size() == line.size()) return;
    const Bytes value = trim(line.subspan(std::min(until(line, ':').size() + 1, line.size())));
    if (is_header(name, "from", "f")) head.from = value;
    else if (is_header(name, "to", "t")) head.to = value;
    else if (is_header(name, "call-id", "i")) head.call_id = value;
    else if (is_word(name, "user-agent")) head.user_agent = value;
    else if (is_word(name, "server") && head.user_agent.empty()) head.user_agent = value;
    else if (is_header(name, "content-length", "l")) head.content_bytes = leading_number(value);
}

Head read_head(Bytes bytes) {
    Head head;
    size_t used = 0;
    for (uint32_t lines = 0; used < bytes.size() && lines < header_lines_max; lines++) {
        const Line line = read_line(bytes.subspan(used), head_bytes_max);
        if (line.bytes == 0) break;
        used += line.bytes;
        if (line.text.empty()) {
            head.bytes = used;
            break;
        }
        if (lines > 0) take_header(head, line.text);
    }
    return head;
}

// "SIP/2.0 200 OK".
void write_response(FieldWriter& event, Bytes line) {
    Bytes rest = line;
    const Bytes version = take_word(rest), code = take_word(rest);
    event.text(Field::sip_version, version)
        .text(Field::sip_code, code)
        .text(Field::sip_reason, rest)
        .text(Field::sip_response_line, line);
}

// "INVITE sip:someone@example.com SIP/2.0".
void write_request(FieldWriter& event, Bytes line) {
    Bytes rest = line;
    const Bytes method = take_word(rest), uri = take_word(rest);
    event.text(Field::sip_method, method)
        .text(Field::sip_uri, uri)
        .text(Field::sip_version, rest)
        .text(Field::sip_request_line, line);
}

void tell(Session& session, Bytes line, const Head& head) {
    FieldWriter& event = session.event();
    if (starts_with(line, version_sign)) write_response(event, line);
    else write_request(event, line);
    if (!head.from.empty()) event.text(Field::sip_from, head.from);
    if (!head.to.empty()) event.text(Field::sip_to, head.to);
    if (!head.call_id.empty()) event.text(Field::sip_call_id, head.call_id);
    if (!head.user_agent.empty()) event.text(Field::sip_user_agent, head.user_agent);
    session.tell();
}

// Keep-alives (RFC 5626 section 3.5.1) are empty lines, and some are zeros.
size_t keep_alive_bytes(Bytes bytes) {
    size_t count = 0;
    while (count < bytes.size() &&
           (bytes[count] == '\r' || bytes[count] == '\n' || bytes[count] == 0))
        count++;
    return count;
}

Progress parse_datagram(Session& session, Bytes bytes) {
    if (recognise(session.turn(), bytes) == Recognition::yes) {
        const Line line = read_line(bytes, head_bytes_max);
        const bool is_whole = line.bytes > 0 && contains(line.text, version_sign);
        if (is_whole) tell(session, line.text, read_head(bytes));
    }
    return Progress::take(bytes.size());
}

Progress parse(Session& session, Bytes bytes) {
    if (const size_t idle = keep_alive_bytes(bytes); idle > 0) return Progress::take(idle);
    if (session.turn().transport == Transport::udp) return parse_datagram(session, bytes);
    const Recognition recognition = recognise(session.turn(), bytes);
    if (recognition == Recognition::no) return Progress::refuse();
    const Head head = read_head(bytes);
    if (head.bytes == 0)
        return bytes.size() < head_bytes_max ? Progress::need(bytes.size() + 1)
                                             : Progress::refuse();
    tell(session, read_line(bytes, head_bytes_max).text, head);
    return Progress::skip(head.bytes + head.content_bytes);
}

}  // namespace

const Parser sip_parser = {
    .app_proto = AppProto::sip,
    .transport = Transport::both,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("iabcornpsmuIABCORNPSMU"),
    .parse = parse,
};

}  // namespace baleen::protocol
