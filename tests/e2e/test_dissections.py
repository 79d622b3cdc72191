"""Packets through Wireshark's dissectors: what the API tells is what tshark tells, and what sharkd may do is little."""
import base64
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

import api
import baleen

PACKETS_MAX = 50_000


@pytest.fixture(scope='module')
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp('dissections')
    return baleen.run(folder, '-r', baleen.SAMPLE, '-W', folder / 'store/packets')


@pytest.fixture(scope='module')
def served(stored):
    with api.Served(stored.store) as address:
        yield address


@pytest.fixture(scope='module')
def capture(served, tmp_path_factory):
    """The same packets, as they are downloaded."""
    path = tmp_path_factory.mktemp('capture') / 'all.pcapng'
    path.write_bytes(served.ask('/api/v1/packets/pcap').body)
    return path


class Dissection:
    def __init__(self, server, **parameters):
        answer = server.ask('/api/v1/dissections', method='POST', body=b'', **parameters)
        assert answer.status == 201, answer.body
        self.server, self.told = server, answer.json
        self.path = answer.headers['Location']

    def ask(self, path, **parameters):
        return self.server.ask(self.path + path, **parameters)

    def get(self, path, **parameters):
        return self.server.get(self.path + path, **parameters)

    def close(self):
        return self.server.ask(self.path, method='DELETE')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture(scope='module')
def dissection(served):
    """All packets of the sample, opened again where a test has ended it."""
    opened = Dissection(served)
    yield opened
    opened.close()


def tshark(*words):
    done = subprocess.run(['tshark', '-n', *map(str, words)], capture_output=True, text=True, check=True,
                          env={**os.environ, 'LC_ALL': 'C.UTF-8'})
    return done.stdout.splitlines()


def sharkd_processes(parent):
    """Of those that this server has started."""
    found = []
    for status in pathlib.Path('/proc').glob('[0-9]*/status'):
        try:
            text = status.read_text()
        except OSError:
            continue
        fields = dict(line.split(':\t', 1) for line in text.splitlines() if ':\t' in line)
        if fields['Name'] == 'sharkd' and int(fields['PPid']) == parent:
            found.append((int(status.parent.name), fields))
    return found


def test_lists_what_tshark_lists(dissection, capture):
    expected = [line.split('\t') for line in tshark(
        '-2', '-r', capture, '-T', 'fields', *[word for name in ('frame.number', '_ws.col.Protocol', '_ws.col.Length', '_ws.col.Info')
                                         for word in ('-e', name)])]
    assert dissection.told['packets'] == len(expected) > 1000 and dissection.told['is_whole']
    rows, is_last = [], False
    while not is_last:
        page = dissection.get('/packets', skip=len(rows), limit=1000)
        rows += page['packets']
        is_last = page['is_last']
    at = [page['columns'].index(name) for name in ('No.', 'Protocol', 'Length', 'Info')]
    assert [[row['columns'][i] for i in at] for row in rows] == expected
    assert [row['number'] for row in rows] == list(range(1, len(rows) + 1))
    colours = [row['background'] for row in rows if row['background']]
    assert len(colours) > len(rows) / 2 and all(re.fullmatch('[0-9a-f]{6}', colour) for colour in colours)


@pytest.mark.parametrize('text', ['tls.handshake.type == 1', 'dns && ipv6', 'tcp.flags.syn == 1 and not tcp.flags.ack == 1'])
def test_filters_as_tshark_does(dissection, capture, text):
    expected = [int(line) for line in tshark('-2', '-r', capture, '-Y', text, '-T', 'fields', '-e', 'frame.number')]
    page = dissection.get('/packets', display_filter=text, limit=1000)
    assert expected and page['is_last'] and [row['number'] for row in page['packets']] == expected
    second = dissection.get('/packets', display_filter=text, skip=1, limit=1)
    assert [row['number'] for row in second['packets']] == expected[1:2] and second['is_last'] == (len(expected) <= 2)


