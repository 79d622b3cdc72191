"""What docs/tcp-metrics.md defines, once more and plainly: from packets to flows, without a thought for speed or memory.

Sequence numbers are whole numbers that do not wrap, and every missing byte is remembered. Zeek's states are stepped through
packet by packet, as Zeek does; the data plane derives them from what it has seen. Flows never time out here.
"""
from .capture import ACK, FIN, RST, SYN

WINDOW_MAX = 1 << 30
LATE_SYN_MAX = 65536
OUT_OF_ORDER_USUAL_NS = 3_000_000


def distance(start, end):
    """Signed, modulo 2^32."""
    return (end - start + 2**31) % 2**32 - 2**31


class Side:
    def __init__(self):
        self.packets = self.payload = self.ip_bytes = self.wire_bytes = 0
        self.size_min, self.size_max = 65535, 0
        self.retransmissions = self.out_of_order = self.gaps = self.zero_windows = self.resets = self.keep_alives = 0
        self.data_retransmissions = 0
        self.lost = 0       # bytes of holes that another sequence space has made unfillable
        self.missing = []   # [begin, end, since]
        self.next = self.acked = None
        self.isn = self.syn_ns = self.mss = self.window_scale = None
        self.sack_permitted = self.timestamps = False
        self.windows = []
        self.rtt_ns = None
        self.kinds = set()  # letters told
        self.fin = self.sent_data = False
        self.state, self.before = 'inactive', None


