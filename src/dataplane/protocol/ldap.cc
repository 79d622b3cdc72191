// LDAP (RFC 4511) over TCP, and over UDP as Active Directory's clients use it (CLDAP): who binds as
// whom, what is searched for, and how requests end.
#include "dataplane/protocol/ber.h"
#include "dataplane/protocol/ntlmssp.h"
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

// Application tags (section 4.2 to 4.14).
enum Operation : uint8_t {
    bind_request = 0x60,
    bind_response = 0x61,
    unbind_request = 0x42,
    search_request = 0x63,
    search_entry = 0x64,
    search_done = 0x65,
    abandon_request = 0x50,
    delete_request = 0x4a,
    extended_request = 0x77,
    extended_response = 0x78,
};
constexpr NumberName operations[] = {
    {bind_request, "bind_request"},
    {bind_response, "bind_response"},
    {unbind_request, "unbind_request"},
    {search_request, "search_request"},
    {search_entry, "search_result_entry"},
    {search_done, "search_result_done"},
    {0x73, "search_result_reference"},
    {0x66, "modify_request"},
    {0x67, "modify_response"},
    {0x68, "add_request"},
    {0x69, "add_response"},
    {delete_request, "del_request"},
    {0x6b, "del_response"},
    {0x6c, "mod_dn_request"},
    {0x6d, "mod_dn_response"},
    {0x6e, "compare_request"},
    {0x6f, "compare_response"},
    {abandon_request, "abandon_request"},
    {extended_request, "extended_request"},
    {extended_response, "extended_response"},
    {0x79, "intermediate_response"},
};
constexpr NumberName results[] = {
    {0, "success"},
    {1, "operations_error"},
    {2, "protocol_error"},
    {3, "time_limit_exceeded"},
    {4, "size_limit_exceeded"},
    {7, "auth_method_not_supported"},
    {8, "stronger_auth_required"},
    {10, "referral"},
    {14, "sasl_bind_in_progress"},
    {16, "no_such_attribute"},
    {32, "no_such_object"},
    {34, "invalid_dns_syntax"},
    {48, "inappropriate_authentication"},
    {49, "invalid_credentials"},
    {50, "insufficient_access_rights"},
    {51, "busy"},
    {52, "unavailable"},
    {53, "unwilling_to_perform"},
    {65, "object_class_violation"},
    {68, "entry_already_exists"},
    {80, "other"},
};
constexpr NumberName scopes[] = {{0, "base_object"}, {1, "single_level"}, {2, "whole_subtree"}};

constexpr uint8_t enumerated = 0x0a, simple = 0x80, sasl = 0xa3, extended_name = 0x80;
constexpr std::string_view start_tls = "1.3.6.1.4.1.1466.20037";  // RFC 4511 section 4.14.1
constexpr uint64_t message_bytes_wanted = 4096;
constexpr uint32_t events_max = 64;
constexpr NtlmFields ntlm_fields = {
    .domain = Field::ldap_ntlmssp_domain,
    .user = Field::ldap_ntlmssp_user,
    .host = Field::ldap_ntlmssp_host,
};

struct State {
    bool is_tls_asked;
    EventBudget budget;
};

// The head of a message: its length, number and operation, whose content may be cut short.
struct Message {
    explicit Message(Bytes bytes) {
        const ber::Extent extent = ber::extent_of(bytes);
        is_wrong = bytes[0] != ber::sequence || extent.is_wrong;
        total = extent.bytes;
        if (is_wrong || total == 0) return;
        Cursor cursor(bytes);
        take_length(cursor);
        const uint8_t tag = cursor.u8();
        const uint8_t size = cursor.u8();
        for (uint32_t i = 0; i < std::min<uint32_t>(size, 4); i++) id = id << 8 | cursor.u8();
        const Bytes rest = Cursor(cursor).rest();
        operation = cursor.u8();
        if (!cursor.ok()) return;
        is_wrong =
            tag != ber::integer || size < 1 || size > 4 || name_of(operations, operation).empty();
        const ber::Extent body = ber::extent_of(rest);
        is_wrong = is_wrong || body.is_wrong ||
                   (body.bytes != 0 && body.bytes + (bytes.size() - rest.size()) > total);
        if (is_wrong || body.bytes == 0) return;
        is_readable = true;
        Cursor content(rest);
        take_length(content);
        body_bytes = content.rest();
    }
    // Of a tag of one byte and its length.
    static void take_length(Cursor& cursor) {
        cursor.skip(1);
        const uint8_t first = cursor.u8();
        if (first >= 0x80) cursor.skip(first & 0x7fu);
    }
    bool is_wrong = false;
    bool is_readable = false;
    uint64_t total = 0;  // 0: more bytes are needed
    uint32_t id = 0;
    uint8_t operation = 0;
    Bytes body_bytes;
};

Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes[0] != ber::sequence) return Recognition::no;
    const Message message(bytes);
    if (message.is_wrong) return Recognition::no;
    if (!message.is_readable) return Recognition::maybe;
    Cursor body(message.body_bytes);
    if (body.left() < 3) return Recognition::maybe;
    const uint8_t tag = body.u8();
    // Version 2 or 3; a base object; a name by its number; a result.
    switch (message.operation) {
        case bind_request: {
            const bool is_version = tag == ber::integer && body.u8() == 1 && body.u8() <= 3;
            return is_version ? Recognition::yes : Recognition::no;
        }
        case search_request:
        case search_entry: return tag == ber::octet_string ? Recognition::yes : Recognition::no;
        case extended_request: return tag == extended_name ? Recognition::yes : Recognition::no;
        case bind_response:
        case search_done:
        case extended_response:
            return tag == enumerated && body.u8() == 1 ? Recognition::yes : Recognition::no;
        default: return Recognition::no;
    }
}

