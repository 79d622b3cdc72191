// What is kept of a ClientHello and a ServerHello, so that whoever stores or shows an event can
// make JA3, JA3S and JA4 of it: the values of tls.client_hello, quic.client_hello and so on.
//
// Owns: their byte layout. All integers of two bytes are in network order, as in the hello; a list
// is its count in one byte and then its elements. Values of GREASE (RFC 8701) are left out.
//
//   client hello                                server hello
//   1  transport: 't', 'd' (DTLS), 'q'          1  transport
//   2  legacy_version                           2  legacy_version
//   list of 2: cipher suites                    2  cipher suite
//   list of 2: extensions, in their order       list of 2: extensions, in their order
//   list of 2: supported groups
//   list of 1: point formats
//   list of 2: signature algorithms
//   list of 1: the first and the last byte of
//      the first protocol of ALPN; or none
//   2  version: the highest one offered
//
// Must hold: it is whole or not there at all. A hello whose lists do not fit, or that is cut short,
// has no such value, and therefore no fingerprint: one of half a list would be wrong.
#pragma once

#include <cstdint>

namespace baleen::tls {

// Most clients come to less than 150 bytes, those that offer all that OpenSSL knows to 370. A
// flow's record has 512 bytes of fields, and the names are in front.
inline constexpr uint32_t hello_bytes_max = 400;

enum class HelloTransport : uint8_t { tls = 't', dtls = 'd', quic = 'q' };

// RFC 8701: 0x0a0a, 0x1a1a, ... 0xfafa.
constexpr bool is_grease(uint16_t value) {
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

// Extensions (IANA, "TLS ExtensionType Values").
enum Extension : uint16_t {
    extension_server_name = 0,
    extension_supported_groups = 10,
    extension_point_formats = 11,
    extension_signature_algorithms = 13,
    extension_alpn = 16,
    extension_pre_shared_key = 41,
    extension_supported_versions = 43,
    extension_encrypted_client_hello = 0xfe0d,
};

}  // namespace baleen::tls
