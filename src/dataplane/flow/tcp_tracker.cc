#include "dataplane/flow/tcp_tracker.h"

#include "dataplane/flow/tcp_holes.h"

namespace baleen::flow {
namespace {

namespace tcp_header = packet::tcp;

constexpr uint16_t control_flags = tcp_header::syn | tcp_header::fin | tcp_header::rst;

// What fills a hole within the first round trip was on its way already; later, it was sent again.
// Without a handshake seen: 3 ms, as Wireshark takes.
constexpr int64_t out_of_order_ns_usual = 3'000'000;
// A SYN that comes later than data of its connection lies before it by so much at most: RFC 6928
// section 2 lets 10 segments go without an answer.
constexpr uint32_t late_syn_bytes_max = 65'536;

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

void add_letter_once(TcpFlow& tcp, char letter, uint32_t direction, uint16_t event) {
    TcpSideEvents& side = tcp.sides[direction];
    if ((side.events_seen & event) != 0) return;
    side.events_seen |= event;
    add_letter(tcp, letter, direction);
}

void take_gap(Side& side, TcpFlow& tcp, const Segment& segment, uint32_t direction,
              int64_t time_ns) {
    TcpSideEvents& events = tcp.sides[direction];
    const uint32_t missing = segment.sequence - side.next_sequence;
    events.gaps++;
    events.missed_bytes += missing;
    add_letter_at_powers(tcp, 'g', direction, events.gaps);
    add_hole(tcp,
             {side.next_sequence, segment.sequence, coarse(time_ns) & coarse_mask, direction & 1});
}

bool is_out_of_order(const TcpFlow& tcp, const Filled& filled, int64_t time_ns) {
    if (filled.bytes == 0) return false;
    const uint64_t one_ns = tcp.sides[0].rtt_ns, other_ns = tcp.sides[1].rtt_ns;
    const int64_t limit_ns = one_ns != 0 && other_ns != 0 ? static_cast<int64_t>(one_ns + other_ns)
                                                          : out_of_order_ns_usual;
    return coarse_distance(filled.since, time_ns) < limit_ns >> 10;
}

// Sequence space that has been passed already.
void take_old(Side& side, TcpFlow& tcp, const Segment& segment, uint32_t direction,
              int64_t time_ns) {
    TcpSideEvents& events = tcp.sides[direction];
    const uint32_t end = segment.sequence + segment.length;
    const Filled filled = fill_holes(tcp, direction, segment.sequence, end);
    events.missed_bytes -= filled.bytes;
    if (sequence_distance(side.next_sequence, end) > 0) side.next_sequence = end;
    else if (filled.bytes == 0 && !segment.has(control_flags) && segment.payload <= 1 &&
             segment.sequence == side.next_sequence - 1) {
        // RFC 9293 section 3.8.4: the byte before the next one.
        if (events.keep_alives < UINT16_MAX) events.keep_alives++;
        return;
    }
    if (segment.length == 0) return;
    if (is_out_of_order(tcp, filled, time_ns)) {
        events.out_of_order++;
    } else {
        events.retransmissions++;
        if (segment.payload > 0 && events.data_retransmissions < UINT16_MAX)
            add_letter_at_powers(tcp, 't', direction, ++events.data_retransmissions);
    }
}

// The first segment, or one that has nothing to do with those before.
void begin_sequence(Side& side, const Side& other, TcpFlow& tcp, const Segment& segment,
                    uint32_t direction) {
    forget_holes(tcp, direction);
    side.tcp_flags |= sequence_known;
    side.next_sequence = segment.sequence + segment.length;
    // What the other side has acknowledged was sent before: in front of a capture that begins in
    // the middle, or in fragments.
    side.next_sequence += acknowledged_unseen(side, other);
}

void take_sequence(Flow& flow, TcpFlow& tcp, const Segment& segment, uint32_t direction,
                   int64_t time_ns) {
    Side& side = flow.sides[direction];
    if ((side.tcp_flags & sequence_known) == 0) {
        begin_sequence(side, flow.sides[1 - direction], tcp, segment, direction);
        return;
    }
    const int32_t ahead = sequence_distance(side.next_sequence, segment.sequence);
    if (ahead > window_bytes_max || ahead < -window_bytes_max) {
        tcp.sides[direction].gaps++;
        add_letter_at_powers(tcp, 'g', direction, tcp.sides[direction].gaps);
        begin_sequence(side, flow.sides[1 - direction], tcp, segment, direction);
    } else if (ahead < 0) {
        take_old(side, tcp, segment, direction, time_ns);
    } else {
        if (ahead > 0) take_gap(side, tcp, segment, direction, time_ns);
        side.next_sequence = segment.sequence + segment.length;
    }
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

// A time that was taken is told, however short.
void take_rtt(TcpSideEvents& events, const TcpSideEvents& other, int64_t time_ns) {
    if (events.rtt_ns == 0)
        events.rtt_ns = static_cast<uint64_t>(std::max<int64_t>(1, time_ns - other.syn_ns));
}

// Sequence numbers have reached so far: is it the SYN they began with, seen late?
bool is_late(const Segment& syn, uint32_t reached) {
    return reached - syn.sequence <= late_syn_bytes_max;
}

// A SYN that is neither a repetition nor late begins another sequence space.
bool restarts(const Side& side, const TcpSideEvents& events, const Segment& syn) {
    if ((side.tcp_flags & sequence_known) == 0) return false;
    if ((events.events_seen & (sent_syn | sent_syn_ack)) != 0) return syn.sequence != events.isn;
    return !is_late(syn, side.next_sequence);
}

// RFC 9293 section 3.5, figure 8: each has sent a SYN, and answers the other's with the same again.
bool opens_from_both(const TcpSideEvents& events, const Segment& syn) {
    return (events.events_seen & (sent_syn | sent_syn_ack)) == sent_syn &&
           syn.has(tcp_header::ack) && syn.sequence == events.isn;
}

void take_syn(Flow& flow, TcpFlow& tcp, const Segment& segment, uint32_t direction,
              int64_t time_ns) {
    Side &side = flow.sides[direction], &peer = flow.sides[1 - direction];
    TcpSideEvents& events = tcp.sides[direction];
    const TcpSideEvents& other = tcp.sides[1 - direction];
    if (restarts(side, events, segment)) {
        side.tcp_flags &= static_cast<uint16_t>(~sequence_known);
        peer.tcp_flags &= static_cast<uint16_t>(~has_acked);
    }
    if (!opens_from_both(events, segment)) events.syn_ns = time_ns;
    events.isn = segment.sequence;
    if ((events.events_seen & aborted) == 0) events.events_seen |= opened;
    take_options(events, segment);
    const bool is_answer = segment.has(tcp_header::ack);
    if (is_answer) add_letter_once(tcp, 'h', direction, sent_syn_ack);
    else add_letter_once(tcp, 's', direction, sent_syn);
    // RFC 7413: what the SYN carries may be acknowledged with it.
    const uint32_t acknowledged = segment.acknowledgement - other.isn;
    if (is_answer && (other.events_seen & sent_syn) != 0 && acknowledged > 0 &&
        acknowledged <= peer.next_sequence - other.isn)
        take_rtt(events, other, time_ns);
}

void take_acknowledgement(Side& side, TcpFlow& tcp, const Segment& segment, uint32_t direction,
                          int64_t time_ns) {
    const TcpSideEvents& other = tcp.sides[1 - direction];
    if ((side.tcp_flags & has_acked) == 0 ||
        sequence_distance(side.acked, segment.acknowledgement) > 0)
        side.acked = segment.acknowledgement;
    side.tcp_flags |= has_acked;
    if (!segment.has(tcp_header::syn) && (other.events_seen & sent_syn_ack) != 0 &&
        segment.acknowledgement == other.isn + 1)
        take_rtt(tcp.sides[direction], other, time_ns);
}

// Each of Zeek's letters stands for a packet of one kind.
void take_letters(Side& side, TcpFlow& tcp, const Segment& segment, uint32_t direction) {
    const uint16_t control = segment.flags & control_flags;
    if ((control & (tcp_header::fin | tcp_header::rst)) == (tcp_header::fin | tcp_header::rst)) {
        add_letter_once(tcp, 'i', direction, fin_and_rst_told);
    } else if ((control & (control - 1)) != 0) {
        add_letter_once(tcp, 'q', direction, odd_flags_told);
    } else if (control == tcp_header::fin) {
        add_letter_once(tcp, 'f', direction, fin_told);
    } else if (control == tcp_header::rst) {
        add_letter_once(tcp, 'r', direction, rst_told);
    } else if (control == 0 && (segment.payload > 0 || segment.has(tcp_header::ack))) {
        const uint16_t kind = segment.payload > 0 ? data_seen : ack_seen;
        if ((side.tcp_flags & kind) == 0)
            add_letter(tcp, segment.payload > 0 ? 'd' : 'a', direction);
        side.tcp_flags |= kind;
    }
}

void take_end(TcpSideEvents& events, const Segment& segment) {
    if (segment.has(tcp_header::rst)) {
        if ((events.events_seen & sent_fin) == 0) events.events_seen |= aborted;
        events.events_seen |= sent_rst;
        if (events.resets < UINT16_MAX) events.resets++;
    }
    if (segment.has(tcp_header::fin)) events.events_seen |= sent_fin;
}

void take_window_event(Side& side, TcpFlow& tcp, const Segment& segment, uint32_t direction) {
    take_window(side, segment.window);
    if (segment.window != 0 || segment.has(tcp_header::fin)) return;
    const uint32_t count = ++tcp.sides[direction].zero_windows;
    add_letter_at_powers(tcp, 'w', direction, count);
}

}  // namespace

void begin_tcp(Flow& flow, TcpFlow& tcp) {
    tcp.sides = {};  // the rest has its counts
    tcp.history_length = 0;
    for (uint32_t side = 0; side < 2; side++) {
        tcp.sides[side].window_scale = record::window_scale_absent;
        flow.sides[side].window_min = UINT16_MAX;
    }
    flow.record_flags |= record::has_tcp;
}

void begin_tcp_part(Flow& flow, TcpFlow& tcp) {
    for (uint32_t i = 0; i < 2; i++) {
        forget_holes(tcp, i);  // what fills one now was missed in the record that has been told
        Side& side = flow.sides[i];
        side.next_sequence += acknowledged_unseen(side, flow.sides[1 - i]);  // the same
        TcpSideEvents& events = tcp.sides[i];
        events.retransmissions = events.out_of_order = events.gaps = events.zero_windows = 0;
        events.missed_bytes = 0;
        events.resets = events.keep_alives = events.data_retransmissions = 0;
    }
}

bool reuses_ports(const Flow& flow, const TcpFlow& tcp, const Segment& segment,
                  uint32_t direction) {
    if ((segment.flags & (control_flags | tcp_header::ack)) != tcp_header::syn) return false;
    if ((flow.state & finished) != 0) return true;
    const Side &side = flow.sides[direction], &other = flow.sides[1 - direction];
    const TcpSideEvents& events = tcp.sides[direction];
    if ((events.events_seen & sent_syn) != 0) return segment.sequence != events.isn;
    // Its beginning was not seen: a SYN that comes in the middle begins another one.
    if ((side.tcp_flags & sequence_known) != 0) return restarts(side, events, segment);
    return (other.tcp_flags & has_acked) != 0 && !is_late(segment, other.acked);
}

void track_event(Flow& flow, TcpFlow& tcp, const Segment& segment, uint32_t direction,
                 int64_t time_ns) {
    Side& side = flow.sides[direction];
    const bool is_syn = (segment.flags & control_flags) == tcp_header::syn;
    const bool is_repeated = is_syn && opens_from_both(tcp.sides[direction], segment);
    if (is_syn) take_syn(flow, tcp, segment, direction, time_ns);
    take_letters(side, tcp, segment, direction);
    take_end(tcp.sides[direction], segment);
    // RFC 9293 section 3.5.2: the numbers of a RST may be of any kind.
    if (segment.has(tcp_header::rst)) return;
    if (!is_repeated) take_sequence(flow, tcp, segment, direction, time_ns);
    if (segment.has(tcp_header::ack)) take_acknowledgement(side, tcp, segment, direction, time_ns);
    if (!segment.has(tcp_header::syn)) take_window_event(side, tcp, segment, direction);
}

}  // namespace baleen::flow
