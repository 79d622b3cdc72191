"""Rules on streams that were made to be awkward: split, repeated, overlapping, with gaps. The same events in every way to run."""
import itertools
import json

import pytest

import baleen
import packets

RULES = r'''
[[rule]]
id = 1
name = "bytes"
literals = ["needle"]

[[rule]]
id = 2
name = "expression"
protocol = "tcp"
pattern = 'n[e]{2}dle\d+x'

[[rule]]
id = 3
name = "two literals"
protocol = "tcp"
literals = ["alpha", { text = "omega", distance = 2, within = 20 }]

[[rule]]
id = 4
name = "one without the other"
protocol = "tcp"
literals = ["login", { text = "secret", negated = true }]

[[rule]]
id = 5
name = "from the start"
protocol = "tcp"
literals = [{ text = "magic", offset = 2, depth = 8 }]
'''


def split(text, *sizes):
    at = 0
    for size in sizes:
        yield text[at:at + size]
        at += size
    yield text[at:]


def sent(*sizes, text=b'..needle..'):
    def send(c):
        for part in split(text, *sizes):
            c.send(part)
    return send


def repeated(c):
    c.send(b'..needle..')
    c.send(b'..needle..', 0)
    c.send(b'edle..', 4)
    c.send(b'needle..more', 2)
    c.acknowledge()
    c.send(b'..needle', 0)


def out_of_order(c):
    c.send(b'le..', 6)
    c.send(b'ed', 4)
    c.send(b'..ne', 0)


def first_copy_counts(c):
    c.send(b'..need')
    c.send(b'XXXXle', 2)


def second_copy_does_not(c):
    c.send(b'..haystack')
    c.send(b'needle....more', 2)


def first_copy_counts_while_it_waits(c):
    c.send(b'edle', 4)
    c.send(b'XXXX', 4)
    c.send(b'..ne', 0)


def gap_within(c):
    c.send(b'..need')
    c.send(b'le........', 10)
    c.acknowledge(20)
    c.send(b'....', 20)


def gap_that_nobody_acknowledges(c):
    c.send(b'..need')
    c.send(b'le needle', 16)


def gap_that_is_filled(c):
    c.send(b'..ne')
    c.send(b'e..', 7)
    c.send(b'edl', 4)


def gap_before(c):
    c.send(b'..')
    c.send(b'..needle', 10)
    c.acknowledge(18)


def from_the_server(c):
    c.send(b'GET')
    c.send(b'..nee', side=1)
    c.send(b'POST')
    c.send(b'dle', side=1)


def in_both_directions(c):
    c.send(b'nee')
    c.send(b'nee', side=1)
    c.send(b'dle')
    c.send(b'dle', side=1)


def across_directions(c):
    c.send(b'nee')
    c.send(b'dle', side=1)


def digits(c):
    c.send(b'..needle12')
    c.send(b'345')
    c.send(b'67x..')


def judged_over_segments(c):
    for part in (b'..alp', b'ha..', b'ome', b'ga'):
        c.send(part)


def judged_too_far(c):
    for part in (b'alpha', b'.' * 30, b'omega'):
        c.send(part)


def judged_at_second_try(c):
    for part in (b'alphaomega', b'.' * 40, b'alpha', b'..', b'omega..'):
        c.send(part)


def judged_across_a_gap(c):
    c.send(b'alpha')
    c.send(b'..omega', 15)
    c.acknowledge(22)


def negated_comes_never(c):
    c.send(b'lo')
    c.send(b'gin: x')


def negated_comes_later(c):
    c.send(b'login: ')
    c.send(b'sec')
    c.send(b'ret')


def start_behind_a_gap(c):
    c.send(b'..magic.', 40)
    c.acknowledge(48)


def rule(number, offset, side='to_server', gap=False, stream=True):
    return (number, side, stream, offset, gap)


# What is sent, its hits, and where the connection begins.
CASES = {
    'whole': (sent(), [rule(1, 8)]),
    'two segments': (sent(5), [rule(1, 8)]),
    'three segments': (sent(3, 3), [rule(1, 8)]),
    'byte by byte': (sent(*[1] * 9), [rule(1, 8)]),
    'repeated': (repeated, [rule(1, 8)]),
    'out of order': (out_of_order, [rule(1, 8)]),
    'first copy counts': (first_copy_counts, [rule(1, 8)]),
    'second copy does not': (second_copy_does_not, []),
    'first copy counts while it waits': (first_copy_counts_while_it_waits, [rule(1, 8)]),
    'gap within': (gap_within, []),
    'gap that nobody acknowledges': (gap_that_nobody_acknowledges, [rule(1, 25, gap=True)]),
    'gap that is filled': (gap_that_is_filled, [rule(1, 8)]),
    'gap before': (gap_before, [rule(1, 18, gap=True)]),
    'from the server': (from_the_server, [rule(1, 8, 'to_client')]),
    'in both directions': (in_both_directions, [rule(1, 6), rule(1, 6, 'to_client')]),
    'across directions': (across_directions, []),
    'wrapping sequence numbers': (sent(5), [rule(1, 8)], 0xfffffffa),
    'expression': (digits, [rule(1, 8), rule(2, 16)]),
    'judged over segments': (judged_over_segments, [rule(3, 14)]),
    'judged too far': (judged_too_far, []),
    'judged at second try': (judged_at_second_try, [rule(3, 62)]),
    'judged across a gap': (judged_across_a_gap, []),
    'negated comes never': (negated_comes_never, [rule(4, 5)]),
    'negated comes later': (negated_comes_later, []),
    # It counts from the start: packets are judged as well as the stream.
    'from the start': (sent(4, text=b'..magic.'), [rule(5, 7)]),
    'from the start of a packet': (sent(30, text=b'.' * 32 + b'magic...'), [rule(5, 7, stream=False)]),
    'start behind a gap': (start_behind_a_gap, [rule(5, 7, stream=False)]),
}
FIRST_PORT = 20000
UDP_PORT = 30000


