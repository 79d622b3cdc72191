#include "dataplane/flow/tcp_tracker.h"

namespace baleen::flow {
namespace {

namespace tcp_header = packet::tcp;

// What fills a hole within the first round trip was on its way already; later, it was sent again.
// Without a handshake seen: 3 ms, as Wireshark takes.
constexpr int64_t out_of_order_ns_usual = 3'000'000;
// The largest window there is (RFC 7323 section 2.3): what lies farther ahead is no gap but another
// sequence space.
constexpr int32_t gap_bytes_max = 1 << 30;

void add_letter(TcpFlow& tcp, char letter, uint32_t direction) {
    if (tcp.history_length == tcp.history.size()) return;
    tcp.history[tcp.history_length++] =
        static_cast<char>(direction == 0 ? letter - 'a' + 'A' : letter);
}

// Events that may come without end are told at the 1st, 10th, 100th, ...
void add_letter_at_powers(TcpFlow& tcp, char letter, uint32_t direction, uint32_t count) {
    uint32_t power = 1;
    while (power < count && power <= UINT32_MAX / 10) power *= 10;
    if (power == count) add_letter(tcp, letter, direction);
}

void add_letter_once(TcpFlow& tcp, char letter, uint32_t direction, uint8_t event) {
    TcpSideEvents& side = tcp.sides[direction];
    if ((side.events_seen & event) != 0) return;
    side.events_seen |= event;
    add_letter(tcp, letter, direction);
}

void add_hole(TcpSideEvents& events, Hole hole) {
    if (events.hole_count == events.holes.size()) {
        events.holes[0] = events.holes[1];
        events.hole_count--;
    }
    events.holes[events.hole_count++] = hole;
}

// How many bytes of [begin, end) had been missing. A hole that is filled in its middle keeps its
// later part.
uint32_t fill_holes(TcpSideEvents& events, uint32_t begin, uint32_t end) {
    uint32_t filled = 0;
    uint8_t kept = 0;
    for (uint8_t i = 0; i < events.hole_count; i++) {
        Hole hole = events.holes[i];
        const uint32_t from = sequence_distance(hole.begin, begin) > 0 ? begin : hole.begin;
        const uint32_t to = sequence_distance(end, hole.end) > 0 ? end : hole.end;
        if (sequence_distance(from, to) > 0) {
            filled += to - from;
            if (to == hole.end) hole.end = from;
            else hole.begin = to;
        }
        if (hole.begin != hole.end) events.holes[kept++] = hole;
    }
    events.hole_count = kept;
    return filled;
}

void take_gap(Side& side, TcpFlow& tcp, uint32_t direction, uint32_t sequence) {
    TcpSideEvents& events = tcp.sides[direction];
    events.gaps++;
    add_letter_at_powers(tcp, 'g', direction, events.gaps);
    const int32_t missing = sequence_distance(side.next_sequence, sequence);
    if (missing > gap_bytes_max) return;
    events.missed_bytes += static_cast<uint32_t>(missing);
    add_hole(events, {side.next_sequence, sequence});
}

// Sequence space that has been passed already.
void take_old(Side& side, TcpFlow& tcp, const Segment& segment, uint32_t direction,
              int64_t time_ns) {
    TcpSideEvents& events = tcp.sides[direction];
    const bool is_plain =
        !segment.has(tcp_header::syn | tcp_header::fin | tcp_header::rst) && segment.payload <= 1;
    // RFC 9293 section 3.8.4: the byte before the next one.
    if (is_plain && segment.sequence == side.next_sequence - 1) {
        if (events.keep_alives < UINT16_MAX) events.keep_alives++;
        return;
    }
    if (segment.length == 0) return;
    const uint32_t end = segment.sequence + segment.length;
    const uint32_t filled = fill_holes(events, segment.sequence, end);
    events.missed_bytes -= std::min<uint64_t>(filled, events.missed_bytes);
    const auto rtt_ns = static_cast<int64_t>(tcp.rtt_ns[0] + tcp.rtt_ns[1]);
    const int64_t out_of_order_ns =
        tcp.rtt_ns[0] != 0 && tcp.rtt_ns[1] != 0 ? rtt_ns : out_of_order_ns_usual;
    if (filled > 0 && time_ns - side.last_ns < out_of_order_ns) {
        events.out_of_order++;
    } else {
        events.retransmissions++;
        add_letter_at_powers(tcp, 't', direction, events.retransmissions);
    }
    if (sequence_distance(side.next_sequence, end) > 0) side.next_sequence = end;
}

void take_sequence(Side& side, TcpFlow& tcp, const Segment& segment, uint32_t direction,
                   int64_t time_ns) {
    if (segment.has(tcp_header::rst)) return;  // RFC 9293 section 3.5.2: may be of any kind
    if ((side.tcp_flags & sequence_known) == 0) {
        side.tcp_flags |= sequence_known;
        side.next_sequence = segment.sequence + segment.length;
        return;
    }
    const int32_t ahead = sequence_distance(side.next_sequence, segment.sequence);
    if (ahead < 0) {
        take_old(side, tcp, segment, direction, time_ns);
        return;
    }
    if (ahead > 0) take_gap(side, tcp, direction, segment.sequence);
    side.next_sequence = segment.sequence + segment.length;
}

// RFC 9293 section 3.1; 2: MSS, RFC 7323: 3 window scale, 8 timestamps, RFC 2018: 4 SACK permitted.
void take_options(TcpSideEvents& events, const Segment& segment) {
    const uint8_t* at = segment.options;
    const uint8_t* end = at + segment.options_bytes;
    while (at < end && *at != 0) {
        if (*at == 1) {
            at++;
            continue;
        }
        if (end - at < 2 || at[1] < 2 || at[1] > end - at) return;
        const uint8_t kind = at[0], length = at[1];
        if (kind == 2 && length == 4) events.mss = base::load_be16(at + 2);
        // RFC 7323 section 2.3: more than 14 is 14.
        if (kind == 3 && length == 3) events.window_scale = std::min<uint8_t>(at[2], 14);
        if (kind == 4 && length == 2) events.options |= record::sack_permitted;
        if (kind == 8 && length == 10) events.options |= record::timestamps;
        at += length;
    }
}

void take_syn(TcpFlow& tcp, const Segment& segment, uint32_t direction, int64_t time_ns) {
    TcpSideEvents& events = tcp.sides[direction];
    const TcpSideEvents& other = tcp.sides[1 - direction];
    if (segment.has(tcp_header::fin | tcp_header::rst))
        add_letter_once(tcp, 'q', direction, odd_flags_told);
    else if (segment.has(tcp_header::ack)) add_letter_once(tcp, 'h', direction, sent_syn_ack);
    else add_letter_once(tcp, 's', direction, sent_syn);
    events.isn = segment.sequence;
    events.syn_ns = time_ns;
    take_options(events, segment);
    const bool answers = segment.has(tcp_header::ack) && (other.events_seen & sent_syn) != 0 &&
                         segment.acknowledgement == other.isn + 1;
    if (answers && tcp.rtt_ns[0] == 0)
        tcp.rtt_ns[0] = static_cast<uint64_t>(std::max<int64_t>(0, time_ns - other.syn_ns));
}

void take_acknowledgement(Side& side, TcpFlow& tcp, const Segment& segment, uint32_t direction,
                          int64_t time_ns) {
    const TcpSideEvents& other = tcp.sides[1 - direction];
    if ((side.tcp_flags & has_acked) == 0 ||
        sequence_distance(side.acked, segment.acknowledgement) > 0)
        side.acked = segment.acknowledgement;
    side.tcp_flags |= has_acked;
    const bool ends_handshake = !segment.has(tcp_header::syn) &&
                                (other.events_seen & sent_syn_ack) != 0 &&
                                segment.acknowledgement == other.isn + 1;
    if (ends_handshake && tcp.rtt_ns[1] == 0)
        tcp.rtt_ns[1] = static_cast<uint64_t>(std::max<int64_t>(0, time_ns - other.syn_ns));
}

void take_letters(Side& side, TcpFlow& tcp, const Segment& segment, uint32_t direction) {
    const uint16_t kind = segment.payload > 0 ? data_seen : ack_seen;
    const bool is_bare_ack = segment.has(tcp_header::ack) &&
                             !segment.has(tcp_header::syn | tcp_header::fin | tcp_header::rst);
    if ((segment.payload > 0 || is_bare_ack) && (side.tcp_flags & kind) == 0) {
        side.tcp_flags |= kind;
        add_letter(tcp, segment.payload > 0 ? 'd' : 'a', direction);
    }
    if (segment.has(tcp_header::fin) && segment.has(tcp_header::rst))
        add_letter_once(tcp, 'i', direction, fin_and_rst_told);
    if (segment.has(tcp_header::fin)) add_letter_once(tcp, 'f', direction, sent_fin);
    if (segment.has(tcp_header::rst)) add_letter_once(tcp, 'r', direction, sent_rst);
}

}  // namespace

void begin_tcp(Flow& flow, TcpFlow& tcp) {
    tcp = {};
    for (uint32_t side = 0; side < 2; side++) {
        tcp.sides[side].window_scale = record::window_scale_absent;
        flow.sides[side].window_min = UINT16_MAX;
    }
    flow.record_flags |= record::has_tcp;
}

void begin_tcp_part(TcpFlow& tcp) {
    for (TcpSideEvents& side : tcp.sides) {
        side.retransmissions = side.out_of_order = side.gaps = side.zero_windows = 0;
        side.missed_bytes = 0;
        side.resets = side.keep_alives = 0;
        side.hole_count = 0;  // what fills one now was missed in the record that has been told
    }
}

bool reuses_ports(const Flow& flow, const TcpFlow& tcp, const Segment& segment,
                  uint32_t direction) {
    if ((segment.flags & (tcp_header::syn | tcp_header::ack)) != tcp_header::syn) return false;
    if ((flow.state & finished) != 0) return true;
    const Side& side = flow.sides[direction];
    const Side& other = flow.sides[1 - direction];
    if ((tcp.sides[direction].events_seen & sent_syn) != 0)
        return segment.sequence != tcp.sides[direction].isn;
    // Its beginning was not seen: a SYN that comes in the middle begins another one.
    return (side.tcp_flags & sequence_known) != 0 ||
           (other.tcp_flags & (data_seen | ack_seen)) != 0;
}

void track_event(Flow& flow, TcpFlow& tcp, const Segment& segment, uint32_t direction,
                 int64_t time_ns) {
    Side& side = flow.sides[direction];
    TcpSideEvents& events = tcp.sides[direction];
    if (segment.has(tcp_header::syn)) take_syn(tcp, segment, direction, time_ns);
    take_letters(side, tcp, segment, direction);
    take_sequence(side, tcp, segment, direction, time_ns);
    if (segment.has(tcp_header::ack)) take_acknowledgement(side, tcp, segment, direction, time_ns);
    if (segment.has(tcp_header::rst)) {
        if (events.resets < UINT16_MAX) events.resets++;
    } else if (!segment.has(tcp_header::syn)) {
        take_window(side, segment.window);
        if (segment.window == 0 && !segment.has(tcp_header::fin)) {
            events.zero_windows++;
            add_letter_at_powers(tcp, 'w', direction, events.zero_windows);
        }
    }
}

}  // namespace baleen::flow
