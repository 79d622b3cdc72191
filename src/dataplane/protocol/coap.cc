// CoAP (RFC 7252): what is asked of small devices. Its head is too small a sign anywhere else than
// on its port.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t coap_port = 5683;
constexpr uint8_t payload_mark = 0xff;
constexpr uint32_t options_max = 32, events_max = 32;
constexpr uint32_t uri_host = 3, uri_path = 11;

constexpr NumberName types[] = {
    {0, "confirmable"}, {1, "non_confirmable"}, {2, "acknowledgement"}, {3, "reset"}};
constexpr NumberName methods[] = {{1, "GET"},   {2, "POST"},  {3, "PUT"},   {4, "DELETE"},
                                  {5, "FETCH"}, {6, "PATCH"}, {7, "iPATCH"}};

struct State {
    uint32_t told;
};

// Section 3.1: deltas and lengths of up to 12, or in one or two bytes more.
uint32_t extend(Cursor& cursor, uint32_t nibble) {
    if (nibble == 13) return 13u + cursor.u8();
    if (nibble == 14) return 269u + cursor.be16();
    return nibble;
}

struct Message {
    explicit Message(Bytes bytes) {
        Cursor cursor(bytes);
        const uint8_t first = cursor.u8();
        type = first >> 4 & 3u;
        code = cursor.u8();
        cursor.skip(2);
        const uint8_t token_bytes = first & 15u;
        cursor.skip(token_bytes);
        const uint32_t code_class = code >> 5;
        const bool is_code = code == 0 ? bytes.size() == 4
                                       : (code_class == 0 && code <= 7) || code_class == 2 ||
                                             code_class == 4 || code_class == 5;
        is_one = first >> 6 == 1 && token_bytes <= 8 && is_code && read_options(cursor);
    }
    bool read_options(Cursor& cursor) {
        uint32_t number = 0;
        for (uint32_t i = 0; i < options_max && !cursor.at_end(); i++) {
            const uint8_t head = cursor.u8();
            if (head == payload_mark) return !cursor.at_end();
            if (head >> 4 == 15 || (head & 15) == 15) return false;
            number += extend(cursor, head >> 4);
            const Bytes value = cursor.take(extend(cursor, head & 15u));
            if (number == uri_host) host = value;
            if (number == uri_path) append_path(value);
        }
        return cursor.ok() && cursor.at_end();
    }
    void append_path(Bytes part) {
        if (path_bytes + 1 + part.size() > path.size()) return;
        path[path_bytes++] = '/';
        std::copy(part.begin(), part.end(), path.begin() + static_cast<ptrdiff_t>(path_bytes));
        path_bytes += part.size();
    }
    bool is_one;
    uint32_t type;
    uint8_t code;
    Bytes host;
    std::array<uint8_t, 256> path;
    size_t path_bytes = 0;
};

Recognition recognise(const Turn& turn, Bytes bytes) {
    const bool has_port = turn.src_port == coap_port || turn.dst_port == coap_port;
    if (!has_port || bytes[0] >> 6 != 1 || bytes.size() < 4) return Recognition::no;
    return Message(bytes).is_one ? Recognition::yes : Recognition::no;
}

Progress parse(Session& session, Bytes bytes) {
    if (bytes.size() < 4) return Progress::take(bytes.size());
    const Message message(bytes);
    if (!message.is_one) return Progress::take(bytes.size());
    FieldWriter& event = session.event();
    tell_named(event, Field::coap_type, types, message.type);
    if (message.code >= 1 && message.code <= 7) {
        tell_named(event, Field::coap_method, methods, message.code);
    } else {
        const std::array<char, 4> code = {static_cast<char>('0' + (message.code >> 5)), '.',
                                          static_cast<char>('0' + (message.code & 31) / 10),
                                          static_cast<char>('0' + (message.code & 31) % 10)};
        event.text(Field::coap_code, std::string_view(code.data(), code.size()));
    }
    if (!message.host.empty()) event.text(Field::coap_host, message.host);
    if (message.path_bytes > 0)
        event.text(Field::coap_path, Bytes(message.path).first(message.path_bytes));
    session.tell();
    return ++session.state<State>().told >= events_max ? Progress::done()
                                                       : Progress::take(bytes.size());
}

}  // namespace

const Parser coap_parser = {
    .app_proto = AppProto::coap,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(0x40, 0x7f),
    .parse = parse,
};

}  // namespace baleen::protocol