@pytest.fixture(scope='module')
def made(tmp_path_factory):
    """The rules, the capture, and {source or destination port of the client: hits}."""
    folder = tmp_path_factory.mktemp('made')
    (folder / 'rules.toml').write_text(RULES)
    writer = packets.Writer()
    for i, (send, _, *isn) in enumerate(CASES.values()):
        connection = packets.Tcp(writer, FIRST_PORT + i, isn=isn[0] if isn else 1000)
        send(connection)
        if i % 2:
            connection.finish()
    for payload in (b'nee', b'dle', b'..needle', b'needle'):
        packets.Udp(writer, UDP_PORT).send(payload)
    expected = {FIRST_PORT + i: sorted(hits) for i, (_, hits, *_) in enumerate(CASES.values())}
    expected[UDP_PORT] = sorted([rule(1, 8, stream=False), rule(1, 6, stream=False)])
    return folder / 'rules.toml', writer.save(folder / 'made.pcap'), expected


def hits_by_port(lines):
    hits = {}
    for line in lines.splitlines():
        e = json.loads(line)
        port = e['src_port'] if e['direction'] == 'to_server' else e['dest_port']
        hits.setdefault(port, []).append((e['signature_id'], e['direction'], e['stream'], e['offset'], e['behind_gap']))
    return {port: sorted(found) for port, found in hits.items()}


def compare(expected, found):
    names = dict(enumerate(CASES, FIRST_PORT))
    for port, hits in expected.items():
        assert found.get(port, []) == hits, names.get(port, 'udp')
    assert set(found) <= set(expected)


def test_same_events_in_every_way(tmp_path, made):
    rules, capture, expected = made
    outputs = set()
    for workers, burst in itertools.product((1, 2), (1, 64)):
        done = baleen.run(tmp_path, '-r', capture, '--rules', rules, '--workers', workers,
                          settings=['worker.burst=%d' % burst])
        events = baleen.command('events', '--data', done.store, '--format', 'json')
        assert events.returncode == 0, events.stderr
        compare(expected, hits_by_port(events.stdout))
        outputs.add(events.stdout)
    assert len(outputs) == 1, 'workers or bursts show'


def test_rules_test_tells_the_same(made):
    rules, capture, expected = made
    tested = baleen.command('rules', 'test', '-r', capture, rules, '--json')
    assert tested.returncode == 0, tested.stderr
    compare(expected, hits_by_port(tested.stdout))


@pytest.mark.parametrize('at, is_found', [(58, True), (59, False), (64, False)])
def test_nothing_is_found_beyond_the_depth(tmp_path, at, is_found):
    (tmp_path / 'rules.toml').write_text('[[rule]]\nid = 1\nname = "n"\nprotocol = "tcp"\nliterals = ["needle"]\n')
    writer = packets.Writer()
    connection = packets.Tcp(writer, FIRST_PORT)
    for part in split(b'.' * at + b'needle' + b'.' * 40, 30, 30, 3):
        connection.send(part)
    capture = writer.save(tmp_path / 'deep.pcap')
    tested = baleen.command('rules', 'test', '-r', capture, tmp_path / 'rules.toml', '--json', '--set', 'match.stream_depth=64')
    assert tested.returncode == 0, tested.stderr
    assert hits_by_port(tested.stdout) == ({FIRST_PORT: [rule(1, at + 6)]} if is_found else {})


