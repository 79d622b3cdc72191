"""`baleen graph` beside NetworkX: the same graph, the same numbers."""
import collections
import io
import ipaddress
import json
import math
import random
import struct
import subprocess
import warnings

import networkx
import pytest

import baleen
from conftest import needs

# Real captures of different shapes: many small conversations, one busy server, scans, IPv6.
CAPTURES_MAX = 6


@pytest.fixture(scope='module')
def sample(tmp_path_factory):
    return baleen.run(tmp_path_factory.mktemp('graph'), '-r', baleen.SAMPLE).store


def graph(store, *arguments):
    done = baleen.command('graph', *arguments, '--data', store)
    assert done.returncode == 0, done.stderr
    return done.stdout


def metrics(store, *arguments):
    return json.loads(graph(store, 'metrics', '--json', *arguments))


def of_flows(flows, node=lambda address: address):
    """The graph of EVE flow records, made by other hands."""
    made = networkx.Graph()
    for flow in flows:
        a, b = node(flow['src_ip']), node(flow['dest_ip'])
        size = flow['flow']['bytes_toserver'] + flow['flow']['bytes_toclient']
        made.add_edge(a, b)
        made[a][b]['bytes'] = made[a][b].get('bytes', 0) + size
    return made


def without_self_loops(made):
    simple = made.copy()
    simple.remove_edges_from(list(networkx.selfloop_edges(simple)))
    return simple


def assert_near(found, expected, tolerance=1e-6):
    assert found.keys() == expected.keys()
    for node, value in expected.items():
        assert found[node] == pytest.approx(value, abs=tolerance), node


def assert_equal_metrics(answer, made):
    """Each metric of `baleen graph metrics --json` against NetworkX's."""
    simple = without_self_loops(made)
    nodes = {node['id']: node for node in answer['nodes']}

    def column(name):
        return {node: values[name] for node, values in nodes.items()}
    whole = answer['graph']
    assert (whole['nodes'], whole['edges']) == (simple.number_of_nodes(), simple.number_of_edges())
    assert_near(column('degree'), dict(simple.degree()))
    assert_near(column('pagerank'), networkx.pagerank(simple, weight='bytes', tol=1e-12, max_iter=2000))
    assert_near(column('core'), networkx.core_number(simple))
    assert_near(column('clustering'), networkx.clustering(simple))
    if whole['betweenness_sources'] == 0:
        assert_near(column('betweenness'), networkx.betweenness_centrality(simple))
        assert_near(column('closeness'), networkx.closeness_centrality(simple))
        assert_near(column('harmonic'), networkx.harmonic_centrality(simple), 1e-4)
        components = [simple.subgraph(c) for c in networkx.connected_components(simple)]
        assert whole['diameter'] == max(networkx.diameter(c) for c in components)
    components = collections.defaultdict(set)
    for node, number in column('component').items():
        components[number].add(node)
    assert sorted(map(sorted, components.values())) == sorted(map(sorted, networkx.connected_components(simple)))
    assert {node for node, is_one in column('articulation').items() if is_one} == set(
        networkx.articulation_points(simple))
    assert {frozenset(edge) for edge in answer['bridges']} == {frozenset(e) for e in networkx.bridges(simple)}
    assert whole['transitivity'] == pytest.approx(networkx.transitivity(simple))
    assert whole['clustering_mean'] == pytest.approx(networkx.average_clustering(simple))
    assert whole['density'] == pytest.approx(networkx.density(simple))
    with warnings.catch_warnings():
        # Some graphs have no assortativity: NumPy warns of the division.
        warnings.simplefilter('ignore')
        expected = networkx.degree_assortativity_coefficient(simple)
    if math.isnan(expected):
        assert whole['assortativity'] is None or abs(whole['assortativity']) <= 1
    else:
        assert whole['assortativity'] == pytest.approx(expected, abs=1e-6)
    communities = collections.defaultdict(set)
    for node, number in column('community').items():
        communities[number].add(node)
    assert len(communities) == whole['community_count']
    parts = list(communities.values())
    assert networkx.community.is_partition(simple, parts)
    modularity = networkx.community.modularity(simple, parts, weight='bytes')
    assert whole['modularity'] == pytest.approx(modularity, abs=1e-6)
    others = [networkx.community.greedy_modularity_communities(simple, weight='bytes'),
              networkx.community.louvain_communities(simple, weight='bytes', seed=1)]
    assert modularity >= max(networkx.community.modularity(simple, o, weight='bytes') for o in others) - 0.02


