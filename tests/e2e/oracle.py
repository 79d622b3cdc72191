"""What rules must find in a capture, told without Baleen: tshark follows the streams, Python and PCRE2 search them."""
import collections
import re
import struct
import subprocess

import baleen

TSHARK = ['tshark', '-n', '-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE', '-o', 'tcp.desegment_tcp_streams:FALSE']
FIELDS = ('frame.number', 'frame.time_epoch', 'frame.protocols', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'tcp.srcport',
          'tcp.dstport', 'tcp.stream', 'udp.srcport', 'udp.dstport', 'udp.stream', 'tcp.payload', 'udp.payload')
HEADERS = ('ip', 'ipv6', 'tcp', 'udp', 'icmp', 'icmpv6', 'gre', 'ah', 'esp', 'mpls', 'pppoes', 'ppp')
GAP = re.compile(rb'\[(\d+) bytes missing in capture file\]\.?\0?')
# Settings with which a connection stays one flow, and packets are read no deeper than Capture reads them.
SETTINGS = ['flow.idle_timeout=1000d', 'flow.active_timeout=1000d', 'flow.tcp_end_timeout=1000d', 'parse.tunnels=[]']

# One direction of a flow: protocol, number of the stream in tshark, source ("address:port").
Direction = collections.namedtuple('Direction', 'protocol stream source')


class Data:
    """What a direction has sent: payloads packet by packet, and of TCP the stream as parts between gaps, (offset, bytes)."""

    def __init__(self):
        self.packets, self.parts = [], []

    def pieces(self, depth):
        """The stream's first `depth` bytes, gaps included."""
        return [(at, part[:depth - at]) for at, part in self.parts if at < depth]


def tshark(path, *arguments):
    # A damaged end of a capture is an error to tshark, and no matter here.
    return subprocess.run([*TSHARK, '-r', path, *arguments], capture_output=True, text=True).stdout


class Capture:
    """Of all TCP and UDP packets that are in no tunnel: data by Direction."""

    def __init__(self, path):
        self.path = path
        self.directions = collections.defaultdict(Data)
        self.streams_at = collections.defaultdict(set)  # (protocol, source, destination, time in ns): stream numbers
        self.first_frames = {}  # TCP stream: number of its first frame
        self.clients = {}  # (protocol, stream): who sent that
        self.peers = collections.defaultdict(set)  # Direction: ports it sends to
        self._read_packets()
        self._follow()

    def _read_packets(self):
        options = [word for field in FIELDS for word in ('-e', field)]
        for line in tshark(self.path, '-T', 'fields', '-E', 'occurrence=f', *options).splitlines():
            frame = dict(zip(FIELDS, line.split('\t')))
            inside = [name for name in frame['frame.protocols'].split(':') if name in HEADERS]
            if len(inside) < 2 or inside[0] not in ('ip', 'ipv6') or inside[1] not in ('tcp', 'udp'):
                continue
            protocol, version = inside[1], inside[0]
            if not frame[protocol + '.stream'] or not frame[protocol + '.srcport']:
                continue
            source, destination = ('%s:%s' % (frame['%s.%s' % (version, end)], frame['%s.%sport' % (protocol, end)])
                                   for end in ('src', 'dst'))
            stream = int(frame[protocol + '.stream'])
            seconds, fraction = frame['frame.time_epoch'].split('.')
            time_ns = int(seconds) * 10**9 + int(fraction.ljust(9, '0')[:9])
            self.streams_at[protocol, source, destination, time_ns].add(stream)
            self.streams_at[protocol, destination, source, time_ns].add(stream)
            if protocol == 'tcp':
                self.first_frames.setdefault(stream, int(frame['frame.number']))
            self.clients.setdefault((protocol, stream), source)
            payload = bytes.fromhex(frame[protocol + '.payload'].replace(':', ''))
            self.peers[Direction(protocol, stream, source)].add(destination.rsplit(':', 1)[1])
            if payload:
                self.directions[Direction(protocol, stream, source)].packets.append(payload)

    def _follow(self):
        wanted = [word for stream in self.first_frames for word in ('-z', 'follow,tcp,raw,%d' % stream)]
        for block in tshark(self.path, '-q', *wanted).split('Follow: tcp,raw\n')[1:] if wanted else ():
            name, *lines = block.split('\n')
            nodes = [line.partition(': ')[2].replace('[', '').replace(']', '') for line in lines[:2]]
            both = [Data(), Data()]
            ends = [0, 0]
            for line in lines[2:]:
                if not line or line.startswith('='):
                    break
                side = line[0] == '\t'
                data = bytes.fromhex(line.strip())
                gap = GAP.fullmatch(data)
                parts = both[side].parts
                if gap:
                    ends[side] += int(gap[1])
                elif parts and parts[-1][0] + len(parts[-1][1]) == ends[side]:
                    parts[-1][1].extend(data)
                else:
                    parts.append((ends[side], bytearray(data)))
                ends[side] += 0 if gap else len(data)
            stream = int(name.rsplit(' ', 1)[1])
            for node, data in zip(nodes, both):
                if data.parts:
                    self.directions[Direction('tcp', stream, node)].parts = [(at, bytes(part)) for at, part in data.parts]

    def stream_of(self, event):
        """The Directions that an event of `baleen events --format json` may be of, and whether it is of TCP or UDP at all."""
        protocol = {6: 'tcp', 17: 'udp'}.get(event['proto'])
        source, destination = ('%s:%s' % (event[end + '_ip'], event.get(end + '_port')) for end in ('src', 'dest'))
        found = self.streams_at.get((protocol, source, destination, event['time_ns']), ())
        return {Direction(protocol, stream, source) for stream in found}