def test_no_hit_is_lost_where_packets_can_wait(tmp_path):
    """A poll of 64 packets, each hit by 200 rules, makes more events than a ring holds."""
    rules, count = 200, 300
    (tmp_path / 'rules.toml').write_text(''.join(
        '[[rule]]\nid = %d\nname = "%s"\nprotocol = "udp"\nliterals = ["%03d"]\n' % (i + 1, 'n' * 200, i) for i in range(rules)))
    writer = packets.Writer()
    for i in range(count):
        packets.Udp(writer, UDP_PORT + i % 7).send(b' '.join(b'%03d' % i for i in range(rules)))
    done = baleen.run(tmp_path, '-r', writer.save(tmp_path / 'many.pcap'), '--rules', tmp_path / 'rules.toml',
                      settings=['ring.size=1MiB', 'match.events_per_flow=1000000', 'match.events_per_second=1000000'])
    ledger = done.ledger
    assert (ledger['events_made'], ledger['events_dropped'], ledger['records_dropped']) == (rules * count, 0, 0)
    by_rule = baleen.command('events', '--data', done.store, '--by', 'rule', '--format', 'json').stdout.splitlines()
    assert [json.loads(line)['events'] for line in by_rule] == [count] * rules


@pytest.mark.parametrize('text, is_told', [('a%03d.b%03d', False), ('b%03d.a%03d', True)])
def test_rules_watched_in_a_flow_give_way_when_they_are_decided(tmp_path, text, is_told):
    """100 rules begin to match one after another; undecided ones are more than a flow has places for, and that is told."""
    rules = range(1, 101)
    (tmp_path / 'rules.toml').write_text(''.join(
        '[[rule]]\nid = %d\nname = "n"\nprotocol = "tcp"\nliterals = ["a%03d", { text = "b%03d", distance = 1 }]\n' % (i, i, i)
        for i in rules))
    writer = packets.Writer()
    connection = packets.Tcp(writer, FIRST_PORT)
    for i in rules:
        connection.send((text % (i, i)).encode())
    capture = writer.save(tmp_path / 'many.pcap')
    tested = baleen.command('rules', 'test', '-r', capture, tmp_path / 'rules.toml', '--json')
    assert tested.returncode == 0, tested.stderr
    found = [hit[0] for hits in hits_by_port(tested.stdout).values() for hit in hits]
    assert found == ([] if is_told else list(rules))
    assert ('hits may be missing' in tested.stderr) == is_told


RULES_OF_ALL_KINDS = '''
[[rule]]
id = 1
rev = 4
name = "limited"
protocol = "udp"
literals = ["needle"]
limit = { type = "limit", track = "by_rule", count = 1, seconds = 600 }
[[rule]]
id = 2
name = "tags only"
protocol = "udp"
literals = ["needle"]
action = "tag"
[[rule]]
id = 3
name = "elsewhere"
literals = ["haystack"]
[[rule]]
id = 4
literals = ["x"]
'''


def test_rules_test_tells_every_hit_and_what_is_wrong(tmp_path):
    rules, capture = tmp_path / 'rules.toml', tmp_path / 'udp.pcap'
    rules.write_text(RULES_OF_ALL_KINDS)
    writer = packets.Writer()
    for payload in (b'needle', b'..needle', b'needle'):
        packets.Udp(writer, UDP_PORT).send(payload)
    writer.save(capture)
    tested = baleen.command('rules', 'test', '-r', capture, rules, '--all')
    assert tested.returncode == 1 and tested.stderr == baleen.command('rules', 'check', rules).stderr != ''
    rows = [line.split() for line in tested.stdout.splitlines()]
    assert [row[:5] for row in rows[1:3]] == [['1:1:4', '3', 'to_server', 'packet', '6'], ['1:2:0', '3', 'to_server', 'packet', '6']]
    assert rows[3] == ['1:3:0', '0', 'elsewhere']
    assert tested.stdout.splitlines()[-1] == '2 of 3 rules hit: 6 hits in 1 flows'
    listed = baleen.command('rules', 'test', '-r', capture, rules, '--all', '--json').stdout.splitlines()
    assert [(e['event_type'], e['signature_id']) for e in map(json.loads, listed)] == [
        ('alert', 1), ('alert', 2)] * 3 + [('no_hit', 3)]


def test_rules_test_tells_candidates_variables_and_damage(tmp_path):
    rules, capture = tmp_path / 'a.rules', tmp_path / 'cut.pcap'
    rules.write_text('alert udp $LAB any -> any any (msg:"m"; content:"needle"; bsize:6; sid:7;)\n')
    writer = packets.Writer()
    for _ in range(3):
        packets.Udp(writer, UDP_PORT).send(b'..needle..')
    writer.save(capture)
    arguments = ('rules', 'test', rules, '--json', '-r', capture, '--var', 'LAB=%s' % packets.CLIENT)
    assert baleen.command(*arguments).returncode == 1, 'no rule is left'
    done = baleen.command(*arguments, '--prefilter')
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)['candidate'] for line in done.stdout.splitlines()] == [True] * 3
    assert baleen.command(*arguments[:-1], 'LAB=10.9.9.9', '--prefilter').stdout == ''
    capture.write_bytes(capture.read_bytes()[:-5])
    damaged = baleen.command(*arguments, '--prefilter')
    assert damaged.returncode == 1 and len(damaged.stdout.splitlines()) >= 2 and 'cut.pcap' in damaged.stderr
    assert baleen.command(*arguments, '-r', tmp_path / 'none.pcap').returncode == 2
