"""Processes that die, rings and disks that fill: nothing is lost unnamed, nothing is doubled."""
import os
import pathlib
import signal
import subprocess
import time
import uuid

import pytest

import baleen


class SlowReplay:
    """A run that reads a pipe which we fill as we like."""

    def __init__(self, folder, settings=(), store=None):
        reader, self.writer = os.pipe()
        self.run = baleen.Run(folder, '-r', '-', settings=['flow.idle_timeout=1s', *settings], store=store, stdin=reader)
        os.close(reader)

    def write(self, data):
        while data:
            data = data[os.write(self.writer, data):]

    def end(self):
        os.close(self.writer)
        return self.run.finish()


def capture_of(flow_count, packets_per_flow=1):
    """A pcap of many small flows, one a millisecond, so that flows end all the time."""
    import struct
    out = [struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)]
    for i in range(flow_count * packets_per_flow):
        flow = i % flow_count
        ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28, 0, 0, 64, 17, 0, struct.pack('!I', 0x0a000000 + flow), bytes([10, 255, 0, 1]))
        packet = ip + struct.pack('!HHHH', 1024 + flow % 1000, 53, 8, 0)
        out.append(struct.pack('<IIII', 1700000000 + i // 1000, i % 1000 * 1000, len(packet), len(packet)) + packet)
    return b''.join(out)


def unique_ids(flows):
    return {(flow['flow_id'], flow['flow']['part']) for flow in flows}


def test_control_killed_in_mid_run_loses_and_doubles_nothing(tmp_path):
    slow = SlowReplay(tmp_path, settings=['store.commit_interval=20ms', 'store.batch_records=100'])
    data = capture_of(20000)
    step = len(data) // 10
    for i in range(0, len(data), step):
        slow.write(data[i:i + step])
        if i // step in (2, 5, 7):
            os.kill(slow.run.child('baleen-control'), signal.SIGKILL)
        time.sleep(0.1)
    assert slow.end() == 0, slow.run.stderr
    assert slow.run.stderr.count('was killed by signal 9') == 3
    baleen.assert_balanced(slow.run)
    flows = slow.run.flows()
    assert len(flows) == len(unique_ids(flows)) == 20000


def test_data_plane_killed_leaves_every_finished_record_stored(tmp_path):
    slow = SlowReplay(tmp_path)
    slow.write(capture_of(10000))
    stored = baleen.wait_for(lambda: (slow.run.store.exists() and len(slow.run.flows()) > 5000) or None, 'records in the store')
    assert stored
    os.kill(slow.run.child('baleen-dataplane'), signal.SIGKILL)
    status = slow.run.finish()
    os.close(slow.writer)
    assert status == 1
    assert 'the data plane was killed by signal 9' in slow.run.stderr
    ledger, flows = slow.run.ledger, slow.run.flows()
    # What the worker had finished is all there. Its own counters are up to a millisecond older than its ring.
    assert len(flows) == len(unique_ids(flows)) == ledger['records_consumed'] > 5000
    assert ledger['records_in_rings'] == 0
    assert ledger['records_made'] <= ledger['records_consumed']
    assert ledger['balanced'], ledger['imbalances']
    checked = subprocess.run(['sqlite3', next(slow.run.store.glob('*.sqlite')), 'PRAGMA integrity_check'],
                             capture_output=True, text=True)
    assert checked.stdout.strip() == 'ok'


def test_supervisor_killed_takes_its_children_along(tmp_path):
    slow = SlowReplay(tmp_path)
    slow.write(capture_of(1000))
    children = [slow.run.child('baleen-dataplane'), slow.run.child('baleen-control')]
    os.kill(slow.run.process.pid, signal.SIGKILL)
    slow.run.process.wait()
    for pid in children:
        baleen.wait_for(lambda: not os.path.exists('/proc/%d' % pid) or
                        open('/proc/%d/stat' % pid).read().split()[2] == 'Z', 'process %d to end' % pid)
    os.close(slow.writer)


def test_control_does_not_wait_for_a_data_plane_that_has_gone(tmp_path):
    """Killed before the control process came to it, which is slow to start on a busy machine."""
    socket = '@baleen-test-' + uuid.uuid4().hex
    options = ['--set', 'run.socket="%s"' % socket, '--set', 'run.control_socket=""']
    dataplane = subprocess.Popen([baleen.BUILD / 'baleen-dataplane', *options, '--set', 'source.files="%s"' % baleen.SAMPLE])
    baleen.wait_for(lambda: socket in pathlib.Path('/proc/net/unix').read_text(), 'the data plane')
    dataplane.kill()
    dataplane.wait()
    begun = time.monotonic()
    control = subprocess.run([baleen.BUILD / 'baleen-control', '--once', *options, '--set', 'store.directory="%s"' % tmp_path],
                             stderr=subprocess.PIPE, text=True)
    assert control.returncode == 1 and 'no data plane on socket' in control.stderr
    assert time.monotonic() - begun < 10


def test_nothing_is_left_behind_after_a_crash(tmp_path):
    def leavings():
        places = ['/dev/shm', '/dev/hugepages', '/run/baleen', '/tmp']
        return {os.path.join(place, name) for place in places if os.path.isdir(place)
                for name in os.listdir(place) if 'baleen' in name or 'rtemap' in name}
    before = leavings()
    slow = SlowReplay(tmp_path)
    slow.write(capture_of(100))
    for pid in [slow.run.child(name) for name in ('baleen-dataplane', 'baleen-control')]:
        os.kill(pid, signal.SIGKILL)
    assert slow.run.finish() == 1
    os.close(slow.writer)
    assert leavings() == before


def test_full_ring_is_counted_and_capture_goes_on(tmp_path):
    # The control process stands still while more records come than the ring holds.
    slow = SlowReplay(tmp_path, settings=['ring.size=256KiB', 'ring.when_full=drop'])
    slow.write(capture_of(10))
    control = slow.run.child('baleen-control')
    baleen.wait_for(lambda: slow.run.child('baleen-dataplane'), 'the data plane')
    time.sleep(0.5)
    os.kill(control, signal.SIGSTOP)
    slow.write(capture_of(5000)[24:])
    time.sleep(0.5)
    os.kill(control, signal.SIGCONT)
    assert slow.end() == 0, slow.run.stderr
    ledger = slow.run.ledger
    assert ledger['received'] == 5010
    assert ledger['causes']['records_dropped']['ring_full'] > 0
    baleen.assert_balanced(slow.run)
    assert 'ring_full' in slow.run.stdout


def test_a_file_waits_for_a_slow_store_and_loses_nothing(tmp_path):
    slow = SlowReplay(tmp_path, settings=['ring.size=256KiB'])
    slow.write(capture_of(10))
    control = slow.run.child('baleen-control')
    time.sleep(0.5)
    os.kill(control, signal.SIGSTOP)
    slow.write(capture_of(1800)[24:])
    time.sleep(0.5)
    os.kill(control, signal.SIGCONT)
    slow.write(capture_of(3000)[24:])
    assert slow.end() == 0, slow.run.stderr
    baleen.assert_balanced(slow.run)
    assert slow.run.ledger['records_dropped'] == 0


@pytest.fixture
def small_disk(disks):
    return disks('2m')


def test_full_disk_is_named_and_capture_goes_on(tmp_path, small_disk):
    slow = SlowReplay(tmp_path, store=small_disk / 'store',
                      settings=['ring.size=256KiB', 'run.drain_timeout=1s', 'store.commit_interval=20ms'])
    slow.write(capture_of(40000))
    assert slow.end() == 1, 'records were lost at the end, so the run did not succeed'
    ledger = slow.run.ledger
    assert ledger['received'] == ledger['counted'] == 40000, 'capture goes on'
    assert ledger['causes']['records_dropped']['store_failed'] > 0
    assert 'the store fails' in slow.run.stderr and 'full' in slow.run.stderr
    flows = slow.run.flows()
    assert len(flows) == len(unique_ids(flows)) == ledger['records_consumed'] > 0, 'what came before is kept'


def test_store_works_again_when_the_disk_does(tmp_path, small_disk):
    ballast = small_disk / 'ballast'
    ballast.write_bytes(bytes((2 << 20) - 200_000))
    slow = SlowReplay(tmp_path, store=small_disk / 'store', settings=['store.commit_interval=20ms'])
    slow.write(capture_of(3000))
    # Replayed on: the records wait in the ring, which has room for them all.
    time.sleep(1.5)
    ballast.unlink()
    assert slow.end() == 0, slow.run.stderr
    assert 'the store works again' in slow.run.stderr
    assert slow.run.ledger['records_dropped'] == 0
    baleen.assert_balanced(slow.run)
