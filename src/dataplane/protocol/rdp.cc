// RDP's connection (MS-RDPBCGR section 2.2.1): who asks for what security, and what the server
// chose. What follows is TLS, or without it the client's own description of itself.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"
#include "dataplane/protocol/tpkt.h"
#include "dataplane/protocol/wide_text.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t rdp_port = 3389;
constexpr uint8_t tls_handshake = 0x16;
constexpr size_t request_bytes_min = tpkt::head_bytes + 7;  // RFC 905 section 13.3
constexpr uint8_t negotiation_request = 1, negotiation_response = 2, negotiation_failure = 3;
constexpr size_t negotiation_bytes = 8;
constexpr std::string_view cookie_sign = "Cookie: mstshash=", token_sign = "Cookie: msts=";

// MS-RDPBCGR section 2.2.1.1.1, the bits of what is asked for; 0 is RDP's own security.
constexpr NumberName protocols[] = {
    {0, "rdp"}, {1, "ssl"}, {2, "hybrid"}, {4, "rds_tls"}, {8, "hybrid_ex"}, {16, "rds_aad"},
};
// Section 2.2.1.2.2.
constexpr NumberName failures[] = {
    {1, "SSL_REQUIRED_BY_SERVER"},    {2, "SSL_NOT_ALLOWED_BY_SERVER"},
    {3, "SSL_CERT_NOT_ON_SERVER"},    {4, "INCONSISTENT_FLAGS"},
    {5, "HYBRID_REQUIRED_BY_SERVER"}, {6, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER"},
};

struct State {
    bool is_asked;     // the connection request was told
    bool is_answered;  // the server has chosen
};

// What follows X.224's head: the cookie or routing token, then the negotiation, both optional.
struct Request {
    explicit Request(Bytes variable) {
        const std::string_view text = as_text(variable);
        const size_t end = text.find("\r\n");
        if (end != std::string_view::npos && text.starts_with("Cookie: ")) {
            line = variable.first(end);
            variable = variable.subspan(end + 2);
        }
        if (variable.size() < negotiation_bytes || variable[0] != negotiation_request) return;
        has_protocols = true;
        protocols = base::load<uint32_t>(variable.data() + 4);
    }
    Bytes line;
    bool has_protocols = false;
    uint32_t protocols = 0;
};

// Other users of X.224 have parameters there: their types have the upper two bits set.
bool is_negotiation(Bytes variable) {
    return variable.size() >= negotiation_bytes && variable[0] == negotiation_request &&
           variable[2] == negotiation_bytes && variable[3] == 0;
}

// The first datagram of a connection beside the one over TCP (MS-RDPEUDP section 3.1.5.1.1):
// nothing is acknowledged yet, SYN is set, and zeros fill it up to the largest size there may be.
Recognition recognise_datagram(Bytes bytes) {
    constexpr size_t bytes_min = 1132, bytes_max = 1232;
    if (bytes[0] != 0xff || bytes.size() < bytes_min || bytes.size() > bytes_max)
        return Recognition::no;
    Cursor cursor(bytes);
    const bool is_first = cursor.be32() == 0xffff'ffff;
    cursor.skip(2);
    const bool is_syn = (cursor.be16() & 1) != 0;
    cursor.skip(4);
    const auto is_size = [](uint16_t size) { return size >= bytes_min && size <= bytes_max; };
    const bool has_sizes = is_size(cursor.be16()) && is_size(cursor.be16());
    return is_first && is_syn && has_sizes && bytes.back() == 0 ? Recognition::yes
                                                                : Recognition::no;
}

Progress take_datagram(Session& session) {
    session.event().text(Field::rdp_event_type, "udp_request");
    session.tell();
    return Progress::done();
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (turn.transport == Transport::udp) return recognise_datagram(bytes);
    const Recognition frame = tpkt::recognise(bytes, tpkt::connection_request);
    if (frame != Recognition::yes || bytes.size() < request_bytes_min)
        return frame == Recognition::no ? Recognition::no : Recognition::maybe;
    const size_t frame_bytes = tpkt::frame_bytes(bytes);
    if (frame_bytes == request_bytes_min)
        return turn.dst_port == rdp_port ? Recognition::yes : Recognition::no;
    if (bytes.size() < std::min(frame_bytes, request_bytes_min + negotiation_bytes))
        return Recognition::maybe;
    const Bytes variable = bytes.subspan(request_bytes_min);
    return is_negotiation(variable) || as_text(variable).starts_with("Cookie: ") ? Recognition::yes
                                                                                 : Recognition::no;
}

void tell_protocols(FieldWriter& event, uint32_t bits) {
    if (bits == 0) tell_named(event, Field::rdp_requested, protocols, 0);
    for (uint32_t bit = 1; bit <= 16; bit <<= 1)
        if ((bits & bit) != 0) tell_named(event, Field::rdp_requested, protocols, bit);
}

void tell_request(Session& session, Bytes variable) {
    const Request request(variable);
    FieldWriter& event = session.event();
    event.text(Field::rdp_event_type, "initial_request");
    const std::string_view line = as_text(request.line);
    if (line.starts_with(cookie_sign))
        event.text(Field::rdp_cookie, line.substr(cookie_sign.size()));
    else if (line.starts_with(token_sign))
        event.text(Field::rdp_routing_token, line.substr(token_sign.size()));
    if (request.has_protocols) tell_protocols(event, request.protocols);
    session.tell();
}

// Without a negotiation it is RDP's own security.
void tell_response(Session& session, Bytes variable) {
    FieldWriter& event = session.event();
    Cursor cursor(variable);
    const uint8_t type = cursor.u8();
    cursor.skip(3);
    const uint32_t value = cursor.le32();
    const bool is_failure = type == negotiation_failure && cursor.ok();
    const uint32_t selected = type == negotiation_response && cursor.ok() ? value : 0;
    event.text(Field::rdp_event_type, is_failure ? "initial_response_error" : "initial_response");
    if (is_failure) {
        event.number(Field::rdp_error_code, value);
        tell_named(event, Field::rdp_reason, failures, value);
    } else {
        tell_named(event, Field::rdp_protocol, protocols, selected);
    }
    session.tell();
}

// The client's core data (section 2.2.1.3.2) in a conference request, whose own key is "Duca"
// (section 2.2.1.3.1.2).
void tell_client(Session& session, Bytes message) {
    constexpr uint16_t type_core = 0xc001;
    const size_t key_at = as_text(message).find("Duca");
    if (key_at == std::string_view::npos) return;
    Cursor core(message.subspan(key_at + 4));
    if ((core.u8() & 0x80) != 0) core.skip(1);  // a length of one or two bytes (X.691)
    if (core.le16() != type_core) return;
    core.skip(6);
    const uint16_t width = core.le16();
    const uint16_t height = core.le16();
    core.skip(4);
    const uint32_t layout = core.le32();
    const uint32_t build = core.le32();
    const WideText name(core.take(32));
    if (!core.ok()) return;
    FieldWriter& event = session.event();
    event.text(Field::rdp_event_type, "connect_request")
        .number(Field::rdp_client_width, width)
        .number(Field::rdp_client_height, height)
        .number(Field::rdp_client_layout, layout)
        .number(Field::rdp_client_build, build)
        .text(Field::rdp_client_name, name.text());
    session.tell();
}

Progress take_frame(Session& session, Bytes frame) {
    auto& state = session.state<State>();
    const uint8_t type = tpkt::type(frame);
    const Bytes variable = frame.subspan(std::min(frame.size(), request_bytes_min));
    if (type == tpkt::connection_request && !state.is_asked) {
        state.is_asked = true;
        tell_request(session, variable);
        return Progress::take(frame.size());
    }
    if (type == tpkt::connection_confirm && !state.is_answered) {
        state.is_answered = true;
        tell_response(session, variable);
        return Progress::take(frame.size());
    }
    tell_client(session, frame);
    return Progress::done();
}

Progress parse(Session& session, Bytes bytes) {
    if (session.turn().transport == Transport::udp) return take_datagram(session);
    if (bytes[0] == tls_handshake && session.state<State>().is_asked)
        return Progress::anew(0);  // as the server chose
    if (bytes[0] != tpkt::version) return Progress::refuse();
    if (bytes.size() < tpkt::head_bytes) return Progress::need(tpkt::head_bytes);
    const size_t frame_bytes = tpkt::frame_bytes(bytes);
    if (frame_bytes < tpkt::frame_bytes_min) return Progress::refuse();
    if (bytes.size() < frame_bytes) return Progress::need(frame_bytes);
    return take_frame(session, bytes.first(frame_bytes));
}

}  // namespace

const Parser rdp_parser = {
    .app_proto = AppProto::rdp,
    .transport = Transport::both,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\3\xff"),
    .parse = parse,
};

}  // namespace baleen::protocol
