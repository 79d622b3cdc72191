"""Sums, series, heat maps and graphs of the API, each counted again here from the flows themselves."""
import collections
import io
import subprocess

import networkx
import pytest

import api
import baleen
from test_api import served, stored  # noqa: F401: fixtures


def size(flow):
    return flow['flow']['bytes_toserver'] + flow['flow']['bytes_toclient']


def by_host(flows):
    sums = collections.Counter()
    for flow in flows:
        for host in {flow['src_ip'], flow['dest_ip']}:
            sums[host] += size(flow)
    return sums


def told(rows):
    return {tuple(row['key']): row['bytes_out'] + row['bytes_in'] for row in rows}


def test_hosts_are_those_of_the_flows(served, stored):
    expected = by_host(stored.flows())
    answer = served.get('/api/v1/hosts', limit=1000)
    assert told(answer['rows']) == {(host,): count for host, count in expected.items()}
    assert answer['is_exact'] and answer['is_whole']
    # The same of any field, out of the records; and of some flows only.
    assert told(served.get('/api/v1/top', field='ip.addr', limit=1000)['rows']) == told(answer['rows'])
    of_udp = by_host(stored.flows('udp'))
    answer = served.get('/api/v1/top', field='host', filter='udp', limit=1000)
    assert told(answer['rows']) == {(host,): count for host, count in of_udp.items()} and not answer['from_rollups']


def test_the_rest_is_counted_as_others(served, stored):
    answer = served.get('/api/v1/conversations', limit=1)
    total = sum(size(flow) for flow in stored.flows())
    assert answer['total']['bytes_out'] + answer['total']['bytes_in'] == total
    assert sum(told(answer['rows']).values()) + answer['others']['bytes_out'] + answer['others']['bytes_in'] == total


def test_what_the_command_line_tells_is_what_the_api_tells(served, stored):
    import json
    listed = baleen.command('top', 'port', '--data', stored.store, '--by', 'flows', '--json')
    assert listed.returncode == 0, listed.stderr
    rows = json.loads(listed.stdout)['rows']
    answer = served.get('/api/v1/top', field='port', by='flows', limit=len(rows))
    assert [row['flows'] for row in answer['rows']] == [row['flows'] for row in rows]


def test_series_add_up(served, stored):
    flows = stored.flows()
    answer = served.get('/api/v1/series', step='1s', field='host', limit=3)
    assert sum(answer['total']) == sum(size(flow) for flow in flows)
    by_second = collections.Counter(flow['flow']['end_ns'] // 10**9 for flow in flows)
    in_flows = served.get('/api/v1/series', step='1s', by='flows', filter='ip || !ip')
    assert {time // 10**9: count for time, count in zip(in_flows['times_ns'], in_flows['total']) if count} == by_second
    expected = by_host(flows)
    for line in answer['series']:
        assert sum(line['values']) == expected[line['key'][0]], line['key']


def test_heat_maps_add_up(served, stored):
    pairs = collections.Counter()
    for flow in stored.flows():
        pairs[flow['src_ip'], flow['dest_ip']] += size(flow)
    answer = served.get('/api/v1/matrix', rows='ip.src', columns='ip.dst', limit=500)
    cells = {(row[0], column[0]): value for row, values in zip(answer['rows'], answer['values'])
             for column, value in zip(answer['columns'], values) if value}
    assert cells == {pair: count for pair, count in pairs.items() if count}
    over_time = served.get('/api/v1/matrix', rows='host', step='1s', limit=500)
    expected = by_host(stored.flows())
    assert {row[0]: sum(values) for row, values in zip(over_time['rows'], over_time['values'])} == expected


def test_the_hierarchy_of_protocols_adds_up(served, stored):
    protocols = collections.Counter()
    for flow in stored.flows():
        protocols[flow['ip_v'], flow['proto']] += size(flow)
    tree = served.get('/api/v1/protocols')['protocols']
    found = {(int(version['name'][-1]), protocol['name']): protocol['bytes_out'] + protocol['bytes_in']
             for version in tree for protocol in version['children']}
    assert found == protocols


def test_a_host_is_told_with_its_peers(served, stored):
    host, count = by_host(stored.flows()).most_common(1)[0]
    answer = served.get('/api/v1/hosts/%s' % host)
    assert answer['sums']['bytes_out'] + answer['sums']['bytes_in'] == count
    peers = collections.Counter()
    for flow in stored.flows('host %s' % host):
        for peer in {flow['src_ip'], flow['dest_ip']} - {host}:
            peers[peer] += size(flow)
    assert told(answer['peers']) == {(peer,): sum_ for peer, sum_ in peers.items()}


def edges_of(flows):
    edges = collections.Counter()
    for flow in flows:
        edges[frozenset((flow['src_ip'], flow['dest_ip']))] += size(flow)
    return edges


def test_the_graph_is_that_of_the_flows(served, stored):
    expected = edges_of(stored.flows())
    graph = served.get('/api/v1/graph', since='0', top=5000, layout=1, communities=1)
    assert {frozenset((edge['a'], edge['b'])): sum(edge['bytes']) for edge in graph['edges']} == expected
    assert all('x' in node and 'community' in node for node in graph['nodes'])
    for form, read in (('graphml', networkx.read_graphml), ('gexf', networkx.read_gexf)):
        made = read(io.BytesIO(served.ask('/api/v1/graph', since='0', top=5000, format=form).body))
        assert made.number_of_nodes() == len(graph['nodes']) and made.number_of_edges() == len(graph['edges'])
    metrics = served.get('/api/v1/graph/metrics', since='0', top=5000)
    plain = networkx.Graph([tuple(edge) for edge in expected if len(edge) == 2])
    assert {node['id']: node['degree'] for node in metrics['nodes']} == dict(plain.degree())
    ends = [next(iter(plain.nodes)), sorted(plain.nodes)[-1]]
    for end in list(plain.nodes):
        if networkx.has_path(plain, ends[0], end):
            told_path = served.get('/api/v1/graph/path', since='0', top=5000, from_=ends[0], to=end)
            assert told_path['length'] == networkx.shortest_path_length(plain, ends[0], end)


def test_a_difference_of_times_names_what_is_new(served, stored):
    times = sorted(flow['flow']['end_ns'] for flow in stored.flows())
    middle = times[len(times) // 2]
    before = edges_of(flow for flow in stored.flows() if flow['flow']['end_ns'] < middle)
    after = edges_of(flow for flow in stored.flows() if flow['flow']['end_ns'] >= middle)
    cut = '%d.%09d' % divmod(middle, 10**9)
    answer = served.get('/api/v1/graph/diff', before='0..' + cut, after=cut + '..', limit=1000)
    assert {frozenset((edge['a'], edge['b'])) for edge in answer['new_edges']} == set(after) - set(before)
    assert {frozenset((edge['a'], edge['b'])) for edge in answer['gone_edges']} == set(before) - set(after)


def test_metrics_are_clean(served):
    text = served.ask('/metrics').body
    checked = subprocess.run(['promtool', 'check', 'metrics'], input=text, capture_output=True)
    assert checked.returncode == 0 and not checked.stderr, checked.stderr
    assert b'baleen_api_requests_total{status="2xx"}' in text
