#include "dataplane/protocol/quic_hello.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "baleen/tls_hello.h"
#include "dataplane/protocol/quic_packet.h"
#include "dataplane/protocol/tls_hello.h"

namespace baleen::protocol::quic {
namespace {

constexpr size_t tls_header_bytes = 4;  // RFC 8446 section 4
constexpr uint8_t type_client_hello = 1, type_server_hello = 2;
constexpr size_t tags_header_bytes = 8, tag_bytes = 8;
constexpr uint32_t tag_count_max = 128;                  // as Google's own reader has it
constexpr uint16_t extension_parameters = 0x39;          // RFC 9001 section 8.2
constexpr uint16_t extension_parameters_draft = 0xffa5;  // up to draft 32
constexpr uint64_t parameter_user_agent = 0x3129;        // Google's

// An extension of a ClientHello that has it.
Bytes find_parameters(Bytes body) {
    Cursor cursor(body);
    cursor.skip(2 + 32);
    cursor.vector8();
    cursor.vector16();
    cursor.vector8();
    Cursor extensions(cursor.vector16());
    while (extensions.left() >= 4) {
        const uint16_t type = extensions.be16();
        const Bytes extension = extensions.vector16();
        if (type == extension_parameters || type == extension_parameters_draft) return extension;
    }
    return {};
}

// RFC 9000 section 18; up to draft 26 they were as TLS's extensions are, and so was their list.
Bytes find_user_agent(Bytes parameters) {
    const bool is_old =
        parameters.size() >= 2 && base::load_be16(parameters.data()) == parameters.size() - 2;
    Cursor cursor(is_old ? parameters.subspan(2) : parameters);
    while (!cursor.at_end()) {
        const uint64_t id = is_old ? cursor.be16() : read_varint(cursor);
        const Bytes value = is_old ? cursor.vector16() : cursor.take(read_varint(cursor));
        if (id == parameter_user_agent) return value;
    }
    return {};
}

void write_tags(FieldWriter& event, Bytes message) {
    Cursor cursor(message);
    cursor.skip(4);
    const uint16_t count = std::min<uint16_t>(cursor.le16(), tag_count_max);
    cursor.skip(2);
    const size_t values_at = std::min(message.size(), tags_header_bytes + tag_bytes * count);
    const Bytes values = message.subspan(values_at);
    size_t begin = 0;
    for (uint32_t i = 0; i < count && cursor.ok(); i++) {
        const Bytes tag = cursor.take(4);
        const size_t end = cursor.le32();
        if (end < begin || end > values.size() || !cursor.ok()) return;
        const Bytes value = values.subspan(begin, end - begin);
        begin = end;
        const std::string_view name{reinterpret_cast<const char*>(tag.data()), tag.size()};
        if (value.empty()) continue;
        if (name == std::string_view("SNI\0", 4)) event.text(Field::quic_sni, value);
        if (name == "UAID") event.text(Field::quic_ua, value);
    }
}

}  // namespace

bool begins_tags(Bytes bytes) {
    return bytes.size() >= 4 && std::memcmp(bytes.data(), "CHLO", 4) == 0;
}

size_t hello_bytes(Bytes front, bool has_tags) {
    Cursor cursor(front);
    if (!has_tags) {
        const uint8_t type = cursor.u8();
        const size_t body = cursor.be24();
        if (!cursor.ok()) return 0;
        return type == type_client_hello || type == type_server_hello ? tls_header_bytes + body
                                                                      : SIZE_MAX;
    }
    cursor.skip(4);
    const uint16_t count = cursor.le16();
    if (!cursor.ok()) return 0;
    if (!begins_tags(front) || count == 0 || count > tag_count_max) return SIZE_MAX;
    const size_t head = tags_header_bytes + tag_bytes * count;
    if (front.size() < head) return 0;
    return head + base::load<uint32_t>(front.data() + head - 4);
}

void write_client_hello(FieldWriter& event, Bytes message, bool has_tags) {
    if (has_tags) return write_tags(event, message);
    if (message.size() <= tls_header_bytes) return;
    const Bytes body = message.subspan(tls_header_bytes);
    protocol::write_client_hello(event, quic_hello_fields, tls::HelloTransport::quic, body);
    const Bytes user_agent = find_user_agent(find_parameters(body));
    if (!user_agent.empty()) event.text(Field::quic_ua, user_agent);
}

bool write_server_hello(FieldWriter& event, Bytes message) {
    return !protocol::write_server_hello(event, quic_hello_fields, tls::HelloTransport::quic,
                                         message.subspan(tls_header_bytes))
                .is_retry;
}

}  // namespace baleen::protocol::quic