// The content of the next value, as far as it is there; of a constructed one, what it is made of.
struct Part {
    uint8_t tag = 0;
    Bytes content;
};
Part take_part(Cursor& cursor) {
    Cursor start(cursor);
    const ber::Extent extent = ber::extent_of(start.rest());
    if (extent.is_wrong || extent.bytes == 0) {
        cursor.skip(cursor.left() + 1);
        return {};
    }
    Cursor whole(cursor.take(std::min<uint64_t>(extent.bytes, cursor.left())));
    Cursor head(whole);
    const uint8_t tag = head.u8();
    Message::take_length(whole);
    return {tag, whole.rest()};
}

uint32_t number_of(Bytes content) {
    uint32_t value = 0;
    for (const uint8_t byte : content.first(std::min<size_t>(content.size(), 4)))
        value = value << 8 | byte;
    return value;
}

void tell_bind(FieldWriter& event, Cursor& body) {
    const uint32_t version = number_of(take_part(body).content);
    const Part name = take_part(body);
    const Part authentication = take_part(body);
    event.number(Field::ldap_bind_version, version).text(Field::ldap_bind_name, name.content);
    if (authentication.tag == simple) event.text(Field::ldap_bind_mechanism, "simple");
    if (authentication.tag != sasl) return;
    Cursor credentials(authentication.content);
    event.text(Field::ldap_bind_mechanism, take_part(credentials).content);
    tell_ntlm_login(event, credentials.rest(), ntlm_fields);
}

void tell_request(Session& session, const Message& message) {
    FieldWriter& event = session.event();
    event.number(Field::ldap_message_id, message.id);
    tell_named(event, Field::ldap_operation, operations, message.operation);
    Cursor body(message.body_bytes);
    if (message.operation == bind_request) tell_bind(event, body);
    if (message.operation == search_request) {
        event.text(Field::ldap_base_object, take_part(body).content);
        tell_named(event, Field::ldap_scope, scopes, number_of(take_part(body).content));
    }
    if (message.operation == extended_request) {
        const Bytes name = take_part(body).content;
        session.state<State>().is_tls_asked = as_text(name) == start_tls;
        event.text(Field::ldap_extended_name, name);
    }
    session.tell();
}

void tell_response(Session& session, const Message& message) {
    Cursor body(message.body_bytes);
    const uint32_t result = number_of(take_part(body).content);
    const Bytes matched = take_part(body).content;
    const Bytes text = take_part(body).content;
    FieldWriter& event = session.event();
    event.number(Field::ldap_response_id, message.id);
    tell_named(event, Field::ldap_response_operation, operations, message.operation);
    tell_named(event, Field::ldap_result_code, results, result);
    if (!matched.empty()) event.text(Field::ldap_matched_dn, matched);
    if (!text.empty()) event.text(Field::ldap_message, text);
    session.tell();
}

bool is_request(uint8_t operation) { return name_of(operations, operation).ends_with("_request"); }

Progress take_message(Session& session, const Message& message) {
    auto& state = session.state<State>();
    const uint8_t operation = message.operation;
    if (operation == search_entry || operation == 0x73 || operation == 0x79)
        return Progress::skip(message.total);  // only how a request ends is told
    if (!state.budget.admit(operation, events_max)) return Progress::skip(message.total);
    if (is_request(operation)) tell_request(session, message);
    else tell_response(session, message);
    if (operation == unbind_request) return Progress::done();
    const bool is_tls = operation == extended_response && state.is_tls_asked &&
                        message.body_bytes.size() >= 3 && message.body_bytes[2] == 0;
    if (is_tls && session.turn().transport == Transport::tcp) return Progress::anew(message.total);
    return Progress::skip(message.total);
}

Progress parse(Session& session, Bytes bytes) {
    const Message head(bytes);
    // Behind a bind with protection, messages are wrapped (RFC 4752): a length, then a token.
    if (head.is_wrong) return Progress::stop();
    if (head.total == 0) return Progress::need(bytes.size() + 1);
    const uint64_t wanted = std::min(head.total, message_bytes_wanted);
    if (bytes.size() < wanted) return Progress::need(wanted);
    const Message message(bytes.first(wanted));
    if (message.is_wrong || !message.is_readable) return Progress::stop();
    return take_message(session, message);
}

}  // namespace

const Parser ldap_parser = {
    .app_proto = AppProto::ldap,
    .transport = Transport::both,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\x30"),
    .parse = parse,
};

}  // namespace baleen::protocol
