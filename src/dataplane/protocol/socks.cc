// SOCKS 4, 4A and 5 (RFC 1928, RFC 1929): who is asked for, and what is said behind it.
#include <algorithm>
#include <string_view>

#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr uint8_t version_4 = 4, version_5 = 5, login_version = 1;
constexpr uint8_t granted_4 = 0x5a, granted_5 = 0;
constexpr uint8_t method_none = 0xff;
constexpr size_t head_4_bytes = 8;      // version, command, port, address; an answer is as long
constexpr size_t text_bytes_max = 255;  // of a user's or a host's name, as in version 5

constexpr NumberName commands[] = {{1, "connect"}, {2, "bind"}, {3, "udp_associate"}};

struct State {
    stream::Kept told;  // fields of the request
    bool has_request;
    bool has_method;  // the server has chosen one
};

// A greeting that is the whole of what the client says before the server has answered.
Recognition recognise_5(Bytes bytes) {
    constexpr size_t head_bytes = 2, methods_max = 9;  // more than IANA has
    if (bytes.size() < head_bytes) return Recognition::maybe;
    const size_t count = bytes[1];
    if (count == 0 || count > methods_max || bytes.size() > head_bytes + count)
        return Recognition::no;
    return bytes.size() == head_bytes + count ? Recognition::yes : Recognition::maybe;
}

Recognition recognise_4(Bytes bytes) {
    if (bytes.size() > 1 && (bytes[1] == 0 || bytes[1] > 2)) return Recognition::no;
    if (bytes.size() <= head_4_bytes) return Recognition::maybe;
    if (bytes.size() > head_4_bytes + 2 * (text_bytes_max + 1)) return Recognition::no;
    return bytes.back() == 0 ? Recognition::yes : Recognition::maybe;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (!turn.from_initiator) return Recognition::no;
    if (bytes[0] == version_5) return recognise_5(bytes);
    return bytes[0] == version_4 ? recognise_4(bytes) : Recognition::no;
}

void note(Session& session, FieldWriter& event) {
    State& state = session.state<State>();
    stream::KeptBytes& kept = session.memory().kept;
    if (!kept.append(state.told, event.fields())) kept.release(state.told);
    state.has_request = true;
}

// Text up to a zero. False: there is none yet.
bool read_text(Cursor& cursor, Bytes whole, Bytes& text) {
    const Bytes rest = whole.subspan(cursor.position());
    text = until_zero(rest);
    if (text.size() == rest.size()) return false;
    cursor.skip(text.size() + 1);
    return true;
}

Progress take_request_4(Session& session, Bytes bytes) {
    if (bytes.size() <= head_4_bytes) return Progress::need(head_4_bytes + 1);
    Cursor cursor(bytes);
    cursor.skip(1);
    const uint8_t command = cursor.u8();
    const uint16_t port = cursor.be16();
    const Bytes address = cursor.take(4);
    Bytes user, host;
    // 0.0.0.x: a name comes behind (SOCKS 4A).
    const bool has_name = address[0] == 0 && address[1] == 0 && address[2] == 0 && address[3] != 0;
    if (!read_text(cursor, bytes, user) || (has_name && !read_text(cursor, bytes, host)))
        return bytes.size() > 2 * text_bytes_max ? Progress::refuse()
                                                 : Progress::need(bytes.size() + 1);
    FieldWriter& event = session.event();
    event.number(Field::socks_version, version_4);
    tell_named(event, Field::socks_command, commands, command);
    if (has_name) event.text(Field::socks_host, host);
    else event.bytes(Field::socks_address, address);
    event.number(Field::socks_port, port);
    if (!user.empty()) event.text(Field::socks_user, user);
    note(session, event);
    return Progress::take(cursor.position());
}

// The address of a request or an answer of version 5, behind its first three bytes. 0: more bytes
// are needed; else how long all of it is.
size_t size_of_5(Bytes bytes) {
    constexpr size_t head_bytes = 4, port_bytes = 2;
    constexpr uint8_t ipv4 = 1, name = 3, ipv6 = 4;
    if (bytes.size() <= head_bytes) return 0;
    const size_t address = bytes[3] == ipv4   ? 4
                           : bytes[3] == ipv6 ? 16
                           : bytes[3] == name ? size_t{1} + bytes[head_bytes]
                                              : SIZE_MAX / 2;
    return head_bytes + address + port_bytes;
}

