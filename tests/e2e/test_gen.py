"""`baleen gen` into a real capture: every packet sent is on the wire, in the flows and at the rate asked for."""
import json
import os
import signal
import subprocess
import time

import pytest

import baleen
import namespaces
from test_live import PORT, SENDER, UNTIMED, link, sendable, start_capture  # noqa: F401 (link is a fixture)
from test_ports import finish, start

# A worker that sleeps when idle is hardly ever inside of memif's receive function when the sender leaves: DPDK 22.11's
# driver unmaps the rings under it (seen once in 200 runs of a busy worker).
ASLEEP = 'worker.idle=sleep'
MEMIF = 'net_memif0,role=%s,socket=%s,socket-abstract=no'


def gen(*arguments, prefix=()):
    """`baleen gen --json`, finished: its summary."""
    done = subprocess.run([*prefix, baleen.BUILD / 'baleen', 'gen', '--json', *map(str, arguments)],
                          capture_output=True, text=True, timeout=baleen.TIMEOUT_S)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary['offered'] == summary['packets'] + summary['refused'] + summary['late']
    return summary


class Wire:
    """A capture at one end, and what `gen` has to be told to send to it."""

    def __init__(self, run, device, prefix=()):
        self.run, self.device, self.prefix = run, device, prefix

    def gen(self, *arguments):
        return gen('-i', self.device, *arguments, prefix=self.prefix)

    def finish(self):
        time.sleep(0.5)
        return finish(self.run)


@pytest.fixture(params=['memif', 'veth', 'vhost'])
def wire(request, tmp_path, as_root):
    settings = [*UNTIMED, 'parse.verify_checksums=true', 'ethdev.rx_descriptors=2048', ASLEEP]
    if request.param != 'veth':
        ours, theirs = {
            'memif': tuple(MEMIF % (role, tmp_path / 'socket') for role in ('server', 'client')),
            'vhost': ('net_vhost0,iface=%s,queues=1' % (tmp_path / 'socket'),
                      'net_virtio_user0,path=%s,queues=1' % (tmp_path / 'socket')),
        }[request.param]
        run = start(tmp_path / 'live', ours, settings=settings)
        yield Wire(run, theirs)
    else:
        sender, receiver = request.getfixturevalue('link')
        run = start_capture(tmp_path / 'live', receiver, PORT, settings=settings)
        run.notices = ''
        yield Wire(run, SENDER, sender.prefix())


@pytest.mark.parametrize('flows', [1, 1000])
def test_every_packet_sent_is_on_the_wire_and_in_as_many_flows_as_asked_for(wire, flows):
    summary = wire.gen('--count', 20000, '--rate', '20kpps', '--flows', flows, '--size', 'imix', '--payload', 'random')
    run = wire.finish()
    assert summary['offered'] == 20000
    assert run.ledger['wire'] == summary['packets'] > 10000, summary
    assert run.ledger['counted'] == run.ledger['received'], 'nothing malformed, nothing else than IP'
    notes = run.ledger['causes']['note']
    assert [notes['checksum_' + layer] for layer in ('ipv4', 'tcp', 'udp')] == [0, 0, 0]
    if run.ledger['nic_missed'] == 0:
        assert run.ledger['flows'] == flows
        assert len(run.flows()) == flows
        assert {flow['proto'] for flow in run.flows()} == ({'UDP'} if flows == 1 else {'UDP', 'TCP'})


def test_a_low_rate_is_not_exceeded(wire):
    summary = wire.gen('--rate', '1000pps', '--duration', '2s')
    run = wire.finish()
    assert summary['offered'] == 2000
    # Slower it may be: on a machine with other work some packets come too late to be sent, and are counted.
    assert summary['packets_per_s'] < 1100, summary
    assert run.ledger['wire'] == summary['packets']


def test_a_replayed_capture_gives_the_flows_of_the_file(tmp_path, wire):
    capture = sendable(tmp_path, baleen.SAMPLE)
    from_file = baleen.run(tmp_path, '-r', capture, settings=UNTIMED)
    # Without a rate nothing is given up, and all of it has room in any port's ring.
    summary = wire.gen('-r', capture)
    run = wire.finish()
    assert summary['late'] == summary['refused'] == 0, summary
    assert run.ledger['wire'] == summary['packets'] == from_file.ledger['wire']
    assert baleen.five_tuples(run.flows()) == baleen.five_tuples(from_file.flows())


def memif(tmp_path, settings=(), queues=1):
    socket = tmp_path / 'socket'
    run = start(tmp_path / 'live', MEMIF % ('server', socket),
                settings=[*UNTIMED, ASLEEP, 'ethdev.queues=%d' % queues, *settings])
    return Wire(run, MEMIF % ('client', socket))


def test_without_a_rate_a_full_port_is_waited_for(tmp_path, as_root):
    wire = memif(tmp_path)
    summary = wire.gen('--count', 200000, '--flows', '100')
    run = wire.finish()
    assert summary['refused'] == summary['late'] == 0
    assert summary['packets'] == run.ledger['received'] == 200000
    assert [flow['flow']['pkts_toserver'] for flow in run.flows()] == [2000] * 100


