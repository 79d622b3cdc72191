"""Packets through Wireshark's dissectors, on baleen-control: what tshark tells of the same ones."""
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

import pytest

import baleen
from baleen import dissection as module
from baleen.dissected import DissectedField
from conftest import needs, tshark_fields

NAME = 'tls.handshake.extensions_server_name'
# What only one of both shows: tshark a dump of data, Wireshark the rule that colours the row.
HEX_DUMP = re.compile(r'[0-9a-f]{4,}  [0-9a-f]{2} ')
COLOURING = '    [Coloring Rule '


@pytest.fixture(scope='module')
def real(control, dissectors):
    needs(control, 'baleen-control answers no API here')
    return baleen.Client(control)


@pytest.fixture(scope='module')
def every(real):
    with real.dissect() as opened:
        yield opened


@pytest.fixture(scope='module')
def capture(real, tmp_path_factory):
    """The same packets."""
    path = tmp_path_factory.mktemp('capture') / 'all.pcapng'
    real.pcap(path)
    return path


def tshark(*words):
    done = subprocess.run(['tshark', *map(str, words)], capture_output=True, text=True, check=True, env={**os.environ, 'LC_ALL': 'C.UTF-8'})
    return done.stdout.splitlines()


def close_by_another(client, opened):
    request = urllib.request.Request('%s/api/v1/dissections/%s' % (client.address, opened.id), method='DELETE')
    assert urllib.request.urlopen(request, timeout=10).status == 204


# -- A test for each verb.

def test_opens_what_is_asked_for(real, every):
    largest = next(real.flows(sort='-bytes', limit=1))
    chosen = [dict(flow=largest.flow_id), dict(flows='ssh'), dict(filter='udp.port == 53', until='now'), dict(pcap_filter='tcp', since=0),
              dict(since='now-1ms')]
    for question in chosen:
        with real.dissect(**question) as opened:
            assert len(opened) == len(real.packets(limit=1000, **question)) and opened.is_whole and opened.idle_s > 0
    assert len(every) > 1000 and repr(every) == '<Dissection of %d packets>' % len(every)
    with pytest.raises(baleen.FilterProblem) as caught:
        real.dissect('tcp && ip.adr == 192.0.2.1')
    assert caught.value.offset == 7


def test_closes(real):
    with real.dissect(flows='ssh') as opened:
        opened.check_filter('ssh')
    for ask in (lambda: next(opened.packets()), lambda: opened.packet(1), lambda: opened.check_filter('ssh')):
        with pytest.raises(ValueError, match='closed'):
            ask()
    opened.close()
    with pytest.raises(urllib.error.HTTPError, match='404'):
        urllib.request.urlopen('%s/api/v1/dissections/%s/packets' % (real.address, opened.id), timeout=10)


def test_rows_come_page_by_page(every, capture, monkeypatch):
    monkeypatch.setattr(module, 'PAGE_ROWS_MAX', 700)
    columns = ('frame.number', '_ws.col.Source', '_ws.col.Destination', '_ws.col.Protocol', '_ws.col.Length', '_ws.col.Info')
    listed = [line.split('\t') for line in tshark('-2', '-r', capture, '-T', 'fields', *[word for name in columns for word in ('-e', name)])]
    rows = list(every)
    assert [[str(row.number), row.source, row.destination, row.protocol, str(row.length), row.info] for row in rows] == listed
    assert len(rows) == len(every) and rows[0].time == 0.0 and rows[-1].time > 1.0
    assert rows[0]['Source'] == rows[0].source and any(row.background for row in rows)
    assert re.match(r'1 0\.0+ \S+ \S+ ICMPv6 ', str(rows[0]))
    with pytest.raises(KeyError):
        rows[0]['Colour']
    for limit in (0, 1, 700, 701):
        assert [row.number for row in every.packets(limit=limit)] == list(range(1, limit + 1))


def test_display_filters_choose_rows(every, capture, monkeypatch):
    monkeypatch.setattr(module, 'PAGE_ROWS_MAX', 3)
    listed = [int(number) for number, in tshark_fields(capture, 'frame.number', display_filter='tls.handshake.type == 1')]
    assert len(listed) > 3
    assert [row.number for row in every.packets('tls.handshake.type == 1')] == listed
    assert [row.number for row in every.packets('tls.handshake.type == 1', limit=4)] == listed[:4]
    assert list(every.packets('sip')) == []


