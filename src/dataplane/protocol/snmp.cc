// SNMP: versions 1 (RFC 1157), 2c (RFC 1901, 3416) and 3 (RFC 3412, 3414), over UDP and TCP
// (RFC 3430). Its beginning is a sign of its own: a sequence of a version and a community.
#include <algorithm>
#include <array>
#include <string_view>

#include "dataplane/protocol/ber.h"
#include "dataplane/protocol/hex_text.h"
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

constexpr int64_t version_2c = 1, version_3 = 3;  // as they are written; version 1 is 0
constexpr uint8_t first_pdu = ber::context(0), trap_v1 = ber::context(4),
                  get_bulk = ber::context(5);
constexpr size_t engine_id_bytes_max = 32;  // RFC 3411 section 5
constexpr uint32_t vars_told_max = 128;
constexpr size_t opening_bytes = 16;  // lengths of up to four bytes, the version, the next tag
constexpr size_t community_bytes_max = 255;

// By tag, [0] ... [8] (RFC 3416 section 3; [4] is RFC 1157's), as in EVE.
constexpr std::array<std::string_view, 9> pdu_types = {
    "get_request",      "get_next_request", "response", "set_request", "trap_v1",
    "get_bulk_request", "inform_request",   "trap_v2",  "report"};

// RFC 3416 section 3.
constexpr std::array<std::string_view, 19> error_names = {"NoError",
                                                          "TooBig",
                                                          "NoSuchName",
                                                          "BadValue",
                                                          "ReadOnly",
                                                          "GenErr",
                                                          "NoAccess",
                                                          "WrongType",
                                                          "WrongLength",
                                                          "WrongEncoding",
                                                          "WrongValue",
                                                          "NoCreation",
                                                          "InconsistentValue",
                                                          "ResourceUnavailable",
                                                          "CommitFailed",
                                                          "UndoFailed",
                                                          "AuthorizationError",
                                                          "NotWritable",
                                                          "InconsistentName"};

// RFC 1157 section 4.1.6.
constexpr std::array<std::string_view, 7> trap_types = {
    "ColdStart",       "WarmStart",         "LinkDown", "LinkUp", "AuthenticationFailure",
    "EgpNeighborLoss", "EnterpriseSpecific"};

// snmpTrapOID.0 (RFC 3418): a variable whose value says which trap it is.
constexpr std::array<uint8_t, 10> trap_oid_name = {0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0};

bool is_pdu(uint8_t tag) { return tag >= first_pdu && tag < first_pdu + pdu_types.size(); }

void tell_oid(FieldWriter& event, Field field, Bytes content) {
    const ber::OidText text(content);
    if (!text.view().empty()) event.text(field, text.view());
}

void tell_vars(FieldWriter& event, Bytes bindings) {
    Bytes trap_oid;
    ber::Reader vars(bindings);
    for (uint32_t told = 0; told < vars_told_max && !vars.at_end() && !event.is_cut(); told++) {
        ber::Reader var(vars.next(ber::sequence));
        const Bytes name = var.next(ber::oid);
        if (!vars.ok() || !var.ok()) break;
        tell_oid(event, Field::snmp_vars, name);
        if (std::equal(name.begin(), name.end(), trap_oid_name.begin(), trap_oid_name.end()))
            trap_oid = var.next(ber::oid);
    }
    if (!trap_oid.empty()) tell_oid(event, Field::snmp_trap_oid, trap_oid);
}

// RFC 1157 section 4.1.6.
void tell_trap_v1(FieldWriter& event, ber::Reader& pdu) {
    constexpr uint8_t ip_address = 0x40, time_ticks = 0x43;
    const Bytes enterprise = pdu.next(ber::oid);
    const Bytes agent = pdu.next(ip_address);
    const auto generic = static_cast<uint64_t>(pdu.next_integer());
    pdu.next_integer();
    pdu.next(time_ticks);
    if (!pdu.ok()) return;
    if (generic < trap_types.size()) event.text(Field::snmp_trap_type, trap_types[generic]);
    if (agent.size() == 4) event.bytes(Field::snmp_trap_address, agent);
    tell_oid(event, Field::snmp_trap_oid, enterprise);
    tell_vars(event, pdu.next(ber::sequence));
}

void tell_pdu(FieldWriter& event, const ber::Value& value) {
    if (!is_pdu(value.tag)) return;
    event.text(Field::snmp_pdu_type, pdu_types[value.tag - first_pdu]);
    ber::Reader pdu(value.content);
    if (value.tag == trap_v1) return tell_trap_v1(event, pdu);
    const int64_t request_id = pdu.next_integer();
    const auto error = static_cast<uint64_t>(pdu.next_integer());
    pdu.next_integer();
    if (!pdu.ok()) return;
    event.number(Field::snmp_request_id, static_cast<uint32_t>(request_id));
    // A bulk request has the number of non-repeaters there.
    if (error != 0 && error < error_names.size() && value.tag != get_bulk)
        event.text(Field::snmp_error, error_names[error]);
    tell_vars(event, pdu.next(ber::sequence));
}

