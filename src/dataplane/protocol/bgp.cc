// BGP-4 (RFC 4271): who speaks with whom, and why they part. Routes are not told.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr std::string_view marker =
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
constexpr size_t head_bytes = 19;
constexpr uint8_t open = 1, update = 2, notification = 3, type_max = 5;
constexpr uint8_t capability_as4 = 65;  // RFC 6793
constexpr NumberName types[] = {{open, "open"},
                                {update, "update"},
                                {notification, "notification"},
                                {4, "keepalive"},
                                {type_max, "route_refresh"}};
constexpr NumberName errors[] = {
    {1, "message_header_error"}, {2, "open_message_error"},   {3, "update_message_error"},
    {4, "hold_timer_expired"},   {5, "finite_state_machine"}, {6, "cease"},
    {7, "route_refresh_error"},
};

struct State {
    EventBudget budget;
};

Recognition recognise(const Turn&, Bytes bytes) {
    const Recognition start = begins_with(bytes, marker);
    if (start != Recognition::yes || bytes.size() < head_bytes)
        return start == Recognition::no ? start : Recognition::maybe;
    const uint16_t length = base::load_be16(bytes.data() + marker.size());
    const uint8_t type = bytes[head_bytes - 1];
    return length >= head_bytes && type >= open && type <= type_max ? Recognition::yes
                                                                    : Recognition::no;
}

// AS numbers of four bytes come as a capability (RFC 5492) among the parameters.
uint32_t long_as(Bytes parameters) {
    Cursor cursor(parameters);
    while (!cursor.at_end() && cursor.ok()) {
        const uint8_t type = cursor.u8();
        Cursor capabilities(cursor.vector8());
        while (type == 2 && !capabilities.at_end()) {
            const uint8_t code = capabilities.u8();
            Cursor value(capabilities.vector8());
            if (code == capability_as4 && value.left() == 4) return value.be32();
        }
    }
    return 0;
}

void tell_open(FieldWriter& event, Cursor& body) {
    event.number(Field::bgp_version, body.u8());
    const uint16_t short_as = body.be16();
    const uint16_t hold_time_s = body.be16();
    const Bytes id = body.take(4);
    const uint32_t as = long_as(body.vector8());
    if (!id.empty())
        event.number(Field::bgp_as, as != 0 ? as : short_as)
            .number(Field::bgp_hold_time, hold_time_s)
            .bytes(Field::bgp_id, id);
}

void tell_message(Session& session, uint8_t type, Bytes message) {
    Cursor body(message);
    FieldWriter& event = session.event();
    tell_named(event, Field::bgp_type, types, type);
    if (type == open) tell_open(event, body);
    if (type == notification) {
        tell_named(event, Field::bgp_error, errors, body.u8());
        event.number(Field::bgp_error_subcode, body.u8());
    }
    session.tell();
}

// Of updates and other repeated messages one each: that there are any.
Progress parse(Session& session, Bytes bytes) {
    if (bytes.size() < head_bytes) return Progress::need(head_bytes);
    if (recognise(session.turn(), bytes) != Recognition::yes) return Progress::refuse();
    const uint16_t total = base::load_be16(bytes.data() + marker.size());
    const uint8_t type = bytes[head_bytes - 1];
    const bool is_detailed = type == open || type == notification;
    if (is_detailed && bytes.size() < total) return Progress::need(total);
    if (session.state<State>().budget.admit(type, is_detailed ? 8 : 0))
        tell_message(session, type, is_detailed ? bytes.first(total).subspan(head_bytes) : Bytes{});
    return Progress::skip(total);
}

}  // namespace

const Parser bgp_parser = {
    .app_proto = AppProto::bgp,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\xff"),
    .parse = parse,
};

}  // namespace baleen::protocol
