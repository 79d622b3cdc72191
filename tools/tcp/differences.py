"""Where tshark's analysis says something else than the model, and why: the classes of docs/tcp-metrics.md."""
import collections

from .capture import ACK, FIN, RST, SYN

OLD = ('retransmission', 'out_of_order')
# Of another rule than the one that both share: old data is old data.
SENT_AGAIN = ('retransmission', 'fast_retransmission', 'spurious_retransmission', 'out_of_order')


def told_by_tshark(packet):
    """One word for each packet; tshark marks fast and spurious retransmissions as retransmissions as well."""
    for name in ('keep_alive', 'out_of_order', 'spurious_retransmission', 'fast_retransmission', 'retransmission'):
        if name in packet.analysis:
            return name
    return None


def syns(flow, side):
    return [packet for packet, _ in flow.packets if packet.side == side and packet.flags & (SYN | RST | FIN) == SYN]


def why_label(flow, packet, what, theirs):
    if what in OLD and theirs in SENT_AGAIN:
        same = (what == 'out_of_order') == (theirs == 'out_of_order')
        return None if same else 'order-rule'
    if what == theirs or (what not in OLD + ('keep_alive',) and theirs is None):
        return None
    if len({packet.vlans for packet in flow.stream_packets[packet.stream]}) > 1:
        return 'vlan'
    if packet.flags & SYN and what == 'begin' and theirs == 'retransmission':
        return 'syn-after-reset'
    if len({syn.sequence for syn in syns(flow, packet.side)}) > 1:
        return 'another-isn'
    if what in ('acknowledged already', 'begin') and theirs == 'spurious_retransmission':
        return 'acknowledged-already'
    return 'unexplained'


def why_gap(flow, packet, what):
    if (what == 'gap') == ('lost_segment' in packet.analysis):
        return None
    if len({syn.sequence for syn in syns(flow, packet.side)}) > 1 or packet.flags & SYN:
        return 'another-isn'
    return 'unexplained' if syns(flow, packet.side) else 'start-in-the-middle'


def why_rtt(flow, told):
    theirs = max(packet.initial_rtt_ns for packet, _ in flow.packets)
    halves = told['rtt_server_ns'], told['rtt_client_ns']
    ours = 0 if None in halves else sum(halves)
    if ours == theirs or (ours - theirs in (1, 2) and 1 in halves):
        return None
    vlans = {packet.vlans for each, _ in flow.packets for packet in flow.stream_packets[each.stream]}
    opened = [packet for side in flow.sides for packet in syns(flow, side)]
    if len(vlans) > 1:
        return 'vlan'
    if any(what == 'begin' and packet.flags & (SYN | ACK) == SYN and packet.analysis & {'retransmission', 'out_of_order'}
           for each, _ in flow.packets for other in flow.stream_flows[each.stream] for packet, what in other.packets):
        return 'syn-after-reset'
    if len(opened) > 2:
        return 'syn-repeated'
    if len(opened) < 2 or ours == 0:
        return 'half-a-handshake'
    # tshark takes 0 for a time that is not known; and some clocks jump.
    first, second = (packet.time_ns for packet in opened)
    if first == 0 or max(halves) <= 1 or not 0 <= second - first < 10**15:
        return 'time-stamps'
    return 'reset-first' if any(packet.flags & RST and packet.time_ns < second for packet, _ in flow.packets) else 'unexplained'


def why_window(flow, side, told_min, told_max):
    theirs = [packet.scaled_window for packet, what in flow.packets
              if packet.side == side and not packet.flags & (SYN | RST)]
    if (min(theirs, default=0), max(theirs, default=0)) == (told_min, told_max):
        return None
    shift = flow.sides[side].window_scale or 0
    raw = [packet.window for packet, _ in flow.packets if packet.side == side and not packet.flags & (SYN | RST)]
    peer = next(other for other in flow.sides if other != side)
    if shift and syns(flow, peer) and flow.sides[peer].window_scale is None and max(theirs) <= max(raw) << shift:
        return 'scale-declined'
    if len({syn.sequence for each in flow.sides for syn in syns(flow, each)}) > 2 or any(
            'reused_ports' in packet.analysis for packet, _ in flow.packets):
        return 'another-isn'
    return 'unexplained'


def compare(flows):
    """What is equal and what differs, by metric and class: {metric: {class or 'equal': count}}; and the unexplained ones."""
    flows = [flow for flow in flows if not any(what in ('fragment', 'damaged') for _, what in flow.packets)]
    packets_of, flows_of = collections.defaultdict(list), collections.defaultdict(list)
    for flow in flows:
        for packet, _ in flow.packets:
            packets_of[packet.stream].append(packet)
            if not flows_of[packet.stream] or flows_of[packet.stream][-1] is not flow:
                flows_of[packet.stream].append(flow)
    counts, unexplained = collections.defaultdict(collections.Counter), []

    def count(metric, why, where):
        counts[metric][why or 'equal'] += 1
        if why == 'unexplained':
            unexplained.append((metric, where))

    for flow in flows:
        flow.stream_packets, flow.stream_flows = packets_of, flows_of
        for packet, what in flow.packets:
            theirs = told_by_tshark(packet)
            if what in OLD + ('keep_alive',) or theirs:
                count('sent again', why_label(flow, packet, what, theirs), packet.number)
            if what == 'gap' or 'lost_segment' in packet.analysis:
                count('gaps', why_gap(flow, packet, what), packet.number)
            closed = packet.window == 0 and not packet.flags & (SYN | FIN | RST)
            if closed or 'zero_window' in packet.analysis:
                count('zero windows', None if closed == ('zero_window' in packet.analysis) else 'unexplained', packet.number)
        told = flow.told()
        first = flow.packets[0][0].number
        count('handshake', why_rtt(flow, told), first)
        if len(flow.sides) == 2:
            for name, side in (('toserver', told['src']), ('toclient', told['dest'])):
                if flow.sides[side].windows:
                    count('windows', why_window(flow, side, told['window_min_' + name], told['window_max_' + name]), first)
        streams = {packet.stream for packet, _ in flow.packets}
        alone = len(streams) == 1 and len(flows_of[min(streams)]) == 1
        vlans = {packet.vlans for stream in streams for packet in packets_of[stream]}
        again = any(what == 'begin' and packet.flags & (SYN | ACK) == SYN for stream in streams
                    for other in flows_of[stream][1:] for packet, what in other.packets)
        count('streams', None if alone else 'vlan' if len(vlans) > 1 else 'syn-after-reset' if again else 'unexplained', first)
    return counts, unexplained
