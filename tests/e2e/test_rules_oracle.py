"""Real rules on real captures hit what they must: told by tshark, Python and PCRE2 (oracle.py), not by Hyperscan.

Every flow, direction and rule is compared, and must be equal but for two reasons:
  streams        tshark puts the direction's stream together otherwise; tools/stream-check has a name for why
  judged         an expression that Hyperscan cannot decide, as it asks for an end or an edge of a word, is judged on what is kept
                 of a stream: not behind a gap, and not where more such rules are undecided in a flow than it has places for.
                 Both are counted (match.unjudged)
"""
import collections
import importlib.machinery
import importlib.util
import json
import re
import shutil

import pytest

import baleen
import oracle
from conftest import needs

DEPTH = 64 << 10  # match.stream_depth as it comes
CAPTURES = ('mix/1kxun.pcap', 'mix/WebattackXSS.pcap', 'mix/emix.pcap', 'mix/many-protocols.pcap', 'mix/iot-home.pcap')
FILES = ('et-literals.txt', 'snort3-literals.txt', 'et-pcres.txt', 'snort3-pcres.txt')
# Of the literals that occur in no capture of mix/, one in so many.
LITERALS_KEPT = 10
# Of the expressions, one in so many: compiling takes most of the time.
REGEXES_KEPT = 2


@pytest.fixture(scope='module')
def rules(tmp_path_factory):
    """{id: pattern} and their rule file; compiled rules are kept beside it."""
    needs(shutil.which('tshark'), 'needs tshark')
    needs(baleen.CORPUS and (baleen.CORPUS.parent / 'rules/patterns').is_dir(), 'no rules/patterns beside BALEEN_CORPUS')
    folder = baleen.CORPUS.parent / 'rules/patterns'
    occurring = {(name, int(number)) for _, name, number, _ in
                 (line.split('\t') for line in (folder / 'literal-frames.tsv').read_text().splitlines()[1:])}
    patterns = {}
    for name in FILES:
        for i, (key, pattern) in enumerate(oracle.read_patterns(folder / name).items()):
            if key in occurring or i % (LITERALS_KEPT if isinstance(pattern, oracle.Literal) else REGEXES_KEPT) == 0:
                patterns[key] = pattern
    made = tmp_path_factory.mktemp('rules')
    oracle.write_rules(made / 'rules.toml', patterns)
    return dict(enumerate(patterns.values(), 1)), made / 'rules.toml'


