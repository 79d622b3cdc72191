"""What application protocols say, from real captures into the store: `baleen events --type dns`, and what flows tell of it."""
import csv
import io
import json
import re
from collections import Counter

import pytest

import baleen

CAPTURES = ['mix/iot-home.pcap', 'mix/emix.pcap', 'mix/1kxun.pcap']
# Hosts that tshark sees inside of SOCKS, which is not opened.
UNSEEN_HOSTS = {'www.example.com'}


def facts(corpus, capture):
    found = json.loads((corpus / 'facts.json').read_text())['files'][capture]
    return lambda name: {text.lower() for text in found.get(name, [])}


@pytest.fixture(scope='module')
def runs(corpus, tmp_path_factory):
    """A store for each capture."""
    done = {}

    def of(capture):
        if capture not in done:
            done[capture] = baleen.run(tmp_path_factory.mktemp('app'), '-r', corpus / capture).store
        return done[capture]
    return of


@pytest.fixture
def store(runs):
    return runs(CAPTURES[0])


def events(store, *arguments, form='eve'):
    done = baleen.command('events', '--data', store, '--format', form, *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def names(found, app_proto):
    """Names that DNS events of a protocol ask for."""
    return {query['rrname'].lower() for event in found if event['app_proto'] == app_proto
            for query in event['dns'].get('queries', [])}


@pytest.mark.parametrize('capture', CAPTURES)
def test_tells_the_names_that_others_see(runs, corpus, capture):
    store, expected = runs(capture), facts(corpus, capture)
    dns = events(store, '--type', 'dns')
    assert dns and all(event['event_type'] == 'dns' for event in dns)
    assert expected('dns_query_names') <= names(dns, 'dns')
    assert expected('mdns_query_names') <= names(dns, 'mdns')
    hosts = {event['http'].get('hostname', '').lower() for event in events(store, '--type', 'http')}
    assert {re.sub(r':\d+$', '', host) for host in expected('http_hosts')} - UNSEEN_HOSTS <= hosts


@pytest.mark.parametrize('capture', CAPTURES)
def test_events_belong_to_flows(runs, capture):
    store = runs(capture)
    flows = {flow['flow_id']: flow for flow in baleen.flows(store)}
    told = events(store, '--type', 'all')
    assert told
    for event in told:
        flow = flows[event['flow_id']]
        assert flow['app_proto_source'] == 'content'
        for key in ('src_ip', 'src_port', 'dest_ip', 'dest_port', 'proto', 'community_id', 'vlan', 'in_iface'):
            assert event.get(key) == flow.get(key), key
        assert flow['flow']['start_ns'] <= event['time_ns'] <= flow['flow']['end_ns']
    # What hands over to another protocol (SOCKS, CONNECT, STARTTLS) has told before.
    last = {event['flow_id']: event for event in sorted(told, key=lambda event: event['tx_id'])}
    assert all(flows[flow_id]['app_proto'] == event['app_proto'] for flow_id, event in last.items())
    for flow_id, numbers in grouped(told).items():
        assert sorted(numbers) == list(range(len(numbers))), 'numbered in their flow, none lost'


def grouped(told):
    numbers = {}
    for event in told:
        numbers.setdefault(event['flow_id'], []).append(event['tx_id'])
    return numbers


def dns_of(event):
    return event.get('dns', {})


def asked(event):
    return [query['rrname'] for query in dns_of(event).get('queries', [])]


def data(event):
    return [answer.get('rdata', '') for answer in dns_of(event).get('answers', [])]


FILTERS = [
    ('dns', lambda e: e['app_proto'] == 'dns'),
    ('app_proto == mdns', lambda e: e['app_proto'] == 'mdns'),
    ('event.type == dns', lambda e: e['event_type'] == 'dns'),
    ('dns.rrname contains "com"', lambda e: any('com' in name for name in asked(e))),
    ('dns.queries.rrname matches "^w"', lambda e: any(name.startswith('w') for name in asked(e))),
    ('dns.rdata == 192.168.0.0/16', lambda e: any(text.startswith('192.168.') for text in data(e))),
    ('dns.rdata contains "local"', lambda e: any('local' in text for text in data(e))),
    ('dns.rcode == NXDOMAIN', lambda e: dns_of(e).get('rcode') == 'NXDOMAIN'),
    ('dns.ttl > 100', lambda e: any(a.get('ttl', 0) > 100 for a in dns_of(e).get('answers', []))),
    ('dns.latency > 20ms', lambda e: dns_of(e).get('latency_ns', 0) > 20_000_000),
    ('http.status == 200', lambda e: e.get('http', {}).get('status') == 200),
    ('http && !http.hostname', lambda e: e['app_proto'] == 'http' and 'hostname' not in e.get('http', {})),
    ('udp.port == 53 || http.http_method == GET',
     lambda e: e['proto'] == 'UDP' and 53 in (e['src_port'], e['dest_port']) or e.get('http', {}).get('http_method') == 'GET'),
]


@pytest.mark.parametrize('text, holds', FILTERS)
def test_filters_find_what_the_json_says(store, text, holds):
    everything = events(store, '--type', 'all')
    assert events(store, '--type', 'all', text) == [event for event in everything if holds(event)]


def test_types_are_parts_of_all(store):
    everything = events(store, '--type', 'all')
    assert [event['timestamp'] for event in everything] == sorted(event['timestamp'] for event in everything)
    for event_type, count in Counter(event['event_type'] for event in everything).items():
        of_type = events(store, '--type', event_type)
        assert len(of_type) == count
        assert of_type == [event for event in everything if event['event_type'] == event_type]
    assert events(store) == [], 'no rules, no alerts'


FLOW_FILTERS = [
    ('dns', lambda f: f.get('app_proto') == 'dns' and f['app_proto_source'] == 'content'),
    ('app_proto == dns', lambda f: f.get('app_proto') == 'dns'),
    ('app_proto_source == port', lambda f: f.get('app_proto_source') == 'port'),
    ('!app_proto', lambda f: 'app_proto' not in f),
    ('dns.rrname contains "com"', lambda f: any('com' in name for name in f.get('dns', {}).get('rrname', []))),
    ('http.hostname', lambda f: 'hostname' in f.get('http', {})),
]


@pytest.mark.parametrize('text, holds', FLOW_FILTERS)
def test_flows_are_found_by_what_they_spoke(store, text, holds):
    found = [flow['flow_id'] for flow in baleen.flows(store, text)]
    assert found == [flow['flow_id'] for flow in baleen.flows(store) if holds(flow)]
    assert found, 'the capture has some'


def test_flows_tell_the_first_names_of_their_events(store):
    of_flow = {}
    for event in events(store, '--type', 'dns'):
        of_flow.setdefault(event['flow_id'], set()).update(asked(event))
    for flow in baleen.flows(store, 'dns.rrname'):
        assert set(flow['dns']['rrname']) <= of_flow[flow['flow_id']]


def test_all_forms_tell_the_same(store):
    eve, flat = events(store, '--type', 'dns'), events(store, '--type', 'dns', form='json')
    rows = list(csv.DictReader(io.StringIO(baleen.command(
        'events', '--data', store, '--type', 'dns', '--format', 'csv').stdout)))
    table = baleen.command('events', '--data', store, '--type', 'dns').stdout.splitlines()
    assert len(eve) == len(flat) == len(rows) == len(table) - 1
    for event, line, row, text in zip(eve, flat, rows, table[1:]):
        assert line['fields'] == {'dns': event['dns']} == json.loads(row['fields'])
        assert int(row['time_ns']) == line['time_ns'] == event['time_ns']
        assert row['app_proto'] == line['app_proto'] == event['app_proto'] and event['app_proto'] in text
        assert line.get('summary', '') in text
        assert line.get('app_name', '') == (asked(event) or [''])[0]


def test_flow_rows_have_protocol_and_name(store):
    rows = list(csv.DictReader(io.StringIO(baleen.command('flows', '--data', store, '--csv', 'dns').stdout)))
    flows = baleen.flows(store, 'dns')
    assert [row['app_name'] for row in rows] == [flow.get('dns', {}).get('rrname', [''])[0] for flow in flows]
    assert {row['app_proto'] for row in rows} == {'dns'}
    table = baleen.command('flows', '--data', store, 'dns').stdout
    assert all(row['app_name'] in table for row in rows)


def test_tells_the_same_whatever_the_number_of_workers(runs, corpus, tmp_path):
    capture = CAPTURES[1]
    one = events(runs(capture), '--type', 'all')
    three = baleen.run(tmp_path, '-r', corpus / capture, settings=['worker.count=3']).store
    other = events(three, '--type', 'all')
    assert sorted(one, key=place_in_flow) == sorted(other, key=place_in_flow)


def place_in_flow(event):
    return event['flow_id'], event['tx_id']


@pytest.mark.parametrize('arguments, words', [
    (['--type', 'dsn'], ["did you mean 'dns'?"]),
    (['--type', 'dns', 'dns.rrnam == a'], ["did you mean 'dns.rrname'?"]),
    (['--type', 'dns', '--by', 'rule'], ['--by rule', 'alert']),
    (['--type', 'dns', 'flow.bytes > 1'], ["'flow.bytes' is a field of flows"]),
    (['--type', 'dns', 'rule.name == a'], ["'rule.name' is a field of other events"]),
])
def test_says_what_is_wrong(arguments, words):
    done = baleen.command('events', *arguments)
    assert done.returncode == 2 and done.stdout == ''
    for word in words:
        assert word in done.stderr


def test_lists_fields_of_protocols():
    listed = baleen.command('events', '--type', 'dns', '--fields').stdout
    for name in ('tls.sni', 'dns.queries.rrname', 'http.hostname', 'app_proto', 'event.time', 'dns.answers.rdata'):
        assert '\n' + name + ' ' in '\n' + listed
    assert 'tls.client_hello' not in listed and 'rule.name' not in listed
