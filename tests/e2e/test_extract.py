"""Packets found again: `baleen extract` beside tshark, tcpdump and `baleen read` on the same capture, packet for packet."""
import hashlib
import json
import os
import subprocess

import pytest

import baleen
from conftest import needs

WRITE_PACKETS = baleen.BUILD / 'tests/support/write_packets'


def write(capture, folder, *arguments):
    """The capture as files of packets, in small chunks so that there are many."""
    needs(WRITE_PACKETS.exists(), 'tests/support/write_packets is not built')
    folder.mkdir()
    subprocess.run([WRITE_PACKETS, capture, folder, *map(str, arguments or ('pcapng', 20000, 8))], check=True)
    assert any(folder.iterdir())
    return folder


def frames(path):
    """Time, length and bytes of each packet, as tshark reads them."""
    listed = subprocess.run(['tshark', '-n', '-r', path, '-T', 'jsonraw', '-J', 'frame', '--no-duplicate-keys', '-x'],
                            capture_output=True, text=True)
    assert listed.returncode == 0, listed.stderr
    assert 'Malformed' not in listed.stderr and 'corrupt' not in listed.stderr, listed.stderr
    times = subprocess.run(['tshark', '-n', '-r', path, '-T', 'fields', '-e', 'frame.time_epoch', '-e', 'frame.len'],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    bodies = [hashlib.sha1(p['_source']['layers']['frame_raw'][0].encode()).hexdigest() for p in json.loads(listed.stdout)]
    assert len(times) == len(bodies)
    return [(*time.split('\t'), body) for time, body in zip(times, bodies)]


def chosen(capture, out, *options):
    """What tshark chooses of the capture."""
    subprocess.run(['tshark', '-n', '-r', capture, '-w', out, *options], check=True, capture_output=True)
    return sorted(frames(out))


def extract(data, out, *arguments):
    done = baleen.command('extract', '--data', data, '--json', '-w', out, *arguments)
    assert done.returncode == 0, done.stderr
    found = frames(out)
    tally = json.loads(done.stdout)
    assert tally['packets'] == len(found)
    assert [float(f[0]) for f in found] == sorted(float(f[0]) for f in found), 'in the order of time'
    return sorted(found), tally


def read_numbers(capture, filter_text):
    listed = baleen.command('read', '-r', capture, '-Y', filter_text, '-e', 'frame.number')
    assert listed.returncode == 0, listed.stderr
    return [int(line) for line in listed.stdout.split()]


def hosts(capture, field='ip.src'):
    """Addresses of packets, the rarest first."""
    listed = baleen.command('read', '-r', capture, '-e', field).stdout.split()
    return sorted(set(listed), key=lambda host: (listed.count(host), host))


@pytest.mark.parametrize('suffix', ['pcapng', 'pcapng.zst', 'pcapng.lz4', 'pcap'])
def test_everything_comes_back(tmp_path, suffix):
    data = write(baleen.SAMPLE, tmp_path / 'packets', suffix, 5000, 4, 3)
    found, tally = extract(tmp_path, tmp_path / 'all.pcapng')
    assert found == sorted(frames(baleen.SAMPLE))
    assert tally['files'] == tally['files_read'] == sum(not p.name.endswith('.index') for p in data.iterdir()) > 3


@pytest.mark.parametrize('suffix', ['pcapng', 'pcapng.zst', 'pcapng.lz4', 'pcap'])
@pytest.mark.parametrize('end', ['seal', 'leave'])
def test_a_host_is_found_by_the_index_as_tcpdump_finds_it(corpus, tmp_path, suffix, end):
    capture = corpus / 'mix/1kxun.pcap'
    write(capture, tmp_path / 'packets', suffix, 20000, 8, 2, end)
    host = next(h for h in hosts(capture) if ':' not in h)
    found, tally = extract(tmp_path, tmp_path / 'host.pcapng', 'host', host)
    subprocess.run(['tcpdump', '-r', capture, '-w', tmp_path / 'theirs.pcap', 'ip host ' + host], check=True, capture_output=True)
    assert found == sorted(frames(tmp_path / 'theirs.pcap')) != []
    _, everything = extract(tmp_path, tmp_path / 'all.pcapng')
    assert tally['chunks_read'] < everything['chunks_read'] / 4, 'by the index'


@pytest.mark.parametrize('capture, filter_text, theirs', [
    ('mix/1kxun.pcap', 'tcp.port == 80', 'tcp.port == 80 && !icmp'),
    ('mix/1kxun.pcap', 'udp && port 53', 'udp.port == 53 && !icmp'),
    ('mix/tls2.pcap', 'tcp.flags.syn == 1', 'tcp.flags.syn == 1'),
    ('mix/iot-home.pcap', 'ipv6', 'ipv6 && !ip'),
    ('mix/iot-home.pcap', 'frame.len > 500', 'frame.len > 500'),
])
def test_filters_choose_what_tsharks_choose(corpus, tmp_path, capture, filter_text, theirs):
    capture = corpus / capture
    write(capture, tmp_path / 'packets')
    found, _ = extract(tmp_path, tmp_path / 'ours.pcapng', filter_text)
    assert found == chosen(capture, tmp_path / 'theirs.pcapng', '-Y', theirs) != []


def check_against_read(capture, folder, filter_text):
    """What extraction finds is what `baleen read -Y` finds, by the same packets of the capture."""
    numbers = read_numbers(capture, filter_text)
    every = frames(capture)
    found, tally = extract(folder, folder / 'ours.pcapng', filter_text)
    assert found == sorted(every[number - 1] for number in numbers), filter_text
    return found, tally


# Tunnels, tunnels in tunnels, fragments of both kinds, fragments in tunnels and tunnels in fragments.
WRAPPED = ['arkime/gtp-u.pcap', 'ndpi/gre.pcapng', 'ndpi/teredo.pcap', 'ndpi/vxlan.pcap', 'ndpi/ip_fragmented_garbage.pcap',
           'pcapplusplus/frag_http_req.pcap', 'pcapplusplus/ip4_fragments.pcap', 'pcapplusplus/ipv6_opt_fragments.pcap',
           'tcpdump/gso-ipv4-vxlan-ipv6.pcap', 'zeek/tunnels/gre-within-gre.pcap', 'zeek/tunnels/gtp/gtp7_ipv6.pcap',
           'suricata-verify/defrag-bug-6942-6887-defrag-eth-ip-gre-ppp-ip-udp-data--eth-ip-gre-ppp-max-ip-packet.pcap']


@pytest.mark.parametrize('capture', WRAPPED)
def test_hosts_in_tunnels_and_fragments_are_those_of_the_flow(corpus, tmp_path, capture):
    """The index has the addresses of flows, the innermost; so has the filter. Outer ones are tunnel.addr, and read everything."""
    capture = corpus / capture
    write(capture, tmp_path / 'packets', 'pcapng', 2000, 8)
    every = hosts(capture)
    assert every
    for host in {*every[:3], *every[-2:]}:
        found, _ = check_against_read(capture, tmp_path, 'host ' + host)
        assert found
        outer, _ = check_against_read(capture, tmp_path, 'tunnel.addr == ' + host)
        field = 'ipv6.addr' if ':' in host else 'ip.addr'
        theirs = chosen(capture, tmp_path / 'theirs.pcapng', '-Y', '%s == %s' % (field, host))
        # tshark asks every header, of tunnels in tunnels and of packets that ICMP quotes as well.
        assert set(found) <= set(theirs), host
        if capture.name not in ('gre-within-gre.pcap', 'ip_fragmented_garbage.pcap'):
            assert set(found) | set(outer) == set(theirs), host


def ends_of_connections(capture, count):
    lines = baleen.command('read', '-r', capture, '-e', 'ip.src', '-e', 'port.src', '-e', 'ip.dst', '-e', 'port.dst',
                           '-Y', 'tcp').stdout.splitlines()
    return [line.split('\t') for line in sorted(set(lines))[:count]]


def test_both_ends_are_one_key(corpus, tmp_path):
    capture = corpus / 'mix/1kxun.pcap'
    write(capture, tmp_path / 'packets')
    for src, src_port, dst, dst_port in ends_of_connections(capture, 5):
        check_against_read(capture, tmp_path, 'tcp && ip.addr == %s && ip.addr == %s && tcp.port == %s && tcp.port == %s'
                           % (src, dst, src_port, dst_port))
        found, tally = check_against_read(capture, tmp_path, 'src host %s && dst host %s && tcp.srcport == %s && tcp.dstport == %s'
                                          % (src, dst, src_port, dst_port))
        assert found and tally['chunks_read'] <= 12


def test_pcap_filters_are_tcpdumps(corpus, tmp_path):
    capture = corpus / 'mix/1kxun.pcap'
    write(capture, tmp_path / 'packets')
    for text in ('udp port 53', 'tcp[tcpflags] & tcp-syn != 0', 'arp', 'greater 1000'):
        found, _ = extract(tmp_path, tmp_path / 'ours.pcapng', '--pcap-filter', text)
        subprocess.run(['tcpdump', '-r', capture, '-w', tmp_path / 'theirs.pcap', text], check=True, capture_output=True)
        assert found == sorted(frames(tmp_path / 'theirs.pcap')), text


def test_a_stretch_of_time(corpus, tmp_path):
    capture = corpus / 'mix/1kxun.pcap'
    write(capture, tmp_path / 'packets')
    times = sorted(float(frame[0]) for frame in frames(capture))
    begin, end = int(times[len(times) // 3]), int(times[len(times) // 3]) + 5
    found, tally = extract(tmp_path, tmp_path / 'ours.pcapng', '--from', begin, '--to', end)
    assert found == chosen(capture, tmp_path / 'theirs.pcapng', '-Y',
                           'frame.time_epoch >= %d && frame.time_epoch < %d' % (begin, end)) != []
    by_filter, same = extract(tmp_path, tmp_path / 'ours.pcapng', 'frame.time >= %d && frame.time < %d' % (begin, end))
    assert by_filter == found and same['chunks_read'] == tally['chunks_read']


@pytest.mark.parametrize('suffix', ['pcapng.zst', 'pcap'])
def test_packets_of_flows_that_the_store_finds(corpus, tmp_path, suffix):
    capture = corpus / 'mix/tls2.pcap'
    ran = baleen.run(tmp_path, '-r', capture)
    write(capture, tmp_path / 'store/packets', suffix, 20000, 8)
    wanted = ran.flows('tls.sni')
    assert wanted
    found, _ = extract(ran.store, tmp_path / 'ours.pcapng', '--flows', 'tls.sni')
    assert len(found) == sum(f['flow']['pkts_toserver'] + f['flow']['pkts_toclient'] for f in wanted)
    one = wanted[0]
    found, tally = extract(ran.store, tmp_path / 'ours.pcapng', '--flow', one['flow_id'])
    assert len(found) == one['flow']['pkts_toserver'] + one['flow']['pkts_toclient']
    if suffix == 'pcap':
        return
    comments = subprocess.run(['tshark', '-n', '-r', tmp_path / 'ours.pcapng', '-T', 'fields', '-e', 'frame.comment'],
                              capture_output=True, text=True, check=True).stdout.split()
    assert comments == ['flow=%d' % one['flow_id']] * len(found)
    by_filter, _ = extract(ran.store, tmp_path / 'ours.pcapng', 'flow.id == %d' % one['flow_id'])
    assert by_filter == found


def test_what_only_conversations_tell_is_refused(tmp_path):
    for text, word in (('tls.sni contains "x"', '--flows'), ('frame.number == 1', 'frame.number'), ('nonsense == 1', 'unknown')):
        done = baleen.command('extract', '--data', tmp_path, '-w', tmp_path / 'out.pcapng', text)
        assert done.returncode == 2 and word in done.stderr, done.stderr
    done = baleen.command('extract', '--data', tmp_path, '-w', tmp_path / 'out.pcapng')
    assert done.returncode == 1 and 'no files of packets' in done.stderr


def test_a_file_that_a_dead_writer_left_is_mended(corpus, tmp_path):
    capture = corpus / 'mix/1kxun.pcap'
    data = write(capture, tmp_path / 'packets', 'pcapng', 20000, 100, 1, 'leave')
    file, = (p for p in data.iterdir() if p.suffix == '.pcapng')
    os.truncate(file, file.stat().st_size - 5001)
    listed, = map(json.loads, baleen.command('pcap', 'list', '--json', '--data', tmp_path).stdout.splitlines())
    assert listed['state'] == 'torn'
    done = baleen.command('pcap', 'recover', file)
    assert done.returncode == 0 and 'cut behind its last whole packet' in done.stdout, done.stderr
    readable = subprocess.run(['capinfos', '-c', '-M', '-T', '-r', file], capture_output=True, text=True)
    assert readable.returncode == 0 and not readable.stderr
    assert subprocess.run(['tcpdump', '-r', file, '-w', '/dev/null'], capture_output=True).returncode == 0
    found, _ = extract(tmp_path, tmp_path / 'ours.pcapng')
    kept = frames(file)
    assert found == sorted(kept) and len(kept) == listed['packets']
    assert kept == frames(capture)[:len(kept)]
    listed, = map(json.loads, baleen.command('pcap', 'list', '--json', '--data', tmp_path).stdout.splitlines())
    assert listed['state'] == 'sealed' and listed['packets'] == len(kept)
    assert 'is whole' in baleen.command('pcap', 'recover', file).stdout
