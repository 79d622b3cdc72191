"""Several queues, several ports, ports that come and go: flows stay whole, and every change is told."""
import subprocess
import time

import pytest

import baleen
import captures
import namespaces
from test_live import PORT, SENDER, UNTIMED, link, replay, sendable  # noqa: F401 (link is a fixture)

AF_PACKET = 'net_af_packet%d,iface=%s,qpairs=%d,blocksz=65536,framesz=2048,framecnt=4096'
TWO_WORKERS = [*UNTIMED, 'worker.count=2']


def start(folder, *devices, absent=(), settings=(), prefix=()):
    """A capture whose statistics segment is there: it has said which driver it took for each device."""
    interfaces = [word for device in [*absent, *devices] for word in ('-i', device)]
    run = baleen.Run(folder, *interfaces, settings=settings, prefix=prefix)
    # Read no further than the last line of the start: what Python has read ahead is lost to finish().
    lasts = ['of 2 workers', 'over 2 workers'] if 'worker.count=2' in settings else [': vdev']
    run.notices = ''
    while sum(run.notices.count(last) for last in lasts) < (len(devices) if lasts == [': vdev'] else 1):
        line = run.process.stderr.readline()
        assert line, run.notices
        run.notices += line
    time.sleep(1)
    return run


def finish(run):
    run.interrupt()
    assert run.finish() == 0, run.notices + run.stderr
    run.stderr = run.notices + run.stderr
    baleen.assert_balanced(run)
    return run


def assert_same_flows(run, from_file):
    assert baleen.five_tuples(run.flows()) == baleen.five_tuples(from_file.flows())
    # A flow told in two halves would have the same sums.
    assert len(run.flows()) == len(from_file.flows())
    assert run.ledger['causes']['note']['rss_misplaced'] == 0


def send_all(space, pieces):
    """tcpreplay for each (interface, capture), one after the other: the number of packets sent."""
    sent = 0
    for interface, capture in pieces:
        done = space.run('tcpreplay', '-q', '--pps=20000', '-i', interface, capture, check=False)
        sent += int(next(line.split()[-1] for line in done.stdout.splitlines() if 'Successful packets' in line))
    return sent


@pytest.fixture
def tap(as_root):
    """Two wires between two namespaces, as from a TAP that gives each direction its own."""
    sender, receiver = namespaces.Namespace(), namespaces.Namespace()
    for wire in ('0', '1'):
        namespaces.wire(sender, 'out' + wire, receiver, 'in' + wire)
    yield sender, receiver
    sender.delete()
    receiver.delete()


def test_each_worker_owns_a_queue_of_af_packet(tmp_path, link):  # noqa: F811
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    from_file = baleen.run(tmp_path, '-r', capture, settings=UNTIMED)
    run = start(tmp_path / 'live', AF_PACKET % (0, PORT, 2), settings=TWO_WORKERS, prefix=receiver.prefix())
    sent = replay(sender, capture)
    time.sleep(1)
    finish(run)
    assert 'each of 2 workers polls its own queue: the kernel spreads packets by host pair' in run.stderr
    assert run.ledger['wire'] == sent
    port = run.ledger['ports'][0]
    assert sum(port['queues']) == sent and all(port['queues']), port
    assert port['clock'] == 'tsc' and port['clock_error_ns'] > 0
    assert_same_flows(run, from_file)


