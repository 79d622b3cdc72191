"""The store: what it adds up agrees with its records and the ledger, whatever dies; what `baleen store` tells and makes."""
import json
import os
import random
import signal
import sqlite3
import subprocess
import time

import baleen
from test_crash import SlowReplay, capture_of

VERSION = 7  # of slices
DIMENSIONS = range(5)
HOST = 1


def store(name, store_folder, *arguments):
    return baleen.command('store', name, '--data', store_folder, *arguments)


def checked(store_folder):
    """Every slice, which has to be sound."""
    result = store('check', store_folder, '--json')
    slices = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0, result.stdout + result.stderr
    assert slices and all(one['sound'] and one['version'] == VERSION for one in slices)
    return slices


def rolled_up(store_folder, level, dimension):
    """Over all slices: records, packets and bytes."""
    sums = [0, 0, 0]
    for path in store_folder.glob('*.sqlite'):
        with sqlite3.connect(path) as slice_:
            row = slice_.execute('SELECT sum(records), sum(packets_out + packets_in), sum(bytes_out + bytes_in) FROM rollup '
                                 'WHERE level = ? AND dimension = ?', (level, dimension)).fetchone()
            sums = [a + (b or 0) for a, b in zip(sums, row)]
    return sums


def assert_conserved(run):
    """What every level and dimension adds up to is what the ledger has counted."""
    baleen.assert_balanced(run)
    flows = run.flows()
    records = len(flows)
    packets = run.ledger['counted']
    size = sum(f['flow']['bytes_toserver'] + f['flow']['bytes_toclient'] for f in flows)
    for level in range(3):
        for dimension in DIMENSIONS:
            factor = 2 if dimension == HOST else 1
            assert rolled_up(run.store, level, dimension) == [factor * records, factor * packets, factor * size], \
                (level, dimension)
    assert sum(one['flows'] for one in checked(run.store)) == records


def test_roll_ups_add_up_to_the_ledger(tmp_path):
    assert_conserved(baleen.run(tmp_path, '-r', baleen.SAMPLE, '--workers', 2))


def test_roll_ups_of_a_real_capture_add_up_to_the_ledger(tmp_path, corpus):
    captures = sorted(corpus.glob('mercury/**/*.pcap'))[:6] or sorted(corpus.rglob('*.pcap'))[:6]
    assert_conserved(baleen.run(tmp_path, *(word for path in captures for word in ('-r', path)), '--workers', 2,
                                settings=['store.slice=1m', 'store.rollup_interval=50ms']))


def test_roll_ups_survive_a_control_process_that_is_killed(tmp_path):
    slow = SlowReplay(tmp_path, settings=['store.commit_interval=10ms', 'store.batch_records=50', 'store.rollup_interval=100ms',
                                          'store.slice=5s'])
    data = capture_of(20000)
    step = len(data) // 20
    killed = 0
    for i in range(0, len(data), step):
        slow.write(data[i:i + step])
        if i // step % 4 == 2:
            os.kill(slow.run.child('baleen-control'), signal.SIGKILL)
            killed += 1
        time.sleep(0.1)
    assert slow.end() == 0, slow.run.stderr
    assert slow.run.stderr.count('was killed by signal 9') == killed == 5
    # Slices that were open when it was killed and got nothing since are finished by compact.
    assert store('compact', slow.run.store).returncode == 0
    assert_conserved(slow.run)


def damage(path, offset, size):
    with open(path, 'r+b') as file:
        file.seek(offset)
        file.write(random.Random(1).randbytes(size))


def test_a_damaged_slice_is_named_and_put_aside(tmp_path):
    first = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    path = max(first.store.glob('*.sqlite'), key=lambda p: p.stat().st_size)
    damage(path, 16384, path.stat().st_size - 16384)
    told = store('check', first.store, '--json')
    assert told.returncode == 1
    found = {one['file']: one for one in map(json.loads, told.stdout.splitlines())}
    assert found[str(path)]['damaged'] and not found[str(path)]['sound']
    again = baleen.Run(tmp_path, '-r', baleen.SAMPLE, store=first.store)
    assert again.finish() == 0, again.stderr
    assert path.name + '.damaged' in again.stderr
    assert path.with_name(path.name + '.damaged').exists()
    checked(first.store)
    assert len(again.flows('--last-run')) == again.ledger['records_consumed'] - again.ledger['events_made']
    assert json.loads(store('status', first.store, '--json').stdout)['damaged'] == 1


