#include "dataplane/protocol/tls_hello.h"

#include <algorithm>
#include <array>

namespace baleen::protocol {
namespace {

using tls::HelloTransport;

constexpr size_t random_bytes = 32;
// Most clients name two or three, those that test drafts of HTTP/3 eighteen.
constexpr uint32_t alpn_count_max = 32;
constexpr uint16_t dtls_versions_from = 0xfe00;

// RFC 8446 section 4.1.3: the random of a ServerHello that is a HelloRetryRequest.
constexpr std::array<uint8_t, random_bytes> retry_random = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

// RFC 8446's drafts had numbers of their own, and clients of Facebook's too.
constexpr bool is_draft_of_tls_1_3(uint16_t version) {
    return version >> 8 == 0x7f || version >> 8 == 0xfb;
}

// Before draft 16 a ServerHello spoke of TLS 1.3 itself.
constexpr uint16_t version_first_draft = 0x7f00;

// As Suricata calls them.
std::string_view draft_name(uint32_t draft) {
    constexpr uint32_t first = 16;
    constexpr std::array<std::string_view, 13> names = {
        "TLS 1.3 draft-16", "TLS 1.3 draft-17", "TLS 1.3 draft-18", "TLS 1.3 draft-19",
        "TLS 1.3 draft-20", "TLS 1.3 draft-21", "TLS 1.3 draft-22", "TLS 1.3 draft-23",
        "TLS 1.3 draft-24", "TLS 1.3 draft-25", "TLS 1.3 draft-26", "TLS 1.3 draft-27",
        "TLS 1.3 draft-28"};
    if (draft < first) return "TLS 1.3 draft-<16";
    return draft - first < names.size() ? names[draft - first] : "TLS 1.3";
}

// Composes a packed hello (baleen/tls_hello.h); what does not fit makes all of it void.
class PackedHello {
public:
    PackedHello(HelloTransport transport, uint16_t legacy_version) {
        u8(static_cast<uint8_t>(transport));
        be16(legacy_version);
    }
    void u8(uint8_t value) {
        if (used_ == bytes_.size()) is_void_ = true;
        else bytes_[used_++] = value;
    }
    void be16(uint16_t value) {
        u8(static_cast<uint8_t>(value >> 8));
        u8(static_cast<uint8_t>(value));
    }
    // A list of two-byte values as they stand in the hello.
    void list16(Bytes values) {
        begin_list();
        Cursor cursor(values);
        while (cursor.left() >= 2 && !is_void_) element16(cursor.be16());
    }
    void list8(Bytes values) {
        begin_list();
        for (size_t i = 0; i < values.size() && !is_void_; i++) {
            u8(values[i]);
            count();
        }
    }
    void begin_list() {
        count_at_ = used_;
        u8(0);
    }
    void element16(uint16_t value) {
        if (tls::is_grease(value)) return;
        be16(value);
        count();
    }

    void write(FieldWriter& event, Field field) const {
        if (!is_void_ && field != Field::none) event.bytes(field, {bytes_.data(), used_});
    }

private:
    void count() {
        if (!is_void_ && ++bytes_[count_at_] == 0) is_void_ = true;
    }

