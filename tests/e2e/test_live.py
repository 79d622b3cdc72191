"""Live capture over veth pairs in namespaces: the records that the file gives, and drops in the ledger."""
import os
import signal
import subprocess
import time

import pytest

import baleen
import namespaces

SENDER, PORT = 'wire0', 'wire1'
DRIVERS = {
    'af_xdp': 'net_af_xdp0,iface=%s' % PORT,
    'af_packet': 'net_af_packet0,iface=%s,blocksz=65536,framesz=2048,framecnt=4096' % PORT,
}
# Live packets have their own times: nothing may end by timeout while the test runs.
UNTIMED = ['flow.idle_timeout=off', 'flow.active_timeout=off', 'flow.tcp_end_timeout=off']


@pytest.fixture
def link(as_root):
    """Two namespaces and a wire between them: packets are sent in the first, captured in the second."""
    sender, receiver = namespaces.Namespace(), namespaces.Namespace()
    namespaces.wire(sender, SENDER, receiver, PORT)
    yield sender, receiver
    sender.delete()
    receiver.delete()


def start_capture(folder, space, device, settings=()):
    """A capture that is up and polling: its statistics segment is there when it says which driver it took."""
    run = baleen.Run(folder, '-i', device, settings=[*UNTIMED, *settings], prefix=space.prefix())
    line = run.process.stderr.readline()
    while line and 'baleen: %s' % PORT not in line:
        line = run.process.stderr.readline()
    run.notice = line
    time.sleep(1)
    return run


def replay(space, capture, packets_per_s=20000):
    sent = space.run('tcpreplay', '-q', '--pps=%d' % packets_per_s, '-i', SENDER, capture, check=False)
    return int(next(line.split()[-1] for line in sent.stdout.splitlines() if 'Successful packets' in line))


def sendable(folder, capture):
    """The capture without frames that the wire (MTU 1500) refuses."""
    kept = folder / 'sendable.pcap'
    subprocess.run(['tshark', '-n', '-F', 'pcap', '-r', capture, '-Y', 'frame.len <= 1514', '-w', kept],
                   check=True, capture_output=True)
    return kept


@pytest.mark.parametrize('driver', DRIVERS)
@pytest.mark.parametrize('workers', [1, 2])
def test_gives_the_records_that_the_file_gives(tmp_path, link, driver, workers):
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    from_file = baleen.run(tmp_path, '-r', capture, settings=UNTIMED)
    # The port's rings hold all of the capture, so that nothing is lost even if a busy machine lets nobody poll.
    run = start_capture(tmp_path / 'live', receiver, DRIVERS[driver],
                        settings=['worker.count=%d' % workers, 'ethdev.rx_descriptors=2048'])
    sent = replay(sender, capture)
    assert sent < 2048
    time.sleep(1)
    run.interrupt()
    assert run.finish() == 0, run.stderr
    baleen.assert_balanced(run)
    assert run.ledger['wire'] == sent == from_file.ledger['wire']
    assert baleen.five_tuples(run.flows()) == baleen.five_tuples(from_file.flows())
    for term in ('counted', 'not_ip', 'malformed'):
        assert run.ledger[term] == from_file.ledger[term], term


@pytest.mark.parametrize('driver', DRIVERS)
def test_names_what_the_kernel_dropped(tmp_path, link, driver):
    sender, receiver = link
    capture = sendable(tmp_path, baleen.SAMPLE)
    run = start_capture(tmp_path, receiver, DRIVERS[driver])
    dataplane = run.child('baleen-dataplane')
    replay(sender, capture)
    # Nobody polls while far more than the rings hold comes in.
    os.kill(dataplane, signal.SIGSTOP)
    for _ in range(10):
        replay(sender, capture, packets_per_s=100000)
    os.kill(dataplane, signal.SIGCONT)
    time.sleep(1)
    replay(sender, capture)
    time.sleep(1)
    run.interrupt()
    assert run.finish() == 0, run.stderr
    baleen.assert_balanced(run)
    arrived, _ = namespaces.interface_packets(receiver, PORT)
    assert run.ledger['nic_missed'] > 0
    assert run.ledger['wire'] == arrived


def test_picks_af_xdp_on_a_span_port_and_says_so(tmp_path, link):
    run = start_capture(tmp_path, link[1], PORT)
    run.interrupt()
    assert run.finish() == 0, run.stderr
    assert run.notice.strip() == 'baleen: %s: AF_XDP' % PORT


def test_picks_af_packet_where_the_host_talks_and_says_why(tmp_path, link):
    link[1].address(PORT, '192.0.2.1/24')
    run = start_capture(tmp_path, link[1], PORT)
    run.interrupt()
    assert run.finish() == 0, run.stderr
    assert 'AF_PACKET, because %s has an address' % PORT in run.notice


