"""The TCP packets of a capture, as tshark reads them: header fields, and what its analysis says of each."""
import subprocess

ANALYSIS = ('retransmission', 'fast_retransmission', 'spurious_retransmission', 'out_of_order', 'lost_segment',
            'ack_lost_segment', 'zero_window', 'zero_window_probe', 'keep_alive', 'reused_ports', 'initial_rtt')
FIELDS = ('frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.protocols', 'ip.src', 'ip.dst', 'ip.len',
          'ip.flags.mf', 'ip.frag_offset', 'ipv6.src', 'ipv6.dst', 'ipv6.plen', 'ipv6.fraghdr.offset', 'ipv6.fraghdr.more', 'vlan.id', 'ieee8021ad.id',
          'tcp.stream', 'tcp.srcport', 'tcp.dstport', 'tcp.seq_raw', 'tcp.ack_raw', 'tcp.len', 'tcp.flags', 'tcp.hdr_len',
          'tcp.window_size_value', 'tcp.window_size', 'tcp.options.mss_val', 'tcp.options.wscale.shift',
          'tcp.options.sack_perm', 'tcp.options.timestamp.tsval') + tuple('tcp.analysis.' + name for name in ANALYSIS)
# Each packet by itself; an ICMP error quotes a TCP header that is not there.
TSHARK = ['tshark', '-n', '-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=,', '-o', 'ip.defragment:FALSE', '-o',
          'ipv6.defragment:FALSE', '-o', 'tcp.desegment_tcp_streams:FALSE', '-Y', 'tcp.srcport && !icmp && !icmpv6']

FIN, SYN, RST, ACK = 1, 2, 4, 16


def last(value):
    """Of nested headers the innermost."""
    return value.rsplit(',', 1)[-1]


class Packet:
    """One TCP segment. `side` is what it is from: (address, port); `flow` has both, and the VLANs."""

    def __init__(self, line):
        row = dict(zip(FIELDS, line.rstrip('\n').split('\t')))
        seconds, _, fraction = row['frame.time_epoch'].partition('.')
        self.number = int(row['frame.number'])
        self.time_ns = int(seconds) * 10**9 + int(fraction.ljust(9, '0'))
        self.wire_bytes = int(row['frame.len'])
        is_v6 = [name for name in row['frame.protocols'].split(':') if name in ('ip', 'ipv6')][-1] == 'ipv6'
        layer = 'ipv6' if is_v6 else 'ip'
        self.ip_bytes = int(last(row['ipv6.plen'])) + 40 if is_v6 else int(last(row['ip.len']))
        more, offset = ('ipv6.fraghdr.more', 'ipv6.fraghdr.offset') if is_v6 else ('ip.flags.mf', 'ip.frag_offset')
        self.is_fragment = last(row[more]) in ('1', 'True') or last(row[offset]) not in ('', '0')
        self.side = last(row[layer + '.src']), int(last(row['tcp.srcport']))
        self.peer = last(row[layer + '.dst']), int(last(row['tcp.dstport']))
        tags = row['ieee8021ad.id'].split(',') + row['vlan.id'].split(',')
        self.vlans = tuple(int(tag) for tag in tags if tag)[:2]
        self.stream = int(last(row['tcp.stream']) or -1)
        # Cut, or with an impossible header length: tshark reads no further.
        self.is_damaged = not last(row['tcp.flags']) or int(last(row['tcp.hdr_len'])) < 20
        self.sequence = int(last(row['tcp.seq_raw']) or 0)
        self.acknowledgement = int(last(row['tcp.ack_raw']) or 0)
        self.payload = int(last(row['tcp.len']) or 0)
        self.flags = int(last(row['tcp.flags']) or '0', 16)
        self.window = int(last(row['tcp.window_size_value']) or 0)
        self.scaled_window = int(last(row['tcp.window_size']) or 0)
        self.mss = int(last(row['tcp.options.mss_val']) or 0)
        scale = last(row['tcp.options.wscale.shift'])
        self.window_scale = int(scale) if scale else None
        self.sack_permitted = bool(row['tcp.options.sack_perm'])
        self.timestamps = bool(row['tcp.options.timestamp.tsval'])
        self.analysis = {name for name in ANALYSIS if row['tcp.analysis.' + name]}
        seconds, _, fraction = row['tcp.analysis.initial_rtt'].partition('.')
        self.initial_rtt_ns = int(seconds) * 10**9 + int(fraction.ljust(9, '0')) if fraction else 0

    @property
    def length(self):
        return self.payload + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def flow(self):
        return (self.vlans, *sorted((self.side, self.peer)))


def packets(path):
    """All TCP packets of a capture."""
    fields = [word for field in FIELDS for word in ('-e', field)]
    told = subprocess.run([*TSHARK, '-r', path, *fields], capture_output=True, text=True)
    return [Packet(line) for line in told.stdout.splitlines()]
