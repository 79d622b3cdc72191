"""What the stand-in answers: sums and graphs over the flows of a store, made the plain way."""
import collections
import json
import re
import subprocess
import time

import networkx

STEP_NS = 1_000_000_000
BY = {'bytes': 'bytes_%s', 'packets': 'packets_%s'}


class Answers:
    def __init__(self, program, store):
        self.program, self.store = program, store

    def _lines(self, *words):
        return subprocess.run([self.program, *words], capture_output=True, text=True)

    def _records(self, command, given, refusal, *more):
        filter_text = given.get('filter', '')
        sort = ['--sort=' + given['sort']] if given.get('sort') else []
        done = self._lines(command, '--data', self.store, *more, *sort, *(['--', filter_text] if filter_text else []))
        if done.returncode == 2:
            *_, below = done.stderr.rstrip('\n').split('\n')
            caret = re.match(r'( *)\^ (.*)', below)
            raise refusal(400, 'Filter', parameter='filter', offset=len(caret[1]), detail=caret[2])
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def flows(self, given, refusal):
        since, until = span(given)
        return [flow for flow in self._records('flows', given, refusal, '--json') if since <= flow['flow']['end_ns'] < until]

    def get(self, pattern, given, captures, refusal):
        name = pattern.replace('/api/v1/', '').replace('/', '_').replace('{', '').replace('}', '').lstrip('_')
        return getattr(self, 'get_' + name)(given, captures, refusal)

    @staticmethod
    def _page(name, records, given):
        first, limit = int(given.get('cursor', 0)), int(given.get('limit', 100))
        more = len(records) > first + limit
        return {name: records[first:first + limit], 'cursor': str(first + limit) if more else None, 'is_whole': True, 'problems': []}

    def get_flows(self, given, _, refusal):
        return self._page('flows', self.flows(given, refusal), given)

    def get_events(self, given, _, refusal):
        kind = given.get('type', 'all')
        return self._page('events', self._records('events', given, refusal, '--type', kind, '--format', 'eve'), given)

    def get_flows_id(self, given, captures, refusal):
        about = {'filter': 'flow.id == %s' % captures['id']}
        records = self._records('flows', about, refusal, '--json')
        if not records:
            raise refusal(404, 'There is no such flow')
        events = self._records('events', about, refusal, '--type', 'all', '--format', 'eve')
        return {'flow_id': int(captures['id']), 'records': records, 'events': events, 'is_whole': True}

    def _extract(self, given, captures):
        words = ['extract', '--data', self.store, '--write=-']
        words += ['--flow=' + captures['id']] if 'id' in captures else []
        words += ['--flows=' + given['flows']] if 'flows' in given else []
        words += ['--pcap-filter=' + given['pcap_filter']] if 'pcap_filter' in given else []
        words += ['--', given['filter']] if 'filter' in given else []
        done = subprocess.run([self.program, *words], capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get_packets_pcap(self, given, captures, _):
        return self._extract(given, captures)

    get_flows_id_pcap = get_packets_pcap

    def get_packets(self, given, captures, _):
        limit = int(given.get('limit', 100))
        done = subprocess.run([self.program, 'read', '--json', '-r', '-'], input=self._extract(given, captures), capture_output=True)
        packets = [json.loads(line) for line in done.stdout.splitlines()]
        return {'packets': packets[:limit], 'is_whole': True}

    get_flows_id_packets = get_packets

    def get_status(self, *_):
        flows = self._records('flows', {}, None, '--json')
        return {'version': '0', 'ready': True, 'ledger': None,
                'run': {'state': 'ended', 'id': 1, 'is_live': False, 'start_ns': 1, 'end_ns': 2, 'workers': 1, 'progress': 1.0},
                'store': {'directory': str(self.store), 'bytes': 1, 'slices': 1, 'free_bytes': 1, 'damaged': 0,
                          'first_ns': min(flow['flow']['end_ns'] for flow in flows), 'last_ns': max(flow['flow']['end_ns'] for flow in flows),
                          'bytes_per_day': 1.5, 'history_days': None, 'deletion_days': None, 'full_days': None}}

    def get_ledger(self, *_):
        return {'balanced': True, 'wire': 1}

    def get_ports(self, *_):
        return {'ports': [{'name': 'sample.pcap', 'wire_packets': 1, 'missed': {'error': 0}, 'queues': [{'packets': 1}]}]}

    def get_workers(self, *_):
        return {'workers': [{'worker': 0, 'flows_active': 0, 'ring': {'capacity_bytes': 1}, 'counters': {}}]}

    def get_rates(self, *_):
        return {'interval_ns': STEP_NS, 'rates': [{'time_ns': STEP_NS, 'packets_per_s': 1.5, 'lost_per_s': {'shed': 0.0}}]}

    def get_metrics(self, *_):
        return 'baleen_build_info 1\n'

    def get_stream(self, *_):
        return None

    def get_fields(self, *_):
        done = self._lines('flows', '--fields').stdout.splitlines()
        return {'fields': [dict(zip(('name', 'description', 'type'), [*line.split(None, 1), 'text'])) for line in done], 'event_types': []}

    def get_filter(self, given, _, refusal):
        try:
            self._records('flows', given, refusal, '--json', '--limit', '1')
        except refusal as wrong:
            return {'valid': False, 'offset': wrong.body['offset'], 'message': wrong.body['detail']}
        return {'valid': True}

    # -- Sums.

    @staticmethod
    def _answer(flows, **members):
        ends = [flow['flow']['end_ns'] for flow in flows] or [0]
        return {'since_ns': min(ends), 'until_ns': max(ends) + 1, 'is_exact': True, 'is_whole': True, 'from_rollups': False, 'problems': [], **members}

    def _top(self, given, refusal, field):
        flows = self.flows(given, refusal)
        sums = collections.defaultdict(collections.Counter)
        for flow in flows:
            for key, out in keys(flow, field):
                add(sums[key], flow, out)
        rows = [{'key': list(key), **count} for key, count in sums.items()]
        by = given.get('by', 'bytes')
        rows.sort(key=lambda row: (-(row['flows'] if by == 'flows' else row[BY[by] % 'out'] + row[BY[by] % 'in']), row['key']))
        total = collections.Counter(flows=0)
        for flow in flows:
            add(total, flow, True)
        limit = int(given.get('limit', 20))
        others = collections.Counter(flows=0)
        for row in rows[limit:]:
            others.update({name: value for name, value in row.items() if name != 'key'})
        return self._answer(flows, field=field, by=by, rows=rows[:limit], others=dict(others), total=dict(total))

    def get_top(self, given, _, refusal):
        return self._top(given, refusal, given.get('field', 'host'))

    def get_hosts(self, given, _, refusal):
        return self._top(given, refusal, 'host')

    def get_conversations(self, given, _, refusal):
        return self._top(given, refusal, 'pair')

    def get_hosts_address(self, given, captures, refusal):
        about = {'filter': 'ip.addr == ' + captures['address'], 'limit': 1000}
        rows = self._top(about, refusal, 'host')
        sums = next((row for row in rows['rows'] if row['key'] == [captures['address']]), None)
        if sums is None:
            raise refusal(404, 'There is no such host')
        peers = [row for row in rows['rows'] if row is not sums]
        return {**self._answer([]), 'address': captures['address'], 'sums': {name: value for name, value in sums.items() if name != 'key'},
                'peers': peers, 'ports': [], 'protocols': []}

    def get_protocols(self, given, _, refusal):
        rows = self._top(given, refusal, 'protocol')['rows']
        names = [{'name': row['key'][0], 'flows': row['flows'], 'children': []} for row in rows]
        return {**self._answer([]), 'protocols': [{'name': 'IP', 'flows': sum(each['flows'] for each in names), 'children': names}]}

    def _cells(self, given, refusal, field):
        flows = self.flows(given, refusal)
        cells = collections.defaultdict(collections.Counter)
        for flow in flows:
            for key, _ in keys(flow, field):
                cells[key][flow['flow']['end_ns'] // STEP_NS] += volume(flow, given.get('by', 'bytes'))
        times = sorted({at for row in cells.values() for at in row})
        steps = range(times[0], times[-1] + 1) if times else []
        largest = sorted(cells, key=lambda key: (-sum(cells[key].values()), key))
        return flows, cells, steps, largest

    def get_series(self, given, _, refusal):
        flows, cells, steps, largest = self._cells(given, refusal, given.get('field', 'host'))
        kept = largest[:int(given.get('limit', 8))] if 'field' in given else []
        total = collections.Counter()
        for flow in flows:
            total[flow['flow']['end_ns'] // STEP_NS] += volume(flow, given.get('by', 'bytes'))
        return self._answer(flows, by=given.get('by', 'bytes'), step_ns=STEP_NS, times_ns=[at * STEP_NS for at in steps],
                            series=[{'key': list(key), 'values': [cells[key][at] for at in steps]} for key in kept],
                            others=[], total=[total[at] for at in steps])

    def get_matrix(self, given, _, refusal):
        flows, cells, steps, largest = self._cells(given, refusal, given.get('rows', 'host'))
        kept = largest[:int(given.get('limit', 50))]
        return self._answer(flows, by=given.get('by', 'bytes'), step_ns=STEP_NS, rows=[list(key) for key in kept],
                            columns=[at * STEP_NS for at in steps], values=[[cells[key][at] for at in steps] for key in kept])

    # -- The graph.

    def _network(self, given, refusal):
        network = networkx.Graph()
        for flow in self.flows({**given, 'sort': None}, refusal):
            a, b = sorted((flow['src_ip'], flow['dest_ip']))
            if not network.has_edge(a, b):
                network.add_edge(a, b, bytes=[0, 0], packets=[0, 0], flows=[0, 0], ends=[])
            edge, there = network.edges[a, b], 0 if flow['src_ip'] == a else 1
            for name, prefix in (('bytes', 'bytes'), ('packets', 'pkts')):
                edge[name][there] += flow['flow'][prefix + '_toserver']
                edge[name][1 - there] += flow['flow'][prefix + '_toclient']
            edge['flows'][there] += 1
            edge['ends'] += [flow['flow']['start_ns'], flow['flow']['end_ns']]
        return network

    def get_graph(self, given, _, refusal):
        network = self._network(given, refusal)
        if given.get('format', 'json') != 'json':
            plain = networkx.Graph(network.edges())
            return '\n'.join(networkx.generate_graphml(plain)).encode()
        nodes = {host: collections.Counter(degree=degree) for host, degree in network.degree()}
        edges = []
        for a, b, data in network.edges(data=True):
            a, b = sorted((a, b))
            for name in ('bytes', 'packets', 'flows'):
                words = ('flows_begun', 'flows_answered') if name == 'flows' else (name + '_sent', name + '_received')
                for sender, receiver, value in ((a, b, data[name][0]), (b, a, data[name][1])):
                    nodes[sender][words[0]] += value
                    nodes[receiver][words[1]] += value
            edges.append({'a': a, 'b': b, 'first_ns': min(data['ends']), 'last_ns': max(data['ends']), 'services': [],
                          **{name: data[name] for name in ('bytes', 'packets', 'flows')}})
        places = networkx.spring_layout(network, seed=1) if 'layout' in given else {}
        told = [{'id': host, 'kind': 'host', **count} for host, count in nodes.items()]
        for node in told:
            if 'layout' in given:
                node['x'], node['y'] = map(float, places[node['id']])
            if 'communities' in given:
                node['community'] = 0
        total = {name: sum(sum(edge[name]) for edge in edges) for name in ('bytes', 'packets', 'flows')}
        return {'since_ns': 0, 'until_ns': 1, 'nodes': told, 'edges': edges, 'total': total}

    def get_graph_metrics(self, given, _, refusal):
        network = self._network(given, refusal)
        rank = networkx.pagerank(network, weight=None)
        nodes = [{'id': host, 'pagerank': rank[host], 'degree': network.degree(host)} for host in network]
        nodes.sort(key=lambda node: -node[given.get('sort', 'pagerank')])
        return {'graph': {'nodes': len(network), 'edges': network.size(), 'density': networkx.density(network)},
                'nodes': nodes[:int(given.get('limit', 100))], 'bridges': [], 'articulation_points': []}

    def get_graph_path(self, given, _, refusal):
        network = self._network(given, refusal)
        try:
            nodes = networkx.shortest_path(network, given['from'], given['to'])
        except networkx.NetworkXException as error:
            raise refusal(404, 'There is no such path', detail=str(error)) from error
        return {'nodes': nodes, 'weight': given.get('weight', 'hops'), 'length': len(nodes) - 1}

    def get_graph_diff(self, given, _, refusal):
        def hosts(times):
            since, until = times.split('..')
            return set(self._network({**given, 'since': since, 'until': until}, refusal))
        before, after = hosts(given['before']), hosts(given['after'])
        return {'new_nodes': sorted(after - before), 'gone_nodes': sorted(before - after), 'new_edges': [], 'gone_edges': [],
                'degree_jumps': [], 'changes': []}

    def get_graph_scans(self, *_):
        return {'scans': [{'source': '192.0.2.10', 'kind': 'sweep', 'port': '22', 'target': None, 'targets': 9, 'unanswered': 1}]}


def span(given):
    def ns(name, otherwise):
        text = given.get(name)
        if text is None:
            return otherwise
        if text.startswith('now'):
            seconds = {'': 0, 'ms': 0.001, 's': 1, 'm': 60, 'h': 3600, 'd': 86400}
            number, unit = re.fullmatch(r'now(?:-(\d+)(ms|[smhd]))?', text).groups(('0', ''))[0:2]
            return time.time_ns() - int(int(number) * seconds[unit] * 1e9)
        return round(float(text) * 1e9)
    return ns('since', 0), ns('until', 1 << 62)


def volume(flow, by):
    if by == 'flows':
        return 1
    prefix = 'pkts' if by == 'packets' else 'bytes'
    return flow['flow'][prefix + '_toserver'] + flow['flow'][prefix + '_toclient']


def keys(flow, field):
    """(key, whether what the initiator sent is "out") for each value of a field."""
    a, b = flow['src_ip'], flow['dest_ip']
    if field == 'host':
        return [((a,), True), ((b,), False)]
    if field == 'pair':
        return [(tuple(sorted((a, b))), a <= b)]
    known = {'protocol': flow['proto'], 'port': flow.get('dest_port'), 'ip.src': a, 'ip.dst': b}
    return [(tuple(str(known[name]) for name in field.split(',')), True)]


def add(sums, flow, out):
    there, back = ('out', 'in') if out else ('in', 'out')
    sums.update({'flows': 1, 'records': 1, 'packets_' + there: flow['flow']['pkts_toserver'], 'packets_' + back: flow['flow']['pkts_toclient'],
                 'bytes_' + there: flow['flow']['bytes_toserver'], 'bytes_' + back: flow['flow']['bytes_toclient']})