// RFC 3414 section 2.4. Some write a wrong length in front; what follows is there all the same.
void tell_user(FieldWriter& event, Bytes parameters) {
    constexpr size_t short_head = 2;
    const bool is_short =
        parameters.size() > short_head && parameters[0] == ber::sequence && parameters[1] < 0x80;
    ber::Reader outer(parameters);
    ber::Reader usm(is_short ? parameters.subspan(short_head) : outer.next(ber::sequence));
    const Bytes engine_id = usm.next(ber::octet_string);
    usm.next_integer();
    usm.next_integer();
    const Bytes user = usm.next(ber::octet_string);
    if (!usm.ok()) return;
    if (!user.empty()) event.text(Field::snmp_usm, user);
    if (!engine_id.empty())
        event.text(Field::snmp_engine_id, HexText<engine_id_bytes_max>(engine_id).view());
}

// RFC 3412 section 6.
void tell_version_3(FieldWriter& event, ber::Reader& message) {
    constexpr int64_t security_usm = 3;
    ber::Reader global(message.next(ber::sequence));
    global.next_integer();
    global.next_integer();
    global.next(ber::octet_string);
    const int64_t security = global.next_integer();
    const Bytes parameters = message.next(ber::octet_string);
    if (message.ok() && global.ok() && security == security_usm) tell_user(event, parameters);
    const ber::Value scoped = message.next();
    if (!message.ok()) return;
    if (scoped.tag == ber::octet_string) {
        event.text(Field::snmp_pdu_type, "encrypted");
        return;
    }
    ber::Reader context(scoped.content);
    context.next(ber::octet_string);
    context.next(ber::octet_string);
    const ber::Value pdu = context.next();
    if (context.ok()) tell_pdu(event, pdu);
}

// What comes first in a message, as far as it is there.
Recognition recognise_opening(Bytes bytes) {
    const ber::Extent extent = ber::extent_of(bytes);
    if (extent.is_wrong || bytes[0] != ber::sequence) return Recognition::no;
    if (extent.bytes == 0) return Recognition::maybe;
    Cursor cursor(bytes);
    cursor.skip(1);
    const uint8_t length = cursor.u8();
    cursor.skip(length < 0x80 ? 0 : length & 0x7fu);
    const uint32_t version_head = cursor.be16();
    const uint8_t version = cursor.u8();
    const uint8_t next = cursor.u8();
    if (!cursor.ok()) return bytes.size() < opening_bytes ? Recognition::maybe : Recognition::no;
    if (version_head != 0x0201) return Recognition::no;
    if (version == version_3) return next == ber::sequence ? Recognition::yes : Recognition::no;
    if (version > version_2c || next != ber::octet_string) return Recognition::no;
    const uint8_t community = cursor.u8();
    if (cursor.ok() && community > community_bytes_max / 2) return Recognition::no;
    cursor.skip(community);
    const uint8_t pdu = cursor.u8();
    if (!cursor.ok()) return Recognition::maybe;
    return is_pdu(pdu) ? Recognition::yes : Recognition::no;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (bytes[0] != ber::sequence) return Recognition::no;
    const Recognition recognition = recognise_opening(bytes);
    if (turn.transport == Transport::tcp) return recognition;
    const bool is_whole = ber::extent_of(bytes).bytes <= bytes.size();
    return recognition == Recognition::yes && is_whole ? Recognition::yes : Recognition::no;
}

// False: it is none.
bool take_message(Session& session, Bytes bytes) {
    ber::Reader outer(bytes);
    ber::Reader message(outer.next(ber::sequence));
    const int64_t version = message.next_integer();
    if (!outer.ok() || !message.ok() || version < 0 || version > version_3) return false;
    FieldWriter& event = session.event();
    event.number(Field::snmp_version,
                 static_cast<uint64_t>(version == version_3 ? version : version + 1));
    if (version == version_3) {
        tell_version_3(event, message);
    } else {
        const Bytes community = message.next(ber::octet_string);
        const ber::Value pdu = message.next();
        if (!message.ok()) return false;
        event.text(Field::snmp_community, community);
        tell_pdu(event, pdu);
    }
    session.tell();
    return true;
}

Progress parse(Session& session, Bytes bytes) {
    if (session.turn().transport == Transport::udp) {
        take_message(session, bytes);
        return Progress::take(bytes.size());
    }
    const ber::Extent extent = ber::extent_of(bytes);
    if (extent.is_wrong || bytes[0] != ber::sequence) return Progress::refuse();
    if (extent.bytes == 0) return Progress::need(bytes.size() + 1);
    if (extent.bytes > message_bytes_max) return Progress::skip(extent.bytes);
    if (bytes.size() < extent.bytes) return Progress::need(extent.bytes);
    if (!take_message(session, bytes.first(extent.bytes))) return Progress::refuse();
    return Progress::take(extent.bytes);
}

}  // namespace

const Parser snmp_parser = {
    .app_proto = AppProto::snmp,
    .transport = Transport::both,
    .recognise = recognise,
    .first_bytes = FirstBytes::of("\x30"),
    .parse = parse,
};

}  // namespace baleen::protocol