def test_a_newer_slice_is_left_alone(tmp_path):
    first = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    for path in first.store.glob('*.sqlite'):
        with sqlite3.connect(path) as slice_:
            slice_.execute("UPDATE meta SET value = ? WHERE key = 'version'", (str(VERSION + 1),))
    again = baleen.Run(tmp_path, '-r', baleen.SAMPLE, store=first.store, settings=['run.drain_timeout=1s'])
    assert again.finish() == 1
    assert 'newer baleen' in again.stderr
    for path in first.store.glob('*.sqlite'):
        with sqlite3.connect(path) as slice_:
            assert slice_.execute("SELECT value FROM meta WHERE key = 'version'").fetchone() == (str(VERSION + 1),)


def test_compact_leaves_what_is_in_use_and_keeps_what_is_there(tmp_path):
    slow = SlowReplay(tmp_path, settings=['store.commit_interval=20ms'])
    slow.write(capture_of(5000))
    baleen.wait_for(lambda: slow.run.store.exists() and slow.run.flows(), 'records in the store')
    told = [json.loads(line) for line in store('compact', slow.run.store, '--json').stdout.splitlines()]
    assert told and all(one['in_use'] for one in told)
    assert slow.end() == 0, slow.run.stderr
    before = slow.run.flows()
    told = [json.loads(line) for line in store('compact', slow.run.store, '--json').stdout.splitlines()]
    assert told and not any(one['in_use'] for one in told)
    assert all(one['bytes_after'] <= one['bytes_before'] for one in told)
    assert slow.run.flows() == before
    assert_conserved(slow.run)


def test_status_tells_what_is_there(tmp_path):
    run = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    status = json.loads(store('status', run.store, '--json').stdout)
    files = list(run.store.glob('*.sqlite'))
    assert status['slices'] == len(files)
    assert status['bytes'] == sum(path.stat().st_size for path in files)
    assert status['bytes_per_day'] > 0 and status['history_days'] > 0
    bounded = json.loads(store('status', run.store, '--json', '--set', 'store.retention_age=1d').stdout)
    assert bounded['history_days'] <= 1
    assert 'slices' in store('status', run.store).stdout
    absent = store('status', tmp_path / 'absent')
    assert absent.returncode == 1 and 'there is no store' in absent.stderr


def test_export_has_what_questions_have(tmp_path):
    run = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    words = ('tcp.port', '==', '443')
    exported = store('export', run.store, *words)
    assert exported.returncode == 0, exported.stderr
    lines = exported.stdout.splitlines()
    assert lines and sorted(lines) == sorted(json.dumps(json.loads(line), separators=(',', ':')) for line in lines)
    wanted = run.flows(*words)
    assert sorted((f['flow_id'] for f in map(json.loads, lines))) == sorted(f['flow_id'] for f in wanted)

    csv = tmp_path / 'flows.csv'
    assert store('export', run.store, '--format', 'csv', '--output', csv).returncode == 0
    listed = baleen.command('flows', '--data', run.store, '--csv').stdout.splitlines()
    assert sorted(csv.read_text().splitlines()) == sorted(listed)

    folder = tmp_path / 'exported'
    folder.mkdir()
    slice_ = folder / next(run.store.glob('*.sqlite')).name
    assert store('export', run.store, '--format', 'sqlite', '--type', 'all', '--output', slice_).returncode == 0
    assert run.flows() == baleen.flows(folder)
    def events(place):
        return baleen.command('events', '--data', place, '--type', 'all', '--format', 'eve').stdout
    assert events(run.store) == events(folder)
    checked(folder)
    refused = store('export', run.store, '--format', 'sqlite', '--output', slice_)
    assert refused.returncode == 1 and 'is there already' in refused.stderr


def test_export_takes_a_span_of_time(tmp_path):
    run = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    ends = sorted(f['flow']['end_ns'] for f in run.flows())
    middle = ends[len(ends) // 2] // 10**9
    early, late = (store('export', run.store, *words).stdout.splitlines()
                   for words in (('--to', middle), ('--from', middle)))
    assert len(early) + len(late) == len(ends)
    assert len(early) == sum(end < middle * 10**9 for end in ends)


def test_a_disk_with_too_little_room_costs_the_oldest(tmp_path, disks):
    disk = disks('4m')
    folder = disk / 'store'
    first = baleen.Run(tmp_path, '-r', baleen.SAMPLE, store=folder)
    assert first.finish() == 0, first.stderr
    kept = sorted(folder.glob('*.sqlite'))
    free = os.statvfs(disk)
    (disk / 'ballast').write_bytes(bytes(free.f_bavail * free.f_frsize - 200_000))
    control = subprocess.run([baleen.BUILD / 'baleen', 'run', '-r', baleen.SAMPLE, '--data', folder, '--set', 'store.slice=1d'],
                             capture_output=True, text=True, timeout=baleen.TIMEOUT_S)
    assert 'store.free' in control.stderr
    assert len(sorted(folder.glob('*.sqlite'))) <= len(kept)
