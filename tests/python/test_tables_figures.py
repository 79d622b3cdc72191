"""NetworkX, pandas and Plotly: what they are given, and what is said without them."""
import collections
import subprocess
import sys

import pytest

import baleen
from conftest import PACKAGE, SAMPLE

networkx = pytest.importorskip('networkx')
pandas = pytest.importorskip('pandas')
plotly = pytest.importorskip('plotly')


@pytest.fixture(scope='module')
def flows(store):
    return list(baleen.flows(store))


@pytest.fixture(scope='module')
def packets():
    return baleen.rdpcap(SAMPLE)


def test_networks_add_up(flows, stand_in):
    pairs = collections.Counter()
    for flow in flows:
        pairs[frozenset((flow.src_ip, flow.dest_ip))] += flow.bytes
    graph = baleen.Client(stand_in.address).graph(communities=True)
    for network in (baleen.to_networkx(flows), baleen.to_networkx(graph), graph.to_networkx()):
        assert {frozenset((a, b)): size for a, b, size in network.edges(data='bytes')} == pairs
        assert sum(count for _, _, count in network.edges(data='flows')) == len(flows)
        assert sum(count for _, _, count in network.edges(data='packets')) == sum(flow.packets for flow in flows)
    assert all(community == 0 for _, community in baleen.to_networkx(graph).nodes(data='community'))


def test_directed_networks_tell_who_sent_and_who_began(flows, stand_in):
    sent, begun = collections.Counter(), collections.Counter()
    for flow in flows:
        sent[flow.src_ip, flow.dest_ip] += flow.bytes_to_server
        sent[flow.dest_ip, flow.src_ip] += flow.bytes_to_client
        begun[flow.src_ip, flow.dest_ip] += 1
    graph = baleen.Client(stand_in.address).graph()
    for network in (baleen.to_networkx(flows, directed=True), graph.to_networkx(directed=True)):
        assert {pair: network.edges[pair]['bytes'] for pair in network.edges} == {pair: size for pair, size in sent.items() if size}
        assert all(network.edges[pair]['flows'] == begun[pair] for pair in network.edges)
        for host, told in network.nodes(data=True):
            assert told['bytes_sent'] == sum(size for (source, _), size in sent.items() if source == host)
            assert told['bytes_received'] == sum(size for (_, target), size in sent.items() if target == host)


def test_a_host_that_talks_to_itself_counts_once():
    raw = {'src_ip': '::1', 'dest_ip': '::1', 'flow': {'bytes_toserver': 3, 'bytes_toclient': 4, 'pkts_toserver': 1, 'pkts_toclient': 1}}
    network = baleen.to_networkx([baleen.Flow(raw)])
    assert network.edges['::1', '::1'] == {'bytes': 7, 'packets': 2, 'flows': 1}


def test_tables_have_a_row_for_each(flows, packets, stand_in):
    table = baleen.to_dataframe(flows)
    assert len(table) == len(flows) and table['flow.bytes_toserver'].sum() == sum(flow.bytes_to_server for flow in flows)
    assert str(table['flow.start_ns'].dtype) == str(table['timestamp'].dtype) == 'datetime64[ns, UTC]'
    assert table['flow.start_ns'].min().value == min(flow.start_ns for flow in flows)
    table = baleen.to_dataframe(packets)
    assert table['length'].sum() == sum(packet.length for packet in packets) and 'tcp.flags' in table
    client = baleen.Client(stand_in.address)
    top = baleen.to_dataframe(client.hosts(limit=3))
    assert list(top.columns[:2]) == ['host', 'flows'] and len(top) == 3
    pairs = baleen.to_dataframe(client.conversations(limit=3))
    assert list(pairs.columns[:2]) == ['key0', 'key1']
    series = client.series('host', limit=2)
    table = baleen.to_dataframe(series)
    assert table.shape == (len(series.times_ns), 3) and table['total'].sum() == sum(series.total)
    heat = client.matrix()
    assert baleen.to_dataframe(heat).values.tolist() == heat.values
    graph = client.graph()
    assert baleen.to_dataframe(graph)['bytes_a_b'].sum() == sum(edge.bytes[0] for edge in graph.edges)
    assert list(baleen.to_dataframe(client.graph_metrics())['id'])
    assert len(baleen.to_dataframe(client.events('dns'))) > 0 and baleen.to_dataframe([]).empty
    assert len(baleen.flows(stand_in.answers.store).to_dataframe()) == len(flows)


