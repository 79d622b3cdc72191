"""A live run whose disk fails: flows go on, packets wait or are counted, and writing goes on when the disk does."""
import os
import shutil
import signal
import subprocess
import time

import pytest

import baleen
import packet_files
import packets
import test_live
from test_live import link  # noqa: F401, a fixture


@pytest.fixture
def small_disk(disks):
    """A run may fill it."""
    return disks('8m')


def datagrams(folder, count, size=1000):
    writer = packets.Writer()
    for number in range(count):
        packets.Udp(writer, 1000 + number % 7).send(b'%06d' % number + bytes(size - 6))
    return writer.save(folder / 'datagrams.pcap')


def start(folder, space, directory, *settings):
    return test_live.start_capture(folder, space, test_live.DRIVERS['af_packet'],
                                   ['capture.directory=%s' % directory, 'capture.free=0B', 'capture.flush_interval=200ms',
                                    *settings])


def finish(run):
    run.interrupt()
    assert run.finish() == 0, run.stderr
    baleen.assert_balanced(run)
    ledger = run.ledger
    assert ledger['captured'] == ledger['capture_written'] + ledger['capture_shed']
    return ledger


def data(found):
    return sorted(packet.data for packet in found)


def test_a_full_disk_is_waited_for(tmp_path, link, small_disk):
    sender, receiver = link
    source = datagrams(tmp_path, 12_000)
    run = start(tmp_path / 'run', receiver, small_disk / 'packets')
    sent = test_live.replay(sender, source, 8000)
    time.sleep(1)
    subprocess.run(['mount', '-o', 'remount,size=64M', small_disk], check=True)
    ledger = finish(run)
    assert 'No space left' in run.stderr and 'again' in run.stderr
    assert ledger['received'] == ledger['captured'] == ledger['capture_written'] == sent
    assert data(packet_files.written(small_disk / 'packets')) == data(packet_files.packets(source))


@pytest.mark.parametrize('memory', ['8MiB', '64MiB'])
def test_a_full_disk_costs_packets_and_nothing_else(tmp_path, link, small_disk, memory):
    sender, receiver = link
    source = datagrams(tmp_path, 30_000)
    run = start(tmp_path / 'run', receiver, small_disk / 'packets', 'capture.memory=%s' % memory, 'run.drain_timeout=1s')
    sent = test_live.replay(sender, source, 8000)
    ledger = finish(run)
    assert ledger['received'] == ledger['counted'] == sent, 'flows are as whole as ever'
    causes = ledger['causes']['capture_shed']
    assert (causes['disk_failed'] > 0) == (memory == '8MiB') and causes['given_up'] > 0
    found = packet_files.written(small_disk / 'packets')
    assert len(found) == ledger['capture_written'] > 5000
    assert {p.data[:600] for p in found} <= {p.data[:600] for p in packet_files.packets(source)}


def test_a_folder_that_vanishes_is_made_again(tmp_path, link):
    sender, receiver = link
    source = datagrams(tmp_path, 500)
    run = start(tmp_path / 'run', receiver, tmp_path / 'packets')
    test_live.replay(sender, source, 2000)
    time.sleep(1)
    shutil.rmtree(tmp_path / 'packets')
    time.sleep(1.5)
    test_live.replay(sender, source, 2000)
    finish(run)
    assert data(packet_files.written(tmp_path / 'packets')) == data(packet_files.packets(source))


@pytest.mark.parametrize('suffix', ['none', 'zstd', 'lz4'])
def test_a_killed_run_leaves_files_that_can_be_mended(tmp_path, link, suffix):
    sender, receiver = link
    source = datagrams(tmp_path, 2000)
    run = start(tmp_path / 'run', receiver, tmp_path / 'packets', 'capture.compression=%s' % suffix)
    test_live.replay(sender, source, 2000)
    time.sleep(1)
    os.kill(run.child('baleen-dataplane'), signal.SIGKILL)
    run.finish()
    (file,) = packet_files.files(tmp_path / 'packets')
    mended = baleen.command('pcap', 'recover', file)
    assert mended.returncode == 0, mended.stderr
    (file,) = packet_files.files(tmp_path / 'packets')
    assert data(packet_files.packets(file)) == data(packet_files.packets(source)), 'all was flushed long before'
    assert file.with_name(file.name + '.index').is_file()
    out = tmp_path / 'out.pcapng'
    extracted = baleen.command('extract', '--data', tmp_path / 'packets', 'udp.srcport == 1003', '-w', out)
    assert extracted.returncode == 0, extracted.stderr
    expected = [p for p in packet_files.packets(source) if p.data[34:36] == (1003).to_bytes(2, 'big')]
    assert data(packet_files.packets(out)) == data(expected)
