// RADIUS (RFC 2865, 2866, 5176): who asks for access, from where, and whether it is granted.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr size_t head_bytes = 20, packet_bytes_max = 4096;
constexpr uint32_t events_max = 64;
constexpr NumberName codes[] = {
    {1, "access_request"},
    {2, "access_accept"},
    {3, "access_reject"},
    {4, "accounting_request"},
    {5, "accounting_response"},
    {11, "access_challenge"},
    {12, "status_server"},
    {13, "status_client"},
    {40, "disconnect_request"},
    {41, "disconnect_ack"},
    {42, "disconnect_nak"},
    {43, "coa_request"},
    {44, "coa_ack"},
    {45, "coa_nak"},
};

struct State {
    uint32_t told;
};

struct Wanted {
    uint8_t type;
    Field field;
    bool is_address;
};
constexpr std::array<Wanted, 7> wanted = {{
    {1, Field::radius_username, false},
    {4, Field::radius_nas_ip, true},
    {8, Field::radius_framed_ip, true},
    {18, Field::radius_reply_message, false},
    {30, Field::radius_called_station, false},
    {31, Field::radius_calling_station, false},
    {32, Field::radius_nas_identifier, false},
}};

bool has_port(const Turn& turn) {
    const auto is_port = [](uint16_t port) {
        return port == 1812 || port == 1813 || port == 1645 || port == 1646 || port == 3799;
    };
    return is_port(turn.src_port) || is_port(turn.dst_port);
}

// Attributes, each of two bytes and more, fill the packet to its end.
bool are_attributes(Bytes bytes) {
    Cursor cursor(bytes);
    while (!cursor.at_end()) {
        const uint8_t type = cursor.u8();
        const uint8_t length = cursor.u8();
        if (type == 0 || length < 2) return false;
        cursor.skip(length - 2u);
    }
    return cursor.ok();
}

// Those without attributes have too little of a sign elsewhere than on their ports.
Recognition recognise(const Turn& turn, Bytes bytes) {
    if (name_of(codes, bytes[0]).empty() || bytes.size() < head_bytes) return Recognition::no;
    const size_t length = base::load_be16(bytes.data() + 2);
    if (length < head_bytes || length > packet_bytes_max || length > bytes.size())
        return Recognition::no;
    if (has_port(turn)) return Recognition::yes;
    const bool is_good = length == bytes.size() && length > head_bytes + 8 &&
                         are_attributes(bytes.subspan(head_bytes));
    return is_good ? Recognition::yes : Recognition::no;
}

Progress parse(Session& session, Bytes bytes) {
    if (recognise(session.turn(), bytes) != Recognition::yes) return Progress::take(bytes.size());
    const size_t length = base::load_be16(bytes.data() + 2);
    FieldWriter& event = session.event();
    tell_named(event, Field::radius_code, codes, bytes[0]);
    event.number(Field::radius_id, bytes[1]);
    Cursor cursor(bytes.first(length).subspan(head_bytes));
    while (!cursor.at_end() && cursor.ok()) {
        const uint8_t type = cursor.u8();
        const uint8_t size = cursor.u8();
        if (size < 2) break;
        const Bytes value = cursor.take(size - 2u);
        for (const Wanted& one : wanted) {
            if (one.type != type || value.empty()) continue;
            if (!one.is_address) event.text(one.field, value);
            else if (value.size() == 4) event.bytes(one.field, value);
        }
    }
    session.tell();
    return ++session.state<State>().told >= events_max ? Progress::done()
                                                       : Progress::take(bytes.size());
}

}  // namespace

const Parser radius_parser = {
    .app_proto = AppProto::radius,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(1, 5).or_between(11, 13).or_between(40, 45),
    .parse = parse,
};

}  // namespace baleen::protocol
