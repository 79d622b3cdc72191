#include "dataplane/protocol/http_fields.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace baleen::protocol::http {
namespace {

// Together they leave room for the rest of an event (app_field_bytes_max).
constexpr size_t hostname_bytes_max = 255, user_agent_bytes_max = 512, referer_bytes_max = 512,
                 method_bytes_max = 24, protocol_bytes_max = 8, content_type_bytes_max = 128,
                 redirect_bytes_max = 384;

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A value whose line goes on in the next one is one line (RFC 9112 section 5.2).
void tell_folded(FieldWriter& event, Field field, Bytes value) {
    std::array<uint8_t, user_agent_bytes_max> line;
    size_t size = 0;
    bool is_between = false;
    for (const uint8_t byte : value) {
        if (size == line.size()) break;
        const bool is_end = byte == '\r' || byte == '\n';
        const bool is_blank = is_end || byte == ' ' || byte == '\t';
        if (is_end && !is_between) line[size++] = ' ';
        is_between = is_blank && (is_between || is_end);
        if (!is_between) line[size++] = byte;
    }
    event.text(field, Bytes(line).first(size));
}

// Only what is there is told.
void tell_text(FieldWriter& event, Field field, Bytes value, size_t bytes_max) {
    if (value.data() == nullptr) return;
    if (text_of(value).find('\n') != std::string_view::npos)
        return tell_folded(event, field, value);
    event.text(field, value.first(std::min(value.size(), bytes_max)));
}

// "example.com:8080", "[2001:db8::1]:80".
void tell_authority(FieldWriter& event, Bytes authority) {
    constexpr size_t digits_max = 5;
    size_t digits = 0;
    uint32_t port = 0;
    while (digits < authority.size()) {
        const uint8_t byte = authority[authority.size() - digits - 1];
        if (byte < '0' || byte > '9') break;
        digits++;
    }
    const size_t at = authority.size() - digits;
    const bool has_port = digits > 0 && digits <= digits_max && at > 0 && authority[at - 1] == ':';
    for (const uint8_t digit : authority.subspan(at))
        if (has_port) port = port * 10 + (digit - '0');
    tell_text(event, Field::http_hostname, has_port ? authority.first(at - 1) : authority,
              hostname_bytes_max);
    if (has_port) event.number(Field::http_port, port);
}

}  // namespace

Bytes authority_of(const Head& request) {
    const std::string_view url = text_of(request.url);
    if (url.starts_with('/')) return request.host;
    // RFC 9112 section 3.2.3: the target is an authority; some clients name a path nonetheless.
    if (text_of(request.method) == "CONNECT") return request.url;
    const size_t scheme = url.find("://");
    constexpr size_t scheme_bytes_max = 8;
    if (scheme > scheme_bytes_max) return request.host;
    Bytes authority = request.url.subspan(scheme + 3);
    authority =
        authority.first(std::min(text_of(authority).find_first_of("/?#"), authority.size()));
    const size_t user = text_of(authority).find_last_of('@');
    return user == std::string_view::npos ? authority : authority.subspan(user + 1);
}

void tell_request(FieldWriter& event, const Head& request, Bytes authority) {
    tell_authority(event, authority);
    tell_text(event, Field::http_url, request.url, FieldWriter::text_bytes_max);
    tell_text(event, Field::http_user_agent, request.user_agent, user_agent_bytes_max);
    tell_text(event, Field::http_refer, request.referer, referer_bytes_max);
    tell_text(event, Field::http_method, request.method, method_bytes_max);
    tell_text(event, Field::http_protocol, request.protocol, protocol_bytes_max);
    if (request.is_ambiguous) event.flag(Field::http_ambiguous_length, true);
}

void tell_answer(FieldWriter& event, const Head& answer) {
    if (answer.is_ambiguous) event.flag(Field::http_ambiguous_length, true);
    event.number(Field::http_status, answer.status);
    // Without its parameters, as Suricata has it.
    if (answer.content_type.data() != nullptr) {
        const size_t semicolon = text_of(answer.content_type).find(';');
        const Bytes type =
            trimmed(answer.content_type.first(std::min(semicolon, answer.content_type.size())));
        tell_text(event, Field::http_content_type, type, content_type_bytes_max);
    }
    tell_text(event, Field::http_redirect, answer.location, redirect_bytes_max);
}

}  // namespace baleen::protocol::http
