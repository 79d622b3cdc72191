"""Events out of the store: `baleen events`. They are put there as docs/formats.md says, byte by byte."""
import csv
import io
import ipaddress
import json
import random
import sqlite3
import struct

import pytest

import baleen

# The table "Match event" of docs/formats.md.
EVENT = struct.Struct('<QqQ16s16sHHBBH4I4BBB2HH3I4H')
TO_SERVER, TO_CLIENT = 0, 1
SECOND_NS = 10**9


def address(text):
    parsed = ipaddress.ip_address(text)
    return parsed.packed if parsed.version == 6 else bytes(10) + b'\xff\xff' + parsed.packed


def packed(e):
    name, category, excerpt = e['name'], e['category'], e['excerpt']
    head = EVENT.pack(e['flow_id'], e['time_ns'], e['offset'], address(e['src']), address(e['dst']), e['sport'], e['dport'],
                      e['proto'], 4, 0, 1, e['id'], 3, 1, e['severity'], 1, e['side'], e['flags'], 0, 0, 0xffff, 0xffff, 0,
                      0, 0, e['suppressed'], len(name), len(category), len(excerpt), 0)
    return head + name + category + excerpt


def made_events(start_ns):
    """A few hundred events of six rules, some with bytes that no line should have to bear."""
    generator = random.Random(5)
    names = [b'ET SCAN nmap', b'exploit, "quoted"', b'caf\xc3\xa9', b'\x1b[31mred\n', b'\xff\xfe', b'']
    for i in range(300):
        rule = generator.randrange(len(names))
        yield dict(flow_id=generator.randrange(20), time_ns=start_ns + i * SECOND_NS, offset=generator.randrange(5000),
                   src='10.0.0.%d' % generator.randrange(5), dst='192.0.2.1', sport=40000 + i, dport=generator.choice([80, 443]),
                   proto=generator.choice([6, 17]), id=2000 + rule, severity=1 + rule % 3, side=generator.randrange(2),
                   flags=generator.randrange(8), suppressed=generator.randrange(3), name=names[rule],
                   category=b'class-%d' % rule, excerpt=generator.randbytes(generator.randrange(30)))


@pytest.fixture(scope='module')
def store(tmp_path_factory):
    """A store of flows with events beside them, over several slices."""
    finished = baleen.run(tmp_path_factory.mktemp('events'), '-r', baleen.SAMPLE, settings=['store.slice=1s'])
    # Nothing in a slice is older than its name.
    slices = [path.rename(path.with_name('flows-20231114T2213%02dZ.sqlite' % i))
              for i, path in enumerate(sorted(finished.store.glob('*.sqlite')))]
    assert len(slices) > 3
    for sequence, event in enumerate(made_events(1_700_000_000 * SECOND_NS)):
        database = sqlite3.connect(slices[sequence % len(slices)])
        run, = database.execute('SELECT run FROM run').fetchone()
        database.execute('INSERT INTO event VALUES (?, 63, ?, 2, ?, ?, ?, ?, NULL)',
                         (run, sequence, event['time_ns'], event['flow_id'], event['id'], packed(event)))
        database.commit()
        database.close()
    return finished.store


