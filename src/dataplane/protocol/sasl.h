// Who logs in by SASL (RFC 4422) in SMTP, IMAP and POP3: the name, never what proves it.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/protocol/cursor.h"

namespace baleen::protocol {

enum class SaslMechanism : uint8_t { none, plain, login, cram_md5, bearer, other };

SaslMechanism find_sasl_mechanism(Bytes name);

// The user in a client's response: of PLAIN (RFC 4616) the authentication identity, of LOGIN its
// first response, of CRAM-MD5 (RFC 2195) what stands before the digest, of XOAUTH2 and OAUTHBEARER
// (RFC 7628) what they name. Empty: none, or it is not base64. Valid as long as `buffer` is.
using SaslBuffer = std::array<uint8_t, 256>;
Bytes read_sasl_user(SaslMechanism mechanism, Bytes base64, SaslBuffer& buffer);

// The line with which a client answers `awaited`: its user, if there is one. The next line is no
// answer any more. `user`: a ShortText.
template <class Text>
void take_sasl_response(SaslMechanism& awaited, Bytes line, Text& user) {
    SaslBuffer buffer;
    const Bytes found = read_sasl_user(awaited, line, buffer);
    if (!found.empty()) user.set(found);
    awaited = SaslMechanism::none;
}

}  // namespace baleen::protocol
