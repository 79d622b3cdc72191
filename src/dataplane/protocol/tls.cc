// TLS 1.0 to 1.3 and SSL 3 over TCP, on any port (RFC 8446, RFC 5246, RFC 6101); SSL 2 as far as
// its hellos (RFC 6101 appendix E).
//
// Reads records until the handshake is told (tls_handshake.h), and nothing of what is in cipher.
// Protocols with STARTTLS have the flow begin anew for it.
#include <algorithm>

#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/tls_handshake.h"

namespace baleen::protocol {
namespace {

constexpr size_t record_header_bytes = 5;
constexpr uint32_t message_header_bytes = 4;
// RFC 5246 section 6.2.3; what is in clear is at most 2^14.
constexpr uint32_t record_bytes_max = (1u << 14) + 2048;
// Beyond it no message in clear is credible; certificates with their chains stay far below.
constexpr uint32_t credible_message_bytes_max = 1u << 18;

enum class ContentType : uint8_t {
    change_cipher_spec = 20,
    alert = 21,
    handshake = 22,
    application_data = 23,
    heartbeat = 24,
};

// What a direction's records have said of the message that goes on in the next one.
struct Side {
    stream::Kept part;  // header and body, as far as they have come
    uint32_t wanted;    // bytes of it that have to be there; 0: not known yet
    uint32_t unwanted;  // bytes of messages still to come that nobody reads
};

struct State {
    Handshake handshake;
    std::array<Side, 2> sides;
    bool is_ssl2;  // the client's hello was
};

struct MessageHeader {
    explicit MessageHeader(Bytes bytes)
        : type(bytes[0]), bytes(uint32_t{bytes[1]} << 16 | base::load_be16(&bytes[2])) {}
    uint8_t type;
    uint32_t bytes;  // of its body
};

bool is_hello(uint8_t type) { return type == 1 || type == 2; }

// A record of a handshake whose first message is a hello; as far as its bytes have come.
Recognition recognise_record(Bytes bytes) {
    constexpr size_t hello_at = record_header_bytes, version_at = hello_at + message_header_bytes;
    if (bytes.size() > 1 && bytes[1] != 3) return Recognition::no;
    if (bytes.size() > 2 && bytes[2] > 4) return Recognition::no;
    if (bytes.size() <= hello_at) return Recognition::maybe;
    const uint32_t length = base::load_be16(&bytes[3]);
    if (length == 0 || length > record_bytes_max || !is_hello(bytes[hello_at]))
        return Recognition::no;
    // A record may end anywhere within the message.
    if (length < message_header_bytes + 2) return Recognition::yes;
    if (bytes.size() < version_at + 2) return Recognition::maybe;
    const bool is_version = bytes[version_at] == 3 || bytes[version_at] == 0x7f;
    return bytes[hello_at + 1] == 0 && is_version ? Recognition::yes : Recognition::no;
}

// RFC 6101 appendix E.1: a header of two bytes, and in the message three lists' lengths.
Recognition recognise_ssl2(Bytes bytes) {
    constexpr size_t head_bytes = 2, lists_at = 9 + head_bytes;
    if (bytes.size() > 2 && bytes[2] != 1) return Recognition::no;
    if (bytes.size() < lists_at) return Recognition::maybe;
    const uint32_t length = base::load_be16(bytes.data()) & 0x7fff;
    const uint16_t version = base::load_be16(&bytes[3]);
    const uint32_t ciphers = base::load_be16(&bytes[5]), session = base::load_be16(&bytes[7]),
                   challenge = base::load_be16(&bytes[9]);
    const bool is_version = version == 2 || (version >= 0x0300 && version <= 0x0303);
    const bool is_sound = ciphers > 0 && ciphers % 3 == 0 && (session == 0 || session == 16) &&
                          challenge >= 16 && challenge <= 32;
    return is_version && is_sound && length == 9 + ciphers + session + challenge ? Recognition::yes
                                                                                 : Recognition::no;
}

// A session that began unseen.
Recognition recognise_data(Bytes bytes) {
    if (bytes.size() < record_header_bytes) return Recognition::maybe;
    const size_t next = record_header_bytes + base::load_be16(&bytes[3]);
    const bool is_record = bytes[1] == 3 && bytes[2] >= 1 && bytes[2] <= 3 &&
                           next > record_header_bytes &&
                           next <= record_header_bytes + record_bytes_max;
    const bool is_followed =
        bytes.size() < next + 2 || (bytes[next] >= 20 && bytes[next] <= 24 && bytes[next + 1] == 3);
    return is_record && is_followed ? Recognition::yes : Recognition::no;
}

Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes[0] == static_cast<uint8_t>(ContentType::application_data))
        return recognise_data(bytes);
    if (bytes[0] == static_cast<uint8_t>(ContentType::handshake)) return recognise_record(bytes);
    if ((bytes[0] & 0x80) != 0) return recognise_ssl2(bytes);
    return Recognition::no;
}

