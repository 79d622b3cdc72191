// Kerberos 5 (RFC 4120) over UDP and TCP: who asks for a ticket for what, with what encryption, and
// what is refused.
#include "dataplane/protocol/ber.h"
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

// Application tags (section 5.10).
constexpr uint8_t as_request = 0x6a, as_reply = 0x6b, tgs_request = 0x6c, tgs_reply = 0x6d,
                  error = 0x7e, ticket = 0x61;
constexpr uint8_t version = 5;
constexpr size_t length_bytes = 4;  // in front of messages over TCP (section 7.2.2)
constexpr uint64_t message_bytes_tcp_max = 48 * 1024;
constexpr uint32_t events_max = 64, parts_max = 4;

constexpr NumberName kinds[] = {
    {as_request, "KRB_AS_REQ"}, {as_reply, "KRB_AS_REP"}, {tgs_request, "KRB_TGS_REQ"},
    {tgs_reply, "KRB_TGS_REP"}, {error, "KRB_ERROR"},
};
constexpr NumberName encryptions[] = {
    {1, "des-cbc-crc"},
    {3, "des-cbc-md5"},
    {16, "des3-cbc-sha1-kd"},
    {17, "aes128-cts-hmac-sha1-96"},
    {18, "aes256-cts-hmac-sha1-96"},
    {19, "aes128-cts-hmac-sha256-128"},
    {20, "aes256-cts-hmac-sha384-192"},
    {23, "rc4-hmac"},
    {24, "rc4-hmac-exp"},
};
constexpr NumberName errors[] = {
    {6, "KDC_ERR_C_PRINCIPAL_UNKNOWN"},
    {7, "KDC_ERR_S_PRINCIPAL_UNKNOWN"},
    {12, "KDC_ERR_POLICY"},
    {13, "KDC_ERR_BADOPTION"},
    {14, "KDC_ERR_ETYPE_NOSUPP"},
    {18, "KDC_ERR_CLIENT_REVOKED"},
    {23, "KDC_ERR_KEY_EXPIRED"},
    {24, "KDC_ERR_PREAUTH_FAILED"},
    {25, "KDC_ERR_PREAUTH_REQUIRED"},
    {29, "KDC_ERR_SVC_UNAVAILABLE"},
    {31, "KRB_AP_ERR_BAD_INTEGRITY"},
    {32, "KRB_AP_ERR_TKT_EXPIRED"},
    {34, "KRB_AP_ERR_REPEAT"},
    {37, "KRB_AP_ERR_SKEW"},
    {41, "KRB_AP_ERR_MODIFIED"},
    {52, "KRB_ERR_RESPONSE_TOO_BIG"},
    {68, "KDC_ERR_WRONG_REALM"},
};

struct State {
    uint32_t told;
};

// What is told of a message, in whatever order it stands there.
struct Ticket {
    Bytes client, realm, service;  // names: what is in their sequences
    uint32_t encryption = 0;
    uint32_t error = 0;
};

uint32_t number_of(Bytes content) {
    ber::Reader reader(content);
    return static_cast<uint32_t>(reader.next_integer());
}

// A string, whatever its kind.
Bytes text_of(Bytes content) { return ber::Reader(content).next().content; }

void read_body(Ticket& found, Bytes body) {
    ber::Reader members(ber::Reader(body).next(ber::sequence));
    while (!members.at_end() && members.ok()) {
        const ber::Value member = members.next();
        switch (member.tag) {
            case ber::context(1): found.client = member.content; break;
            case ber::context(2): found.realm = text_of(member.content); break;
            case ber::context(3): found.service = member.content; break;
            case ber::context(8): {
                ber::Reader preferred(ber::Reader(member.content).next(ber::sequence));
                found.encryption = static_cast<uint32_t>(preferred.next_integer());
                break;
            }
            default: break;
        }
    }
}

void read_request(Ticket& found, ber::Reader& members) {
    while (!members.at_end() && members.ok()) {
        const ber::Value member = members.next();
        if (member.tag == ber::context(4)) read_body(found, member.content);
    }
}

void read_ticket(Ticket& found, Bytes content) {
    ber::Reader members(ber::Reader(ber::Reader(content).next(ticket)).next(ber::sequence));
    while (!members.at_end() && members.ok()) {
        const ber::Value member = members.next();
        if (member.tag == ber::context(2)) found.service = member.content;
        if (member.tag != ber::context(3)) continue;
        ber::Reader encrypted(ber::Reader(member.content).next(ber::sequence));
        found.encryption = number_of(encrypted.next(ber::context(0)));
    }
}

