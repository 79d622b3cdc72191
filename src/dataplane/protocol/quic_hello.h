// The messages that open a handshake: a ClientHello or ServerHello of TLS, or a CHLO of Google's
// own protocol before that.
#pragma once

#include "dataplane/protocol/cursor.h"
#include "dataplane/protocol/field_writer.h"

namespace baleen::protocol::quic {

// How many bytes the message has that begins here; 0: more are needed to say. One that is none
// has more than anybody will send.
size_t hello_bytes(Bytes front, bool has_tags);

// A CHLO begins here.
bool begins_tags(Bytes bytes);

// The whole message, or its beginning where the rest has not come: server name, ALPN, user agent
// and what fingerprints are made of.
void write_client_hello(FieldWriter& event, Bytes message, bool has_tags);

// False: it asks the client for another hello, so one of the server's own follows.
bool write_server_hello(FieldWriter& event, Bytes message);

}  // namespace baleen::protocol::quic
