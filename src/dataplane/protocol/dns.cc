// DNS over UDP and TCP (RFC 1035), multicast DNS (RFC 6762) and LLMNR (RFC 4795): one format.
//
// Why ports play a part: the three differ by nothing else, and on their ports a message need not
// prove as much as elsewhere. NetBIOS names have the same format too, and are not told.
#include <array>
#include <bit>
#include <charconv>

#include "dataplane/protocol/dns_name.h"
#include "dataplane/protocol/dns_record.h"
#include "dataplane/protocol/dns_type.h"
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t dns_port = 53, mdns_port = 5353, llmnr_port = 5355, netbios_port = 137;
constexpr size_t header_bytes = 12;       // RFC 1035 section 4.1.1
constexpr size_t question_bytes_min = 5;  // the root, type and class
constexpr size_t record_bytes_min = 11;
constexpr size_t length_bytes = 2;       // in front of each message over TCP, section 4.2.2
constexpr uint32_t opcode_max = 6;       // stateful operations, RFC 8490
constexpr uint16_t class_bits = 0x7fff;  // the other one is mDNS's own (RFC 6762 section 18)
constexpr uint32_t questions_told_max = 64;

bool has_port(const Turn& turn, uint16_t port) {
    return turn.src_port == port || turn.dst_port == port;
}

AppProto app_proto_by_port(const Turn& turn) {
    if (has_port(turn, dns_port)) return AppProto::dns;
    if (has_port(turn, mdns_port) && turn.transport == Transport::udp) return AppProto::mdns;
    return has_port(turn, llmnr_port) ? AppProto::llmnr : AppProto::dns;
}

bool has_known_port(const Turn& turn) {
    return has_port(turn, dns_port) || has_port(turn, mdns_port) || has_port(turn, llmnr_port);
}

struct Header {
    explicit Header(Cursor cursor)
        : id(cursor.be16()),
          flags(cursor.be16()),
          questions(cursor.be16()),
          answers(cursor.be16()),
          authorities(cursor.be16()),
          additionals(cursor.be16()) {}

    bool has(uint16_t flag) const { return (flags & flag) != 0; }
    bool is_response() const { return has(0x8000); }
    uint32_t opcode() const { return flags >> 11 & 15u; }
    uint32_t rcode() const { return flags & 15u; }
    uint32_t records() const { return uint32_t{answers} + authorities + additionals; }
    size_t message_bytes_min() const {
        return header_bytes + questions * question_bytes_min + records() * record_bytes_min;
    }

    uint16_t id;
    uint16_t flags;
    uint16_t questions;
    uint16_t answers;
    uint16_t authorities;
    uint16_t additionals;
};
constexpr uint16_t flag_aa = 0x0400, flag_tc = 0x0200, flag_rd = 0x0100, flag_ra = 0x0080,
                   flag_z = 0x0040;

bool is_class_known(uint16_t value) {
    const uint16_t record_class = value & class_bits;
    return record_class == 1 || record_class == 3 || record_class == 4 ||  // IN, CH, HS
           record_class == 254 || record_class == 255;                     // NONE, ANY
}

struct Question {
    size_t name_at = 0;
    uint16_t type = 0;
    uint16_t question_class = 0;
};

bool read_question(Bytes message, size_t& at, Question& question) {
    const size_t name_end = skip_name(message, at);
    if (name_end == 0 || message.size() - name_end < 4) return false;
    question = {at, base::load_be16(message.data() + name_end),
                base::load_be16(message.data() + name_end + 2)};
    at = name_end + 4;
    return true;
}

// One question of a known type, and everything is there, to the last byte.
bool is_well_formed(const Header& header, Bytes message) {
    size_t at = header_bytes;
    if (header.questions != 1) return false;
    Question question;
    if (!read_question(message, at, question)) return false;
    const bool is_internet = question.question_class == 1 || question.question_class == 3 ||
                             question.question_class == 255;
    if (!is_internet || !is_dns_type_known(question.type) || question.type == dns_type::nimloc)
        return false;
    DnsRecord record;
    for (uint32_t left = header.records(); left > 0; left--)
        if (!read_dns_record(message, at, record)) return false;
    return at == message.size();
}

