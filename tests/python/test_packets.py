"""sniff(), rdpcap() and Capture on files, beside what tshark says of the same packets."""
import subprocess

import pytest

import baleen
from conftest import BUILD, SAMPLE, tshark_fields


@pytest.fixture(scope='module')
def packets():
    return baleen.rdpcap(SAMPLE)


def test_packets_are_those_that_tshark_finds(packets):
    rows = tshark_fields(SAMPLE, 'frame.number', 'frame.time_epoch', 'frame.len', 'frame.cap_len', 'ip.src', 'ip.dst', 'ipv6.src',
                         'ipv6.dst', 'tcp.srcport', 'tcp.dstport', 'vlan.id', 'tcp.seq_raw', 'tcp.ack_raw',
                         'tcp.window_size_value')
    assert len(packets) == len(rows) > 500
    for packet, row in zip(packets, rows):
        number, epoch, length, captured, src4, dst4, src6, dst6, sport, dport, vlan, seq, ack, window = row
        assert packet.number == int(number)
        seconds, fraction = epoch.split('.')
        assert packet.time_ns == int(seconds) * 10**9 + int(fraction)
        assert abs(packet.sniff_time.timestamp() - packet.time) < 1e-5
        assert (packet.length, packet.captured_length) == (int(length), int(captured))
        assert (packet.src, packet.dst) == (src4 or src6 or None, dst4 or dst6 or None)
        assert packet.vlan == ((int(vlan, 0),) if vlan else ())
        if sport:
            assert (packet.proto, packet.sport, packet.dport) == ('TCP', int(sport), int(dport))
            assert (packet.tcp.seq, packet.tcp.ack, packet.tcp.window) == (int(seq), int(ack), int(window))
        else:
            assert packet.tcp is None


def test_a_line_is_that_of_baleen_read(packets):
    lines = subprocess.run([BUILD / 'baleen', 'read', '-r', SAMPLE], capture_output=True, text=True, check=True).stdout
    assert [str(packet) for packet in packets] == lines.splitlines()
    assert all(str(packet).endswith(' ' + packet.summary()) for packet in packets)
    assert any(packet.summary().startswith('ARP who-has') for packet in packets)


def test_flags_are_names(packets):
    syn = [packet.number for packet in packets if packet.tcp and packet.tcp.flags == {'SYN'}]
    assert [[str(number)] for number in syn] == tshark_fields(SAMPLE, 'frame.number', display_filter='tcp.flags == 2')


def test_a_header_without_flags_has_none():
    raw = {'number': 1, 'timestamp': '2026-11-23T15:34:13.668079+0000', 'length': 60, 'captured_length': 60}
    packet = baleen.Packet({**raw, 'tcp': {'flags': 'none', 'seq': 1, 'ack': 0, 'window': 2}, 'tunnel': {'type': 'gre', 'id': 3, 'depth': 1}})
    assert packet.tcp == baleen.Tcp(frozenset(), 1, 0, 2) and packet.tunnel == baleen.Tunnel('gre', 3, 1, None, None)
    with pytest.raises(KeyError, match='not known'):
        packet['ip.src']


def test_both_filters_choose_what_tsharks_do():
    by_bpf = baleen.sniff(offline=SAMPLE, filter='tcp port 443')
    by_display = baleen.sniff(offline=SAMPLE, display_filter='tcp.port == 443')
    wanted = [int(number) for number, in tshark_fields(SAMPLE, 'frame.number', display_filter='tcp.port == 443 && !vlan')]
    assert [packet.number for packet in by_bpf] == wanted != []  # to libpcap, port 443 without a tag
    every = [int(number) for number, in tshark_fields(SAMPLE, 'frame.number', display_filter='tcp.port == 443')]
    assert [packet.number for packet in by_display] == every
    both = baleen.sniff(offline=SAMPLE, filter='tcp port 443', display_filter='ip.src == 192.0.2.1')
    assert {packet.src for packet in both} == {'192.0.2.1'}


def test_fields_are_read_when_somebody_asks(packets):
    named = baleen.sniff(offline=SAMPLE, display_filter='dns.rrname', fields=['dns.rrname', 'dns.rcode'])
    asked_later = baleen.rdpcap(SAMPLE)
    theirs = tshark_fields(SAMPLE, 'frame.number', 'dns.qry.name', display_filter='dns && !icmp && !icmpv6')
    for number, name in theirs:
        assert asked_later[int(number) - 1]['dns.rrname'] == name
    # Of messages in both directions, and of nothing else.
    assert {packet.number for packet in named} >= {int(number) for number, _ in theirs}
    assert all(packet.values('dns.rrname') == asked_later[packet.number - 1].values('dns.rrname') for packet in named)
    assert {packet.get('dns.rcode') for packet in named} == {None, 'NOERROR', 'NXDOMAIN'}
    arp = next(packet for packet in asked_later if packet.verdict == 'not_ip.arp')
    assert 'dns.rrname' not in arp and arp.get('dns.rrname', '-') == '-'
    with pytest.raises(KeyError):
        arp['dns.rrname']


