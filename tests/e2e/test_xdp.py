"""The XDP program in front of AF_XDP sockets: what it counts, shunts and passes on, and runs without it."""
import collections
import os
import subprocess
import time

import pytest

import baleen
import namespaces
from test_live import DRIVERS, PORT, SENDER, UNTIMED, link, replay, sendable, start_capture  # noqa: F401

DEVICE = DRIVERS['af_xdp']
HERE, THERE = '192.0.2.1', '192.0.2.2'


# Slow enough for a capture thread that a busy machine puts aside for 200 ms: 1024 descriptors.
CALM = 5000


def shunt(*entries):
    return 'xdp.shunt=[%s]' % ', '.join('"%s"' % entry for entry in entries)


def end(run):
    time.sleep(0.5)
    run.interrupt()
    assert run.finish() == 0, run.stderr
    baleen.assert_balanced(run)
    assert sum(entry['packets'] for entry in run.ledger['shunts']) == run.ledger['shunted']
    return run.ledger


def tshark(capture, condition, *fields):
    """The fields of the packets that fit, as tshark sees them, which knows nothing of this program."""
    options = [word for field in fields for word in ('-e', field)]
    return subprocess.run(['tshark', '-n', '-r', capture, '-Y', condition, '-T', 'fields', *options],
                          check=True, capture_output=True, text=True).stdout.splitlines()


def told(capture, entry, condition):
    """What has to be told of an entry: the packets that fit the condition."""
    sizes = [int(line) for line in tshark(capture, condition, 'frame.len')]
    assert sizes, 'the capture has packets with ' + condition
    return {'entry': entry, 'packets': len(sizes), 'bytes': sum(sizes)}


def longest_conversation(capture, condition, version='ip'):
    """(source, port, destination, port, tshark's number of it) of the TCP conversation with the most packets."""
    numbers = collections.Counter(tshark(capture, 'tcp && !icmp && !icmpv6 && ' + condition, 'tcp.stream'))
    stream = numbers.most_common(1)[0][0]
    fields = (version + '.src', 'tcp.srcport', version + '.dst', 'tcp.dstport')
    return (*tshark(capture, 'tcp.stream == ' + stream, *fields)[0].split('\t'), 'tcp.stream == ' + stream)


PREFIXES = [('192.0.2.0/24', 'ip.addr'), ('198.51.100.10', 'ip.addr'), ('2001:db8:0:1::/64', 'ipv6.addr'),
            ('2001:db8:0:7::/64', 'ipv6.addr')]


@pytest.mark.parametrize('entry, field', PREFIXES, ids=[entry for entry, _ in PREFIXES])
def test_a_shunted_prefix_is_counted_and_not_captured(tmp_path, link, entry, field):  # noqa: F811
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    expected = told(capture, entry, '%s == %s' % (field, entry))
    run = start_capture(tmp_path / 'live', receiver, DEVICE, settings=[shunt(entry)])
    sent = replay(sender, capture, CALM)
    ledger = end(run)
    assert ledger['wire'] == sent
    assert ledger['shunts'] == [expected]
    assert ledger['received'] == sent - expected['packets'] and ledger['nic_missed'] == 0
    assert 'shunted  %s: %s packets' % (entry, expected['packets']) in run.stdout


def test_shunted_flows_are_counted_in_both_directions_each_by_itself(tmp_path, link):  # noqa: F811
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    plain = longest_conversation(capture, 'ip && !vlan')
    six = longest_conversation(capture, 'ipv6 && !vlan', 'ipv6')
    tagged = longest_conversation(capture, 'ip && vlan.id == 7')
    entries = ['tcp %s:%s %s:%s' % plain[:4], 'tcp [%s]:%s [%s]:%s' % (*six[2:4], *six[:2]),
               'tcp %s:%s %s:%s vlan 7' % tagged[:4], 'tcp %s:%s %s:%s vlan 8' % tagged[:4],
               'udp %s:%s %s:%s' % plain[:4]]
    run = start_capture(tmp_path / 'live', receiver, DEVICE, settings=[shunt(*entries)])
    sent = replay(sender, capture, CALM)
    ledger = end(run)
    expected = [told(capture, entry, 'tcp && ' + flow[4]) for entry, flow in zip(entries, (plain, six, tagged))]
    expected += [{'entry': entry, 'packets': 0, 'bytes': 0} for entry in entries[3:]]
    assert ledger['shunts'] == expected
    assert ledger['wire'] == sent and ledger['nic_missed'] == 0
    captured = {(flow.get('src_ip'), str(flow.get('src_port')), flow.get('dest_ip')) for flow in run.flows()}
    for flow in (plain, six, tagged):
        assert (flow[0], flow[1], flow[2]) not in captured