@pytest.mark.parametrize('queues', [1, 2])
def test_directions_from_two_ports_meet_in_one_flow(tmp_path, tap, queues):
    sender, receiver = tap
    capture = sendable(tmp_path, baleen.SAMPLE)
    from_file = baleen.run(tmp_path, '-r', capture, settings=UNTIMED)
    there, back = tmp_path / 'there.pcap', tmp_path / 'back.pcap'
    counts = captures.split_by_direction(capture, there, back)
    assert min(counts) > 100
    devices = [AF_PACKET % (i, 'in%d' % i, queues) for i in range(2)]
    run = start(tmp_path / 'live', *devices, settings=TWO_WORKERS, prefix=receiver.prefix())
    assert send_all(sender, [('out0', there), ('out1', back)]) == sum(counts)
    time.sleep(1)
    finish(run)
    wanted = 'each of 2 workers polls its own queue of each port' if queues == 2 else 'a distributor thread'
    assert wanted in run.stderr
    assert [port['wire'] for port in run.ledger['ports']] == list(counts)
    assert baleen.five_tuples(run.flows()) == baleen.five_tuples(from_file.flows())
    assert run.ledger['causes']['note']['rss_misplaced'] == 0
    # One direction after the other: a TCP connection has ended before its answers come, others are one flow.
    assert both_directions(run) == both_directions(from_file) > 10


def both_directions(run):
    return len([flow for flow in run.flows() if flow['proto'] != 'TCP' and flow['flow']['pkts_toserver']
                and flow['flow']['pkts_toclient']])


PAIRS = {
    'memif': ('net_memif0,role=server,socket=%s,socket-abstract=no', 'net_memif0,role=client,socket=%s,socket-abstract=no'),
    'vhost': ('net_vhost0,iface=%s,queues=2', 'net_virtio_user0,path=%s,queues=2'),
}


@pytest.mark.parametrize('workers', [1, 2])
@pytest.mark.parametrize('kind', PAIRS)
def test_another_process_sends_over_two_queues(tmp_path, as_root, kind, workers):
    """Packets in turn over both queues, so that every flow comes in halves: the distributor joins them."""
    capture = baleen.SAMPLE
    from_file = baleen.run(tmp_path, '-r', capture, settings=UNTIMED)
    ours, theirs = (device % (tmp_path / 'socket') for device in PAIRS[kind])
    run = start(tmp_path / 'live', ours, settings=[*UNTIMED, 'worker.count=%d' % workers, 'ethdev.queues=2'])
    sent = subprocess.run([baleen.BUILD / 'tests/support/port_sender', capture, theirs, '2'], capture_output=True,
                          text=True, timeout=60)
    assert sent.returncode == 0, sent.stderr
    time.sleep(0.5)
    finish(run)
    assert run.ledger['wire'] == int(sent.stdout.split()[-1]) == from_file.ledger['wire']
    assert all(run.ledger['ports'][0]['queues'][:2])
    if workers == 2:
        assert 'a distributor thread spreads packets over 2 workers' in run.stderr
    assert baleen.five_tuples(run.flows()) == baleen.five_tuples(from_file.flows())


def test_packets_in_several_buffers_give_the_same_flows(tmp_path, as_root):
    """Buffers of 384 bytes: longer packets come as chains, of which the first part is parsed."""
    from_file = baleen.run(tmp_path, '-r', baleen.SAMPLE, settings=UNTIMED)
    run = start(tmp_path / 'live', 'net_pcap0,rx_pcap=%s' % baleen.SAMPLE,
                settings=[*UNTIMED, 'ethdev.mbuf_bytes=512B'])
    time.sleep(1)
    finish(run)
    assert run.ledger['received_bytes'] == from_file.ledger['received_bytes']
    assert baleen.five_tuples(run.flows()) == baleen.five_tuples(from_file.flows())


def test_a_link_that_goes_down_and_up_is_told_and_survived(tmp_path, link):  # noqa: F811
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    run = start(tmp_path / 'live', AF_PACKET % (0, PORT, 1), settings=UNTIMED, prefix=receiver.prefix())
    first = replay(sender, capture)
    for state in ('down', 'up'):
        namespaces.ip('link', 'set', SENDER, state, inside=sender.name)
        time.sleep(1)
    second = replay(sender, capture)
    time.sleep(1)
    finish(run)
    port = run.ledger['ports'][0]
    # A fresh veth may still have its first carrier change before it: that one is told as well.
    for state in ('down', 'up'):
        assert run.stderr.count('%s: link %s\n' % (PORT, state)) == port['link_' + state] >= 1, run.stderr
    assert port['link_down'] == port['link_up'] and not port['absent']
    assert run.ledger['wire'] == first + second