def test_a_rate_that_nobody_takes_is_counted_as_refused(tmp_path, as_root):
    wire = memif(tmp_path)
    dataplane = wire.run.child('baleen-dataplane')
    os.kill(dataplane, signal.SIGSTOP)
    summary = None
    try:
        process = subprocess.Popen([baleen.BUILD / 'baleen', 'gen', '--json', '-i', wire.device, '--rate', '100kpps',
                                    '--duration', '1s'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        # It connects only once the other side runs, and then that is stopped again.
        time.sleep(1)
        os.kill(dataplane, signal.SIGCONT)
        wait_connected(wire)
        os.kill(dataplane, signal.SIGSTOP)
        summary = json.loads(process.communicate(timeout=baleen.TIMEOUT_S)[0])
    finally:
        os.kill(dataplane, signal.SIGCONT)
    run = wire.finish()
    assert summary['refused'] > 10000, summary
    assert summary['offered'] == 100000
    # What lay in the ring when the sender left went with it.
    assert run.ledger['wire'] <= summary['packets']


def wait_connected(wire):
    line = ''
    while 'link up' not in line:
        line = wire.run.process.stderr.readline()
        assert line
        wire.run.notices += line
    time.sleep(0.2)


def test_several_queues_share_flows_packets_and_rate(tmp_path, as_root):
    wire = memif(tmp_path, queues=2)
    summary = wire.gen('--count', 10001, '--flows', 501, '--rate', '20kpps', '--queues', 2)
    run = wire.finish()
    assert summary['offered'] == 10001
    assert run.ledger['wire'] == summary['packets']
    assert run.ledger['flows'] == summary['flows'] == 501
    assert min(run.ledger['ports'][0]['queues'][:2]) > 4000


def test_new_flows_come_at_their_rate(tmp_path, as_root):
    wire = memif(tmp_path)
    summary = wire.gen('--rate', '20kpps', '--duration', '2s', '--flows', 100, '--new-flows', 500)
    run = wire.finish()
    assert 900 < summary['flows'] < 100 + 1200, 'a little longer than 2 s, where the machine is busy'
    # The last ones may not have had their first packet yet.
    assert summary['flows'] - 100 <= run.ledger['flows'] <= summary['flows']


def test_a_replay_in_another_network_has_the_same_flows_there(tmp_path, as_root):
    from_file = baleen.run(tmp_path, '-r', baleen.SAMPLE, settings=UNTIMED)
    wire = memif(tmp_path, settings=['parse.verify_checksums=true'])
    before = from_file.ledger['causes']['note']
    summary = wire.gen('-r', baleen.SAMPLE, '--rewrite', '10.0.0.0/8', '--rewrite', '11.0.0.0/8',
                       '--count', 2 * from_file.ledger['wire'], '--rate', '5kpps')
    run = wire.finish()
    assert run.ledger['wire'] == summary['packets'] == 2 * from_file.ledger['wire']
    for network in ('10.', '11.'):
        moved = [flow for flow in run.flows() if flow['src_ip'].startswith(network)]
        assert len(moved) == len([flow for flow in from_file.flows() if '.' in flow['src_ip']]) > 40
    assert not any(flow['src_ip'].startswith('192.0.2.') for flow in run.flows())
    assert before['checksum_tcp'] == run.ledger['causes']['note']['checksum_tcp']


def test_a_signal_ends_it_with_a_summary(as_root):
    process = subprocess.Popen([baleen.BUILD / 'baleen', 'gen', '-i', 'net_null0', '--rate', '1kpps'],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert out.startswith('sent ') and 'packets/s asked for' in out


@pytest.mark.parametrize('arguments, status, sentence', [
    (['-i', 'net_null0', '--rate', '1M'], 2, "'1M' is not a rate"),
    (['-i', 'net_null0', '--size', '63'], 2, "'63' is not a frame size"),
    (['-i', 'net_null0', '--payload', 'x'], 2, "'x' is not a payload"),
    (['-i', 'net_null0', '--flows', '0'], 2, '--flows takes 1'),
    (['-i', 'net_null0', '--rewrite', '10.0.0.0/8'], 2, 'give -r as well'),
    (['-i', 'net_null0', '-r', 'absent.pcap'], 2, 'absent.pcap: there is no such file'),
    (['-i', 'nowhere0'], 1, "there is no interface 'nowhere0'"),
    (['-i', 'net_memif0,role=client,socket=/tmp/baleen-nobody.sock,socket-abstract=no', '--count', '1'], 1, 'cannot be sent on: vdev cannot be started'),
])
def test_what_is_impossible_is_refused_with_one_sentence(as_root, arguments, status, sentence):
    done = baleen.command('gen', *arguments)
    assert done.returncode == status, done.stderr
    assert sentence in done.stderr