class Literal:
    def __init__(self, needle, nocase):
        self.needle, self.nocase = (needle.lower() if nocase else needle), nocase

    def found(self, data, lower):
        return self.needle in (lower if self.nocase else data)

    def toml(self):
        return 'literals = ["|%s|"]\nflags = [%s]\n' % (self.needle.hex(' '), '"nocase"' if self.nocase else '')


class Regex:
    NAMES = {'i': 'nocase', 's': 'dotall', 'm': 'multiline'}

    def __init__(self, text, flags):
        self.text, self.flags = text, flags

    @property
    def judged_on_packets(self):
        """Whether it counts from the start or the end: docs/rules.md, "Data"."""
        bare = re.sub(r'\[\^?\]?(?:\\.|[^\]\\])*\]', '', re.sub(r'\\[^AGzZ]', '', self.text))
        return bool(re.search(r'\^|\$|\\[AGzZ]', bare))

    @property
    def asks_for_edges(self):
        """Of a word, or the end of the data."""
        return bool(re.search(r'\$|\\[bBzZ]|\(\?', self.text))

    def toml(self):
        quoted = ''.join(c if ' ' <= c <= '~' and c not in '"\\' else '\\u%04x' % ord(c) for c in self.text)
        return 'pattern = "%s"\nflags = [%s]\n' % (quoted, ', '.join('"%s"' % self.NAMES[flag] for flag in self.flags))


def read_patterns(path):
    """{id: pattern} of a file of lines id:/expression/flags; a literal where all of it is one."""
    patterns = {}
    for line in path.read_text('latin-1').splitlines():
        number, text, flags = re.fullmatch(r'(\d+):/(.*)/([a-z]*)', line).groups()
        if 'literals' in path.name:
            needle = re.sub(r'\\x([0-9a-fA-F]{2})|\\(.)', lambda m: chr(int(m[1], 16)) if m[1] else m[2], text)
            patterns[path.name, int(number)] = Literal(needle.encode('latin-1'), 'i' in flags)
        else:
            patterns[path.name, int(number)] = Regex(text, flags)
    return patterns


def write_rules(path, patterns):
    """A rule for each: any protocol, any port. Its id is its place, from 1."""
    path.write_text(''.join('[[rule]]\nid = %d\nname = "%s"\n%s\n' % (i, ' '.join(map(str, name)), pattern.toml())
                            for i, (name, pattern) in enumerate(patterns.items(), 1)))


def find_literals(capture, literals, depth):
    """{(Direction, rule id)}; `literals`: {rule id: Literal}."""
    pieces = {direction: [part for _, part in data.pieces(depth)] if direction.protocol == 'tcp' else data.packets
              for direction, data in capture.directions.items()}
    everything = b'\0'.join(piece for each in pieces.values() for piece in each)
    lower = everything.lower()
    literals = {rule: literal for rule, literal in literals.items() if literal.found(everything, lower)}
    found = set()
    for direction, each in pieces.items():
        for piece in each:
            lower = piece.lower()
            found |= {(direction, rule) for rule, literal in literals.items() if literal.found(piece, lower)}
    return found


def find_regexes(capture, regexes, depth, folder):
    """The same for {rule id: Regex}."""
    anchored = {rule: regex for rule, regex in regexes.items() if regex.judged_on_packets}
    others = {rule: regex for rule, regex in regexes.items() if rule not in anchored}
    return search(capture, anchored, depth, folder, True) | search(capture, others, depth, folder, False)


def search(capture, regexes, depth, folder, are_anchored):
    """Rules that count from the ends are looked for in packets of TCP too, but not behind a gap."""
    if not regexes:
        return set()
    rules = list(regexes)
    listed = folder / 'regexes.tsv'
    listed.write_bytes(b''.join(b'%s\t%s\n' % (r.flags.encode(), r.text.encode('latin-1')) for r in regexes.values()))
    places, pieces = [], []
    for direction, data in capture.directions.items():
        streams = [part for at, part in data.pieces(depth) if at == 0 or not are_anchored]
        for piece in streams + (data.packets if are_anchored or direction.protocol == 'udp' else []):
            places.append(direction)
            pieces.append(struct.pack('<I', len(piece)) + piece)
    searched = subprocess.run([baleen.BUILD / 'tests/support/pcre_search', listed], input=b''.join(pieces),
                              capture_output=True, timeout=baleen.TIMEOUT_S)
    assert searched.returncode == 0, searched.stderr.decode()
    lines = searched.stdout.decode().splitlines()
    assert len(lines) == len(places)
    return {(direction, rules[int(word)]) for direction, line in zip(places, lines) for word in line.split()}