def test_says_how_to_bring_an_interface_up(tmp_path, link):
    namespaces.ip('link', 'set', PORT, 'down', inside=link[1].name)
    run = baleen.Run(tmp_path, '-i', PORT, prefix=link[1].prefix())
    assert run.finish() == 1
    assert 'ip link set %s up' % PORT in run.stderr


def test_leaves_no_xdp_program_behind(tmp_path, link):
    sender, receiver = link
    run = start_capture(tmp_path, receiver, DRIVERS['af_xdp'])
    assert 'xdp' in receiver.run('ip', 'link', 'show', PORT).stdout
    run.interrupt()
    assert run.finish() == 0
    assert 'xdp' not in receiver.run('ip', 'link', 'show', PORT).stdout
    crashed = start_capture(tmp_path, receiver, DRIVERS['af_xdp'])
    os.kill(crashed.child('baleen-dataplane'), signal.SIGKILL)
    assert crashed.finish() == 1
    assert 'xdp' not in receiver.run('ip', 'link', 'show', PORT).stdout


@pytest.fixture
def web(as_root, tmp_path):
    """A client and a web server on one wire, and a span port that sees both directions of it."""
    client, server, observer = (namespaces.Namespace() for _ in range(3))
    namespaces.wire(client, 'eth0', server, 'eth0')
    namespaces.wire(server, 'span', observer, PORT)
    client.address('eth0', '192.0.2.1/24')
    server.address('eth0', '192.0.2.2/24')
    namespaces.mirror(server, 'eth0', 'span')
    pages = tmp_path / 'pages'
    pages.mkdir()
    (pages / 'large').write_bytes(os.urandom(300_000))
    process = server.start('/usr/bin/python3', '-m', 'http.server', '8080', '--directory', pages)
    baleen.wait_for(lambda: client.run('curl', '-s', 'http://192.0.2.2:8080/', check=False).returncode == 0, 'the server')
    yield client, server, observer
    process.terminate()
    process.wait()
    for space in (client, server, observer):
        space.delete()


@pytest.mark.parametrize('driver', DRIVERS)
def test_a_real_client_and_server_give_the_records_that_tcpdump_sees(tmp_path, web, driver):
    client, server, observer = web
    run = start_capture(tmp_path / 'live', observer, DRIVERS[driver])
    recorded = tmp_path / 'recorded.pcap'
    # AF_XDP takes the packets before tcpdump on the same port could: it listens on the server's side of the span.
    tcpdump = server.start('tcpdump', '-i', 'span', '-w', recorded, '-U', '--immediate-mode', '-B', '16384')
    time.sleep(1)
    for _ in range(3):
        client.run('curl', '-s', '-o', '/dev/null', 'http://192.0.2.2:8080/large')
    client.run('ping', '-c', '3', '-i', '0.2', '192.0.2.2')
    time.sleep(1)
    tcpdump.terminate()
    tcpdump.wait()
    run.interrupt()
    assert run.finish() == 0, run.stderr
    baleen.assert_balanced(run)
    assert run.ledger['nic_missed'] == 0
    from_file = baleen.run(tmp_path, '-r', recorded, settings=UNTIMED)
    assert baleen.five_tuples(run.flows()) == baleen.five_tuples(from_file.flows())
    web_flows = [flow for flow in run.flows() if flow.get('dest_port') == 8080]
    assert len(web_flows) == 3
    assert all(flow['flow']['bytes_toclient'] > 300_000 for flow in web_flows)
    assert all(flow['flow']['end_reason'] == 'end_of_flow' for flow in web_flows)


def test_any_dpdk_device_string_works(tmp_path, as_root):
    """net_null makes packets without end: a run of a second has to stop by a signal and balance."""
    run = baleen.Run(tmp_path, '-i', 'net_null0,size=64', settings=UNTIMED)
    baleen.wait_for(lambda: run.child('baleen-dataplane'), 'the data plane')
    time.sleep(2)
    run.interrupt()
    assert run.finish() == 0, run.stderr
    baleen.assert_balanced(run)
    assert run.ledger['received'] > 1_000_000


def test_a_second_signal_ends_at_once(tmp_path, as_root):
    run = baleen.Run(tmp_path, '-i', 'net_null0,size=64', settings=UNTIMED)
    dataplane = run.child('baleen-dataplane')
    time.sleep(1)
    os.kill(run.child('baleen-control'), signal.SIGSTOP)
    control = run.child('baleen-control')
    for _ in range(2):
        run.interrupt()
        time.sleep(0.3)
    baleen.wait_for(lambda: not os.path.exists('/proc/%d' % dataplane), 'the data plane to end', seconds=5)
    os.kill(control, signal.SIGCONT)
    run.finish()