def test_values_have_types():
    packet = next(iter(baleen.Capture(SAMPLE, display_filter='tcp.port == 443', fields=['frame.time', 'ip.addr', 'tcp.dstport'])))
    assert packet['frame.time'] == packet.time_ns
    assert packet['tcp.dstport'] == packet.dport
    assert packet.values('ip.addr') == [packet.src, packet.dst]


def test_unknown_fields_are_named():
    with pytest.raises(baleen.ProgramError, match='dns.rname: packets have no such field; did you mean'):
        baleen.rdpcap(SAMPLE)[0]['dns.rname']


def test_a_callback_sees_each_packet_and_what_it_returns_is_printed(capsys):
    seen = []

    def told(packet):
        seen.append(packet.number)
        return packet.summary() if packet.proto == 'TCP' else None

    kept = baleen.sniff(offline=SAMPLE, prn=told, count=40, store=False)
    assert kept == [] and seen == list(range(1, 41))
    lines = capsys.readouterr().out.splitlines()
    assert lines == [packet.summary() for packet in baleen.rdpcap(SAMPLE, 40) if packet.proto == 'TCP']


def test_stops_where_it_is_told(packets):
    assert len(baleen.sniff(offline=SAMPLE, count=7)) == len(baleen.rdpcap(SAMPLE, count=7)) == 7
    first = next(packet.number for packet in packets if packet.sport == 443 or packet.dport == 443)
    until = baleen.sniff(offline=SAMPLE, stop_filter=lambda packet: 443 in (packet.sport, packet.dport))
    assert until[-1].number == first
    udp = baleen.sniff(offline=SAMPLE, lfilter=lambda packet: packet.proto == 'UDP', count=5)
    assert [packet.number for packet in udp] == [packet.number for packet in packets if packet.proto == 'UDP'][:5]


def test_nothing_runs_on_when_iterating_ends_early():
    reading = iter(baleen.Capture([SAMPLE] * 200))
    next(reading)
    child = reading.gi_frame.f_locals['child']
    reading.close()
    assert child._process.returncode is not None


def test_several_files_are_one_capture(packets):
    twice = baleen.rdpcap([SAMPLE, SAMPLE])
    assert [packet.number for packet in twice] == list(range(1, 2 * len(packets) + 1))


def test_a_filter_that_cannot_be_read_has_its_place():
    with pytest.raises(baleen.FilterError) as caught:
        baleen.sniff(offline=SAMPLE, display_filter='tcp && ip.adr == 10.0.0.1')
    assert caught.value.offset == 7
    assert str(caught.value) == "tcp && ip.adr == 10.0.0.1\n       ^ unknown field 'ip.adr'; did you mean 'ip.addr'?"
    with pytest.raises(baleen.FilterError, match='syntax error') as caught:
        baleen.sniff(offline=SAMPLE, filter='tcp prt 80')
    assert caught.value.offset is None


def test_what_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(baleen.ProgramError, match='there is no such file') as caught:
        baleen.rdpcap(tmp_path / 'absent.pcap')
    assert caught.value.status == 1
    cut = tmp_path / 'cut.pcap'
    cut.write_bytes(SAMPLE.read_bytes()[:1000])
    read = []
    with pytest.raises(baleen.ProgramError, match='cut short'):
        read.extend(baleen.Capture(cut))
    assert len(read) == 9  # what was whole has come
    with pytest.raises(ValueError):
        baleen.sniff(iface='eth1', offline=cut)


def test_without_the_program_says_so(monkeypatch):
    monkeypatch.setenv('BALEEN_PROGRAM', '/nowhere/baleen')
    with pytest.raises(baleen.ProgramError, match='BALEEN_PROGRAM'):
        baleen.rdpcap(SAMPLE)


def test_what_flows_say_at_their_end_is_no_packet(corpus):
    capture = corpus / 'mix/1kxun.pcap'
    flat = subprocess.run([BUILD / 'baleen', 'read', '-r', capture, '-e', 'frame.number', '-e', 'app_proto'], capture_output=True, text=True,
                          check=True).stdout.splitlines()
    assert any(line.startswith('\t') for line in flat)
    packets = list(baleen.Capture(capture, fields=['app_proto']))
    assert len(packets) == sum(not line.startswith('\t') for line in flat)
    assert baleen.rdpcap(capture)[-1].get('app_proto') == packets[-1].get('app_proto')


@pytest.mark.parametrize('name', ['1kxun.pcap', 'tls2.pcap', 'iot-home.pcap'])
def test_counts_and_addresses_over_captures(corpus, name):
    capture = corpus / 'mix' / name
    rows = tshark_fields(capture, 'frame.number', 'frame.len', 'ip.src', 'ip.dst', display_filter='frame')
    packets = baleen.rdpcap(capture)
    assert len(packets) == len(rows) and [packet.length for packet in packets] == [int(row[1]) for row in rows]
    for packet, (_, _, src, dst) in zip(packets, rows):
        if src and packet.ip_version == 4 and packet.tunnel is None:
            assert (packet.src, packet.dst) == (src, dst)