def test_a_port_that_disappears_is_told_and_the_others_go_on(tmp_path, tap):
    sender, receiver = tap
    capture = sendable(tmp_path, baleen.SAMPLE)
    devices = [AF_PACKET % (i, 'in%d' % i, 1) for i in range(2)]
    run = start(tmp_path / 'live', *devices, settings=UNTIMED, prefix=receiver.prefix())
    first = send_all(sender, [('out0', capture), ('out1', capture)])
    time.sleep(0.5)
    namespaces.ip('link', 'delete', 'out0', inside=sender.name)
    time.sleep(1)
    second = send_all(sender, [('out1', capture)])
    time.sleep(1)
    assert run.process.poll() is None
    namespaces.ip('link', 'delete', 'out1', inside=sender.name)
    assert run.finish() == 1, 'nothing is left to capture from'
    for name in ('in0', 'in1'):
        assert run.stderr.count('%s: the device has disappeared' % name) == 1
    assert 'the run has ended because no device is left to capture from' in run.stderr
    baleen.assert_balanced(run)
    assert run.ledger['wire'] == first + second
    assert [port['absent'] for port in run.ledger['ports']] == [True, True]


@pytest.mark.parametrize('arguments, sentence', [
    (['-i', '0000:ff:1f.7'], "device '0000:ff:1f.7' does not work: PCI cannot be opened"),
    (['-i', 'net_null0', '--set', 'ethdev.queues=64', '--set', 'ethdev.mbufs=1024'],
     'ethdev.mbufs = 1024 is less than the'),
    (['-i', 'net_pcap0,rx_pcap=%s' % baleen.SAMPLE, '--set', 'ethdev.queues=4'],
     'has 1 receive queues by its device string, not ethdev.queues = 4'),
    (['-i', 'net_af_packet0,iface=lo', '--set', 'ethdev.mtu=9000'],
     'ethdev.mtu = 9000 is not possible: it takes'),
    (['-i', 'net_null0', '--set', 'worker.idle=umwait'], 'this CPU has no WAITPKG instructions'),
])
def test_what_is_impossible_is_refused_with_one_sentence(tmp_path, as_root, arguments, sentence):
    if 'umwait' in arguments[-1] and 'waitpkg' in open('/proc/cpuinfo').read():
        pytest.skip('this CPU has WAITPKG')
    run = baleen.Run(tmp_path, *arguments)
    assert run.finish() == 1
    assert sentence in run.stderr


def test_a_device_that_is_not_there_is_named_and_the_others_go_on(tmp_path, link):  # noqa: F811
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    run = start(tmp_path / 'live', AF_PACKET % (0, PORT, 1), absent=['nowhere0', '0000:ff:1f.7'], settings=UNTIMED,
                prefix=receiver.prefix())
    sent = replay(sender, capture)
    time.sleep(1)
    finish(run)
    for sentence in ("there is no interface 'nowhere0'", "device '0000:ff:1f.7' does not work"):
        assert run.stderr.count(sentence) == 1, run.stderr
    assert run.stderr.count('going on without it') == 2
    assert run.ledger['wire'] == run.ledger['received'] == sent
    assert len(run.ledger['ports']) == 1


@pytest.mark.parametrize('idle', ['pause', 'sleep'])
def test_idle_workers_lose_nothing_at_a_moderate_rate(tmp_path, link, idle):  # noqa: F811
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    run = start(tmp_path / 'live', AF_PACKET % (0, PORT, 1), settings=[*UNTIMED, 'worker.idle=%s' % idle],
                prefix=receiver.prefix())
    sent = replay(sender, capture)
    time.sleep(1)
    finish(run)
    assert run.ledger['received'] == sent
