"""The API over the real programs: what it tells is what the command line tells, and what is asked wrongly is named."""
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import time

import pytest

import api
import baleen
import packets
from test_crash import capture_of

DESCRIPTION = json.loads((baleen.ROOT / 'docs/openapi.json').read_text())

RULES = ('alert tcp any any -> any any (msg:"a request"; content:"GET "; sid:1;)\n'
         'alert udp any any -> any 53 (msg:"a question"; sid:2;)\n')


@pytest.fixture(scope='module')
def stored(tmp_path_factory):
    """The sample, stored with its packets and with matches."""
    folder = tmp_path_factory.mktemp('api')
    rules = folder / 'a.rules'
    rules.write_text(RULES)
    return baleen.run(folder, '-r', baleen.SAMPLE, '--rules', rules, '-W', folder / 'store/packets')


@pytest.fixture(scope='module')
def served(stored):
    with api.Served(stored.store) as address:
        yield address


def required(operation, path):
    """Values for what a path and its operation cannot do without."""
    values = {'from': '10.0.0.1', 'to': '10.0.0.2', 'before': '2024-01-01..2024-01-02', 'after': '2024-01-02..2024-01-03',
              'display_filter': 'tcp', 'prefix': 'tcp.'}
    captures = {'id': '1', 'address': '10.0.0.1', 'number': '1'}
    for name, value in captures.items():
        path = path.replace('{%s}' % name, value)
    wanted = [p['name'] for p in operation.get('parameters', ()) if p['required'] and p['in'] == 'query']
    return path, {name + '_': values[name] for name in wanted}


@pytest.mark.parametrize('path', sorted(DESCRIPTION['paths']))
def test_answers_what_it_describes(served, path):
    """No path of the description is unknown; each refuses a parameter that nobody knows."""
    for method, operation in DESCRIPTION['paths'][path].items():
        if path == '/api/v1/stream':
            continue
        place, parameters = required(operation, path)
        answer = served.ask(place, method=method.upper(), body=b'' if method == 'post' else None, **parameters)
        if answer.status >= 400:
            assert answer.headers['Content-Type'] == 'application/problem+json', (path, answer.body)
            assert answer.json['title'] != 'Nothing is there', (path, answer.body)
        if path.startswith('/api/v1/') and operation.get('x-role') != 'none':
            wrong = served.ask(place, method=method.upper(), body=b'' if method == 'post' else None, **parameters, nonsense='1')
            assert wrong.status == 400 and wrong.json['parameter'] == 'nonsense', (path, wrong.body)


def test_the_last_run_is_known_to_those_who_come_later(served, stored):
    """All that it has counted stays with what it has stored."""
    state = served.get('/api/v1/status')
    assert state['run']['state'] == 'ended' and not state['run']['is_live'] and state['ledger']['balanced']
    assert served.get('/api/v1/ledger') == stored.ledger
    assert [port['wire_packets'] for port in served.get('/api/v1/ports')['ports']] == [stored.ledger['wire']]
    assert len(served.get('/api/v1/workers')['workers']) == state['run']['workers'] == 1
    assert served.get('/api/v1/rates')['rates'] == []


def test_the_address_is_told_once(tmp_path):
    run = baleen.run(tmp_path, '-r', baleen.SAMPLE, settings=['api.listen=[::1]:0'])
    assert len(re.findall(r'the API is at http://\[::1\]:\d+/', run.stderr)) == run.stderr.count('the API is at') == 1


def test_counts_of_the_last_run_that_are_damaged_cost_nothing_else(tmp_path):
    run = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    kept = run.store / 'last-run.statistics'
    damaged = bytearray(kept.read_bytes())
    damaged[-1] ^= 1
    kept.write_bytes(damaged)
    with api.Served(run.store) as address:
        assert address.get('/api/v1/status')['run']['state'] == 'none'
        assert len(address.get('/api/v1/flows', limit=500)['flows']) == len(run.flows())


def test_tells_the_flows_that_the_command_line_tells(served, stored):
    expected = stored.flows()
    pages, cursor = [], None
    while True:
        page = served.get('/api/v1/flows', limit=3, **({'cursor': cursor} if cursor else {}))
        pages.append(page['flows'])
        cursor = page['cursor']
        if cursor is None:
            break
    assert len(pages) > 2
    assert [flow for page in pages for flow in page] == expected
    lines = served.ask('/api/v1/flows', format='eve').lines
    assert [json.loads(line) for line in lines] == expected
    table = baleen.command('flows', '--data', stored.store, '--csv').stdout.splitlines()
    assert served.ask('/api/v1/flows', format='csv').lines == table


def test_filters_and_sorts(served, stored):
    fitting = stored.flows('--sort=-flow.bytes', 'udp')
    assert fitting
    told = served.get('/api/v1/flows', filter='udp', sort='-flow.bytes', limit=500)
    assert told['flows'] == fitting and told['cursor'] is None and told['is_whole'] and not told['problems']


