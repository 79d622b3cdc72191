// WireGuard (section 5.4 of its paper): handshakes, by their exact lengths. What is carried after
// them tells nothing.
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t wireguard_port = 51820;
constexpr size_t initiation_bytes = 148, response_bytes = 92, cookie_bytes = 64;
constexpr size_t data_bytes_min = 32, data_unit_bytes = 16;
enum Type : uint8_t { initiation = 1, response = 2, cookie = 3, data = 4 };
constexpr uint32_t events_max = 16;

struct State {
    uint32_t told;
};

// Of data only the beginning of a long-lived counter is a sign, which is too little anywhere else.
bool is_data(const Turn& turn, Bytes bytes) {
    if (turn.src_port != wireguard_port && turn.dst_port != wireguard_port) return false;
    constexpr size_t counter_high_at = 12;
    return bytes.size() >= data_bytes_min && bytes.size() % data_unit_bytes == 0 &&
           base::load<uint32_t>(bytes.data() + counter_high_at) == 0;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (bytes[0] < initiation || bytes[0] > data || bytes.size() < data_bytes_min)
        return Recognition::no;
    if ((base::load_be32(bytes.data()) & 0xff'ffff) != 0) return Recognition::no;
    switch (bytes[0]) {
        case initiation:
            return bytes.size() == initiation_bytes ? Recognition::yes : Recognition::no;
        case response: return bytes.size() == response_bytes ? Recognition::yes : Recognition::no;
        case cookie: return bytes.size() == cookie_bytes ? Recognition::yes : Recognition::no;
        default: return is_data(turn, bytes) ? Recognition::yes : Recognition::no;
    }
}

Progress parse(Session& session, Bytes bytes) {
    if (recognise(session.turn(), bytes) != Recognition::yes || bytes[0] == data)
        return Progress::take(bytes.size());
    const uint8_t type = bytes[0];
    Cursor cursor(bytes);
    cursor.skip(4);
    FieldWriter& event = session.event();
    event.text(Field::wireguard_message, type == initiation ? "handshake_initiation"
                                         : type == response ? "handshake_response"
                                                            : "cookie_reply");
    if (type != cookie) event.number(Field::wireguard_sender, cursor.le32());
    if (type != initiation) event.number(Field::wireguard_receiver, cursor.le32());
    session.tell();
    return ++session.state<State>().told >= events_max ? Progress::done()
                                                       : Progress::take(bytes.size());
}

}  // namespace

const Parser wireguard_parser = {
    .app_proto = AppProto::wireguard,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(1, 4),
    .parse = parse,
};

}  // namespace baleen::protocol