    std::array<uint8_t, tls::hello_bytes_max> bytes_;
    size_t used_ = 0;
    size_t count_at_ = 0;
    bool is_void_ = false;
};

// What of a ClientHello's extensions matters to its fingerprints.
struct Offer {
    Bytes groups, point_formats, signature_algorithms, first_alpn;
    uint16_t version = 0;
    bool is_sound = true;
};

// RFC 6066 section 3: of the list, the first host name.
void write_server_name(FieldWriter& event, Field field, Bytes extension) {
    constexpr uint8_t type_host_name = 0;
    Cursor list(Cursor(extension).vector16());
    while (list.left() > 0) {
        const uint8_t type = list.u8();
        const Bytes name = list.vector16();
        if (type != type_host_name || name.empty()) continue;
        event.text(field, name);
        return;
    }
}

// RFC 7301 section 3.1. Answers the first.
Bytes write_alpn(FieldWriter& event, Field field, Bytes extension) {
    Cursor list(Cursor(extension).vector16());
    Bytes first;
    for (uint32_t i = 0; i < alpn_count_max && list.left() > 0; i++) {
        const Bytes protocol = list.vector8();
        if (protocol.empty()) continue;
        if (protocol.size() == 2 && tls::is_grease(base::load_be16(protocol.data()))) continue;
        if (first.empty()) first = protocol;
        if (field != Field::none) event.text(field, protocol);
    }
    return first;
}

// RFC 8446 section 4.2.1. The versions of DTLS count downwards.
uint16_t highest_version(Bytes extension, HelloTransport transport) {
    Cursor list(Cursor(extension).vector8());
    uint16_t highest = 0;
    while (list.left() >= 2) {
        const uint16_t version = list.be16();
        if (tls::is_grease(version)) continue;
        const bool counts_down = transport == HelloTransport::dtls && version >= dtls_versions_from;
        const bool is_higher = counts_down ? version < highest : version > highest;
        if (highest == 0 || is_higher) highest = version;
    }
    return highest;
}

void read_extension(FieldWriter& event, const HelloFields& fields, HelloTransport transport,
                    uint16_t type, Bytes extension, Offer& offer) {
    switch (type) {
        case tls::extension_server_name:
            if (fields.sni != Field::none) write_server_name(event, fields.sni, extension);
            break;
        case tls::extension_alpn:
            offer.first_alpn = write_alpn(event, fields.client_alpn, extension);
            break;
        case tls::extension_supported_groups: offer.groups = Cursor(extension).vector16(); break;
        case tls::extension_point_formats: offer.point_formats = Cursor(extension).vector8(); break;
        case tls::extension_signature_algorithms:
            offer.signature_algorithms = Cursor(extension).vector16();
            break;
        case tls::extension_supported_versions:
            offer.version = highest_version(extension, transport);
            break;
        case tls::extension_encrypted_client_hello:
            if (fields.ech != Field::none) event.flag(fields.ech, true);
            break;
        default: break;
    }
}

// The first and the last byte are all that JA4 wants.
Bytes ends_of(Bytes protocol, std::array<uint8_t, 2>& ends) {
    if (protocol.empty()) return {};
    ends = {protocol.front(), protocol.back()};
    return ends;
}

}  // namespace

ClientHello write_client_hello(FieldWriter& event, const HelloFields& fields,
                               HelloTransport transport, Bytes body) {
    ClientHello hello;
    Cursor cursor(body);
    hello.legacy_version = cursor.be16();
    cursor.skip(random_bytes);
    hello.session_id = cursor.vector8();
    if (transport == HelloTransport::dtls) cursor.vector8();  // the cookie
    const Bytes ciphers = cursor.vector16();
    cursor.vector8();  // compression methods
    // Before TLS 1.2 there need not be any; those that are cut short are read as far as they go.
    const size_t promised = cursor.left() >= 2 ? cursor.be16() : 0;
    Cursor extensions(cursor.take(std::min(promised, cursor.left())));
    hello.is_whole = cursor.ok() && cursor.at_end() && extensions.left() == promised;

    PackedHello packed(transport, hello.legacy_version);
    packed.list16(ciphers);
    packed.begin_list();
    Offer offer;
    while (extensions.left() >= 4) {
        const uint16_t type = extensions.be16();
        const Bytes extension = extensions.vector16();
        if (!extensions.ok()) break;
        packed.element16(type);
        read_extension(event, fields, transport, type, extension, offer);
    }
    hello.is_whole = hello.is_whole && extensions.ok() && extensions.at_end();
    hello.version = offer.version != 0 ? offer.version : hello.legacy_version;

    packed.list16(offer.groups);
    packed.list8(offer.point_formats);
    packed.list16(offer.signature_algorithms);
    std::array<uint8_t, 2> ends;
    packed.list8(ends_of(offer.first_alpn, ends));
    packed.be16(hello.version);
    if (hello.is_whole) packed.write(event, fields.client_hello);
    return hello;
}

ServerHello write_server_hello(FieldWriter& event, const HelloFields& fields,
                               HelloTransport transport, Bytes body) {
    ServerHello hello;
    Cursor cursor(body);
    hello.legacy_version = cursor.be16();
    hello.is_retry = std::ranges::equal(cursor.take(random_bytes), retry_random);
    // Up to draft 21 of TLS 1.3 there was neither a session nor compression.
    const bool is_first_draft = hello.legacy_version == 0x0304;
    const bool is_short = is_first_draft || is_draft_of_tls_1_3(hello.legacy_version);
    if (!is_short) hello.session_id = cursor.vector8();
    hello.cipher = cursor.be16();
    if (!is_short) cursor.skip(1);  // compression method
    const size_t promised = cursor.left() >= 2 ? cursor.be16() : 0;
    Cursor extensions(cursor.take(std::min(promised, cursor.left())));
    hello.is_whole = cursor.ok() && cursor.at_end() && extensions.left() == promised;
    hello.version = is_first_draft ? version_first_draft : hello.legacy_version;

    PackedHello packed(transport, hello.legacy_version);
    packed.be16(hello.cipher);
    packed.begin_list();
    while (extensions.left() >= 4) {
        const uint16_t type = extensions.be16();
        const Bytes extension = extensions.vector16();
        if (!extensions.ok()) break;
        packed.element16(type);
        if (type == tls::extension_alpn) write_alpn(event, fields.server_alpn, extension);
        if (type == tls::extension_pre_shared_key) hello.resumes_psk = true;
        if (type == tls::extension_supported_versions && extension.size() == 2)
            hello.version = base::load_be16(extension.data());
    }
    hello.is_whole = hello.is_whole && extensions.ok() && extensions.at_end();
    if (hello.is_whole) packed.write(event, fields.server_hello);
    return hello;
}

std::string_view tls_version_name(uint16_t version) {
    switch (version) {
        case 0x0002: return "SSLv2";
        case 0x0300: return "SSLv3";
        case 0x0301: return "TLSv1";
        case 0x0302: return "TLS 1.1";
        case 0x0303: return "TLS 1.2";
        case 0x0304: return "TLS 1.3";
        case 0x0100:  // of OpenSSL before it was DTLS 1.0
        case 0xfeff: return "DTLS 1.0";
        case 0xfefd: return "DTLS 1.2";
        case 0xfefc: return "DTLS 1.3";
        default: return is_draft_of_tls_1_3(version) ? draft_name(version & 0xff) : "";
    }
}

}  // namespace baleen::protocol
