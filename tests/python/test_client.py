"""Client on an API over the sample's store: the stand-in, and baleen-control where it answers."""
import collections
import datetime

import pytest

import baleen
from conftest import SAMPLE, needs, tshark_fields
from standin import Refusal


@pytest.fixture
def flows(store):
    return list(baleen.flows(store))


def test_status(client, flows):
    status = client.status()
    assert status.ready and status.store.first_ns == min(flow.end_ns for flow in flows)
    assert status.run.state in ('none', 'ended')


def test_flows_come_page_by_page_and_whole(client, flows, monkeypatch):
    monkeypatch.setattr('baleen.client.PAGE_RECORDS_MAX', 7)
    told = list(client.flows())
    assert len(told) == len(flows) > 50
    assert {flow.flow_id: flow.raw for flow in told} == {flow.flow_id: flow.raw for flow in flows}
    assert len(list(client.flows(limit=10))) == 10
    assert len(list(client.flows(limit=7))) == 7


def test_pages_are_fetched_as_they_are_needed(stand_in, monkeypatch):
    monkeypatch.setattr('baleen.client.PAGE_RECORDS_MAX', 7)
    stand_in.requests.clear()
    found = baleen.Client(stand_in.address).flows()
    assert stand_in.requests == []
    for _ in range(8):
        next(found)
    assert [given.get('cursor') for _, given, _ in stand_in.requests] == [None, '7']