def test_points_at_the_place_where_a_filter_goes_wrong(served):
    wrong = served.ask('/api/v1/flows', filter='tcp && prot == 4')
    assert wrong.status == 400 and wrong.headers['Content-Type'] == 'application/problem+json'
    assert wrong.json['parameter'] == 'filter' and wrong.json['offset'] == len('tcp && ')
    checked = served.get('/api/v1/filter', filter='tcp && prot == 4')
    assert checked['valid'] is False and checked['offset'] == len('tcp && ')
    assert served.get('/api/v1/filter', filter='tcp')['valid'] is True


@pytest.mark.parametrize('parameters, name', [
    ({'limit': '0'}, 'limit'), ({'limit': '501'}, 'limit'), ({'since': 'yesterday-ish'}, 'since'),
    ({'sort': 'flow.bites'}, 'sort'), ({'format': 'xml'}, 'format'), ({'fliter': 'tcp'}, 'fliter')])
def test_refuses_what_it_cannot_use_by_name(served, parameters, name):
    wrong = served.ask('/api/v1/flows', **parameters)
    assert wrong.status == 400 and wrong.json['parameter'] == name, wrong.body


def test_refuses_a_cursor_of_another_question(served):
    page = served.get('/api/v1/flows', limit=1)
    wrong = served.ask('/api/v1/flows', limit=1, sort='flow.bytes', cursor=page['cursor'])
    assert wrong.status == 422, wrong.body
    assert served.ask('/api/v1/flows', cursor='nonsense').status == 422


def test_tells_all_of_a_flow(served, stored):
    flow = next(f for f in stored.flows() if f['flow']['pkts_toserver'] > 1)
    told = served.get('/api/v1/flows/%d' % flow['flow_id'])
    assert flow in told['records'] and told['is_whole']
    assert served.ask('/api/v1/flows/12345').status == 404
    assert served.ask('/api/v1/flows/x').status == 404


def test_tells_matches_and_events(served, stored):
    told = served.get('/api/v1/matches', limit=500)['events']
    assert told and {event['event_type'] for event in told} == {'alert'}
    listed = baleen.command('events', '--data', stored.store, '--format', 'eve').stdout.splitlines()
    assert told == [json.loads(line) for line in listed]
    everything = served.get('/api/v1/events', limit=500)['events']
    assert {event['event_type'] for event in everything} > {'alert'}
    assert served.ask('/api/v1/events', type='dsn').json['detail'].endswith("did you mean 'dns'?")


def test_gives_the_packets_that_the_command_line_gives(served, stored, tmp_path):
    flow = next(f for f in stored.flows() if f['flow']['pkts_toserver'] > 1)
    out = tmp_path / 'flow.pcapng'
    found = baleen.command('extract', '--data', stored.store, '--flow', flow['flow_id'], '-w', out)
    assert found.returncode == 0, found.stderr
    answer = served.ask('/api/v1/flows/%d/pcap' % flow['flow_id'])
    assert answer.status == 200 and answer.headers['Content-Type'] == 'application/x-pcapng'
    assert answer.body == out.read_bytes()
    listed = served.get('/api/v1/flows/%d/packets' % flow['flow_id'])
    assert len(listed['packets']) == flow['flow']['pkts_toserver'] + flow['flow']['pkts_toclient'] and listed['is_whole']
    some = served.get('/api/v1/packets', pcap_filter='udp port 53', limit=2)
    assert len(some['packets']) == 2
    wrong = served.ask('/api/v1/packets', pcap_filter='udp prot 53')
    assert wrong.status == 422 and 'syntax' in wrong.json['detail']
    assert served.ask('/api/v1/packets/pcap', filter='tcp.sni').json['offset'] == 0


def test_hides_secrets(stored):
    key = '00112233445566778899aabbccddeeff' * 2
    with api.Served(stored.store, '--set', 'worker.hash_key=%s' % key) as address:
        answer = address.ask('/api/v1/config')
        keys = {entry['key']: entry for entry in answer.json['keys']}
        assert keys['worker.hash_key']['value'] == '"(hidden)"' and key.encode() not in answer.body
        assert keys['store.slice'] == {**keys['store.slice'], 'value': '"1h"', 'is_default': True}


def test_checks_rules_that_it_is_sent(served):
    checked = served.ask('/api/v1/rules/check', body=(RULES + 'alert tcp any any -> any any (sid)\n').encode()).json
    assert checked['rules'] == 3 and checked['invalid'] == 1 and checked['problems'][0]['line'] == 3
    assert served.ask('/api/v1/rules/reload', body=b'').status == 409  # nobody to load them for


class Live:
    """A run that reads from a pipe as long as the test wants, with an API."""

    def __init__(self, folder, *arguments, settings=()):
        reader, self.writer = os.pipe()
        self.run = baleen.Run(folder, '-r', '-', *arguments, stdin=reader,
                              settings=['api.listen=127.0.0.1:0', 'flow.idle_timeout=1s',
                                        'store.commit_interval=20ms', *settings])
        os.close(reader)
        self.listener = api.Listener(self.run.process)

    def write(self, data):
        while data:
            data = data[os.write(self.writer, data):]

    def end(self):
        os.close(self.writer)
        status = self.run.process.wait(baleen.TIMEOUT_S)
        assert status == 0, ''.join(self.listener.said)
        baleen.assert_balanced(self.run)


