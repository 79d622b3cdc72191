// RTP and RTCP over UDP (RFC 3550, RFC 3551, RFC 5761).
//
// RTP's header has no sign: a source is one once some of its packets came in sequence. RTCP is
// known by its packets, which fill the datagram exactly. On the same flow there may be STUN, DTLS
// (RFC 7983), and TURN's channels with media in them.
#include "dataplane/protocol/protocols.h"
#include "dataplane/protocol/stun_message.h"

namespace baleen::protocol {
namespace {

constexpr size_t head_bytes = 12;   // RFC 3550 section 5.1
constexpr uint32_t run_wanted = 2;  // packets that follow one another, behind the first
constexpr uint32_t sequence_step_max = 4;
constexpr uint32_t unsure_packets_max = 12;
constexpr uint32_t packets_max = 500;  // of a direction, looked at: RTCP comes every 5 s or so
constexpr uint32_t sources_kept = 4;   // of a direction at a time

struct Source {
    uint32_t ssrc;
    uint16_t sequence;
    uint8_t payload_type;
    uint8_t run;
    bool is_told;
    bool is_used;
};

struct State {
    std::array<std::array<Source, sources_kept>, 2> sources;
    std::array<uint16_t, 2> packets;
    std::array<uint8_t, 2> next_place;
    std::array<bool, 2> has_name;  // a CNAME was told
    bool is_certain;
};

struct RtpHead {
    uint8_t payload_type;
    uint16_t sequence;
    uint32_t ssrc;
};

// RFC 3551 section 6: types 35 to 71 and 77 to 95 are not assigned, 72 to 76 would be RTCP.
bool is_payload_type(uint32_t type) { return type <= 34 || type >= 96; }

bool read_rtp(Bytes bytes, RtpHead& head) {
    if (bytes.size() < head_bytes || bytes[0] >> 6 != 2) return false;
    const uint32_t sources = bytes[0] & 0xfu;
    const bool has_padding = (bytes[0] & 0x20) != 0, has_extension = (bytes[0] & 0x10) != 0;
    head.payload_type = bytes[1] & 0x7f;
    if (!is_payload_type(head.payload_type)) return false;
    Cursor cursor(bytes.subspan(2));
    head.sequence = cursor.be16();
    cursor.skip(4);  // the time stamp
    head.ssrc = cursor.be32();
    cursor.skip(size_t{4} * sources);
    if (has_extension) {
        cursor.skip(2);
        cursor.skip(size_t{4} * cursor.be16());
    }
    // Of SRTP the padding is not to be seen, but it is hardly ever there.
    const bool is_padded = !has_padding || (bytes.back() > 0 && bytes.back() <= cursor.left());
    return cursor.ok() && head.ssrc != 0 && is_padded;
}

// Packets that fill the datagram, the first one a report or feedback (RFC 5506).
bool is_rtcp(Bytes bytes) {
    constexpr uint32_t type_first = 200, type_last = 207, sender_report = 200, words_of_report = 6;
    if (bytes.size() < 8 || bytes[0] >> 6 != 2) return false;
    Cursor cursor(bytes);
    while (!cursor.at_end()) {
        const uint8_t first = cursor.u8();
        const uint8_t type = cursor.u8();
        const uint32_t words = cursor.be16();
        if (first >> 6 != 2 || type < type_first || type > type_last) return false;
        if (type == sender_report && words < words_of_report) return false;
        cursor.skip(size_t{4} * words);
    }
    return cursor.ok();
}

Recognition recognise(const Turn&, Bytes bytes) {
    if (bytes[0] >> 6 != 2) return Recognition::no;
    RtpHead head;
    return is_rtcp(bytes) || read_rtp(bytes, head) ? Recognition::yes : Recognition::no;
}

// The CNAME in the first chunk of a source description (section 6.5.1); empty: none.
Bytes find_cname(Bytes bytes) {
    constexpr uint8_t source_description = 202, cname = 1;
    for (Cursor cursor(bytes); !cursor.at_end();) {
        const uint32_t chunks = cursor.u8() & 0x1fu;
        const uint8_t type = cursor.u8();
        Cursor packet(cursor.take(size_t{4} * cursor.be16()));
        if (type != source_description || chunks == 0) continue;
        packet.skip(4);
        while (packet.left() >= 2) {
            const uint8_t item = packet.u8();
            if (item == 0) break;
            const Bytes text = packet.vector8();
            if (item == cname) return text;
        }
    }
    return {};
}

// The flow may be STUN's until then.
FieldWriter& begin_event(Session& session, uint32_t ssrc) {
    session.state<State>().is_certain = true;
    session.rename(AppProto::rtp);
    FieldWriter& event = session.event();
    event.number(Field::rtp_ssrc, ssrc);
    return event;
}

void take_rtcp(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    bool& has_name = state.has_name[session.turn().direction];
    const Bytes name = has_name ? Bytes{} : find_cname(bytes);
    if (name.empty() && state.is_certain) return;
    FieldWriter& event = begin_event(session, base::load_be32(bytes.data() + 4));
    if (!name.empty()) event.text(Field::rtp_cname, name);
    has_name = has_name || !name.empty();
    session.tell();
}

Source& source_of(State& state, uint32_t direction, uint32_t ssrc) {
    auto& sources = state.sources[direction];
    for (Source& source : sources)
        if (source.is_used && source.ssrc == ssrc) return source;
    Source& source = sources[state.next_place[direction]++ % sources_kept];
    source = {};
    return source;
}

void take_rtp(Session& session, const RtpHead& head) {
    State& state = session.state<State>();
    Source& source = source_of(state, session.turn().direction, head.ssrc);
    const auto step = static_cast<uint16_t>(head.sequence - source.sequence);
    const bool follows = source.is_used && source.payload_type == head.payload_type && step >= 1 &&
                         step <= sequence_step_max;
    const bool is_late = source.is_used && (step == 0 || step > 0xff00);
    if (is_late) return;
    const bool is_told = source.is_told;
    const auto run = static_cast<uint8_t>(follows ? std::min(source.run + 1u, run_wanted) : 0);
    source = {head.ssrc, head.sequence, head.payload_type, run, is_told, true};
    if (is_told || source.run < run_wanted) return;
    source.is_told = true;
    begin_event(session, head.ssrc).number(Field::rtp_payload_type, head.payload_type);
    session.tell();
}

// What TURN's channel carries.
Bytes inside_channel(Bytes bytes) {
    if (bytes.size() < 4 || !is_channel(bytes[0])) return bytes;
    const size_t length = base::load_be16(bytes.data() + 2);
    return bytes.subspan(4, std::min(length, bytes.size() - 4));
}

Progress parse(Session& session, Bytes bytes) {
    State& state = session.state<State>();
    uint16_t& packets = state.packets[session.turn().direction];
    packets++;
    if (packets > packets_max) return Progress::stop();
    const Bytes media = inside_channel(bytes);
    RtpHead head;
    if (!media.empty() && is_rtcp(media)) take_rtcp(session, media);
    else if (read_rtp(media, head)) take_rtp(session, head);
    const bool may_be_other = !state.is_certain && session.app_proto() == AppProto::rtp;
    if (may_be_other && state.packets[0] + state.packets[1] > unsure_packets_max)
        return Progress::withdraw();
    return Progress::take(bytes.size());
}

}  // namespace

const Parser rtp_parser = {
    .app_proto = AppProto::rtp,
    .transport = Transport::udp,
    .recognise = recognise,
    .first_bytes = FirstBytes::between(0x80, 0xbf),
    .parse = parse,
    .is_tentative = true,
};

}  // namespace baleen::protocol