def test_the_flow_comes_before_the_prefix_and_the_longer_prefix_before_the_shorter(tmp_path, link):  # noqa: F811
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    flow = longest_conversation(capture, 'ip && !vlan')
    entries = ['192.0.2.0/24', 'tcp %s:%s %s:%s' % flow[:4], '0.0.0.0/0']
    run = start_capture(tmp_path / 'live', receiver, DEVICE, settings=[shunt(*entries)])
    replay(sender, capture, CALM)
    ledger = end(run)
    rest = 'ip.addr == 192.0.2.0/24 && !(tcp && %s)' % flow[4]
    assert ledger['shunts'][0] == told(capture, entries[0], rest)
    assert ledger['shunts'][1] == told(capture, entries[1], 'tcp && ' + flow[4])
    assert ledger['shunts'][2] == told(capture, entries[2], 'ip && !(ip.addr == 192.0.2.0/24)')


def test_the_kernel_sees_every_packet_even_those_that_nobody_polls(tmp_path, link):  # noqa: F811
    """Σ over the interface's own counter, with traffic before, during and after the capture."""
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    replay(sender, capture)
    before, _ = namespaces.interface_packets(receiver, PORT)
    run = start_capture(tmp_path / 'live', receiver, DEVICE, settings=['ethdev.rx_descriptors=64'])
    for _ in range(5):
        replay(sender, capture, packets_per_s=200000)
    ledger = end(run)
    after, _ = namespaces.interface_packets(receiver, PORT)
    assert ledger['wire'] == after - before


def test_packets_that_come_while_the_run_ends_are_received_or_passed_on(tmp_path, link):  # noqa: F811
    """The program stops counting before the workers stop taking: nothing is seen and then left in a socket."""
    sender, receiver = link
    run = start_capture(tmp_path / 'live', receiver, DEVICE, settings=[shunt('198.51.100.0/24')])
    capture = sendable(tmp_path, baleen.SAMPLE)
    traffic = sender.start('tcpreplay', '-q', '--loop=1000', '--pps=%d' % CALM, '-i', SENDER, capture)
    try:
        time.sleep(1)
        ledger = end(run)
    finally:
        traffic.terminate()
        traffic.wait()
    assert ledger['received'] > 1000 and ledger['shunted'] > 100
    assert ledger['nic_missed'] == 0


def test_ports_are_steered_each_by_itself(tmp_path, link):  # noqa: F811
    """Two wires with the program and one where somebody else has a program: that one is captured over AF_PACKET."""
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    for number in (2, 3):
        namespaces.wire(sender, 'out%d' % number, receiver, 'in%d' % number)
    foreign_program(tmp_path, receiver, 'in3')
    entry = '192.0.2.0/24'
    # The last one to be opened: all are up when it is told.
    run = baleen.Run(tmp_path / 'live', *(word for name in ('in2', 'in3', PORT) for word in ('-i', name)),
                     settings=[*UNTIMED, shunt(entry), 'ethdev.mbufs=8192'], prefix=receiver.prefix())
    for line in run.process.stderr:
        if 'baleen: %s:' % PORT in line:
            break
    else:
        raise AssertionError('the capture did not start')
    time.sleep(1)
    sent = [int(line.split()[-1]) for out in (SENDER, 'out2', 'out3') for line in
            sender.run('tcpreplay', '-q', '--pps=%d' % CALM, '-i', out, capture, check=False).stdout.splitlines()
            if 'Successful packets' in line]
    ledger = end(run)
    expected = told(capture, entry, 'ip.addr == ' + entry)
    assert ledger['wire'] == sum(sent) and len(sent) == 3
    assert ledger['shunts'][0]['packets'] == 2 * expected['packets']
    assert ledger['received'] == sum(sent) - 2 * expected['packets']


