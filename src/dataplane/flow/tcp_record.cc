#include "dataplane/flow/tcp_record.h"

#include "dataplane/flow/tcp_tracker.h"

namespace baleen::flow {
namespace {

using record::ConnState;

// What has become of one end, as Zeek has it (src/packet_analysis/protocol/tcp).
enum class End {
    inactive,     // it has sent nothing
    partial,      // it has sent something, but no SYN
    syn_sent,     // not answered by a SYN
    established,  // of a connection whose responder's SYN was seen
    closed,       // by FIN
    reset,
};

End end_of(const Flow& flow, const TcpFlow& tcp, uint32_t side, uint32_t responder) {
    const uint16_t own = tcp.sides[side].events_seen, other = tcp.sides[1 - side].events_seen;
    const bool other_closed = (other & sent_fin) != 0 && (other & aborted) == 0;
    // A RST behind FINs of both is no more than a farewell.
    if ((own & aborted) != 0 || ((own & sent_rst) != 0 && !other_closed)) return End::reset;
    if ((own & sent_fin) != 0) return End::closed;
    const uint16_t segments = flow.sides[side].tcp_flags & (data_seen | ack_seen);
    if ((own & opened) == 0 && segments == 0) return End::inactive;
    if ((tcp.sides[responder].events_seen & opened) != 0) return End::established;
    if ((own & sent_syn) != 0) return End::syn_sent;
    // Some acknowledge a SYN before they answer it.
    const bool is_answer = side == responder && (other & sent_syn) != 0;
    return is_answer && (segments & data_seen) == 0 ? End::inactive : End::partial;
}

bool is_inactive(End end) { return end == End::inactive || end == End::partial; }

// As Zeek decides (scripts/base/protocols/conn): a RST outweighs a FIN, the responder's goes first.
ConnState conn_state_of(const Flow& flow, const TcpFlow& tcp, uint32_t initiator) {
    const End i = end_of(flow, tcp, initiator, 1 - initiator);
    const End r = end_of(flow, tcp, 1 - initiator, 1 - initiator);
    const bool no_data = ((flow.sides[0].tcp_flags | flow.sides[1].tcp_flags) & data_seen) == 0;
    if (r == End::reset) {
        if (i == End::syn_sent || (i == End::reset && no_data)) return ConnState::rej;
        return is_inactive(i) ? ConnState::rstrh : ConnState::rstr;
    }
    if (i == End::reset) return is_inactive(r) ? ConnState::rstos0 : ConnState::rsto;
    if (i == End::closed && r == End::closed) return ConnState::sf;
    if (i == End::closed) return is_inactive(r) ? ConnState::sh : ConnState::s2;
    if (r == End::closed) return is_inactive(i) ? ConnState::shr : ConnState::s3;
    if (i == End::syn_sent && r == End::inactive) return ConnState::s0;
    return i == End::established && r == End::established ? ConnState::s1 : ConnState::oth;
}

// RFC 7323 section 2.2: windows are scaled only if both ends offer it. An end whose SYN was not
// seen is believed to have done so.
uint32_t scaled(uint16_t window, const TcpFlow& tcp, uint32_t side) {
    const uint8_t own = tcp.sides[side].window_scale;
    const TcpSideEvents& other = tcp.sides[1 - side];
    const bool other_declines = other.window_scale == record::window_scale_absent &&
                                (other.events_seen & (sent_syn | sent_syn_ack)) != 0;
    return uint32_t{window} << (own != record::window_scale_absent && !other_declines ? own : 0);
}

record::TcpSide side_section(const Flow& flow, const TcpFlow& tcp, uint32_t side) {
    const TcpSideEvents& events = tcp.sides[side];
    const Side& sent = flow.sides[side];
    const uint32_t unseen = acknowledged_unseen(sent, flow.sides[1 - side]);
    const bool has_window = sent.window_min <= sent.window_max;
    return {.missed_bytes = events.missed_bytes + unseen,
            .retransmissions = events.retransmissions,
            .out_of_order = events.out_of_order,
            .gaps = events.gaps + (unseen > 0 ? 1 : 0),
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
    out.responder_rtt_ns = tcp.sides[1 - initiator].rtt_ns;
    out.initiator_rtt_ns = tcp.sides[initiator].rtt_ns;
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
