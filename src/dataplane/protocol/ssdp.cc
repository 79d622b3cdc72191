// SSDP (UPnP Device Architecture 2.0 section 1): heads of HTTP in datagrams, without bodies.
//
// Wireshark and nDPI call it SSDP and show it with HTTP's fields; so do we. A request is told by
// itself: whoever answers does so from another address, and only if it is asked for.
#include <string_view>

#include "dataplane/protocol/http_fields.h"
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

bool starts_with(Bytes bytes, std::string_view sign) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
        .starts_with(sign);
}

Recognition recognise(const Turn&, Bytes bytes) {
    switch (bytes[0]) {
        case 'M':
            return starts_with(bytes, "M-SEARCH * HTTP/1.") ? Recognition::yes : Recognition::no;
        case 'N':
            return starts_with(bytes, "NOTIFY * HTTP/1.") ? Recognition::yes : Recognition::no;
        case 'H':
            return http::looks_like_response(bytes) == Recognition::yes ? Recognition::yes
                                                                        : Recognition::no;
        default: return Recognition::no;
    }
}

Progress parse(Session& session, Bytes bytes) {
    if (recognise(session.turn(), bytes) != Recognition::yes) return Progress::take(bytes.size());
    http::Head head;
    http::read_headers(bytes, head);
    if (!http::read_first_line(bytes, head)) return Progress::take(bytes.size());
    FieldWriter& event = session.event();
    if (head.status == 0) {
        http::tell_request(event, head, head.host);
    } else {
        event.text(Field::http_protocol, head.protocol);
        // Where a device describes itself: nobody is redirected.
        head.location = {};
        http::tell_answer(event, head);
    }
    session.tell();
    return Progress::take(bytes.size());
}

}  // namespace

const Parser ssdp_parser = {
    .app_proto = AppProto::ssdp,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("MNH"),
    .parse = parse,
};

}  // namespace baleen::protocol