def test_sums_in_memory_lose_nothing(packets):
    series = baleen.series(packets, step=0.25, field='proto', limit=2)
    total = sum(packet.length for packet in packets)
    assert sum(series.total) == total
    assert sum(sum(line.values) for line in series.series) + sum(series.others) == total
    assert series.times_ns[0] <= packets[0].time_ns < series.times_ns[0] + series.step_ns
    by_hand = collections.Counter(packet.time_ns // 250_000_000 for packet in packets)
    counted = baleen.series(packets, step=0.25, by='packets')
    assert counted.total == [by_hand[time_ns // 250_000_000] for time_ns in counted.times_ns]
    heat = baleen.matrix(packets, 'src', step=1, by='packets', limit=100)
    sent = collections.Counter(packet.src or 'none' for packet in packets)
    assert {row[0]: sum(values) for row, values in zip(heat.rows, heat.values)} == sent
    assert heat.rows[0][0] == sent.most_common(1)[0][0]
    assert baleen.series([]).total == [] and baleen.matrix([]).rows == []
    with pytest.raises(ValueError):
        baleen.series(packets, by='flows')


def test_a_series_is_drawn_in_bits_per_second(packets):
    series = baleen.series(packets, step=0.5, field='proto', limit=2)
    figure = baleen.figure_series(series)
    assert [trace.name for trace in figure.data] == [str(line.key[0]) for line in series.series] + ['others']
    assert list(figure.data[0].y) == [value * 16 for value in series.series[0].values]
    assert figure.layout.yaxis.title.text == 'bits per second' and figure.data[0].stackgroup
    plain = baleen.figure_series(baleen.series(packets, by='packets'), per_second=False)
    assert plain.data[0].name == 'total' and sum(plain.data[0].y) == len(packets)


def test_a_heat_map_is_the_matrix(packets):
    heat = baleen.matrix(packets, 'host', step=1)
    figure = baleen.figure_heatmap(heat)
    assert [list(row) for row in figure.data[0].z] == heat.values
    assert list(figure.data[0].y) == [row[0] for row in heat.rows] and figure.layout.yaxis.autorange == 'reversed'
    assert len(figure.data[0].x) == len(heat.columns)


def test_a_network_is_drawn_with_all_its_hosts(flows, stand_in, tmp_path):
    graph = baleen.Client(stand_in.address).graph(layout=True, communities=True)
    figure = baleen.figure_network(graph)
    marks = figure.data[-1]
    assert list(marks.text) == [node.id for node in graph.nodes]
    assert list(marks.x) == [node.x for node in graph.nodes] and list(marks.marker.color) == [0] * len(graph.nodes)
    network = baleen.to_networkx(flows)
    rank = networkx.pagerank(network)
    drawn = baleen.figure_network(network, size=rank, color=rank)
    sizes = dict(zip(drawn.data[-1].text, drawn.data[-1].marker.size))
    assert max(sizes, key=sizes.get) == max(rank, key=rank.get) and max(sizes.values()) == pytest.approx(40)
    ends = sum(1 for trace in drawn.data[:-1] for x in trace.x if x is not None)
    assert ends == 2 * network.size()
    drawn.write_html(tmp_path / 'hosts.html', include_plotlyjs=False)
    assert '192.0.2.10' in (tmp_path / 'hosts.html').read_text()
    assert len(baleen.figure_network(flows).data[-1].x) == len(network)


@pytest.mark.parametrize('package, call', [
    ('networkx', 'baleen.to_networkx([])'), ('pandas', 'baleen.to_dataframe([])'),
    ('plotly', 'baleen.figure_heatmap(baleen.matrix([]))'),
])
def test_without_a_package_says_which_one(package, call):
    code = "import sys\nsys.modules[%r] = None\nimport baleen\ntry:\n    %s\nexcept baleen.MissingPackage as error:\n    print(error)" % (
        package, call)
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, env={'PYTHONPATH': str(PACKAGE)})
    assert 'needs the package %s: apt install python3-%s' % (package, package) in done.stdout, done.stderr


def test_imports_nothing_but_the_standard_library():
    code = 'import sys, baleen; print(*{name.split(".")[0] for name in sys.modules} - sys.stdlib_module_names)'
    done = subprocess.run([sys.executable, '-S', '-c', code], capture_output=True, text=True, check=True, env={'PYTHONPATH': str(PACKAGE)})
    assert set(done.stdout.split()) == {'baleen', '__main__'} - ({'__main__'} if '__main__' not in done.stdout else set())