// RFC 5246 section 7.4; those of a handshake in clear only.
bool is_known_message(const MessageHeader& header) {
    constexpr uint32_t known = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 4 | 1u << 11 | 1u << 12 |
                               1u << 13 | 1u << 14 | 1u << 15 | 1u << 16 | 1u << 20 | 1u << 21 |
                               1u << 22 | 1u << 23;
    constexpr uint8_t next_protocol = 67;  // of 2010, before ALPN
    const bool is_type =
        header.type == next_protocol || (header.type < 32 && (known >> header.type & 1) != 0);
    return is_type && header.bytes <= credible_message_bytes_max;
}

// Of a message that is not whole in this record. Answers how many bytes it has used; 0: it is no
// message, or there is no memory for it.
size_t take_part(Session& session, State& state, Side& side, Bytes bytes) {
    stream::KeptBytes& kept = session.memory().kept;
    const uint32_t goal = std::max(side.wanted, message_header_bytes);
    const size_t used = std::min<size_t>(goal - side.part.bytes, bytes.size());
    if (!kept.append(side.part, bytes.first(used))) return 0;
    if (side.part.bytes < goal) return used;
    const Bytes message = kept.whole(side.part);
    const MessageHeader header(message);
    if (!is_known_message(header)) return 0;
    if (side.wanted == 0) {
        side.wanted =
            message_header_bytes + wanted_bytes(state.handshake, header.type, header.bytes);
        if (side.wanted > message_header_bytes) return used;
    }
    side.unwanted = header.bytes - (side.wanted - message_header_bytes);
    side.wanted = 0;
    take_message(session, state.handshake, tls::HelloTransport::tls, header.type,
                 message.subspan(message_header_bytes));
    kept.release(side.part);
    return used;
}

// One message, or as much of it as is wanted. Answers how many bytes it has used; 0: it is no
// message.
size_t take_message_of(Session& session, State& state, Side& side, Bytes bytes) {
    if (side.part.bytes > 0 || bytes.size() < message_header_bytes)
        return take_part(session, state, side, bytes);
    const MessageHeader header(bytes);
    if (!is_known_message(header)) return 0;
    const uint32_t wanted = wanted_bytes(state.handshake, header.type, header.bytes);
    if (message_header_bytes + wanted > bytes.size()) return take_part(session, state, side, bytes);
    side.unwanted = header.bytes - wanted;
    take_message(session, state.handshake, tls::HelloTransport::tls, header.type,
                 bytes.subspan(message_header_bytes, wanted));
    return message_header_bytes + wanted;
}

// A record's content: several messages, or a part of one. False: it is none, or in cipher.
bool take_messages(Session& session, State& state, Bytes bytes) {
    Side& side = state.sides[session.turn().direction];
    while (!bytes.empty()) {
        const size_t unwanted = std::min<size_t>(side.unwanted, bytes.size());
        side.unwanted -= static_cast<uint32_t>(unwanted);
        const size_t used = unwanted > 0 ? unwanted : take_message_of(session, state, side, bytes);
        if (used == 0) return false;
        bytes = bytes.subspan(used);
    }
    return true;
}

