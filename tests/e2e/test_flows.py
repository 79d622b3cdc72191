"""Records out of the store: `baleen flows`, and `baleen config`."""
import csv
import io
import ipaddress
import json
import os
import sqlite3

import pytest

import baleen


@pytest.fixture(scope='module')
def store(tmp_path_factory):
    return baleen.run(tmp_path_factory.mktemp('flows'), '-r', baleen.SAMPLE).store


def ports(flow):
    return {flow.get('src_port'), flow.get('dest_port')}


def total_bytes(flow):
    return flow['flow']['bytes_toserver'] + flow['flow']['bytes_toclient']


# Each filter beside the same condition in Python, over the JSON of all flows.
FILTERS = [
    ('tcp', lambda f: f['proto'] == 'TCP'),
    ('udp port 53', lambda f: f['proto'] == 'UDP' and 53 in ports(f)),
    ('ip.addr == 192.0.2.0/24 || ipv6', lambda f: f['ip_v'] == 6 or any(
        ipaddress.ip_address(f[end]) in ipaddress.ip_network('192.0.2.0/24') for end in ('src_ip', 'dest_ip'))),
    ('tcp.dstport in {80, 443} && flow.bytes > 1kB',
     lambda f: f['proto'] == 'TCP' and f['dest_port'] in (80, 443) and total_bytes(f) > 1000),
    ('!(tcp or udp)', lambda f: f['proto'] not in ('TCP', 'UDP')),
    ('vlan', lambda f: bool(f.get('vlan'))),
    ('tcp.flags.reset == 1', lambda f: f.get('tcp', {}).get('rst', False)),
    ('flow.duration >= 100ms', lambda f: f['flow']['end_ns'] - f['flow']['start_ns'] >= 100_000_000),
    ('flow.reason == end_of_flow', lambda f: f['flow']['end_reason'] == 'end_of_flow'),
    ('community_id contains "a"', lambda f: 'a' in f['community_id']),
    ('ip.proto != tcp', lambda f: f['proto'] != 'TCP'),
    ('in_iface matches "^sample"', lambda f: True),
]


@pytest.mark.parametrize('text, condition', FILTERS, ids=[text for text, _ in FILTERS])
def test_filters_as_the_words_say(store, text, condition):
    everything = baleen.flows(store)
    expected = [flow for flow in everything if condition(flow)]
    assert baleen.flows(store, text) == expected
    assert text.startswith(('in_iface', 'ip.addr')) or 0 < len(expected) < len(everything), 'a filter that tells something'


def test_words_of_a_filter_need_no_quotes(store):
    assert baleen.flows(store, 'port', '53') == baleen.flows(store, 'port 53') != []


def test_sorts_and_limits(store):
    sizes = [total_bytes(flow) for flow in baleen.flows(store, '--sort=-bytes')]
    assert sizes == sorted(sizes, reverse=True)
    assert [total_bytes(flow) for flow in baleen.flows(store, '--sort', 'bytes', '--limit', '3')] == sorted(sizes)[:3]
    starts = [flow['flow']['start_ns'] for flow in baleen.flows(store)]
    assert starts == sorted(starts)


def test_merges_slices_in_order(tmp_path):
    one = baleen.run(tmp_path / 'one', '-r', baleen.SAMPLE, settings=['store.slice=off'])
    many = baleen.run(tmp_path / 'many', '-r', baleen.SAMPLE, settings=['store.slice=1s'])
    assert len(list(many.store.glob('*.sqlite'))) > 3
    for order in ((), ('--sort=-bytes',), ('--sort', 'ip.src', '--limit', '7')):
        assert many.flows(*order) == one.flows(*order)


def test_writes_csv_with_the_same_facts(store):
    rows = list(csv.DictReader(io.StringIO(baleen.command('flows', '--data', store, '--csv').stdout)))
    flows = baleen.flows(store)
    assert len(rows) == len(flows)
    for row, flow in zip(rows, flows):
        assert int(row['flow_id']) == flow['flow_id']
        assert (row['src_ip'], row['dest_ip']) == (flow['src_ip'], flow['dest_ip'])
        assert int(row['bytes_toclient']) == flow['flow']['bytes_toclient']
        assert row['community_id'] == flow['community_id']


def test_prints_a_table_for_people(store):
    lines = baleen.command('flows', '--data', store, '--limit', 5).stdout.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith('START')


def test_json_has_the_names_of_eve(store):
    for flow in baleen.flows(store):
        assert {'timestamp', 'flow_id', 'event_type', 'src_ip', 'dest_ip', 'proto', 'community_id', 'flow'} <= set(flow)
        assert flow['event_type'] == 'flow' and flow['flow_id'] < 2**53
        assert {'pkts_toserver', 'pkts_toclient', 'bytes_toserver', 'bytes_toclient', 'start', 'end', 'age', 'state',
                'reason'} <= set(flow['flow'])


def test_shipped_configuration_is_the_documented_default():
    shipped = (baleen.ROOT / 'configs/baleen.toml').read_text()
    assert shipped == baleen.command('config', 'default').stdout, 'baleen config default > configs/baleen.toml'


def test_shows_checks_and_explains_the_configuration(tmp_path):
    shown = baleen.command('config', 'show', '--set', 'flow.idle_timeout=off', '--set', 'worker.burst=32').stdout
    assert 'idle_timeout = "off"' in shown and 'burst = 32' in shown
    path = tmp_path / 'shown.toml'
    path.write_text(shown)
    assert baleen.command('config', 'check', path).returncode == 0
    explained = baleen.command('config', 'explain', 'flow.idle_timeout')
    assert 'default: "1m"' in explained.stdout
    unknown = baleen.command('config', 'explain', 'flow.idle')
    assert unknown.returncode == 2


def test_every_command_explains_itself():
    for words in ((), ('run',), ('read',), ('flows',), ('config',)):
        helped = baleen.command(*words, '--help')
        assert helped.returncode == 0 and 'Usage' in helped.stdout
    assert baleen.command('nonsense').returncode == 2


def test_a_slice_that_was_only_just_begun_is_empty_and_not_an_error(tmp_path):
    done = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    before = baleen.flows(done.store)
    with sqlite3.connect(done.store / 'flows-20380101T000000Z.sqlite') as slice_file:
        slice_file.execute('PRAGMA journal_mode = WAL')
    assert baleen.flows(done.store) == before
