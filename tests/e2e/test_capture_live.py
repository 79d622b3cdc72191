"""Packets of a live port to disk, and out of the memory of the last seconds when somebody asks."""
import struct
import time

import pytest

import baleen
import packet_files
import packets
import test_live
from test_live import link  # noqa: F401, a fixture

ASKED, OTHER = packets.CLIENT, '10.0.0.77'


def conversation(folder, name, port):
    """Datagrams of two hosts in turn."""
    writer = packets.Writer()
    for number in range(100):
        packets.Udp(writer, port + number % 5).send(b'%03d' % number + bytes(57))
        packets.CLIENT, mine = OTHER, packets.CLIENT
        packets.Udp(writer, port + number % 5).send(b'%03d' % number + bytes(57))
        packets.CLIENT = mine
    return writer.save(folder / name)


def data(found):
    return sorted(packet.data for packet in found)


@pytest.mark.parametrize('driver', test_live.DRIVERS)
def test_writes_what_came(tmp_path, link, driver):
    sender, receiver = link
    source = test_live.sendable(tmp_path, baleen.SAMPLE)
    run = test_live.start_capture(tmp_path / 'run', receiver, test_live.DRIVERS[driver],
                                  ['capture.directory=%s' % (tmp_path / 'packets')])
    sent = test_live.replay(sender, source, 2000)
    baleen.wait_for(lambda: written(tmp_path / 'packets') >= sent, 'the packets to be on disk while the run goes on')
    run.interrupt()
    assert run.finish() == 0, run.stderr
    baleen.assert_balanced(run)
    assert data(packet_files.written(tmp_path / 'packets')) == data(packet_files.packets(source))
    assert run.ledger['captured'] == run.ledger['capture_written'] == sent


def written(folder):
    """How many packets other programs could read now; a file being written may be empty, or end in a torn block."""
    try:
        return len(packet_files.written(folder))
    except (AssertionError, OSError, struct.error):
        return 0


@pytest.mark.parametrize('question', [['--host', ASKED], ['--filter', 'src host %s' % ASKED], ['--flow', None]])
def test_writes_the_past_and_what_comes_when_asked(tmp_path, link, question):
    sender, receiver = link
    socket = tmp_path / 'capture.sock'
    past, coming = conversation(tmp_path, 'past.pcap', 1000), conversation(tmp_path, 'coming.pcap', 1000)
    run = test_live.start_capture(
        tmp_path / 'run', receiver, test_live.DRIVERS['af_packet'],
        ['capture.directory=%s' % (tmp_path / 'packets'), 'capture.select=none', 'capture.history=256MiB',
         'capture.socket=%s' % socket])
    assert test_live.replay(sender, past, 2000) == 200
    time.sleep(0.5)
    wanted = packet_files.packets(past) + packet_files.packets(coming)
    wanted = [p for p in wanted if packets.socket.inet_aton(ASKED) in p.data]
    if question[1] is None:
        # The number of one flow is in the comments of what another trigger wrote: of its ports, the first.
        assert trigger(socket, '--filter', 'src host %s and src port 1000' % ASKED, '--after', '0s').returncode == 0
        baleen.wait_for(lambda: written(tmp_path / 'packets') >= 20, 'the first trigger')
        comments = {p.comment for file in packet_files.files(tmp_path / 'packets') for p in packet_files.packets(file)}
        (comment,) = comments
        question = ['--flow', comment.removeprefix('flow=')]
        wanted = [p for p in wanted if p.data[34:36] == b'\x03\xe8']
    asked = trigger(socket, *question, '--before', '1m', '--after', '3s')
    assert asked.returncode == 0, asked.stderr
    assert test_live.replay(sender, coming, 2000) == 200
    time.sleep(4.5)
    assert test_live.replay(sender, coming, 2000) == 200, 'too late to be written'
    time.sleep(0.5)
    run.interrupt()
    assert run.finish() == 0, run.stderr
    baleen.assert_balanced(run)
    assert 'trigger' in run.stderr
    assert data(packet_files.written(tmp_path / 'packets')) == data(wanted)
    assert run.ledger['causes']['captured'] == {'packets': 0, 'past': len(wanted)}


def trigger(socket, *arguments):
    return baleen.command('capture', 'trigger', '--socket', socket, *arguments)