def test_metrics_are_those_of_networkx(sample):
    assert_equal_metrics(metrics(sample), of_flows(baleen.flows(sample)))


def test_metrics_of_a_part_are_those_of_networkx(sample):
    words = ('tcp', 'or', 'udp', 'port', '53')
    assert_equal_metrics(metrics(sample, *words), of_flows(baleen.flows(sample, *words)))


def test_metrics_of_subnets_are_those_of_networkx(sample):
    def subnet(address):
        bits = 28 if ipaddress.ip_address(address).version == 4 else 120
        return str(ipaddress.ip_network('%s/%d' % (address, bits), strict=False))
    assert_equal_metrics(metrics(sample, '--group', '/28,/120'), of_flows(baleen.flows(sample), subnet))


def captures(corpus):
    """The captures of the corpus with the most conversations that are quick to replay."""
    rows = [line.split('\t') for line in (corpus / 'flows.tsv').read_text().splitlines()]
    counts = collections.Counter(row[0] for row in rows)
    found = []
    for name, _ in counts.most_common():
        path = corpus / name
        if path.is_file() and path.stat().st_size < 30_000_000 and path.suffix in ('.pcap', '.pcapng', '.cap'):
            found.append(path)
        if len(found) == CAPTURES_MAX:
            break
    needs(found, 'no captures in the corpus')
    return found


def test_metrics_of_real_captures_are_those_of_networkx(corpus, tmp_path):
    compared = []
    for number, path in enumerate(captures(corpus)):
        run = baleen.run(tmp_path / str(number), '-r', path, settings=['flow.idle_timeout=600s'])
        flows = run.flows()
        made = of_flows(flows)
        if not 3 <= made.number_of_nodes() <= 1500:
            continue
        assert_equal_metrics(metrics(run.store), made)
        compared.append((path.name, made.number_of_nodes(), made.number_of_edges()))
    assert len(compared) >= 4, compared
    assert max(edges for _, _, edges in compared) > 200, compared


def udp_frame(src, dst, src_port, dst_port, payload):
    udp = struct.pack('>HHHH', src_port, dst_port, 8 + len(payload), 0) + payload
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, src, dst)
    return b'\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0' + header + udp


def tcp_frame(src, dst, src_port, dst_port, flags, sequence=1, acknowledged=0):
    tcp = struct.pack('>HHIIBBHHH', src_port, dst_port, sequence, acknowledged, 0x50, flags, 65535, 0, 0)
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40, 0, 0, 64, 6, 0, src, dst)
    return b'\x02\0\0\0\0\1\x02\0\0\0\0\2\x08\0' + header + tcp


def write_capture(path, frames, start_s=1_700_000_000):
    """[(seconds after the start, frame)] as a pcap file."""
    out = [struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)]
    for at, frame in sorted(frames, key=lambda timed: timed[0]):
        out.append(struct.pack('<IIII', start_s + int(at), int(at % 1 * 1e6), len(frame), len(frame)) + frame)
    path.write_bytes(b''.join(out))
    return path


