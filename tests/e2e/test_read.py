"""One line per packet: `baleen read`."""
import json
import os
import subprocess

import pytest

import baleen


def tshark_fields(capture, *fields):
    options = [word for field in fields for word in ('-e', field)]
    listed = subprocess.run(['tshark', '-n', '-r', capture, '-T', 'fields', '-E', 'occurrence=f', *options],
                            capture_output=True, text=True, check=True)
    return [line.split('\t') for line in listed.stdout.splitlines()]


def test_prints_one_readable_line_per_packet_in_file_order():
    lines = baleen.command('read', '-r', baleen.SAMPLE).stdout.splitlines()
    times = tshark_fields(baleen.SAMPLE, 'frame.time_epoch')
    assert len(lines) == len(times)
    tcp = next(line for line in lines if ' SYN ' in line)
    for word in ('TCP', 'seq', 'win', 'len 0', 'bytes)'):
        assert word in tcp
    assert any(' vlan ' in line for line in lines)
    assert any('ARP who-has' in line for line in lines)


def test_says_of_each_packet_what_tshark_says():
    packets = [json.loads(line) for line in baleen.command('read', '--json', '-r', baleen.SAMPLE).stdout.splitlines()]
    fields = tshark_fields(baleen.SAMPLE, 'frame.number', 'frame.len', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst',
                           'tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport', 'vlan.id', 'tcp.seq_raw',
                           'tcp.window_size_value', 'icmp.type')
    assert len(packets) == len(fields) > 500
    for packet, row in zip(packets, fields):
        number, length, src4, dst4, src6, dst6, tcp_src, tcp_dst, udp_src, udp_dst, vlan, seq, window, icmp = row
        assert packet['number'] == int(number)
        assert packet['length'] == int(length)
        assert packet.get('vlan', [''])[0] == (int(vlan, 0) if vlan else '')
        assert packet.get('src_ip', '') == (src4 or src6)
        assert packet.get('dest_ip', '') == (dst4 or dst6)
        if tcp_src:
            assert (packet['proto'], packet['src_port'], packet['dest_port']) == ('TCP', int(tcp_src), int(tcp_dst))
            assert (packet['tcp']['seq'], packet['tcp']['window']) == (int(seq), int(window))
        # An ICMP error quotes a UDP header, which tshark shows as the packet's own.
        elif udp_src and not icmp and packet['proto'] == 'UDP' and not packet.get('fragment'):
            assert (packet['src_port'], packet['dest_port']) == (int(udp_src), int(udp_dst))


def test_filters_and_stops_after_a_count():
    listed = baleen.command('read', '-r', baleen.SAMPLE, '-f', 'udp port 53', '-c', 5).stdout.splitlines()
    assert len(listed) == 5
    assert all(' UDP ' in line and ':53 ' in line for line in listed)


def test_ends_quietly_when_its_reader_does():
    with subprocess.Popen([baleen.BUILD / 'baleen', 'read', '-r', baleen.SAMPLE], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b''


@pytest.mark.parametrize('capture', ['ndpi/quic-fuzz-overflow.pcapng', 'tcpdump/DTP.pcap', 'zeek/wlanmon.pcap',
                                     'suricata-verify/decode-sll2-01.pcap', 'tcpdump/LINKTYPE_PKTAP.pcap'])
def test_has_a_line_for_packets_of_any_kind(corpus, capture):
    if not (corpus / capture).exists():
        pytest.skip('%s is not in the corpus' % capture)
    packets = len(tshark_fields(corpus / capture, 'frame.number'))
    assert len(baleen.command('read', '-r', corpus / capture).stdout.splitlines()) == packets


def test_reads_a_live_interface(tmp_path, as_root):
    import namespaces
    sender, receiver = namespaces.Namespace(), namespaces.Namespace()
    try:
        namespaces.wire(sender, 'wire0', receiver, 'wire1')
        process = subprocess.Popen([*receiver.prefix(), baleen.BUILD / 'baleen', 'read', '-i', 'wire1', '-c', '20'],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while 'wire1: AF_XDP' not in process.stderr.readline():
            assert process.poll() is None
        while process.poll() is None:
            sender.run('tcpreplay', '-q', '--pps=2000', '--limit=100', '-i', 'wire0', baleen.SAMPLE, check=False)
        assert process.returncode == 0
        lines = process.stdout.read().splitlines()
        assert len(lines) == 20
        assert all(line.startswith('20') and 'bytes)' in line for line in lines)
    finally:
        sender.delete()
        receiver.delete()