def test_a_packet_is_shown_as_tshark_shows_it(every, capture):
    shown = re.split(r'\n\n(?=Packet comments|Frame \d+: )', '\n'.join(tshark('-2', '-r', capture, '-V')))
    assert len(shown) == len(every)
    for chosen in ('tls.handshake.type == 1', 'dns.flags.response == 1', 'arp', 'icmp', 'http.request', 'icmpv6 && vlan'):
        number = next(every.packets(chosen)).number
        expected = [line for line in shown[number - 1].split('\n') if line and not HEX_DUMP.match(line)]
        assert [line for line in str(every.packet(number)).split('\n') if not line.startswith(COLOURING)] == expected, chosen


def test_bytes_are_dumped_as_tshark_dumps_them(every, capture):
    for chosen in ('tls.handshake.type == 1', 'tcp.reassembled.length', 'arp'):
        number = next(every.packets(chosen)).number
        packet = every.packet(number)
        assert len(packet.sources) == (2 if chosen == 'tcp.reassembled.length' else 1)
        shown = tshark('-2', '-r', capture, '-x', '-Y', 'frame.number == %d' % number)
        assert packet.hexdump() == '\n'.join(shown).strip(), chosen


def test_fields_are_found_by_their_names(every, capture):
    for name in (NAME, 'dns.qry.name', 'http.user_agent', 'http.file_data', 'ip.ttl', 'tcp.srcport', 'ssh.protocol'):
        listed = tshark('-2', '-n', '-r', capture, '-Y', name, '-T', 'fields', '-e', 'frame.number', '-e', name)[:4]
        assert listed, name
        for number, values in (line.split('\t') for line in listed):
            found = [field.value for field in every.packet(int(number)).fields(name)]
            assert ','.join(value.replace('\r', '\\r').replace('\n', '\\n') for value in found) == values, (name, number)


def test_layers_bytes_and_sources_of_a_packet(every, capture):
    number = next(every.packets(NAME)).number
    packet = every.packet(number)
    assert [layer.name for layer in packet.layers][-4:] == ['eth', 'ip', 'tcp', 'tls']
    assert repr(packet).startswith('<DissectedPacket %d: ' % number) and repr(packet).endswith(', eth, ip, tcp, tls>')
    assert packet['tls'] is packet.layers[-1] and 'tls' in packet and 'udp' not in packet and NAME not in packet
    with pytest.raises(KeyError):
        packet['udp']
    name, = packet['tls'].fields(NAME)
    assert packet.fields(NAME) == [name] and packet['ip'].fields(NAME) == packet.fields('no.such.field') == []
    assert str(name) == 'Server Name: www.example.test' and packet.bytes_of(name) == b'www.example.test'
    assert packet['tls'].value is None and packet.bytes_of(DissectedField()) == b''
    assert [layer.split('\t') for layer in tshark('-2', '-n', '-r', capture, '-Y', 'frame.number == %d' % number, '-T', 'fields',
                                                   '-e', 'frame.len')] == [[str(len(packet.bytes))]]
    whole = every.packet(next(every.packets('tcp.reassembled.length')).number)
    assert whole.bytes == whole.sources[0].bytes and whole.sources[1].name.startswith('Reassembled')
    assert len(whole.sources[1].bytes) == int(whole.fields('tcp.reassembled.length')[0].value)


@pytest.mark.parametrize('display_filter, name, value', [
    ('tls', 'tls', None), (None, None, None), ('frame[54:2] == 00:01', None, None), ('ip.ttl == 64', 'ip.ttl', '64'),
    (r'http.host == "a\"b\\\r\n\xc3\xa9"', 'http.host', 'a"b\\\r\n\u00e9'), ('http.host == ""', 'http.host', ''),
    ('x.y == "a == b"', 'x.y', 'a == b'),
])
def test_names_and_values_are_those_of_the_display_filter(display_filter, name, value):
    field = DissectedField(display_filter=display_filter)
    assert (field.name, field.value) == (name, value)


def test_follows_a_stream(every, capture):
    packet = every.packet(next(every.packets('http.request')).number)
    stream = every.stream(packet)
    number = packet.fields('tcp.stream')[0].value
    raw = [line for line in tshark('-q', '-n', '-r', capture, '-z', 'follow,tcp,raw,' + number) if re.fullmatch(r'\t?[0-9a-f]+', line)]
    for side, is_server in (('client', False), ('server', True)):
        assert stream.bytes(side).hex() == ''.join(line.strip() for line in raw if line.startswith('\t') == is_server)
        assert len(stream.bytes(side)) == getattr(stream, side).bytes > 0
    assert stream.text('client').startswith('GET / HTTP/1.1\r\n') and stream.text('server').startswith('HTTP/1.1 200 OK\r\n')
    assert stream.text().startswith('GET / ') and len(stream.bytes()) == stream.client.bytes + stream.server.bytes
    assert stream.is_whole and stream.client.address == packet.fields('ip.src')[0].value and stream.server.port == '80'
    assert every.stream('tcp.stream eq ' + number) == stream
    with pytest.raises(ValueError, match='client'):
        stream.bytes('Client')
    asked = every.packet(next(every.packets('dns')).number)
    assert every.stream(asked, 'UDP').server.port == '53'
    with pytest.raises(KeyError, match='no stream of TCP'):
        every.stream(asked)
    assert every.stream('tcp.stream eq 99999').pieces == []