def events(store, *arguments, form='eve'):
    done = baleen.command('events', '--data', store, '--format', form, *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


FILTERS = [
    ('rule.id == 2003', lambda e: e['alert']['signature_id'] == 2003),
    ('flow_id == 7 && tcp', lambda e: e['flow_id'] == 7 and e['proto'] == 'TCP'),
    ('rule.name contains "SCAN"', lambda e: 'SCAN' in e['alert']['signature']),
    ('severity <= 2', lambda e: e['alert']['severity'] <= 2),
    ('src_ip == 10.0.0.2 and port 443', lambda e: e['src_ip'] == '10.0.0.2' and 443 in (e['src_port'], e['dest_port'])),
    ('candidate && !stream', lambda e: e['match']['candidate'] and e['stream'] == 0),
    ('direction == "to_client"', lambda e: e['direction'] == 'to_client'),
    ('time >= 2023-11-14T22:15:00Z', lambda e: e['match']['time_ns'] >= 1_700_000_100 * SECOND_NS),
    ('match.offset > 2500 || udp', lambda e: e['match']['offset'] > 2500 or e['proto'] == 'UDP'),
]


@pytest.mark.parametrize('text, condition', FILTERS, ids=[text for text, _ in FILTERS])
def test_filters_as_the_words_say(store, text, condition):
    everything = events(store)
    expected = [event for event in everything if condition(event)]
    assert 0 < len(expected) < len(everything) == 300
    assert events(store, text) == events(store, '-f', text) == expected


def test_two_filters_are_joined(store):
    both = events(store, '-f', 'tcp || udp', 'severity == 1')
    assert both == events(store, 'severity == 1')


def test_times_sort_and_limit(store):
    everything = events(store)
    times = [event['match']['time_ns'] for event in everything]
    assert times == sorted(times), 'merged over slices'
    assert events(store, '--since', '1700000010', '--until', '1700000020') == everything[10:20]
    assert events(store, '--limit', '3') == everything[:3]
    assert events(store, '--sort=-time', '--limit', '3') == everything[:-4:-1]
    severities = [event['alert']['severity'] for event in events(store, '--sort', 'severity')]
    assert severities == sorted(severities)


def test_all_formats_tell_the_same(store):
    eve = events(store)
    rows = list(csv.DictReader(io.StringIO(baleen.command('events', '--data', store, '--format', 'csv').stdout)))
    flat = events(store, form='json')
    assert len(rows) == len(flat) == len(eve) == 300
    for row, line, event, made in zip(rows, flat, eve, made_events(1_700_000_000 * SECOND_NS)):
        assert event['alert']['signature'] == made['name'].decode(errors='replace')
        assert line.get('signature', '') == event['alert']['signature']
        assert event.get('payload_printable', '') == ''.join(
            chr(c) if 32 <= c < 127 or c in b'\r\n' else '.' for c in made['excerpt'])
        for key in ('signature_id', 'severity', 'gid', 'rev'):
            assert int(row[key]) == line[key] == event['alert'][key]
        for key in ('src_ip', 'dest_ip', 'community_id', 'direction'):
            assert row[key] == line[key] == event[key]
        assert int(row['src_port']) == event['src_port'] == made['sport']
        assert int(row['offset']) == event['match']['offset'] == made['offset']
    table = baleen.command('events', '--data', store).stdout
    assert len(table.splitlines()) == 301 and '\x1b' not in table


def test_counts_by_rule(store):
    eve = events(store, 'tcp')
    expected = {}
    for event in eve:
        entry = expected.setdefault(event['alert']['signature_id'], dict(events=0, hits=0, flows=set(), times=[]))
        entry['events'] += 1
        entry['hits'] += 1 + event['match']['suppressed']
        entry['flows'].add(event['flow_id'])
        entry['times'].append(event['match']['time_ns'])
    counts = events(store, '--by', 'rule', 'tcp', form='json')
    assert [count['hits'] for count in counts] == sorted((entry['hits'] for entry in expected.values()), reverse=True)
    for count in counts:
        entry = expected.pop(count['signature_id'])
        assert (count['events'], count['hits'], count['flows']) == (entry['events'], entry['hits'], len(entry['flows']))
        assert (count['first_ns'], count['last_ns']) == (min(entry['times']), max(entry['times']))
    assert not expected
    table = baleen.command('events', '--data', store, '--by', 'rule').stdout
    assert len(table.splitlines()) == 7
    rows = list(csv.DictReader(io.StringIO(
        baleen.command('events', '--data', store, '--by', 'rule', '--format', 'csv', 'tcp').stdout)))
    assert [int(row['hits']) for row in rows] == [count['hits'] for count in counts]


def test_flows_are_as_they_were(store):
    assert len(baleen.flows(store)) > 0
    assert not baleen.flows(store, 'alerted')
    assert all(flow['flow']['alerted'] is False for flow in baleen.flows(store))


@pytest.mark.parametrize('arguments, words', [
    (['flow.bytes > 1'], ["'flow.bytes' is a field of flows"]),
    (['rule.nmae == "a"'], ["did you mean 'rule.name'?"]),
    (['--type', 'weather'], ['weather', 'alert']),
    (['--since', 'yesterday'], ['--since', 'yesterday']),
    (['--sort', 'severty'], ["did you mean 'severity'?"]),
    (['--format', 'xml'], ['xml']),
    (['--by', 'moon'], ['moon']),
])
def test_says_what_is_wrong(store, arguments, words):
    done = baleen.command('events', '--data', store, *arguments)
    assert done.returncode == 2 and done.stdout == ''
    for word in words:
        assert word in done.stderr