Progress take_request_5(Session& session, Bytes bytes) {
    const size_t size = size_of_5(bytes);
    if (size > head_4_bytes + 2 * text_bytes_max) return Progress::refuse();
    if (size == 0 || bytes.size() < size) return Progress::need(std::max(size, size_t{5}));
    constexpr uint8_t name = 3;
    const Bytes address = bytes.subspan(4, size - 6);
    FieldWriter& event = session.event();
    event.number(Field::socks_version, version_5);
    tell_named(event, Field::socks_command, commands, bytes[1]);
    if (bytes[3] == name) event.text(Field::socks_host, address.subspan(1));
    else event.bytes(Field::socks_address, address);
    event.number(Field::socks_port, base::load_be16(bytes.data() + size - 2));
    note(session, event);
    return Progress::take(size);
}

// RFC 1929: the user's name and password, of which only the length matters here.
Progress take_login(Bytes bytes) {
    if (bytes.size() < 2) return Progress::need(2);
    const size_t password_at = size_t{2} + bytes[1];
    if (bytes.size() <= password_at) return Progress::need(password_at + 1);
    const size_t size = password_at + 1 + bytes[password_at];
    return bytes.size() < size ? Progress::need(size) : Progress::take(size);
}

Progress take_from_client(Session& session, Bytes bytes) {
    const State& state = session.state<State>();
    if (state.has_request)
        return Progress::need(bytes.size() + 1);  // what the answer is waited for
    if (bytes[0] == version_4) return take_request_4(session, bytes);
    if (bytes[0] == login_version && state.has_method) return take_login(bytes);
    if (bytes[0] != version_5) return Progress::refuse();
    if (state.has_method) return take_request_5(session, bytes);
    const size_t size = bytes.size() < 2 ? 2 : size_t{2} + bytes[1];
    return bytes.size() < size ? Progress::need(size) : Progress::take(size);
}

Progress answer(Session& session, uint8_t reply, bool is_granted, size_t size) {
    State& state = session.state<State>();
    FieldWriter& event = session.event();
    event.append(session.memory().kept.whole(state.told));
    event.number(Field::socks_reply, reply).flag(Field::socks_granted, is_granted);
    session.tell();
    return is_granted ? Progress::anew(size) : Progress::done();
}

void end(Session& session) { session.memory().kept.release(session.state<State>().told); }

// An answer that is none: somebody else's bytes began alike.
Progress withdraw(Session& session) {
    end(session);
    return Progress::withdraw();
}

Progress take_from_server(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    if (bytes[0] == 0) {
        if (!state.has_request) return withdraw(session);
        if (bytes.size() < head_4_bytes) return Progress::need(head_4_bytes);
        return answer(session, bytes[1], bytes[1] == granted_4, head_4_bytes);
    }
    if (bytes[0] != version_5 && bytes[0] != login_version) return withdraw(session);
    if (bytes[0] == login_version || !state.has_method) {
        if (bytes.size() < 2) return Progress::need(2);
        state.has_method = true;
        return bytes[1] == method_none ? Progress::done() : Progress::take(2);
    }
    if (!state.has_request) return withdraw(session);
    const size_t size = size_of_5(bytes);
    if (size > head_4_bytes + 2 * text_bytes_max) return Progress::refuse();
    if (size == 0 || bytes.size() < size) return Progress::need(std::max(size, size_t{5}));
    return answer(session, bytes[1], bytes[1] == granted_5, size);
}

Progress parse(Session& session, Bytes bytes) {
    return session.turn().from_initiator ? take_from_client(session, bytes)
                                         : take_from_server(session, bytes);
}

}  // namespace

const Parser socks_parser = {
    .app_proto = AppProto::socks,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(version_4, version_5),
    .parse = parse,
    .end = end,
    .is_tentative = true,
};

}  // namespace baleen::protocol
