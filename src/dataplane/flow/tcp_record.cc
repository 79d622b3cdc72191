#include "dataplane/flow/tcp_record.h"

#include "dataplane/flow/tcp_tracker.h"

namespace baleen::flow {
namespace {

using record::ConnState;

// As Zeek decides (scripts/base/protocols/conn): a RST outweighs a FIN, the responder's goes first.
ConnState conn_state_of(const Flow& flow, const TcpFlow& tcp, uint32_t initiator) {
    const uint8_t i = tcp.sides[initiator].events_seen, r = tcp.sides[1 - initiator].events_seen;
    const bool i_silent = flow.sides[initiator].packets == 0;
    const bool r_silent = flow.sides[1 - initiator].packets == 0;
    const bool answered = (r & (sent_syn_ack | sent_syn)) != 0;
    if ((r & sent_rst) != 0) {
        if ((i & sent_syn) != 0 && !answered) return ConnState::rej;
        return i_silent ? ConnState::rstrh : ConnState::rstr;
    }
    if ((i & sent_rst) != 0)
        return (i & sent_syn) != 0 && !answered ? ConnState::rstos0 : ConnState::rsto;
    if ((i & sent_fin) != 0 && (r & sent_fin) != 0) return ConnState::sf;
    if ((i & sent_fin) != 0) return r_silent ? ConnState::sh : ConnState::s2;
    if ((r & sent_fin) != 0) return i_silent ? ConnState::shr : ConnState::s3;
    if ((i & sent_syn) == 0) return ConnState::oth;
    if (answered) return ConnState::s1;
    return r_silent ? ConnState::s0 : ConnState::oth;
}

// RFC 7323 section 2.2: windows are scaled only if both ends offer it.
uint32_t scaled(uint16_t window, const TcpFlow& tcp, uint32_t side) {
    const uint8_t own = tcp.sides[side].window_scale, other = tcp.sides[1 - side].window_scale;
    const bool both = own != record::window_scale_absent && other != record::window_scale_absent;
    return uint32_t{window} << (both ? own : 0);
}

record::TcpSide side_section(const Flow& flow, const TcpFlow& tcp, uint32_t side) {
    const TcpSideEvents& events = tcp.sides[side];
    const Side& sent = flow.sides[side];
    const Side& other = flow.sides[1 - side];
    // What the other side has acknowledged and nobody has seen, at the end of what was sent.
    const int32_t unseen = sequence_distance(sent.next_sequence, other.acked);
    const bool acked_unseen = (sent.tcp_flags & sequence_known) != 0 &&
                              (other.tcp_flags & has_acked) != 0 && unseen > 0 &&
                              unseen <= 1 << 30;  // RFC 7323 section 2.3: no window is larger
    const bool has_window = sent.window_min <= sent.window_max;
    return {
        .missed_bytes = events.missed_bytes + (acked_unseen ? static_cast<uint32_t>(unseen) : 0),
        .retransmissions = events.retransmissions,
        .out_of_order = events.out_of_order,
        .gaps = events.gaps + (acked_unseen ? 1 : 0),
        .zero_windows = events.zero_windows,
        .window_min = has_window ? scaled(sent.window_min, tcp, side) : 0,
        .window_max = has_window ? scaled(sent.window_max, tcp, side) : 0,
        .mss = events.mss,
        .resets = events.resets,
        .keep_alives = events.keep_alives,
        .window_scale = events.window_scale,
        .options = events.options};
}

}  // namespace

record::Tcp tcp_section(const Flow& flow, const TcpFlow& tcp, uint32_t initiator) {
    record::Tcp out{};
    out.initiator = side_section(flow, tcp, initiator);
    out.responder = side_section(flow, tcp, 1 - initiator);
    out.responder_rtt_ns = tcp.rtt_ns[0];
    out.initiator_rtt_ns = tcp.rtt_ns[1];
    out.conn_state = conn_state_of(flow, tcp, initiator);
    // Upper case is the initiator; Zeek's ^ says that it did not send the first packet.
    char* letter = out.history;
    if (initiator != 0 && tcp.history_length < tcp.history.size()) *letter++ = '^';
    constexpr char case_bit = 'a' ^ 'A';
    for (uint32_t i = 0; i < tcp.history_length; i++)
        *letter++ = static_cast<char>(initiator == 0 ? tcp.history[i] : tcp.history[i] ^ case_bit);
    return out;
}

}  // namespace baleen::flow