// On a port of its own: the header is possible, and so is the first question or record. What
// follows may be wrong, or cut off.
bool is_plausible(const Header& header, Bytes message) {
    if (header.opcode() > opcode_max) return is_well_formed(header, message);
    if (header.questions == 0 && header.records() == 0)
        return message.size() == header_bytes && header.is_response();
    size_t at = header_bytes;
    Question question;
    if (!read_question(message, at, question)) return false;
    return is_class_known(question.question_class) || question.type == dns_type::opt ||
           (is_dns_type_known(question.type) && header.opcode() == 0);
}

// Elsewhere: a single question, and the header of a client or of a server that answers it.
bool is_strict(const Header& header) {
    if (header.questions != 1 || header.opcode() != 0 || header.has(flag_z)) return false;
    if (header.is_response()) return header.rcode() <= 5 && header.answers <= 256;
    return header.rcode() == 0 && header.answers == 0 && header.authorities == 0 &&
           header.additionals <= 2 && !header.has(flag_aa | flag_tc | flag_ra);
}

Recognition recognise_message(const Turn& turn, Bytes message, size_t whole_bytes) {
    if (message.size() < header_bytes) return Recognition::maybe;
    const Header header{Cursor(message)};
    if (has_known_port(turn)) {
        if (is_plausible(header, message)) return Recognition::yes;
        return message.size() < whole_bytes ? Recognition::maybe : Recognition::no;
    }
    if (!is_strict(header) || header.message_bytes_min() > whole_bytes) return Recognition::no;
    if (message.size() < whole_bytes) return Recognition::maybe;
    return is_well_formed(header, message) ? Recognition::yes : Recognition::no;
}

Recognition recognise(const Turn& turn, Bytes bytes) {
    if (has_port(turn, netbios_port)) return Recognition::no;
    if (turn.transport == Transport::udp)
        return bytes.size() < header_bytes ? Recognition::no
                                           : recognise_message(turn, bytes, bytes.size());
    if (bytes.size() < length_bytes) return Recognition::maybe;
    const size_t length = base::load_be16(bytes.data());
    if (length < header_bytes + question_bytes_min) return Recognition::no;
    const Bytes message = bytes.subspan(length_bytes);
    return recognise_message(turn, message.first(std::min(message.size(), length)), length);
}

// Queries that wait for their response, the latest ones of a flow.
class OpenQueries {
public:
    // Of a query sent again the first time counts.
    void open(uint32_t direction, uint16_t id, int64_t time_ns) {
        if (find(key(direction, id)) < count_max) return;
        keys_[next_] = key(direction, id);
        times_ns_[next_] = time_ns;
        next_ = (next_ + 1) % count_max;
    }
    // The time since a query from the other direction; < 0: there is none.
    int64_t close(uint32_t direction, uint16_t id, int64_t time_ns) {
        const size_t place = find(key(1 - direction, id));
        if (place == count_max) return -1;
        keys_[place] = 0;
        return time_ns - times_ns_[place];
    }

private:
    static constexpr size_t count_max = 28;
    static constexpr uint32_t used = 1u << 17;

    static uint32_t key(uint32_t direction, uint16_t id) { return used | direction << 16 | id; }
    size_t find(uint32_t key) const {
        size_t place = 0;
        while (place < count_max && keys_[place] != key) place++;
        return place;
    }

    std::array<int64_t, count_max> times_ns_;
    std::array<uint32_t, count_max> keys_;
    uint32_t next_;
};

struct DnsState {
    OpenQueries queries;
    std::array<bool, 2> is_adrift;  // bytes were lost: the next ones may be the middle of a message
};

// "8180", as Suricata writes them.
void tell_flags(FieldWriter& event, const Header& header) {
    std::array<char, 4> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), header.flags, 16);
    event.text(Field::dns_flags, std::string_view(text.data(), end.ptr));
    constexpr struct {
        uint16_t bit;
        Field field;
    } flags[] = {{0x8000, Field::dns_qr},
                 {flag_aa, Field::dns_aa},
                 {flag_tc, Field::dns_tc},
                 {flag_rd, Field::dns_rd},
                 {flag_ra, Field::dns_ra}};
    for (const auto& flag : flags)
        if (header.has(flag.bit)) event.flag(flag.field, true);
    event.number(Field::dns_opcode, header.opcode());
    if (header.is_response()) event.text(Field::dns_rcode, dns_rcode_name(header.rcode()).view());
}