def host(number):
    return bytes([10, 1, number // 250, number % 250 + 1])


def capture_of(path, edges, rng):
    """A capture whose conversations are the edges of a graph of numbers."""
    frames = [(i * 0.001, udp_frame(host(a), host(b), 40000, 5000, bytes(rng.randrange(1, 1200))))
              for i, (a, b) in enumerate(edges)]
    return write_capture(path, frames)


RANDOM_GRAPHS = [
    ('preferential', lambda seed: networkx.barabasi_albert_graph(400, 2, seed=seed)),
    ('sparse', lambda seed: networkx.gnm_random_graph(300, 200, seed=seed)),
    ('communities', lambda seed: networkx.planted_partition_graph(6, 25, 0.4, 0.02, seed=seed)),
    ('tree', lambda seed: networkx.random_tree(200, seed=seed)),
    ('ring', lambda seed: networkx.cycle_graph(50)),
    ('complete', lambda seed: networkx.complete_graph(20)),
    ('star', lambda seed: networkx.star_graph(100)),
]


@pytest.mark.parametrize('name, make', RANDOM_GRAPHS, ids=[name for name, _ in RANDOM_GRAPHS])
def test_metrics_of_made_graphs_are_those_of_networkx(tmp_path, name, make):
    rng = random.Random(7)
    run = baleen.run(tmp_path, '-r', capture_of(tmp_path / 'made.pcap', make(7).edges(), rng))
    assert_equal_metrics(metrics(run.store), of_flows(run.flows()))


def test_sampled_betweenness_finds_the_same_centre(tmp_path):
    made = networkx.barabasi_albert_graph(600, 2, seed=3)
    run = baleen.run(tmp_path, '-r', capture_of(tmp_path / 'made.pcap', made.edges(), random.Random(3)))
    exact = metrics(run.store, '--sort', 'betweenness')
    sampled = metrics(run.store, '--sort', 'betweenness', '--set', 'graph.exact_nodes=100')
    assert sampled['graph']['betweenness_sources'] == 64
    assert sampled['graph']['diameter_is_bound'] == 1
    assert sampled['graph']['diameter'] <= exact['graph']['diameter']
    assert 'closeness' not in sampled['nodes'][0]
    first = [node['id'] for node in exact['nodes'][:10]]
    assert len(set(first) & {node['id'] for node in sampled['nodes'][:10]}) >= 6
    assert metrics(run.store, '--set', 'graph.exact_nodes=100') == metrics(run.store, '--set', 'graph.exact_nodes=100')


def test_paths_are_as_short_as_those_of_networkx(tmp_path):
    rng = random.Random(1)
    # With many ways from one to another, and a part that none leads to.
    wanted = networkx.disjoint_union(networkx.gnm_random_graph(60, 180, seed=1), networkx.path_graph(6))
    sample = baleen.run(tmp_path, '-r', capture_of(tmp_path / 'made.pcap', wanted.edges(), rng)).store
    made = without_self_loops(of_flows(baleen.flows(sample)))
    nodes = sorted(made)
    for _ in range(12):
        a, b = rng.sample(nodes, 2)
        found = json.loads(graph(sample, 'path', a, b, '--json'))
        if not networkx.has_path(made, a, b):
            assert found == {'by_hops': [], 'by_bytes': []}
            continue
        assert networkx.is_path(made, found['by_hops']) and networkx.is_path(made, found['by_bytes'])
        assert len(found['by_hops']) == len(networkx.shortest_path(made, a, b))

        def cost(u, v, edge):
            return 1 / edge['bytes']
        expected = networkx.shortest_path_length(made, a, b, weight=cost)
        way = found['by_bytes']
        assert sum(1 / made[u][v]['bytes'] for u, v in zip(way, way[1:])) == pytest.approx(expected)
    done = baleen.command('graph', 'path', '--data', sample, nodes[0], '203.0.113.250')
    assert done.returncode == 1 and 'not in this graph' in done.stderr


def write_asn_database(path, systems):
    """{prefix: number} as a MaxMind DB (maxmind.github.io/MaxMind-DB): a tree of bits, then values, then what it is."""
    def text(value):  # up to 28 bytes the length is part of the first byte
        size = bytes([2 << 5 | len(value)]) if len(value) < 29 else bytes([2 << 5 | 29, len(value) - 29])
        return size + value.encode()

    def number(value):
        return bytes([6 << 5 | 4]) + struct.pack('>I', value)
    data, values = b'', {}
    for system in sorted(set(systems.values())):
        values[system] = len(data)
        data += bytes([7 << 5 | 1]) + text('autonomous_system_number') + number(system)
    tree = [[None, None]]
    for prefix, system in systems.items():
        network = ipaddress.ip_network(prefix)
        bits = '{:0128b}'.format(int(network.network_address))[-network.max_prefixlen:][:network.prefixlen]
        bits = bits if network.version == 6 else '0' * 96 + bits
        at = 0
        for bit in bits[:-1]:
            if tree[at][int(bit)] is None:
                tree.append([None, None])
                tree[at][int(bit)] = ('node', len(tree) - 1)
            at = tree[at][int(bit)][1]
        tree[at][int(bits[-1])] = ('value', values[system])

    def record(entry):
        target = len(tree) if entry is None else entry[1] if entry[0] == 'node' else len(tree) + 16 + entry[1]
        return struct.pack('>I', target)[1:]
    def short(value):
        return bytes([5 << 5 | 2]) + struct.pack('>H', value)
    long_one, no_list, no_map = bytes([1, 2, 1]), bytes([0, 4]), bytes([7 << 5])
    facts = {'node_count': number(len(tree)), 'record_size': short(24), 'ip_version': short(6),
             'binary_format_major_version': short(2), 'binary_format_minor_version': short(0),
             'build_epoch': long_one, 'database_type': text('Test-ASN'), 'languages': no_list, 'description': no_map}
    about = bytes([7 << 5 | len(facts)]) + b''.join(text(k) + v for k, v in facts.items())
    path.write_bytes(b''.join(record(a) + record(b) for a, b in tree) + bytes(16) + data +
                     b'\xab\xcd\xefMaxMind.com' + about)
    return path


def test_groups_by_autonomous_system(sample, tmp_path):
    systems = {'192.0.2.0/24': 64500, '198.51.100.0/25': 64501, '2001:db8:0:1::/64': 64500}
    database = write_asn_database(tmp_path / 'asn.mmdb', systems)

    def system_of(address):
        for prefix, system in systems.items():
            if ipaddress.ip_address(address) in ipaddress.ip_network(prefix):
                return 'AS%d' % system
        return 'AS unknown'
    expected = of_flows(baleen.flows(sample), system_of)
    assert {'AS64500', 'AS64501', 'AS unknown'} <= set(expected)
    found = read_back(graph(sample, 'export', '--format', 'json', '--group', 'asn', '--set',
                            'graph.asn_database="%s"' % database), 'json')
    assert {frozenset(e) for e in found.edges()} == {frozenset(e) for e in expected.edges()}
    assert all(values['bytes'] == expected[a][b]['bytes'] for a, b, values in found.edges(data=True))
    for words in (('--group', 'asn'), ('--group', 'asn', '--set', 'graph.asn_database="/nonexistent"')):
        assert baleen.command('graph', 'metrics', '--data', sample, *words).returncode == 2


def read_back(text, kind):
    if kind == 'graphml':
        return networkx.read_graphml(io.BytesIO(text.encode()))
    if kind == 'gexf':
        return networkx.read_gexf(io.BytesIO(text.encode()))
    return networkx.node_link_graph(json.loads(text))


@pytest.mark.parametrize('kind', ['graphml', 'gexf', 'json'])
def test_networkx_reads_what_is_exported(sample, kind):
    loaded = read_back(graph(sample, 'export', '--format', kind, '--metrics'), kind)
    expected = of_flows(baleen.flows(sample))
    assert not loaded.is_directed() and not loaded.is_multigraph()
    assert set(loaded) == set(expected)
    assert {frozenset(e) for e in loaded.edges()} == {frozenset(e) for e in expected.edges()}
    for a, b, values in loaded.edges(data=True):
        assert values['bytes'] == expected[a][b]['bytes'] and isinstance(values['bytes'], int)
        assert values['bytes'] == values['bytes_from_source'] + values['bytes_from_target']
        assert isinstance(values['services'], str)
    for _, values in loaded.nodes(data=True):
        assert values['kind'] == 'host'
        assert isinstance(values['pagerank'], float) and isinstance(values['core'], int)
        assert isinstance(values['x'], float)
    assert sum(values['pagerank'] for _, values in loaded.nodes(data=True)) == pytest.approx(1)


def test_exports_for_others_are_well_formed(sample, tmp_path):
    edges = graph(sample, 'export', '--format', 'csv').splitlines()
    assert len(edges) - 1 == of_flows(baleen.flows(sample)).number_of_edges()
    dot = graph(sample, 'export', '--format', 'dot')
    assert dot.startswith('graph baleen {') and dot.count(' -- ') == len(edges) - 1


def test_the_largest_are_told_and_nothing_is_lost(sample):
    everything = read_back(graph(sample, 'export', '--format', 'json'), 'json')
    few = read_back(graph(sample, 'export', '--format', 'json', '--top', '5'), 'json')
    assert len(few) == 6 and few.nodes['others']['kind'] == 'others'
    for key in ('bytes', 'records', 'flows_from_source'):
        total = [sum(values[key] for _, _, values in g.edges(data=True)) for g in (everything, few)]
        if key == 'flows_from_source':  # which end is called the source may change
            total = [sum(v['flows_from_source'] + v['flows_from_target'] for _, _, v in g.edges(data=True))
                     for g in (everything, few)]
        assert total[0] == total[1], key


def test_time_ranges_and_neighbourhoods(sample):
    flows = baleen.flows(sample)
    ends = sorted(flow['flow']['end_ns'] for flow in flows)
    middle_s = ends[len(ends) // 2] / 1e9
    early = metrics(sample, '--until', '%.6f' % middle_s)['graph']['records']
    late = metrics(sample, '--since', '%.6f' % middle_s)['graph']['records']
    assert early + late == len(flows) and early and late
    made = of_flows(flows)
    centre = max(made, key=made.degree)
    near = metrics(sample, '--around', centre)
    assert {node['id'] for node in near['nodes']} == {centre, *made[centre]}


def test_diff_tells_what_changed(tmp_path):
    frames = []
    for i in range(5):
        frames.append((i, udp_frame(host(0), host(i + 1), 40000, 5000, b'x' * 100)))
    for i in range(40):
        frames.append((1000 + i * 0.1, udp_frame(host(0), host(i + 3), 40000, 5000, b'x' * 1000)))
    run = baleen.run(tmp_path, '-r', write_capture(tmp_path / 'two.pcap', frames))
    start = 1_700_000_000
    found = json.loads(graph(run.store, 'diff', '--json', '--before', '%d..%d' % (start, start + 500),
                             '--after', '%d..%d' % (start + 500, start + 2000)))
    assert found['gone_nodes'] == ['10.1.0.2', '10.1.0.3']
    assert len(found['new_nodes']) == 37
    assert len(found['changed_edges']) == 3
    assert found['degree_jumps'] == [{'node': '10.1.0.1', 'before': 5, 'after': 40}]
    text = graph(run.store, 'diff', '--before', '%d..%d' % (start, start + 500), '--after', '%d..' % (start + 500))
    assert '37 new nodes' in text
    assert baleen.command('graph', 'diff', '--data', run.store).returncode == 2


def test_finds_scanners_and_leaves_the_busy_alone(tmp_path):
    frames, at = [], 0.0

    def say(frame):
        nonlocal at
        at += 0.0005
        frames.append((at, frame))
    scanner, sweeper, server, resolver, victim = (bytes([10, 9, 0, n]) for n in range(1, 6))
    syn, syn_ack, rst, rst_ack, ack, fin_ack = 2, 18, 4, 20, 16, 17
    for port in range(1, 1001):  # nmap -sS of one host: one port in a hundred is open
        say(tcp_frame(scanner, victim, 50000, port, syn))
        if port % 100 == 0:
            say(tcp_frame(victim, scanner, port, 50000, syn_ack, 1, 2))
            say(tcp_frame(scanner, victim, 50000, port, rst, 2))
        else:
            say(tcp_frame(victim, scanner, port, 50000, rst_ack, 0, 2))
    for number in range(300):  # -p 445 of a network where hardly anybody is
        say(tcp_frame(sweeper, host(number), 50001, 445, syn))
    for number in range(400):  # a server with 400 clients, and a resolver that asks 400 others
        client = host(1000 + number)
        say(tcp_frame(client, server, 40000 + number, 443, syn))
        say(tcp_frame(server, client, 443, 40000 + number, syn_ack, 1, 2))
        say(tcp_frame(client, server, 40000 + number, 443, ack, 2, 2))
        say(tcp_frame(client, server, 40000 + number, 443, fin_ack, 2, 2))
        say(tcp_frame(server, client, 443, 40000 + number, fin_ack, 2, 3))
        say(udp_frame(resolver, host(2000 + number), 30000 + number, 53, b'q' * 40))
        if number % 10:
            say(udp_frame(host(2000 + number), resolver, 53, 30000 + number, b'a' * 90))
    run = baleen.run(tmp_path, '-r', write_capture(tmp_path / 'scan.pcap', frames))
    found = [json.loads(line) for line in graph(run.store, 'scans', '--json').splitlines()]
    assert {(f['kind'], f['source']) for f in found} == {('scan', '10.9.0.1'), ('sweep', '10.9.0.2')}
    by_kind = {f['kind']: f for f in found}
    assert by_kind['scan']['target'] == '10.9.0.5'
    assert by_kind['scan']['distinct'] == pytest.approx(1000, rel=0.25)
    assert by_kind['sweep']['port'] == 445 and by_kind['sweep']['flows'] == 300
    assert 'sweep' in graph(run.store, 'scans')


def test_helper_refuses_what_makes_no_sense():
    for request in (b'', b'x' * 64, b'GBgq' + bytes(60), bytes(10)):
        done = subprocess.run([baleen.BUILD / 'baleen-graph'], input=request, capture_output=True, timeout=30)
        assert done.returncode == 2 and done.stdout == b'' and done.stderr.startswith(b'baleen-graph: '), request


@pytest.mark.parametrize('arguments', [
    ('metrics', '--group', '/33'), ('metrics', '--sort', 'nothing'), ('metrics', '--since', 'nonsense'),
    ('metrics', '--around', 'x'), ('export', '--format', 'png'), ('metrics', 'ip.nothing', '==', '1')])
def test_wrong_words_are_usage_errors(sample, arguments):
    done = baleen.command('graph', *arguments, '--data', sample)
    assert done.returncode == 2 and done.stderr.startswith('baleen: ')
