// The two messages of a TLS handshake that are in clear whatever its version: ClientHello and
// ServerHello (RFC 8446 section 4.1, RFC 5246 section 7.4.1, DTLS: RFC 6347 section 4.2.1, QUIC:
// RFC 9001 section 4), walked once, and what they say written as fields.
//
// Must hold: any bytes will do. What is cut short or contradicts itself is told as far as it can
// be read, without the packed hello (baleen/tls_hello.h).
#pragma once

#include <cstdint>

#include "baleen/tls_hello.h"
#include "dataplane/protocol/cursor.h"
#include "dataplane/protocol/field_writer.h"

namespace baleen::protocol {

// What the fields are called in the event that carries the hello; none: it is not told.
struct HelloFields {
    Field sni = Field::none;
    Field client_alpn = Field::none;
    Field ech = Field::none;
    Field client_hello = Field::none;
    Field server_alpn = Field::none;
    Field server_hello = Field::none;
};
inline constexpr HelloFields tls_hello_fields = {
    .sni = Field::tls_sni,
    .client_alpn = Field::tls_alpn,
    .ech = Field::tls_ech,
    .client_hello = Field::tls_client_hello,
    .server_alpn = Field::tls_server_alpn,
    .server_hello = Field::tls_server_hello,
};
inline constexpr HelloFields quic_hello_fields = {
    .sni = Field::quic_sni,
    .client_alpn = Field::quic_alpn,
    .client_hello = Field::quic_client_hello,
    .server_hello = Field::quic_server_hello,
};

struct ClientHello {
    bool is_whole = false;  // all that its lengths promise was there
    uint16_t legacy_version = 0;
    uint16_t version = 0;  // the highest one offered
    Bytes session_id;
};

struct ServerHello {
    bool is_whole = false;
    bool is_retry = false;     // a HelloRetryRequest (RFC 8446 section 4.1.3)
    bool resumes_psk = false;  // it goes on from a session of before (TLS 1.3)
    uint16_t legacy_version = 0;
    uint16_t version = 0;  // the one that is spoken
    uint16_t cipher = 0;
    Bytes session_id;
};

// `body`: the handshake message without its header.
ClientHello write_client_hello(FieldWriter& event, const HelloFields& fields,
                               tls::HelloTransport transport, Bytes body);
ServerHello write_server_hello(FieldWriter& event, const HelloFields& fields,
                               tls::HelloTransport transport, Bytes body);

// What EVE calls a version; empty: there is none of that number.
std::string_view tls_version_name(uint16_t version);

}  // namespace baleen::protocol