@pytest.fixture
def hosts(link):  # noqa: F811
    """The two ends of the wire talk to each other; the port is one of them."""
    sender, receiver = link
    sender.address(SENDER, HERE + '/24')
    receiver.address(PORT, THERE + '/24')
    for space, name, address in ((sender, SENDER, THERE), (receiver, PORT, HERE)):
        # ARP is no traffic of an address: it is captured, so neighbours are told by hand.
        other = receiver if space is sender else sender
        mac = other.run('cat', '/sys/class/net/%s/address' % (PORT if space is sender else SENDER)).stdout.strip()
        namespaces.ip('neigh', 'add', address, 'lladdr', mac, 'dev', name, 'nud', 'permanent', inside=space.name)
    return sender, receiver


def pings(space, address, count=5):
    done = space.run('ping', '-c', count, '-i', '0.1', '-W', '1', address, check=False)
    return int(next(line for line in done.stdout.splitlines() if 'received' in line).split(',')[1].split()[0])


def test_what_is_shunted_still_reaches_the_host(tmp_path, hosts):
    sender, receiver = hosts
    pages = receiver.start('/usr/bin/python3', '-m', 'http.server', '8080', '--directory', tmp_path)
    (tmp_path / 'page').write_bytes(os.urandom(200_000))
    run = start_capture(tmp_path / 'live', receiver, DEVICE, settings=[shunt(HERE)])
    try:
        assert pings(sender, THERE) == 5
        page = tmp_path / 'got'
        sender.run('curl', '-s', '--retry', '5', '--retry-connrefused', '-o', page, 'http://%s:8080/page' % THERE)
        assert page.read_bytes() == (tmp_path / 'page').read_bytes()
    finally:
        pages.terminate()
        pages.wait()
    ledger = end(run)
    assert ledger['shunted'] > 5 and ledger['received'] == 0 and ledger['nic_missed'] == 0


def test_what_is_captured_does_not_reach_the_host(tmp_path, hosts):
    """AF_XDP takes packets, it does not copy them: docs/xdp.md says so, and here it is seen."""
    sender, receiver = hosts
    assert pings(sender, THERE, 1) == 1
    run = start_capture(tmp_path / 'live', receiver, DEVICE)
    assert pings(sender, THERE, 3) == 0
    ledger = end(run)
    assert ledger['received'] == 3
    assert pings(sender, THERE, 1) == 1, 'after the capture the host has its network back'


def test_a_queue_without_a_socket_passes_to_the_host_and_is_told_as_missed(tmp_path, as_root):
    sender, receiver = namespaces.Namespace(), namespaces.Namespace()
    try:
        queues = ('numrxqueues', '2', 'numtxqueues', '2')
        namespaces.ip('link', 'add', SENDER, 'netns', sender.name, *queues, 'type', 'veth',
                      'peer', 'name', PORT, 'netns', receiver.name, *queues)
        for space, name, address in ((sender, SENDER, HERE), (receiver, PORT, THERE)):
            space.run('sysctl', '-qw', 'net.ipv6.conf.%s.disable_ipv6=1' % name)
            namespaces.ip('link', 'set', name, 'up', inside=space.name)
            space.address(name, address + '/24')
        # One sender uses one transmit queue (XPS), which is the other end's receive queue: 0.
        sender.run('sh', '-c', 'echo 3 > /sys/class/net/%s/queues/tx-0/xps_cpus' % SENDER)
        run = start_capture(tmp_path, receiver, DEVICE + ',start_queue=1,queue_count=1')
        assert pings(sender, THERE) == 5
        ledger = end(run)
        assert ledger['passed'] >= 5 and ledger['nic_missed'] == ledger['passed'] and ledger['received'] == 0
        assert 'went on to the kernel' in run.stdout
    finally:
        sender.delete()
        receiver.delete()


def foreign_program(tmp_path, space, interface):
    """A program of somebody else's on an interface: it passes everything."""
    source = tmp_path / 'pass.c'
    source.write_text('__attribute__((section("xdp"))) int pass_all(void *context) { return 2; }\n')
    subprocess.run(['clang', '-target', 'bpf', '-O2', '-c', source, '-o', tmp_path / 'pass.o'], check=True)
    namespaces.ip('link', 'set', interface, 'xdp', 'obj', str(tmp_path / 'pass.o'), 'sec', 'xdp', inside=space.name)