def events_of(capture, file, *arguments):
    """The events of `baleen rules test`."""
    done = baleen.command('rules', 'test', '-r', capture, file, '--json', '--set', 'rules.cache="%s"' % (file.parent / 'cache'),
                          *(word for setting in oracle.SETTINGS for word in ('--set', setting)), *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def hits_of(capture, events):
    """{(Direction, rule id)} of TCP and UDP, and how many events are of packets that the oracle does not know."""
    hits, unknown = set(), collections.Counter()
    for event in events:
        directions = capture.stream_of(event)
        if event['proto'] in (6, 17) and not directions:
            unknown[event['proto'], event.get('src_port', 0), event.get('dest_port', 0), event['signature_id']] += 1
        hits |= {(direction, event['signature_id']) for direction in directions}
    return hits, unknown


class Differences:
    """Sorts directions into the classes of tools/stream-check."""

    def __init__(self, path):
        loader = importlib.machinery.SourceFileLoader('stream_check', str(baleen.ROOT / 'tools/stream-check'))
        self.tool = importlib.util.module_from_spec(importlib.util.spec_from_loader('stream_check', loader))
        loader.exec_module(self.tool)
        self.tool.STREAMS_MAX = 10**6
        self.path = path
        self.told, self.followed = self.tool.told_streams(baleen.BUILD, path), self.tool.followed_streams(path)

    def class_of(self, capture, direction):
        if direction.protocol == 'udp':
            return None
        first = capture.first_frames[direction.stream]
        told = self.told.get(first, {}).get(direction.source)
        followed = self.followed.get(first, {}).get(direction.source, '')
        return None if told and told.text == followed else self.tool.class_of(self.path, told, followed)


def compare(capture, found, expected, may_be_unjudged=lambda rule: False):
    """Every difference must be of a class. Returns the directions whose streams differ, and how many hits were not judged."""
    streams, unjudged, unexplained = set(), 0, []
    classes = Differences(capture.path) if found != expected else None
    for direction, rule in sorted(found ^ expected):
        if classes.class_of(capture, direction):
            streams.add(direction)
        elif (direction, rule) in expected and direction.protocol == 'tcp' and may_be_unjudged(rule):
            unjudged += 1
        else:
            unexplained.append('%s: rule %d %s' % (direction, rule, 'too much' if (direction, rule) in found else 'missing'))
    assert not unexplained, '%s: %d hits\n%s' % (capture.path.name, len(unexplained), '\n'.join(unexplained[:20]))
    return streams, unjudged


@pytest.mark.parametrize('name', CAPTURES)
def test_patterns_hit_where_they_are(rules, tmp_path, corpus, name):
    patterns, file = rules
    path = corpus / name
    capture = oracle.Capture(path)
    events, said = events_of(path, file)
    found, unknown = hits_of(capture, events)
    literals = {rule: p for rule, p in patterns.items() if isinstance(p, oracle.Literal)}
    regexes = {rule: p for rule, p in patterns.items() if isinstance(p, oracle.Regex)}
    expected = oracle.find_literals(capture, literals, DEPTH) | oracle.find_regexes(capture, regexes, DEPTH, tmp_path)
    judged = {rule for rule, regex in regexes.items() if regex.asks_for_edges}
    streams, unjudged = compare(capture, found, expected, judged.__contains__)
    assert not unknown, 'events of packets that tshark does not have'
    assert len(streams) * 50 <= len(capture.directions)
    assert unjudged <= 2 and (unjudged == 0 or 'could not be judged' in said)
    assert len(expected) > 500 and len({rule for _, rule in expected}) > 50, 'the capture holds less than it did'


# What rules mean, by hand: a rule, and the same said of the bytes of a direction or packet in Python. `where`: 'stream' and
# 'either' as docs/rules.md has it, 'packet' for datagrams and tests of single packets.
def each(needle, data, start=0, nocase=False):
    """Where `needle` ends in the data."""
    flags = re.DOTALL | (re.IGNORECASE if nocase else 0)
    return (match.start(1) + len(needle)
            for match in re.compile(b'(?=(' + re.escape(needle) + b'))', flags).finditer(data, start))


def number(data, at, size, order='big'):
    """None: it is not inside of the data."""
    return int.from_bytes(data[at:at + size], order) if 0 <= at and at + size <= len(data) else None


def jumps_to_record(data):
    """TLS: the record behind the first one begins with these bytes."""
    length = number(data, 3, 2)
    return data[:2] == b'\x16\x03' and length is not None and data[5 + length:7 + length] == b'\x14\x03'


MEANINGS = [
    ('either', 'tcp any any -> any any', 'content:"GET "; depth:4; content:"HTTP/1."; distance:1',
     lambda d: d[:4] == b'GET ' and b'HTTP/1.' in d[5:]),
    ('stream', 'tcp any any -> any any', 'content:"Host|3a|"; nocase; content:"|0d 0a|"; within:25',
     lambda d: any(b'\r\n' in d[end:end + 25] for end in each(b'host:', d, nocase=True))),
    ('stream', 'tcp any any -> any any', 'content:"HTTP/1.1"; content:!"Content-Length"; nocase',
     lambda d: b'HTTP/1.1' in d and b'content-length' not in d.lower()),
    ('either', 'tcp any any -> any any', 'content:"HTTP/1.1 200"; depth:12; content:"nginx"; nocase; offset:20; depth:200',
     lambda d: d[:12] == b'HTTP/1.1 200' and b'nginx' in d[20:220].lower()),
    ('either', 'tcp any any -> any any', 'content:"|16 03|"; depth:2; byte_test:2,>,250,3',
     lambda d: d[:2] == b'\x16\x03' and (number(d, 3, 2) or 0) > 250),
    ('either', 'tcp any any -> any any', 'content:"|16 03|"; depth:2; byte_jump:2,3; content:"|14 03|"; within:2',
     jumps_to_record),
    ('stream', 'tcp any any -> any any', 'content:"User-Agent|3a 20|"; pcre:"/^[^\\r\\n]*Windows/R"',
     lambda d: any(re.match(rb'[^\r\n]*Windows', d[end:]) for end in each(b'User-Agent: ', d))),
    ('stream', 'tcp any any -> any any', 'content:"|0d 0a 0d 0a|"; isdataat:100,relative',
     lambda d: any(len(d) - end > 100 for end in each(b'\r\n\r\n', d))),
    ('either', 'tcp any any -> any any', 'content:"|0d 0a|"; endswith', lambda d: d.endswith(b'\r\n')),
    ('stream', 'tcp any any -> any any', 'content:"Host|3a 20|"; content:!"www"; within:3',
     lambda d: any(d[end:end + 3] != b'www' for end in each(b'Host: ', d))),
    ('stream', 'tcp any any -> any any', 'content:"Accept"; content:"gzip"; distance:5; within:40; content:"deflate"; distance:0',
     lambda d: any(b'deflate' in d[zip_end:] for end in each(b'Accept', d)
                   for zip_end in each(b'gzip', d[:end + 45], end + 5))),
    ('packet', 'tcp any any -> any any', 'dsize:>1000; content:"</"', lambda d: len(d) > 1000 and b'</' in d),
    ('packet', 'udp any any -> any 53', 'content:"|01 00 00 01|"; offset:2; depth:4; content:"|03|com|00|"; nocase; distance:4',
     lambda d: d[2:6] == b'\x01\x00\x00\x01' and b'\x03com\x00' in d[10:].lower()),
    ('packet', 'udp any any -> any 53', 'byte_extract:1,12,length; content:"|03|com|00|"; nocase; offset:length; depth:40',
     lambda d: len(d) > 12 and b'\x03com\0' in d[d[12]:d[12] + 40].lower()),
    ('packet', 'udp any 53 -> any any', 'byte_test:2,&,0x8000,2; byte_test:2,!=,0,6; content:"|c0 0c 00 01 00 01|"',
     lambda d: (number(d, 2, 2) or 0) & 0x8000 and number(d, 6, 2) not in (None, 0) and b'\xc0\x0c\0\1\0\1' in d),
    ('packet', 'udp any any -> any any', 'content:"NOTIFY"; depth:6; pcre:"/^Location:\\s*http:/mi"; content:!"urn"; nocase',
     lambda d: d[:6] == b'NOTIFY' and re.search(rb'^Location:\s*http:', d, re.M | re.I) and b'urn' not in d.lower()),
]
TO_CLIENT = ('flow:to_client; ', 'content:"HTTP/1."; depth:7', lambda d: d[:7] == b'HTTP/1.')


def expected_meanings(capture):
    expected = set()
    for direction, data in capture.directions.items():
        # What is judged reads no further than the first gap.
        stream = [part for at, part in data.pieces(DEPTH) if at == 0]
        port, peers = direction.source.rsplit(':', 1)[1], capture.peers[direction]
        for rule, (where, header, _, holds) in enumerate(MEANINGS, 1):
            protocol, source, destination = re.match(r'(\w+) any (\w+) -> any (\w+)', header).groups()
            if protocol != direction.protocol or source not in ('any', port) or destination not in ('any', *peers):
                continue
            judged = (stream if where != 'packet' else []) + (data.packets if where != 'stream' else [])
            if any(holds(each_of) for each_of in judged):
                expected.add((direction, rule))
        is_server = capture.clients[direction.protocol, direction.stream] != direction.source
        if direction.protocol == 'tcp' and is_server and any(map(TO_CLIENT[2], stream + data.packets)):
            expected.add((direction, len(MEANINGS) + 1))
    return expected


def test_rules_mean_what_they_say(tmp_path, corpus):
    needs(shutil.which('tshark'), 'needs tshark')
    lines = ['alert %s (msg:"m%d"; %s; sid:%d;)' % (header, rule, options, rule)
             for rule, (_, header, options, _) in enumerate(MEANINGS, 1)]
    lines.append('alert tcp any any -> any any (msg:"c"; %s%s; sid:%d;)' % (*TO_CLIENT[:2], len(MEANINGS) + 1))
    file = tmp_path / 'meanings.rules'
    file.write_text('\n'.join(lines) + '\n')
    hit = set()
    for name in ('mix/1kxun.pcap', 'mix/emix.pcap', 'mix/many-protocols.pcap'):
        capture = oracle.Capture(corpus / name)
        events, said = events_of(capture.path, file)
        found, _ = hits_of(capture, events)
        expected = expected_meanings(capture)
        streams, _ = compare(capture, found, expected)
        assert len(streams) * 50 <= len(capture.directions)
        hit |= {rule for _, rule in expected}
        assert 'cannot be expressed' not in said
    assert hit == set(range(1, len(MEANINGS) + 2)), 'rules that nothing tries'