void tell_latency(Session& session, const Header& header, FieldWriter& event) {
    // Many may answer in mDNS, and ids are zero (RFC 6762 section 18.1).
    if (session.app_proto() == AppProto::mdns) return;
    OpenQueries& queries = session.state<DnsState>().queries;
    const Turn& turn = session.turn();
    if (!header.is_response()) return queries.open(turn.direction, header.id, turn.time_ns);
    const int64_t latency_ns = queries.close(turn.direction, header.id, turn.time_ns);
    if (latency_ns >= 0) event.number(Field::dns_latency, static_cast<uint64_t>(latency_ns));
}

// False: not all of them are there.
bool tell_questions(Bytes message, size_t& at, uint32_t count, NameCharset charset,
                    FieldWriter& event) {
    NameText name(charset);
    Question question;
    for (uint32_t i = 0; i < count; i++) {
        if (event.is_cut() || !read_question(message, at, question)) return false;
        if (i >= questions_told_max) continue;
        if (read_name(message, question.name_at, name) == 0) return false;
        event.object(Field::dns_queries)
            .text(Field::dns_rrname, name.view())
            .text(Field::dns_rrtype, dns_type_name(question.type).view());
    }
    return true;
}

// As much as can be read: the rest may be cut off, or wrong.
void tell_message(Session& session, const Header& header, Bytes message) {
    FieldWriter& event = session.event();
    event.number(Field::dns_version, 3)
        .text(Field::dns_type, header.is_response() ? "response" : "request")
        .number(Field::dns_id, header.id);
    tell_flags(event, header);
    tell_latency(session, header, event);
    const NameCharset charset =
        session.app_proto() == AppProto::dns ? NameCharset::ascii : NameCharset::utf8;
    size_t at = header_bytes;
    if (tell_questions(message, at, header.questions, charset, event) &&
        tell_dns_section(message, at, header.answers, DnsSection::answers, charset, event) &&
        tell_dns_section(message, at, header.authorities, DnsSection::authorities, charset, event))
        tell_dns_section(message, at, header.additionals, DnsSection::additionals, charset, event);
    session.tell();
}

// False: it is none.
bool take_message(Session& session, Bytes message) {
    if (message.size() < header_bytes) return false;
    const Header header{Cursor(message)};
    if (!is_plausible(header, message)) return false;
    session.rename(app_proto_by_port(session.turn()));
    tell_message(session, header, message);
    return true;
}

Progress parse(Session& session, Bytes bytes) {
    if (session.turn().transport == Transport::udp) {
        take_message(session, bytes);
        return Progress::take(bytes.size());
    }
    if (bytes.size() < length_bytes) return Progress::need(length_bytes);
    const size_t whole = length_bytes + base::load_be16(bytes.data());
    if (whole > message_bytes_max) return Progress::skip(whole);
    bool& is_adrift = session.state<DnsState>().is_adrift[session.turn().direction];
    if (is_adrift) {
        const Recognition recognition = recognise(session.turn(), bytes);
        if (recognition == Recognition::no) return Progress::stop();
        is_adrift = recognition == Recognition::maybe;
    }
    if (bytes.size() < whole) return Progress::need(whole);
    if (!take_message(session, bytes.subspan(length_bytes, whole - length_bytes)))
        return Progress::refuse();
    return Progress::take(whole);
}

// Most messages are a segment of their own: the next one may begin where bytes go on.
Progress gap(Session& session, uint64_t) {
    session.state<DnsState>().is_adrift[session.turn().direction] = true;
    return Progress::skip(0);
}

}  // namespace

const Parser dns_parser = {
    .app_proto = AppProto::dns,
    .transport = Transport::both,
    .recognise = recognise,
    .parse = parse,
    .gap = gap,
};

}  // namespace baleen::protocol
