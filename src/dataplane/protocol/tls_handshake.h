// One handshake of TLS or DTLS, whatever its records are like: what its messages in clear say, kept
// until all is known, and told as one event.
//
// When it is told: TLS 1.3: once the client has answered the ServerHello; before: once both sides
// have changed to their ciphers; else when the flow ends or its bytes cannot be followed any more,
// with what there is. The first hello counts: what follows a HelloVerifyRequest or a
// HelloRetryRequest is the same handshake.
// Must hold: whoever has a Handshake calls release_handshake() in the end.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/protocol/parser.h"
#include "dataplane/protocol/tls_hello.h"

namespace baleen::protocol {

// RFC 8446 section B.3, and of older versions.
enum class HandshakeType : uint8_t {
    client_hello = 1,
    server_hello = 2,
    certificate = 11,
    server_hello_done = 14,
};

struct Handshake {
    stream::Kept fields;       // of the hellos, composed
    stream::Kept certificate;  // DER
    int64_t begin_ns;          // of the ClientHello
    uint8_t client;            // the client's direction, once there is a hello
    bool has_client_hello;
    bool has_server_hello;
    bool has_server_done;     // the server has said all of a full handshake
    bool is_certificate_cut;  // longer than an event
    bool is_tls_1_3;
    bool is_resumed;
    bool is_told;
    std::array<bool, 2> is_ciphered;  // by direction: what follows cannot be read

    bool has_hello() const { return has_client_hello || has_server_hello; }
};

// Of a handshake message of this type and length, as many bytes as take_message() wants to see,
// without the message's header: 0 if it matters not at all.
uint32_t wanted_bytes(const Handshake& handshake, uint8_t type, uint32_t message_bytes);

// `body`: its first wanted_bytes(), without its header.
void take_message(Session& session, Handshake& handshake, tls::HelloTransport transport,
                  uint8_t type, Bytes body);

// Hellos of SSL 2 (RFC 6101 appendix E): the client's may lead to any version, the server's ends
// what can be read. `body`: behind the type.
void take_ssl2_client_hello(Session& session, Handshake& handshake);
void take_ssl2_server_hello(Session& session, Handshake& handshake, Bytes body);

// The sender's ciphers hold from here on. True: both sides' do, and the handshake is told.
bool change_cipher(Session& session, Handshake& handshake);

// Something in cipher came. True: the handshake is over, and told.
bool take_application_data(Session& session, Handshake& handshake);

// `is_complete`: this moment is its end, so that its duration is known.
void tell_handshake(Session& session, Handshake& handshake, bool is_complete);

void release_handshake(Session& session, Handshake& handshake);

}  // namespace baleen::protocol