def test_lists_fields_of_display_filters(every):
    assert NAME in [field.name for field in every.fields('tls.handshake.ext')]
    assert 'tls' in [field.name for field in every.fields('tls')]
    assert len(every.fields('tcp.')) > 100


def test_a_display_filter_that_cannot_be_read_is_an_error(every):
    text = 'tcp.prt == 443'
    for ask in (every.check_filter, lambda text: next(every.packets(text)), every.stream):
        with pytest.raises(baleen.FilterError, match='not tcp.prt') as caught:
            ask(text)
        assert caught.value.text == text and caught.value.offset is None
    with pytest.raises(baleen.FilterProblem) as caught:
        next(every.packets(text))
    assert caught.value.status == 400
    every.check_filter('tcp.port == 443')
    with pytest.raises(baleen.Problem) as caught:
        every.packet(len(every) + 1)
    assert caught.value.status == 400 and not isinstance(caught.value, baleen.FilterError)


# -- Opened again.

def test_is_opened_again_where_the_server_has_closed_it(real, monkeypatch):
    monkeypatch.setattr(module, 'PAGE_ROWS_MAX', 5)
    with real.dissect(flows='tls', since=0) as opened:
        size, first, rows = len(opened), opened.id, opened.packets()
        before, number = opened.packet(4), next(rows).number
        close_by_another(real, opened)
        assert opened.packet(4) == before and opened.id != first and len(opened) == size
        close_by_another(real, opened)
        assert [number, *(row.number for row in rows)] == list(range(1, size + 1))
        close_by_another(real, opened)
        opened.check_filter('tls')
        close_by_another(real, opened)


def test_times_relative_to_the_present_are_those_of_the_first_time(real):
    middle = real.packets(limit=1000)[500].time
    with real.dissect(since='now%+dms' % ((middle - time.time()) * 1000)) as opened:
        size, first = len(opened), opened.packet(1)
        time.sleep(1.1)
        close_by_another(real, opened)
        assert opened.packet(1) == first and len(opened) == size
    assert abs(real._http.now_ns() - time.time_ns()) < 5 * 10**9


class Forgetful:
    """An API that forgets what was opened so many times."""

    def __init__(self, times):
        self.times, self.opened = times, []

    def now_ns(self):
        return 1795448053 * 10**9

    def post(self, _, question):
        self.opened.append(question)
        return {'id': 'd%d' % len(self.opened), 'packets': 1}

    def get(self, path, _):
        self.times -= 1
        if self.times >= 0:
            raise baleen.Problem(404, 'There is no such dissection')
        return {'valid': True, 'asked': path}

    def delete(self, path):
        raise baleen.ConnectionFailed(path)


def test_is_opened_again_once_with_the_same_question():
    api, question = Forgetful(1), {'filter': 'tls', 'since': 'now-15m', 'until': None, 'flow': 7}
    opened = baleen.Dissection(api, question)
    opened.check_filter('tls')
    assert api.opened == 2 * [{**question, 'since': '1795447153.000000000'}] and opened.id == 'd2'
    forgetful = Forgetful(2)
    opened = baleen.Dissection(forgetful, question)
    with pytest.raises(baleen.Problem, match='404'):
        opened.check_filter('tls')
    assert len(forgetful.opened) == 2
    opened.check_filter('tls')
    with opened:
        pass  # that the server has gone is no error of those who are done
    with pytest.raises(ValueError, match='closed'):
        opened.check_filter('tls')


def test_places_are_few(real):
    held = []
    try:
        with pytest.raises(baleen.Problem) as caught:
            for _ in range(5):
                for opened in held:
                    opened.check_filter('tls')  # one that is idle would make room
                held.append(real.dissect(flows='ssh'))
    finally:
        for opened in held:
            opened.close()
    assert caught.value.status == 503 and caught.value.retry_after_s == 10