def test_a_filter_that_cannot_be_read_says_why(dissection):
    answer = dissection.ask('/packets', display_filter='tcp.prt == 1')
    assert answer.status == 400 and 'tcp.prt' in answer.json['detail'] and answer.json['type'] == '/problems/display-filter'
    assert dissection.get('/filter', display_filter='tcp.port == 1') == {'valid': True}
    assert 'tcp.prt' in dissection.get('/filter', display_filter='tcp.prt == 1')['message']
    # What would be a question of its own is a filter, and a bad one.
    evil = 'tcp"}}\n{"jsonrpc":"2.0","id":9,"method":"bye"}'
    assert dissection.get('/filter', display_filter=evil)['valid'] is False
    assert dissection.get('/packets', limit=1)['packets']


def test_completes_fields(dissection):
    names = [field['name'] for field in dissection.get('/fields', prefix='tls.handshake.ext')['fields']]
    assert 'tls.handshake.extensions_server_name' in names and len(names) <= 200
    assert dissection.ask('/fields').status == 400


def leaves(fields):
    for field in fields:
        yield field
        yield from leaves(field['children'])


def test_a_packet_has_the_layers_that_tshark_sees(dissection, capture):
    layers = dict(line.split('\t') for line in tshark('-2', '-r', capture, '-T', 'fields', '-e', 'frame.number', '-e', 'frame.protocols'))
    for number in (1, 65, 96, 124, 220, 877):
        packet = dissection.get('/packets/%d' % number)
        told = {field['display_filter'] for field in packet['tree'] if field['is_protocol']}
        # Names of the deepest layer's dissector differ from those of its fields at times.
        assert {'frame', *layers[str(number)].split(':')[:3]} - {'ethertype', 'vlan'} <= told | {'vlan'}, number
        sources = [base64.b64decode(source['bytes']) for source in packet['sources']]
        for field in leaves(packet['tree']):
            if field['offset'] is not None:
                assert field['offset'] + field['length'] <= len(sources[field['source']]), field
    packet = dissection.get('/packets/877')
    assert [source['name'] for source in packet['sources']][1].startswith('Reassembled')
    assert 'TCP' in [stream['protocol'] for stream in packet['streams']]
    hexdump = ''.join(re.findall(r'^[0-9a-f]{4}  ((?:[0-9a-f]{2} )+)', '\n'.join(
        tshark('-2', '-r', capture, '-Y', 'frame.number == 65', '-x')), re.MULTILINE)).replace(' ', '')
    assert base64.b64decode(dissection.get('/packets/65')['sources'][0]['bytes']).hex() == hexdump


def test_a_packet_that_is_not_there_is_refused(dissection):
    for number in ('0', '999999', 'x', '-1', '99999999999999999999'):
        answer = dissection.ask('/packets/' + number)
        assert answer.status == 400 and answer.json['type'] == '/problems/no-packet', number


def test_follows_a_stream_as_tshark_does(dissection, capture):
    packet = dissection.get('/packets/65')
    stream = next(each for each in packet['streams'] if each['protocol'] == 'TCP')
    followed = dissection.get('/stream', protocol='TCP', display_filter=stream['display_filter'])
    number = stream['display_filter'].split()[-1]
    lines = tshark('-q', '-r', capture, '-z', 'follow,tcp,raw,' + number)
    raw = [line for line in lines if re.fullmatch(r'\t?[0-9a-f]+', line)]
    assert [(line.startswith('\t'), line.strip()) for line in raw] == \
        [(piece['is_from_server'], base64.b64decode(piece['bytes']).hex()) for piece in followed['pieces']]
    assert followed['is_whole'] and base64.b64decode(followed['pieces'][0]['bytes']).startswith(b'GET ')
    said = {side: sum(len(base64.b64decode(p['bytes'])) for p in followed['pieces'] if p['is_from_server'] == (side == 'server'))
            for side in ('client', 'server')}
    assert said == {side: followed[side]['bytes'] for side in said}
    wrong = dissection.ask('/stream', display_filter='tcp.stream eq')
    assert wrong.status == 400 and wrong.json['detail'].startswith('Filter invalid')
    assert dissection.get('/stream', display_filter='tcp.stream == 99999') == {
        'client': {'address': '', 'port': '0', 'bytes': 0}, 'server': {'address': '', 'port': '0', 'bytes': 0}, 'pieces': [], 'is_whole': True}
    nothing = dissection.ask('/stream')
    assert nothing.status == 400 and nothing.json['parameter'] == 'display_filter'