class Flow:
    """One connection. `sides` are by (address, port)."""

    def __init__(self, packet):
        self.start_ns = packet.time_ns
        self.first = packet.side
        self.sides = {packet.side: Side(), packet.peer: Side()}
        self.initiator = None
        self.finished = False
        self.letters = []   # (letter, side)
        self.packets = []   # (packet, what it was)

    def is_late(self, packet, reached):
        return 0 <= (reached - packet.sequence) % 2**32 <= LATE_SYN_MAX

    def is_reused_by(self, packet):
        if packet.flags & (SYN | FIN | RST | ACK) != SYN:
            return False
        side, peer = self.sides[packet.side], self.sides[packet.peer]
        if self.finished:
            return True
        if 's' in side.kinds:
            return packet.sequence != side.isn
        if side.next is not None:
            return self.begins_another(side, packet)
        return peer.acked is not None and not self.is_late(packet, peer.acked)

    def begins_another(self, side, packet):
        """A SYN that is neither a repetition nor late."""
        if side.kinds & {'s', 'h'}:
            return packet.sequence != side.isn
        return not self.is_late(packet, side.next)

    def letter(self, side, packet, letter):
        if letter not in side.kinds:
            side.kinds.add(letter)
            self.letters.append((letter, packet.side))

    def letter_at_powers(self, packet, letter, count):
        if str(count).strip('0') == '1':
            self.letters.append((letter, packet.side))

    def take(self, packet):
        """Counts a packet; says what it was."""
        side, peer = self.sides[packet.side], self.sides[packet.peer]
        side.packets += 1
        side.ip_bytes += packet.ip_bytes
        side.wire_bytes += packet.wire_bytes
        side.payload += packet.payload
        side.size_min, side.size_max = min(side.size_min, packet.ip_bytes), max(side.size_max, packet.ip_bytes)
        if packet.flags & SYN and self.initiator is None:
            self.initiator = packet.peer if packet.flags & ACK else packet.side
        if packet.is_fragment:
            side.next = None
            side.lost += sum(end - begin for begin, end, _ in side.missing)
            side.missing = []
            what = 'fragment'
        elif packet.is_damaged:
            what = 'damaged'
        else:
            what = self.follow(side, peer, packet)
        if packet.flags & FIN:
            side.fin = True
        if packet.flags & RST or (side.fin and peer.fin):
            self.finished = True
        self.packets.append((packet, what))

    def follow(self, side, peer, packet):
        control = packet.flags & (SYN | FIN | RST)
        opens_from_both = control == SYN and packet.flags & ACK and side.kinds & {'s', 'h'} == {'s'} and (
            side.isn == packet.sequence)
        if control == SYN:
            self.take_syn(side, peer, packet, opens_from_both)
        if control == 0:
            if packet.payload:
                self.letter(side, packet, 'd')
                side.sent_data = True
            elif packet.flags & ACK:
                self.letter(side, packet, 'a')
        elif control & (FIN | RST) == FIN | RST:
            self.letter(side, packet, 'i')
        elif control not in (SYN, FIN, RST):
            self.letter(side, packet, 'q')
        elif control == FIN:
            self.letter(side, packet, 'f')
        elif control == RST:
            self.letter(side, packet, 'r')
        if packet.flags & RST:
            side.resets += 1
            return 'reset'
        what = 'next' if opens_from_both else self.take_sequence(side, peer, packet)
        if packet.flags & ACK:
            if side.acked is None or distance(side.acked, packet.acknowledgement) > 0:
                side.acked = packet.acknowledgement
            if not packet.flags & SYN and 'h' in peer.kinds and packet.acknowledgement == (peer.isn + 1) % 2**32:
                self.take_rtt(side, peer, packet)
        if not packet.flags & SYN:
            side.windows.append(packet.window)
            if packet.window == 0 and not packet.flags & FIN:
                side.zero_windows += 1
                self.letter_at_powers(packet, 'w', side.zero_windows)
        return what

    def take_rtt(self, side, peer, packet):
        if side.rtt_ns is None:
            side.rtt_ns = max(1, packet.time_ns - peer.syn_ns)

    def take_syn(self, side, peer, packet, opens_from_both):
        if side.next is not None and self.begins_another(side, packet):
            self.restart(side)
            peer.acked = None
        side.isn = packet.sequence
        if not opens_from_both:
            side.syn_ns = packet.time_ns
        if packet.mss:
            side.mss = packet.mss
        if packet.window_scale is not None:
            side.window_scale = min(packet.window_scale, 14)
        side.sack_permitted |= packet.sack_permitted
        side.timestamps |= packet.timestamps
        self.letter(side, packet, 'h' if packet.flags & ACK else 's')
        if packet.flags & ACK and 's' in peer.kinds and peer.next is not None:
            if 0 < (packet.acknowledgement - peer.isn) % 2**32 <= (peer.next - peer.isn) % 2**32:
                self.take_rtt(side, peer, packet)

    def restart(self, side):
        side.lost += sum(end - begin for begin, end, _ in side.missing)
        side.missing = []
        side.next = None

    def unseen(self, side, peer):
        if side.next is None or peer.acked is None:
            return 0
        unseen = distance(side.next % 2**32, peer.acked)
        return unseen if 0 < unseen <= WINDOW_MAX else 0

    def begin(self, side, peer, packet):
        side.next = packet.sequence + packet.length
        side.next += self.unseen(side, peer)
        return 'begin'

    def take_sequence(self, side, peer, packet):
        if side.next is None:
            return self.begin(side, peer, packet)
        ahead = distance(side.next % 2**32, packet.sequence)
        begin = side.next + ahead
        end = begin + packet.length
        if abs(ahead) > WINDOW_MAX:
            side.gaps += 1
            self.letter_at_powers(packet, 'g', side.gaps)
            self.restart(side)
            return self.begin(side, peer, packet)
        if ahead >= 0:
            if ahead > 0:
                side.gaps += 1
                self.letter_at_powers(packet, 'g', side.gaps)
                side.missing.append([side.next, begin, packet.time_ns])
            side.next = end
            if ahead > 0:
                return 'gap'
            acknowledged = peer.acked is not None and packet.length and distance(end % 2**32, peer.acked) >= 0
            return 'acknowledged already' if acknowledged else 'next'
        return self.take_old(side, peer, packet, begin, end)

    def take_old(self, side, peer, packet, begin, end):
        left, filled = [], []
        for hole_begin, hole_end, since in side.missing:
            start, stop = max(begin, hole_begin), min(end, hole_end)
            if start >= stop:
                left.append([hole_begin, hole_end, since])
                continue
            filled.append(since)
            left += [[a, b, since] for a, b in ((hole_begin, start), (stop, hole_end)) if a < b]
        side.missing = left
        if end <= side.next and not filled and not packet.flags & (SYN | FIN) and packet.payload <= 1 and begin == side.next - 1:
            side.keep_alives += 1
            return 'keep_alive'
        side.next = max(side.next, end)
        if packet.length == 0:
            return 'old ack'
        limit = OUT_OF_ORDER_USUAL_NS if None in (side.rtt_ns, peer.rtt_ns) else side.rtt_ns + peer.rtt_ns
        if filled and (packet.time_ns >> 10) - (filled[0] >> 10) < limit >> 10:
            side.out_of_order += 1
            return 'out_of_order'
        side.retransmissions += 1
        if packet.payload:
            side.data_retransmissions += 1
            self.letter_at_powers(packet, 't', side.data_retransmissions)
        return 'retransmission'

    def told(self):
        """As `baleen flows --json` has it."""
        initiator = self.initiator or self.first
        responder = next((side for side in self.sides if side != initiator), initiator)
        out = {'start_ns': min(packet.time_ns for packet, _ in self.packets),
               'src': initiator, 'dest': responder, 'conn_state': conn_state(self, initiator, responder),
               'history': self.history(initiator)}
        for name, side in (('toserver', self.sides[initiator]), ('toclient', self.sides[responder])):
            peer = self.sides[responder if name == 'toserver' else initiator]
            unseen = self.unseen(side, peer)
            declined = peer.window_scale is None and peer.isn is not None
            scale = 0 if declined else side.window_scale or 0
            values = {'pkts': side.packets, 'payload_bytes': side.payload, 'ip_bytes': side.ip_bytes,
                      'bytes': side.wire_bytes, 'retransmissions': side.retransmissions, 'out_of_order': side.out_of_order,
                      'gaps': side.gaps + (unseen > 0),
                      'missed_bytes': side.lost + sum(end - begin for begin, end, _ in side.missing) + unseen,
                      'zero_windows': side.zero_windows, 'resets': side.resets, 'keep_alives': side.keep_alives,
                      'window_min': min(side.windows, default=0) << scale, 'window_max': max(side.windows, default=0) << scale,
                      'mss': side.mss, 'window_scale': side.window_scale, 'sack_permitted': side.sack_permitted or None,
                      'timestamps': side.timestamps or None}
            if side.packets:
                values |= {'size_min': side.size_min, 'size_max': side.size_max}
            out |= {key + '_' + name: value for key, value in values.items()}
        out['rtt_server_ns'] = self.sides[responder].rtt_ns
        out['rtt_client_ns'] = self.sides[initiator].rtt_ns
        return out

    def history(self, initiator):
        letters = self.letters[:30]
        flipped = '^' if initiator != self.first and len(letters) < 30 else ''
        return flipped + ''.join(letter.upper() if side == initiator else letter for letter, side in letters)


