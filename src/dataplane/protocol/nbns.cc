// NetBIOS over UDP (RFC 1002): its name service, and who sends datagrams to whom.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/signs.h"

namespace baleen::protocol {
namespace {

constexpr size_t head_bytes = 12;      // section 4.2.1.1, as DNS has it
constexpr uint8_t encoded_bytes = 32;  // RFC 1001 section 14.1
constexpr size_t name_bytes = encoded_bytes / 2;
constexpr uint16_t type_name = 0x20, type_status = 0x21, class_in = 1;
constexpr uint16_t flag_response = 0x8000, flag_rcode = 0x000f;
constexpr uint8_t datagram_first = 0x10, datagram_last = 0x12;  // section 4.4.1
constexpr uint16_t datagram_port = 138;
constexpr size_t datagram_name_at = 14;
constexpr uint32_t addresses_max = 8, names_max = 24, events_max = 32;

constexpr NumberName operations[] = {
    {0, "query"},
    {5, "registration"},
    {6, "release"},
    {7, "wack"},
    {8, "refresh"},
    {9, "refresh"},
    {15, "multihomed_registration"},
};

struct State {
    uint32_t told;
};

// Half a byte in each letter from A to P, and a suffix that tells what kind of name it is.
struct Name {
    explicit Name(Bytes encoded) {
        if (encoded.size() != encoded_bytes) return;
        is_one = std::all_of(encoded.begin(), encoded.end(),
                             [](uint8_t byte) { return byte >= 'A' && byte <= 'P'; });
        for (size_t i = 0; i < name_bytes && is_one; i++)
            letters[i] =
                static_cast<uint8_t>((encoded[2 * i] - 'A') << 4 | (encoded[2 * i + 1] - 'A'));
    }
    uint8_t suffix() const { return letters[name_bytes - 1]; }
    // Without the spaces or zeros that fill it up.
    Bytes text() const {
        Bytes used = Bytes(letters).first(name_bytes - 1);
        while (!used.empty() && (used.back() == ' ' || used.back() == 0))
            used = used.first(used.size() - 1);
        return used;
    }
    bool is_one = false;
    std::array<uint8_t, name_bytes> letters{};
};

// A name with its scope, or a pointer to it.
Bytes take_name(Cursor& cursor) {
    constexpr uint8_t pointer = 0xc0;
    constexpr uint32_t labels_max = 16;
    Bytes first;
    for (uint32_t i = 0; i < labels_max; i++) {
        const uint8_t length = cursor.u8();
        if ((length & pointer) != 0) cursor.skip(1);
        if (length == 0 || (length & pointer) != 0) break;
        const Bytes label = cursor.take(length);
        if (i == 0) first = label;
    }
    return first;
}

bool is_name_service(Bytes bytes) {
    if (bytes.size() < head_bytes + encoded_bytes + 6 || bytes[head_bytes] != encoded_bytes)
        return false;
    Cursor cursor(bytes);
    cursor.skip(head_bytes);
    const Name name(take_name(cursor));
    const uint16_t type = cursor.be16();
    return name.is_one && cursor.be16() == class_in && cursor.ok() &&
           (type == type_name || type == type_status || type == 1 || type == 2 || type == 10);
}

bool is_datagram(const Turn& turn, Bytes bytes) {
    const bool has_kind = bytes[0] >= datagram_first && bytes[0] <= datagram_last;
    if (!has_kind || bytes.size() < datagram_name_at + 2 * (encoded_bytes + 2)) return false;
    if (turn.dst_port != datagram_port || bytes[datagram_name_at] != encoded_bytes) return false;
    return Name(bytes.subspan(datagram_name_at + 1, encoded_bytes)).is_one;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    return is_datagram(turn, bytes) || is_name_service(bytes) ? Recognition::yes : Recognition::no;
}

void tell_answer(FieldWriter& event, Cursor& record) {
    take_name(record);
    const uint16_t type = record.be16();
    record.skip(6);
    Cursor data(record.vector16());
    if (type == type_name) {
        for (uint32_t i = 0; i < addresses_max && data.left() >= 6; i++) {
            data.skip(2);
            event.bytes(Field::nbns_addresses, data.take(4));
        }
    }
    if (type == type_status) {
        const uint8_t count = data.u8();
        for (uint32_t i = 0; i < std::min<uint32_t>(count, names_max) && data.left() >= 18; i++) {
            Bytes name = data.take(name_bytes - 1);
            while (!name.empty() && name.back() == ' ') name = name.first(name.size() - 1);
            event.text(Field::nbns_names, until_zero(name));
            data.skip(3);
        }
    }
}

void tell_name_service(Session& session, Bytes bytes) {
    Cursor cursor(bytes);
    cursor.skip(2);
    const uint16_t flags = cursor.be16();
    const uint16_t questions = cursor.be16();
    const uint16_t answers = cursor.be16();
    cursor.skip(4);
    const bool is_response = (flags & flag_response) != 0;
    Cursor question(cursor);
    const Name name(take_name(question));
    const bool is_status = question.be16() == type_status;
    question.skip(2);
    FieldWriter& event = session.event();
    event.text(Field::nbns_type, is_response ? "response" : "request");
    tell_named(event, Field::nbns_operation, operations, flags >> 11 & 15u);
    event.text(Field::nbns_rrname, name.text())
        .number(Field::nbns_suffix, name.suffix())
        .text(Field::nbns_rrtype, is_status ? "NBSTAT" : "NB");
    if (is_response) event.number(Field::nbns_rcode, flags & flag_rcode);
    if (is_response && answers > 0) tell_answer(event, questions > 0 ? question : cursor);
    session.tell();
}

void tell_datagram(Session& session, Bytes bytes) {
    Cursor cursor(bytes);
    cursor.skip(datagram_name_at);
    const Name source(take_name(cursor));
    const Name destination(take_name(cursor));
    session.rename(AppProto::nbdgm);
    FieldWriter& event = session.event();
    event.text(Field::nbdgm_source, source.text());
    if (destination.is_one) event.text(Field::nbdgm_destination, destination.text());
    session.tell();
}

Progress parse(Session& session, Bytes bytes) {
    if (is_datagram(session.turn(), bytes)) tell_datagram(session, bytes);
    else if (is_name_service(bytes)) tell_name_service(session, bytes);
    else return Progress::take(bytes.size());
    return ++session.state<State>().told >= events_max ? Progress::done()
                                                       : Progress::take(bytes.size());
}

}  // namespace

const Parser nbns_parser = {
    .app_proto = AppProto::nbns,
    .transport = Transport::udp,
    .recognise = recognise,
    .parse = parse,
};

}  // namespace baleen::protocol