Progress take_handshake(Session& session, State& state, Bytes bytes, size_t record_bytes) {
    if (bytes.size() < record_bytes) return Progress::need(record_bytes);
    const Bytes content = bytes.subspan(record_header_bytes, record_bytes - record_header_bytes);
    if (!take_messages(session, state, content))
        return state.handshake.has_hello() ? Progress::stop() : Progress::refuse();
    // The rest of what the server says is in cipher.
    const bool is_server = session.turn().direction != state.handshake.client;
    if (is_server && state.handshake.is_tls_1_3) return Progress::stop();
    return Progress::take(record_bytes);
}

// RFC 8446 section 6: what is fatal, or closes, ends the handshake.
Progress take_alert(Session& session, State& state, Bytes bytes, size_t record_bytes) {
    constexpr uint8_t level_fatal = 2, close_notify = 0;
    if (bytes.size() < record_bytes) return Progress::need(record_bytes);
    const bool is_in_clear = record_bytes == record_header_bytes + 2;
    const bool is_end = is_in_clear && (bytes[record_header_bytes] == level_fatal ||
                                        bytes[record_header_bytes + 1] == close_notify);
    if (!is_end) return Progress::take(record_bytes);
    tell_handshake(session, state.handshake, false);
    return Progress::done();
}

Progress take_record(Session& session, State& state, Bytes bytes) {
    if (bytes.size() < record_header_bytes) return Progress::need(record_header_bytes);
    const uint32_t length = base::load_be16(&bytes[3]);
    const size_t record_bytes = record_header_bytes + length;
    if (bytes[1] != 3 || bytes[2] > 4 || length > record_bytes_max) return Progress::refuse();
    switch (ContentType{bytes[0]}) {
        case ContentType::handshake: return take_handshake(session, state, bytes, record_bytes);
        case ContentType::alert: return take_alert(session, state, bytes, record_bytes);
        case ContentType::change_cipher_spec:
            if (change_cipher(session, state.handshake)) return Progress::done();
            return state.handshake.is_ciphered[session.turn().direction]
                       ? Progress::stop()
                       : Progress::skip(record_bytes);
        case ContentType::application_data:
            if (!state.handshake.has_hello()) return Progress::done();
            return take_application_data(session, state.handshake) ? Progress::done()
                                                                   : Progress::stop();
        case ContentType::heartbeat: return Progress::skip(record_bytes);
    }
    return Progress::refuse();
}

// RFC 6101 appendix E: a client that can do with SSL 2 says so first, in its manner.
Progress take_ssl2(Session& session, State& state, Bytes bytes) {
    constexpr size_t head_bytes = 2;
    constexpr uint8_t server_hello = 4;
    if (bytes.size() < head_bytes + 1) return Progress::need(head_bytes + 1);
    const size_t record_bytes = head_bytes + (base::load_be16(bytes.data()) & 0x7fff);
    if (!state.is_ssl2) {
        const Recognition recognition = recognise_ssl2(bytes);
        if (recognition == Recognition::maybe) return Progress::need(bytes.size() + 1);
        if (recognition == Recognition::no) return Progress::refuse();
        state.is_ssl2 = true;
        take_ssl2_client_hello(session, state.handshake);
        return Progress::skip(record_bytes);
    }
    if (bytes[2] != server_hello || session.turn().direction == state.handshake.client)
        return Progress::refuse();
    if (bytes.size() < record_bytes) return Progress::need(record_bytes);
    take_ssl2_server_hello(session, state.handshake, bytes.subspan(head_bytes + 1));
    return Progress::done();
}

Progress parse(Session& session, Bytes bytes) {
    auto& state = session.state<State>();
    const bool may_be_ssl2 = state.is_ssl2 || !state.handshake.has_hello();
    return may_be_ssl2 && (bytes[0] & 0x80) != 0 ? take_ssl2(session, state, bytes)
                                                 : take_record(session, state, bytes);
}

void end(Session& session) {
    auto& state = session.state<State>();
    tell_handshake(session, state.handshake, false);
    release_handshake(session, state.handshake);
    for (Side& side : state.sides) session.memory().kept.release(side.part);
}

}  // namespace

const Parser tls_parser = {
    .app_proto = AppProto::tls,
    .transport = Transport::tcp,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(22, 23).or_between(0x80, 0xff),
    .parse = parse,
    .end = end,
};

}  // namespace baleen::protocol