def step(side, peer, packet, is_initiator):
    """Zeek's UpdateStateMachine (src/packet_analysis/protocol/tcp/TCPSessionAdapter.cc), in its own order."""
    flags, state = packet.flags, side.state

    def become(new):
        side.before, side.state = side.state, new

    if state == 'inactive':
        if flags & SYN:
            if is_initiator:
                # Behind its answer: Zeek takes the one for the other then, and turns the flow round.
                late = peer.state == 'established'
                become('established' if late else 'syn_ack_sent' if flags & ACK else 'syn_sent')
            else:
                if peer.state == 'syn_sent':
                    peer.before, peer.state = peer.state, 'established'
                become('established')
        if flags & FIN:
            become('closed')
        if flags & RST:
            become('reset')
        if side.state == 'inactive':
            if not is_initiator and packet.payload == 0 and peer.state == 'syn_sent':
                pass
            elif flags & ACK and peer.state == 'established':
                become('established')
            else:
                become('partial')
    elif state in ('syn_sent', 'syn_ack_sent'):
        if flags & FIN:
            become('closed')
        if flags & RST:
            become('reset')
    elif state in ('established', 'partial'):
        if flags & SYN and state == 'partial' and peer.state == 'inactive' and not flags & ACK:
            become('syn_sent')
        if flags & FIN and not flags & RST:
            become('closed')
            if peer.state == 'reset' and peer.before == 'closed':
                peer.before, peer.state = peer.state, 'closed'
        if flags & RST:
            become('reset')
    elif state == 'closed' and flags & RST and peer.state != 'closed':
        become('reset')


def conn_state(flow, initiator, responder):
    """Zeek's conn_state() (scripts/base/protocols/conn/main.zeek)."""
    for side in flow.sides.values():
        side.state, side.before = 'inactive', None
    for packet, what in flow.packets:
        if what not in ('fragment', 'damaged'):
            step(flow.sides[packet.side], flow.sides[packet.peer], packet, packet.side == initiator)
    o, r = flow.sides[initiator].state, flow.sides[responder].state
    no_data = not any(side.sent_data for side in flow.sides.values())
    quiet = ('inactive', 'partial')
    if r == 'reset':
        if o in ('syn_sent', 'syn_ack_sent') or (o == 'reset' and no_data):
            return 'REJ'
        return 'RSTRH' if o in quiet else 'RSTR'
    if o == 'reset':
        return 'RSTOS0' if r in quiet else 'RSTO'
    if o == r == 'closed':
        return 'SF'
    if o == 'closed':
        return 'SH' if r in quiet else 'S2'
    if r == 'closed':
        return 'SHR' if o in quiet else 'S3'
    if o == 'syn_sent' and r == 'inactive':
        return 'S0'
    return 'S1' if o == r == 'established' else 'OTH'


def flows(packets):
    """Flows of a capture's packets, in the order of their first ones."""
    now, made = {}, []
    for packet in packets:
        flow = now.get(packet.flow)
        if flow is None or (not packet.is_fragment and not packet.is_damaged and flow.is_reused_by(packet)):
            flow = now[packet.flow] = Flow(packet)
            made.append(flow)
        flow.take(packet)
    return made
