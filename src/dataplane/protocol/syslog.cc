// Syslog over UDP (RFC 3164, RFC 5424): a priority in front of a text.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr uint32_t priority_max = 191;  // 23 facilities, 8 severities each
constexpr size_t text_bytes_min = 8, text_bytes_looked_at = 32, message_bytes_max = 512;
constexpr uint32_t events_max = 16;
constexpr NumberName severities[] = {{0, "emergency"}, {1, "alert"},   {2, "critical"},
                                     {3, "error"},     {4, "warning"}, {5, "notice"},
                                     {6, "info"},      {7, "debug"}};

struct State {
    uint32_t told;
};

struct Head {
    explicit Head(Bytes bytes) {
        size_t at = 1;
        for (; at < bytes.size() && at < 4 && bytes[at] >= '0' && bytes[at] <= '9'; at++)
            priority = priority * 10 + (bytes[at] - '0');
        is_one = bytes[0] == '<' && at > 1 && at < bytes.size() && bytes[at] == '>' &&
                 priority <= priority_max;
        if (is_one) text = bytes.subspan(at + 1);
    }
    uint32_t priority = 0;
    bool is_one = false;
    Bytes text;
};

Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes[0] != '<') return Recognition::no;
    const Head head(bytes);
    if (!head.is_one || head.text.size() < text_bytes_min) return Recognition::no;
    const Bytes beginning = head.text.first(std::min(head.text.size(), text_bytes_looked_at));
    const bool is_text = std::all_of(beginning.begin(), beginning.end(), [](uint8_t byte) {
        return byte >= ' ' || byte == '\t' || byte == '\n' || byte == '\r';
    });
    return is_text ? Recognition::yes : Recognition::no;
}

Progress parse(Session& session, Bytes bytes) {
    const Head head(bytes);
    if (!head.is_one) return Progress::take(bytes.size());
    FieldWriter& event = session.event();
    event.number(Field::syslog_facility, head.priority / 8);
    tell_named(event, Field::syslog_severity, severities, head.priority % 8);
    event.text(Field::syslog_message,
               head.text.first(std::min(head.text.size(), message_bytes_max)));
    session.tell();
    return ++session.state<State>().told >= events_max ? Progress::done()
                                                       : Progress::take(bytes.size());
}

}  // namespace

const Parser syslog_parser = {
    .app_proto = AppProto::syslog,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("<"),
    .parse = parse,
};

}  // namespace baleen::protocol