def capture_works(tmp_path, link, settings, notice, prefix=()):  # noqa: F811
    """A run without the program says why in one sentence, captures all the same, and balances."""
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    run = baleen.Run(tmp_path / 'live', '-i', PORT, settings=[*UNTIMED, *settings], prefix=[*receiver.prefix(), *prefix])
    lines = []
    while not lines or 'baleen: %s:' % PORT not in lines[-1]:
        lines.append(run.process.stderr.readline())
        assert lines[-1], lines
    if not any(notice in line for line in lines):
        lines.append(run.process.stderr.readline())
    driver = next(line for line in lines if 'baleen: %s: AF' % PORT in line)
    time.sleep(1)
    sent = replay(sender, capture, CALM)
    ledger = end(run)
    assert ledger['wire'] == sent == ledger['received']
    assert ''.join(lines).count(notice) == 1, lines
    return driver


def test_runs_on_the_drivers_program_where_ours_is_switched_off(tmp_path, link):  # noqa: F811
    used = capture_works(tmp_path, link, ['xdp.program=off'], '%s: AF_XDP' % PORT)
    assert 'because' not in used


def test_runs_without_the_program_that_the_verifier_refuses(tmp_path, link):  # noqa: F811
    source = tmp_path / 'bad.bpf.c'
    text = (baleen.ROOT / 'drivers/xdp/steer.bpf.c').read_text()
    bad = text.replace('count_fate(steer_seen, bytes);', 'count_fate(steer_seen, *(volatile __u8*)(data + 4000));')
    assert bad != text
    source.write_text(bad)
    subprocess.run(['clang', '-target', 'bpf', '-O2', '-g', '-I', baleen.ROOT, '-idirafter',
                    '/usr/include/%s-linux-gnu' % os.uname().machine, '-c', source, '-o', tmp_path / 'bad.o'], check=True)
    used = capture_works(tmp_path, link, ['xdp.program=%s' % (tmp_path / 'bad.o')],
                         "the kernel's verifier refuses it: R6 offset is outside of the packet")
    assert 'AF_XDP' in used


def test_runs_without_a_program_that_is_none(tmp_path, link):  # noqa: F811
    (tmp_path / 'none.o').write_bytes(b'not an object file')
    capture_works(tmp_path, link, ['xdp.program=%s' % (tmp_path / 'none.o')], 'is not a BPF object file')


def test_runs_on_af_packet_without_the_capabilities_for_xdp(tmp_path, link):  # noqa: F811
    used = capture_works(tmp_path, link, [], 'loading it needs CAP_SYS_ADMIN and CAP_NET_ADMIN',
                         prefix=['setpriv', '--bounding-set', '-sys_admin,-bpf,-perfmon'])
    assert 'AF_PACKET' in used


def test_runs_where_another_program_has_the_interface(tmp_path, link):  # noqa: F811
    """It must neither be replaced nor taken off, and AF_PACKET needs no XDP."""
    foreign_program(tmp_path, link[1], PORT)
    used = capture_works(tmp_path, link, [], '%s: AF_PACKET' % PORT)
    assert 'because' in used
    assert 'xdp' in link[1].run('ip', 'link', 'show', PORT).stdout


def test_says_where_nothing_is_shunted(tmp_path, link):  # noqa: F811
    capture_works(tmp_path, link, [shunt('203.0.113.0/24')], 'nothing is shunted',
                  prefix=['setpriv', '--bounding-set', '-sys_admin,-bpf,-perfmon'])


@pytest.mark.parametrize('setting, sentence', [
    (shunt('10.0.0.1/8'), "xdp.shunt '10.0.0.1/8': the address has bits behind the first 8"),
    (shunt('10.0.0.0/8', '10.0.0.0/8'), "is the same as '10.0.0.0/8'"),
])
def test_refuses_entries_that_it_does_not_understand(tmp_path, as_root, setting, sentence):
    run = baleen.Run(tmp_path, '-i', PORT, settings=[setting])
    assert run.finish() == 2
    assert sentence in run.stderr
