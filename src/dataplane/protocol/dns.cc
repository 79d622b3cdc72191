// DNS over UDP and TCP (RFC 1035), multicast DNS (RFC 6762) and LLMNR (RFC 4795): one format.
//
// Why ports play a part: the three differ by nothing else, and on their ports a message need not
// prove as much as elsewhere. NetBIOS names have the same format too, and are not told.
#include <array>
#include <bit>
#include <charconv>

#include "dataplane/protocol/dns_message.h"
#include "dataplane/protocol/dns_name.h"
#include "dataplane/protocol/dns_record.h"
#include "dataplane/protocol/dns_type.h"
#include "dataplane/protocol/protocols.h"

namespace baleen::protocol {
namespace {

constexpr uint16_t dns_port = 53, mdns_port = 5353, llmnr_port = 5355, netbios_port = 137;
constexpr size_t length_bytes = 2;  // in front of each message over TCP, section 4.2.2
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

bool is_header_possible(const Turn& turn, const DnsHeader& header, size_t message_bytes) {
    return header.message_bytes_min() <= message_bytes &&
           (has_known_port(turn) || is_dns_strict(header));
}

// A datagram of its own, or the first message over TCP, once it is there.
bool is_message(const Turn& turn, Bytes message) {
    if (message.size() < DnsHeader::header_bytes) return false;
    const DnsHeader header(message);
    if (has_known_port(turn)) return is_dns_plausible(header, message);
    return is_header_possible(turn, header, message.size()) && is_dns_well_formed(header, message);
}

// Over TCP the header says maybe what the whole message may have to confirm (is_tentative).
Recognition recognise(const Turn& turn, Bytes bytes) {
    if (has_port(turn, netbios_port)) return Recognition::no;
    if (turn.transport == Transport::udp)
        return is_message(turn, bytes) ? Recognition::yes : Recognition::no;
    if (bytes.size() < length_bytes + DnsHeader::header_bytes) return Recognition::maybe;
    const DnsHeader header(bytes.subspan(length_bytes));
    return is_header_possible(turn, header, base::load_be16(bytes.data())) ? Recognition::yes
                                                                           : Recognition::no;
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
    bool is_certain;                // a message was told
    std::array<bool, 2> is_adrift;  // bytes were lost: the next ones may be the middle of a message
};

// "8180", as Suricata writes them.
void tell_flags(FieldWriter& event, const DnsHeader& header) {
    std::array<char, 4> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), header.flags, 16);
    event.text(Field::dns_flags, std::string_view(text.data(), end.ptr));
    constexpr struct {
        uint16_t bit;
        Field field;
    } flags[] = {{DnsHeader::qr, Field::dns_qr},
                 {DnsHeader::aa, Field::dns_aa},
                 {DnsHeader::tc, Field::dns_tc},
                 {DnsHeader::rd, Field::dns_rd},
                 {DnsHeader::ra, Field::dns_ra}};
    for (const auto& flag : flags)
        if (header.has(flag.bit)) event.flag(flag.field, true);
    event.number(Field::dns_opcode, header.opcode());
    if (header.is_response()) event.text(Field::dns_rcode, dns_rcode_name(header.rcode()).view());
}

void tell_latency(Session& session, const DnsHeader& header, FieldWriter& event) {
    // Many may answer in mDNS, and ids are zero (RFC 6762 section 18.1).
    if (session.app_proto() == AppProto::mdns) return;
    OpenQueries& queries = session.state<DnsState>().queries;
    const Turn& turn = session.turn();
    if (!header.is_response()) return queries.open(turn.direction, header.id, turn.time_ns);
    const int64_t latency_ns = queries.close(turn.direction, header.id, turn.time_ns);
    if (latency_ns >= 0) event.number(Field::dns_latency, static_cast<uint64_t>(latency_ns));
}

// False: not all of them are there.
bool tell_questions(Bytes message, size_t& at, uint32_t count, LastName& last, FieldWriter& event) {
    DnsQuestion question;
    for (uint32_t i = 0; i < count; i++) {
        if (event.is_cut() || !read_dns_question(message, at, question)) return false;
        if (i >= questions_told_max) continue;
        if (!last.read(message, question.name_at)) return false;
        event.object(Field::dns_queries)
            .text(Field::dns_rrname, last.text.view())
            .text(Field::dns_rrtype, dns_type_name(question.type).view());
    }
    return true;
}

// As much as can be read: the rest may be cut off, or wrong.
void tell_message(Session& session, const DnsHeader& header, Bytes message) {
    FieldWriter& event = session.event();
    event.number(Field::dns_version, 3)
        .text(Field::dns_type, header.is_response() ? "response" : "request")
        .number(Field::dns_id, header.id);
    tell_flags(event, header);
    tell_latency(session, header, event);
    LastName last(session.app_proto() == AppProto::dns ? NameCharset::ascii : NameCharset::utf8);
    size_t at = DnsHeader::header_bytes;
    if (tell_questions(message, at, header.questions, last, event) &&
        tell_dns_section(message, at, header.answers, DnsSection::answers, last, event) &&
        tell_dns_section(message, at, header.authorities, DnsSection::authorities, last, event))
        tell_dns_section(message, at, header.additionals, DnsSection::additionals, last, event);
    session.tell();
}

// False: it is none.
bool take_message(Session& session, Bytes message) {
    const Turn& turn = session.turn();
    bool& is_certain = session.state<DnsState>().is_certain;
    // Which says more than that it is plausible.
    if (!is_certain && !is_message(turn, message)) return false;
    if (message.size() < DnsHeader::header_bytes) return false;
    const DnsHeader header(message);
    if (is_certain && !is_dns_plausible(header, message)) return false;
    is_certain = true;
    session.rename(app_proto_by_port(turn));
    tell_message(session, header, message);
    return true;
}

Progress parse_stream(Session& session, Bytes bytes) {
    if (bytes.size() < length_bytes + DnsHeader::header_bytes)
        return Progress::need(length_bytes + DnsHeader::header_bytes);
    auto& state = session.state<DnsState>();
    bool& is_adrift = state.is_adrift[session.turn().direction];
    const size_t length = base::load_be16(bytes.data()), whole = length_bytes + length;
    const DnsHeader header(bytes.subspan(length_bytes));
    const bool is_possible = header.message_bytes_min() <= length;
    if (is_possible && whole > message_bytes_max) return Progress::skip(whole);
    if (is_possible && bytes.size() < whole) return Progress::need(whole);
    if (is_possible && take_message(session, bytes.subspan(length_bytes, length))) {
        is_adrift = false;
        return Progress::take(whole);
    }
    if (!state.is_certain) return Progress::withdraw();
    return is_adrift ? Progress::stop() : Progress::refuse();
}

Progress parse(Session& session, Bytes bytes) {
    if (session.turn().transport == Transport::tcp) return parse_stream(session, bytes);
    take_message(session, bytes);
    return Progress::take(bytes.size());
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
    .is_tentative = true,
};

}  // namespace baleen::protocol