def test_filters_sorts_and_bounds(client, flows):
    tls = list(client.flows('tls', sort='-bytes'))
    assert [flow.bytes for flow in tls] == sorted((flow.bytes for flow in flows if flow.app_proto == 'tls'), reverse=True) != []
    middle = sorted(flow.end_ns for flow in flows)[len(flows) // 2] // 10**9
    for since in (middle, datetime.datetime.fromtimestamp(middle, datetime.timezone.utc).timestamp()):
        later = {flow.flow_id for flow in client.flows(since=since)}
        assert later == {flow.flow_id for flow in flows if flow.end_ns >= middle * 10**9}
    assert list(client.flows(since=datetime.timedelta(minutes=5), until='now-4m')) == []


def test_a_filter_that_cannot_be_read_has_its_place(client):
    text = 'ip.addr == 10.0.0.1 && ip.adr == 10.0.0.1'
    for ask in (lambda: next(client.flows(text)), lambda: client.check_filter(text)):
        with pytest.raises(baleen.FilterError) as caught:
            ask()
        assert caught.value.offset == 23
        assert str(caught.value).splitlines()[1].startswith(' ' * 23 + '^ unknown field')
    with pytest.raises(baleen.FilterProblem) as caught:
        next(client.flows(text))
    assert (caught.value.status, caught.value.parameter) == (400, 'filter')
    client.check_filter('tcp && ip.addr == 10.0.0.1')


def test_one_flow_with_its_events(client, flows):
    wanted = next(flow for flow in flows if flow.app_proto == 'dns')
    detail = client.flow(wanted.flow_id)
    assert detail.flow_id == wanted.flow_id and detail.records[0].raw == wanted.raw and detail.is_whole
    assert {event.type for event in detail.events} == {'dns'}
    with pytest.raises(baleen.Problem) as caught:
        client.flow(1)
    assert caught.value.status == 404


def test_events(client):
    names = {event['dns.queries'][0]['rrname'] for event in client.events('dns')}
    assert names == {name for name, in tshark_fields(SAMPLE, 'dns.qry.name', display_filter='dns && !icmp && !icmpv6')}
    every = collections.Counter(event.type for event in client.events('all'))
    assert every['tls'] == len(list(client.events('tls'))) > 0


def test_packets_and_capture_files(client, flows, tmp_path):
    flow = max(flows, key=lambda each: each.packets)
    page = client.packets(flow=flow.flow_id, limit=1000)
    assert len(page) == flow.packets and page.is_whole
    assert {(packet.src, packet.dst) for packet in page} == {(flow.src_ip, flow.dest_ip), (flow.dest_ip, flow.src_ip)}
    first = client.packets('udp.port == 53', limit=3)
    assert len(first) == 3 and ':53 ' in first[0].summary()
    size = client.pcap(tmp_path / 'flow.pcapng', flow=flow.flow_id)
    assert size == (tmp_path / 'flow.pcapng').stat().st_size
    assert len(tshark_fields(tmp_path / 'flow.pcapng', 'frame.number')) == flow.packets
    client.pcap(tmp_path / 'ssh.pcapng', flows='ssh', pcap_filter='ip')
    ports = {port for row in tshark_fields(tmp_path / 'ssh.pcapng', 'tcp.srcport', 'tcp.dstport') for port in row}
    assert '22' in ports and '443' not in ports


def test_top_of_hosts_and_pairs(client, flows):
    sent = collections.Counter()
    for flow in flows:
        for host in (flow.src_ip, flow.dest_ip):
            sent[host] += flow.bytes
    hosts = client.hosts(limit=4)
    assert [(row.key[0], row.bytes) for row in hosts] == sorted(sent.items(), key=lambda item: -item[1])[:4]
    assert client.top().rows[:4] == hosts.rows
    pairs = client.conversations()
    assert pairs.total.bytes == sum(row.bytes for row in pairs) + pairs.others.bytes == sum(flow.bytes for flow in flows)
    assert sum(row.flows for row in client.top('protocol', by='flows')) == len(flows)
    tcp = collections.Counter((flow.src_ip, flow.dest_ip) for flow in flows if flow.proto == 'TCP')
    assert {tuple(row.key): row.flows for row in client.top(['ip.src', 'ip.dst'], filter='tcp', by='flows')} == tcp
    host = client.host(hosts.rows[0].key[0])
    assert host.sums.bytes == hosts.rows[0].bytes
    assert {protocol.name for protocol in client.protocols().protocols} != set()


def test_series_and_heat_map(client, flows):
    series = client.series(step='1s')
    assert series.step_ns == 10**9 and len(series.times_ns) == len(series.total)
    assert sum(series.total) == pytest.approx(sum(flow.bytes for flow in flows), rel=1e-6)
    assert sum(client.series(filter='tls').total) == pytest.approx(sum(flow.bytes for flow in flows if flow.app_proto == 'tls'), rel=1e-6)
    split = client.series('host', step='1s', by='packets', limit=2)
    assert len(split.series) == 2 and all(len(line.values) == len(split.times_ns) for line in split.series)
    heat = client.matrix('host', step='1s', limit=3)
    assert len(heat.rows) == len(heat.values) == 3 and all(len(row) == len(heat.columns) for row in heat.values)


def test_the_graph(client, flows):
    graph = client.graph(since=0, layout=True, communities=True)
    assert {node.id for node in graph.nodes} == {host for flow in flows for host in (flow.src_ip, flow.dest_ip)}
    assert all(node.x is not None and node.community is not None for node in graph.nodes)
    assert sum(sum(edge.bytes) for edge in graph.edges) == graph.total.bytes == sum(flow.bytes for flow in flows)
    assert client.graph(since=0).nodes[0].x is None


def test_measures_of_the_graph(client):
    metrics = client.graph_metrics(since=0, metrics=['pagerank', 'density'], sort='pagerank', limit=3)
    assert len(metrics.nodes) == 3 and metrics.graph.nodes > 3
    assert [node['pagerank'] for node in metrics.nodes] == sorted((node['pagerank'] for node in metrics.nodes), reverse=True)
    path = client.path('192.0.2.10', '192.0.2.1', since=0)
    assert path.nodes == ['192.0.2.10', '192.0.2.1'] and path.length == 1
    with pytest.raises(baleen.Problem):
        client.path('192.0.2.10', '203.0.113.77', since=0)


def test_graph_files(client, tmp_path):
    try:
        assert client.save_graph(tmp_path / 'hosts.graphml', since=0) > 100
    except baleen.Problem as problem:
        needs(problem.status != 501, 'the graph is not written to files yet: %s' % problem)
        raise
    assert '<graphml' in (tmp_path / 'hosts.graphml').read_text()


def test_what_is_new_in_the_graph(client, flows):
    ends = sorted(flow.end_ns // 10**9 for flow in flows)
    diff = client.diff((ends[0] - 10, ends[0] - 5), (ends[0], ends[-1] + 1))
    assert set(diff.new_nodes) == {host for flow in flows for host in (flow.src_ip, flow.dest_ip)}
    assert diff.gone_nodes == []
    assert client.scans() == [] or client.scans()[0].source


def test_the_rest(client):
    assert any(field.name == 'ip.addr' for field in client.fields())
    assert 'baleen_' in client.metrics()


def test_of_a_run(stand_in):
    client = baleen.Client(stand_in.address)
    assert client.ports()[0].name == 'sample.pcap' and client.workers()[0].worker == 0
    assert client.rates()[0].packets_per_s == 1.5 and client.ledger()['balanced']


def test_refusals_say_why(stand_in, monkeypatch):
    client = baleen.Client(stand_in.address)
    stand_in.faults[:] = [Refusal(503, 'Busy', detail='others ask')]
    with pytest.raises(baleen.Problem) as caught:
        client.status()
    assert (caught.value.status, caught.value.retry_after_s, str(caught.value)) == (503, 0.0, '503 Busy: others ask')
    with pytest.raises(baleen.Problem) as caught:
        client.top(by='colour')
    assert caught.value.parameter == 'by' and 'by: ' in str(caught.value)
    monkeypatch.setattr(stand_in, 'token', 'secret')
    with pytest.raises(baleen.Problem) as caught:
        client.status()
    assert caught.value.status == 401
    assert baleen.Client(stand_in.address, 'secret').status().ready
    monkeypatch.setenv('BALEEN_TOKEN', 'secret')
    monkeypatch.setenv('BALEEN_API', stand_in.address)
    assert baleen.Client().status().ready


def test_what_breaks_off_is_no_answer(stand_in, tmp_path):
    client = baleen.Client(stand_in.address)
    stand_in.faults[:] = ['cut']
    with pytest.raises(baleen.ConnectionFailed):
        client.status()
    stand_in.faults[:] = ['cut']
    with pytest.raises(baleen.ConnectionFailed):
        client.pcap(tmp_path / 'all.pcapng')
    assert list(tmp_path.iterdir()) == []


def test_nobody_there():
    with pytest.raises(baleen.ConnectionFailed, match='127.0.0.1:1'):
        baleen.Client('127.0.0.1:1').status()
    for wrong in ('ftp://host', 'http://'):
        with pytest.raises(ValueError):
            baleen.Client(wrong)


def test_a_file_that_cannot_be_written_is_no_lost_connection(stand_in, tmp_path):
    with pytest.raises(FileNotFoundError):
        baleen.Client(stand_in.address).pcap(tmp_path / 'absent' / 'all.pcapng')


def test_times_without_a_zone_are_refused(stand_in):
    with pytest.raises(ValueError, match='no time zone'):
        next(baleen.Client(stand_in.address).flows(since=datetime.datetime(2026, 1, 1)))
