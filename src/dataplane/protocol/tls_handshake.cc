#include "dataplane/protocol/tls_handshake.h"

#include <algorithm>
#include <charconv>

#include "baleen/app_event.h"

namespace baleen::protocol {
namespace {

// A hello of post-quantum key exchange has 2 KiB, a padded one 4; beyond this it is read in part.
constexpr uint32_t hello_bytes_max = 16 * 1024;
// A Certificate message up to the end of the leaf, if that fits an event.
constexpr uint32_t certificate_head_bytes = 3 + 3;
constexpr uint32_t certificate_bytes_max = certificate_head_bytes + record::app_field_bytes_max;

// "0x1301": the number as in IANA's registry.
void write_cipher(FieldWriter& event, uint16_t cipher) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, 6> text = {'0', 'x'};
    for (uint32_t i = 0; i < 4; i++) text.at(2 + i) = digits[cipher >> (12 - 4 * i) & 0xf];
    event.text(Field::tls_cipher, {text.data(), text.size()});
}

// All or nothing.
void keep(Session& session, stream::Kept& kept, Bytes bytes) {
    if (!session.memory().kept.append(kept, bytes)) session.memory().kept.release(kept);
}

void begin_handshake(Session& session, Handshake& handshake) {
    handshake.has_client_hello = true;
    handshake.client = static_cast<uint8_t>(session.turn().direction);
    handshake.begin_ns = session.turn().time_ns;
}

void take_client_hello(Session& session, Handshake& handshake, tls::HelloTransport transport,
                       Bytes body) {
    if (handshake.has_hello()) return;
    FieldWriter& event = session.event();
    write_client_hello(event, tls_hello_fields, transport, body);
    keep(session, handshake.fields, event.fields());
    begin_handshake(session, handshake);
}

void take_server_hello(Session& session, Handshake& handshake, tls::HelloTransport transport,
                       Bytes body) {
    const auto client = static_cast<uint8_t>(1 - session.turn().direction);
    if (handshake.has_server_hello || (handshake.has_client_hello && handshake.client != client))
        return;
    FieldWriter& event = session.event();
    const ServerHello hello = write_server_hello(event, tls_hello_fields, transport, body);
    if (hello.is_retry) return;
    const std::string_view version = tls_version_name(hello.version);
    if (!version.empty()) event.text(Field::tls_version, version);
    write_cipher(event, hello.cipher);
    keep(session, handshake.fields, event.fields());
    handshake.has_server_hello = true;
    handshake.client = client;
    handshake.is_tls_1_3 = version.starts_with("TLS 1.3") || version == "DTLS 1.3";
    handshake.is_resumed = handshake.is_tls_1_3 && hello.resumes_psk;
}

// RFC 5246 section 7.4.2: the sender's own comes first.
void take_certificate(Session& session, Handshake& handshake, Bytes body) {
    const bool is_server = session.turn().direction != handshake.client;
    if (!is_server || !handshake.has_server_hello || handshake.certificate.bytes > 0) return;
    Cursor cursor(body);
    cursor.be24();  // of the whole chain
    const uint32_t leaf_bytes = cursor.be24();
    handshake.is_certificate_cut = leaf_bytes > record::app_field_bytes_max;
    const Bytes leaf = cursor.take(leaf_bytes);
    keep(session, handshake.certificate, leaf);
}

}  // namespace

uint32_t wanted_bytes(const Handshake& handshake, uint8_t type, uint32_t message_bytes) {
    switch (HandshakeType{type}) {
        case HandshakeType::client_hello:
            return handshake.has_hello() ? 0 : std::min(message_bytes, hello_bytes_max);
        case HandshakeType::server_hello:
            return handshake.has_server_hello ? 0 : std::min(message_bytes, hello_bytes_max);
        case HandshakeType::certificate: return std::min(message_bytes, certificate_bytes_max);
        default: return 0;
    }
}

void take_message(Session& session, Handshake& handshake, tls::HelloTransport transport,
                  uint8_t type, Bytes body) {
    switch (HandshakeType{type}) {
        case HandshakeType::client_hello:
            take_client_hello(session, handshake, transport, body);
            break;
        case HandshakeType::server_hello:
            take_server_hello(session, handshake, transport, body);
            break;
        case HandshakeType::certificate: take_certificate(session, handshake, body); break;
        case HandshakeType::server_hello_done: handshake.has_server_done = true; break;
    }
}

void take_ssl2_client_hello(Session& session, Handshake& handshake) {
    begin_handshake(session, handshake);
}

void take_ssl2_server_hello(Session& session, Handshake& handshake, Bytes body) {
    Cursor cursor(body);
    cursor.skip(1 + 1 + 2);  // session hit, type of certificate, version
    const uint16_t certificate_bytes = cursor.be16();
    cursor.skip(2 + 2);  // lengths of ciphers and connection id
    const Bytes certificate = cursor.take(certificate_bytes);
    constexpr uint16_t version_ssl2 = 2;
    FieldWriter& event = session.event();
    event.text(Field::tls_version, tls_version_name(version_ssl2));
    keep(session, handshake.fields, event.fields());
    handshake.has_server_hello = true;
    keep(session, handshake.certificate, certificate);
    tell_handshake(session, handshake, false);
}

bool change_cipher(Session& session, Handshake& handshake) {
    // Until there is a ServerHello it is for show (RFC 8446 section D.4), and says nothing.
    if (!handshake.has_server_hello) return false;
    const uint32_t direction = session.turn().direction;
    const bool is_client = direction == handshake.client;
    if (handshake.is_tls_1_3 && is_client) {
        tell_handshake(session, handshake, true);
        return true;
    }
    handshake.is_ciphered[direction] = true;
    // A server that has shown no more than its hello takes up an earlier session (RFC 5246
    // section 7.3).
    if (!handshake.is_tls_1_3 && !is_client && !handshake.has_server_done)
        handshake.is_resumed = true;
    if (!handshake.is_ciphered[1 - direction]) return false;
    tell_handshake(session, handshake, true);
    return true;
}

bool take_application_data(Session& session, Handshake& handshake) {
    const bool is_client = session.turn().direction == handshake.client;
    if (!handshake.is_tls_1_3 || !is_client) return false;
    tell_handshake(session, handshake, true);
    return true;
}

void tell_handshake(Session& session, Handshake& handshake, bool is_complete) {
    if (handshake.is_told || !handshake.has_hello()) return;
    stream::KeptBytes& kept = session.memory().kept;
    FieldWriter& event = session.event();
    event.append(kept.view(handshake.fields));
    if (handshake.is_resumed) event.flag(Field::tls_session_resumed, true);
    const int64_t duration_ns = session.turn().time_ns - handshake.begin_ns;
    if (is_complete && handshake.has_client_hello && duration_ns >= 0)
        event.number(Field::tls_handshake_ns, static_cast<uint64_t>(duration_ns));
    if (handshake.is_certificate_cut) event.mark_cut();
    if (handshake.certificate.bytes > 0)
        event.bytes(Field::tls_certificate, kept.view(handshake.certificate));
    // Of a hello in which nothing could be read there is nothing to tell.
    if (!event.is_empty()) session.tell();
    handshake.is_told = true;
}

void release_handshake(Session& session, Handshake& handshake) {
    session.memory().kept.release(handshake.fields);
    session.memory().kept.release(handshake.certificate);
}

}  // namespace baleen::protocol