def test_tells_what_has_ended_while_the_source_is_quiet(tmp_path):
    """A pipe with nothing in it is polled fifty times a second; flows that are over are told nevertheless."""
    live = Live(tmp_path)
    address = live.listener.api()
    flows = 100_000
    live.write(capture_of(flows))  # a flow a millisecond: all but the last ones have ended
    ledger = baleen.wait_for(lambda: (address.get('/api/v1/status')['ledger'] or {}).get('records', 0) > 0.9 * flows and
                             address.get('/api/v1/status')['ledger'], 'records of flows that are over', 15)
    assert ledger['received'] >= ledger['flows'] > 0.9 * flows
    live.end()
    assert len(live.run.flows()) == flows


def test_shows_a_run_while_it_goes_on(tmp_path):
    rules = tmp_path / 'a.rules'
    rules.write_text(RULES)
    live = Live(tmp_path, '--rules', rules)
    address = live.listener.api()
    sample = baleen.SAMPLE.read_bytes()
    live.write(sample)
    seen = baleen.wait_for(lambda: (address.get('/api/v1/status')['ledger'] or {}).get('received', 0) > 0 and
                           address.get('/api/v1/status'), 'packets in the status')
    assert seen['run']['state'] == 'running' and seen['ledger']['balanced'] and not seen['run']['is_live']
    ledger = address.get('/api/v1/ledger')
    assert ledger['received'] == sum(ledger[term] for term in ('counted', 'not_ip', 'malformed', 'filtered', 'shed'))
    workers = address.get('/api/v1/workers')['workers']
    assert sum(w['counters']['received']['packets'] for w in workers) == ledger['received']
    assert address.get('/api/v1/ports')['ports'][0]['name']
    rates = baleen.wait_for(lambda: address.get('/api/v1/rates')['rates'], 'a sample of the rates')
    assert rates[0]['run_id'] == seen['run']['id']
    told = next(data for name, data in address.events('rates') if name == 'rates')
    assert told['time_ns'] >= rates[0]['time_ns']
    # The rules can be staged and loaded anew meanwhile.
    baleen.wait_for(lambda: address.get('/api/v1/rules/load')['served'], 'the rules to be in use')
    assert {rule['id'] for rule in address.get('/api/v1/rules')['rules']} == {1, 2}
    rules.write_text(RULES + 'alert tcp any any -> any any (msg:"an answer"; content:"HTTP/1"; sid:3;)\n')
    for task, outcome in (('stage', 'staged'), ('reload', 'in_use')):
        assert address.ask('/api/v1/rules/%s' % task, body=b'').status == 202
        last = baleen.wait_for(lambda: not address.get('/api/v1/rules/load')['task'] and
                               address.get('/api/v1/rules/load')['last'], task)
        assert last[outcome] and last['added']['count'] == 1, last
    assert last['generation'] == 2 and len(address.get('/api/v1/rules')['rules']) == 3
    live.end()


def test_a_short_window_of_the_graph_has_flows_that_end_by_the_idle_timeout(tmp_path):
    """They are told when they have been idle for longer than the window is, while others tell of now."""
    def packet(second, source, port):
        frame = packets.ipv4(source, packets.SERVER, 17, struct.pack('>4H', 5000, port, 8, 0))
        return struct.pack('<4I', 1_700_000_000 + second, 0, len(frame), len(frame)) + frame

    live = Live(tmp_path, settings=['flow.idle_timeout=60s', 'flow.active_timeout=5s', 'graph.windows=["30s"]'])
    address = live.listener.api()
    live.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for second in range(80):
        live.write(packet(second, '10.0.0.99', 7000))
        if second < 10:
            live.write(packet(second, '10.0.0.%d' % second, 53))
    graph = baleen.wait_for(lambda: (found := address.get('/api/v1/graph', window='30s')) and len(found['edges']) > 5 and found,
                            'flows that were idle for a minute')
    ends = {end for edge in graph['edges'] for end in (edge['a'], edge['b'])}
    assert {'10.0.0.8', '10.0.0.9', '10.0.0.99'} <= ends
    live.end()


def test_a_control_process_that_dies_comes_back_with_its_api(tmp_path):
    live = Live(tmp_path)
    first = live.listener.api()
    live.write(baleen.SAMPLE.read_bytes())
    baleen.wait_for(lambda: first.get('/api/v1/status')['run']['state'] == 'running', 'the run')
    live.listener.address = None
    live.listener.found.clear()
    os.kill(live.run.child('baleen-control'), signal.SIGKILL)
    second = live.listener.api()
    state = baleen.wait_for(lambda: second.get('/api/v1/status')['run']['state'] == 'running' and
                            second.get('/api/v1/status'), 'the run again')
    assert state['ledger']['balanced']
    live.end()


def test_an_address_in_use_costs_a_run_its_api_and_nothing_else(served, tmp_path):
    run = baleen.run(tmp_path, '-r', baleen.SAMPLE, settings=['api.listen=%s' % served.address[len('http://'):]])
    assert 'this run has no API' in run.stderr