void read_reply(Ticket& found, ber::Reader& members) {
    while (!members.at_end() && members.ok()) {
        const ber::Value member = members.next();
        if (member.tag == ber::context(3)) found.realm = text_of(member.content);
        if (member.tag == ber::context(4)) found.client = member.content;
        if (member.tag == ber::context(5)) read_ticket(found, member.content);
    }
}

void read_error(Ticket& found, ber::Reader& members) {
    while (!members.at_end() && members.ok()) {
        const ber::Value member = members.next();
        if (member.tag == ber::context(6)) found.error = number_of(member.content);
        if (member.tag == ber::context(8)) found.client = member.content;
        if (member.tag == ber::context(9)) found.realm = text_of(member.content);
        if (member.tag == ber::context(10)) found.service = member.content;
    }
}

// "krbtgt/EXAMPLE.ORG": the parts of a name (section 5.2.2).
void tell_name(FieldWriter& event, Field field, Bytes name) {
    ber::Reader members(ber::Reader(name).next(ber::sequence));
    members.next(ber::context(0));
    ber::Reader parts(ber::Reader(members.next(ber::context(1))).next(ber::sequence));
    std::array<uint8_t, 256> text;
    size_t used = 0;
    for (uint32_t i = 0; i < parts_max && !parts.at_end() && parts.ok(); i++) {
        const Bytes part = parts.next().content;
        if (used + 1 + part.size() > text.size()) break;
        if (i > 0) text[used++] = '/';
        std::copy(part.begin(), part.end(), text.begin() + static_cast<ptrdiff_t>(used));
        used += part.size();
    }
    if (used > 0) event.text(field, Bytes(text).first(used));
}

// A message of version 5: [0] or [1] in its sequence.
Recognition recognise_message(Bytes bytes) {
    if (name_of(kinds, bytes[0]).empty()) return Recognition::no;
    Cursor cursor(bytes);
    for (uint32_t level = 0; level < 2; level++) {
        const uint8_t tag = cursor.u8();
        if (level == 1 && cursor.ok() && tag != ber::sequence) return Recognition::no;
        const uint8_t length = cursor.u8();
        if (length > 0x84) return Recognition::no;
        if (length > 0x80) cursor.skip(length & 0x7fu);
    }
    const uint32_t number = cursor.be32();
    const uint8_t value = cursor.u8();
    if (!cursor.ok()) return Recognition::maybe;
    const bool is_request = bytes[0] == as_request || bytes[0] == tgs_request;
    const uint32_t expected = is_request ? 0xa1030201 : 0xa0030201;
    return number == expected && value == version ? Recognition::yes : Recognition::no;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (turn.transport == Transport::udp)
        return recognise_message(bytes) == Recognition::yes ? Recognition::yes : Recognition::no;
    if (bytes[0] != 0 || (bytes.size() > 1 && bytes[1] != 0)) return Recognition::no;
    if (bytes.size() <= length_bytes) return Recognition::maybe;
    return recognise_message(bytes.subspan(length_bytes));
}

void tell_message(Session& session, Bytes message) {
    const uint8_t kind = message[0];
    ber::Reader members(ber::Reader(ber::Reader(message).next().content).next(ber::sequence));
    Ticket found;
    if (kind == as_request || kind == tgs_request) read_request(found, members);
    else if (kind == error) read_error(found, members);
    else read_reply(found, members);
    FieldWriter& event = session.event();
    tell_named(event, Field::krb5_msg_type, kinds, kind);
    tell_name(event, Field::krb5_cname, found.client);
    if (!found.realm.empty()) event.text(Field::krb5_realm, found.realm);
    tell_name(event, Field::krb5_sname, found.service);
    if (found.encryption != 0)
        tell_named(event, Field::krb5_encryption, encryptions, found.encryption);
    if (kind == error) tell_named(event, Field::krb5_error_code, errors, found.error);
    session.tell();
}

Progress parse(Session& session, Bytes bytes) {
    const bool is_tcp = session.turn().transport == Transport::tcp;
    uint64_t total = bytes.size();
    if (is_tcp) {
        if (bytes.size() <= length_bytes) return Progress::need(length_bytes + 1);
        total = length_bytes + uint64_t{base::load_be32(bytes.data())};
        if (total <= length_bytes || total > message_bytes_tcp_max) return Progress::stop();
        if (bytes.size() < total) return Progress::need(total);
    }
    const Bytes message = bytes.first(total).subspan(is_tcp ? length_bytes : 0);
    if (recognise_message(message) == Recognition::yes) {
        tell_message(session, message);
        if (++session.state<State>().told >= events_max) return Progress::done();
    }
    return Progress::take(total);
}

}  // namespace

const Parser krb5_parser = {
    .app_proto = AppProto::krb5,
    .transport = Transport::both,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(0, 0).or_between(0x60, 0x7f),
    .parse = parse,
};

}  // namespace baleen::protocol