def test_opens_what_was_asked_for(served, stored):
    flow = stored.flows('tls')[0]
    with Dissection(served, flow=flow['flow_id']) as one:
        packets = served.get('/api/v1/flows/%d/packets' % flow['flow_id'], limit=1000)['packets']
        assert one.told['packets'] == len(packets) > 0
    with Dissection(served, filter='frame.len > 1000000') as none:
        assert none.told['packets'] == 0 and none.get('/packets') == {**none.get('/packets'), 'packets': [], 'is_last': True}
    for wrong in ({'flow': 'x'}, {'filter': 'tcp.'}, {'nonsense': '1'}):
        assert served.ask('/api/v1/dissections', method='POST', body=b'', **wrong).status == 400, wrong


def test_what_it_is_allowed_is_little(served, dissection):
    dissection.get('/packets', limit=1)
    processes = sharkd_processes(served.process.pid)
    assert processes
    for pid, fields in processes:
        if os.geteuid() == 0:
            assert fields['Uid'].split() == ['65534'] * 4 and fields['Gid'].split() == ['65534'] * 4
            assert fields['Groups'].strip() == ''
        assert fields['NoNewPrivs'] == '1' and fields['Seccomp'] == '2'
        assert int(fields['CapEff'], 16) == 0
        limits = {line[:26].strip(): line[26:].split()[0] for line in pathlib.Path('/proc/%d/limits' % pid).read_text().splitlines()[1:]}
        assert limits['Max address space'] == str(1 << 30) and limits['Max file size'] == '0'
        assert limits['Max core file size'] == '0' and limits['Max cpu time'] == '600'
        links = {int(fd.name): os.readlink(fd) for fd in pathlib.Path('/proc/%d/fd' % pid).iterdir()}
        # Its three pipes, the capture twice; neither the API's connections nor the store.
        assert all(link.startswith(('pipe:', '/memfd:capture')) for link in links.values()), links


def test_one_that_dies_takes_nothing_with_it(served, dissection):
    before = {pid for pid, _ in sharkd_processes(served.process.pid)}
    other = Dissection(served)
    (pid,) = {pid for pid, _ in sharkd_processes(served.process.pid)} - before
    os.kill(pid, signal.SIGKILL)
    answer = other.ask('/packets')
    assert answer.status == 502 and 'signal 9' in answer.json['detail']
    assert other.ask('/packets').status == 404
    assert dissection.get('/packets', limit=1)['packets']
    assert other.close().status == 204


def test_places_are_few(served, dissection):
    held = []
    try:
        for _ in range(3):
            held.append(Dissection(served))
        full = served.ask('/api/v1/dissections', method='POST', body=b'')
        assert full.status == 503 and full.headers['Retry-After']
        held.pop().close()
        held.append(Dissection(served))
        assert len(sharkd_processes(served.process.pid)) == 4
    finally:
        for each in held:
            each.close()
    deadline = time.monotonic() + 5
    while len(sharkd_processes(served.process.pid)) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(sharkd_processes(served.process.pid)) == 1


def test_takes_so_many_packets_at_most(tmp_path):
    """Of a longer capture the first ones, and it tells so."""
    capture = tmp_path / 'long.pcap'
    head, packets = baleen.SAMPLE.read_bytes()[:24], baleen.SAMPLE.read_bytes()[24:]
    capture.write_bytes(head + packets * 40)
    stored = baleen.run(tmp_path, '-r', capture, '-W', tmp_path / 'store/packets')
    with api.Served(stored.store) as server, Dissection(server) as dissection:
        assert dissection.told['packets'] == PACKETS_MAX and dissection.told['is_whole'] is False
        last = dissection.get('/packets', skip=PACKETS_MAX - 1, limit=5)
        assert [row['number'] for row in last['packets']] == [PACKETS_MAX] and last['is_last']


def test_nothing_of_it_outlives_the_server(stored):
    with api.Served(stored.store) as server:
        Dissection(server)
        (pid,) = [pid for pid, _ in sharkd_processes(server.process.pid)]
    deadline = time.monotonic() + 5
    while pathlib.Path('/proc/%d' % pid).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not pathlib.Path('/proc/%d' % pid).exists()
