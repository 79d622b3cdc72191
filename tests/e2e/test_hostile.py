"""Bad input: a clear sentence, no crash, and what came before is kept."""
import os
import random
import struct

import pytest

import baleen


def seed():
    value = int(os.environ.get('BALEEN_SEED', random.randrange(2**32)))
    print('BALEEN_SEED=%d' % value)
    return value


def fails(tmp_path, *arguments, status, words, settings=()):
    """The run ends with this status and a sentence that has these words, never by a signal."""
    done = baleen.Run(tmp_path, *arguments, settings=settings)
    assert done.finish() == status, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    assert 'bug:' not in done.stderr
    return done


def test_missing_file_is_a_usage_error(tmp_path):
    fails(tmp_path, '-r', tmp_path / 'absent.pcap', status=2, words=['absent.pcap', 'no such file'])


def test_empty_capture_is_named(tmp_path):
    capture = tmp_path / 'empty.pcap'
    capture.touch()
    fails(tmp_path, '-r', capture, status=1, words=['empty.pcap is empty'])


def test_something_else_than_a_capture_is_named(tmp_path):
    capture = tmp_path / 'notes.pcap'
    capture.write_text('these are not packets, and there are more than 24 bytes of them\n')
    fails(tmp_path, '-r', capture, status=1, words=['neither pcap nor pcapng'])


def test_compressed_capture_names_the_way_out(tmp_path):
    capture = tmp_path / 'packed.pcap.zst'
    capture.write_bytes(b'\x28\xb5\x2f\xfd' + bytes(100))
    fails(tmp_path, '-r', capture, status=1, words=['zstdcat'])


def test_truncated_capture_keeps_what_came_before(tmp_path):
    whole = baleen.SAMPLE.read_bytes()
    capture = tmp_path / 'cut.pcap'
    capture.write_bytes(whole[:len(whole) * 2 // 3])
    done = fails(tmp_path, '-r', capture, status=1, words=['cut.pcap is cut short', 'after packet'])
    baleen.assert_balanced(done)
    assert done.ledger['wire'] > 100


def test_a_bad_file_costs_itself_only(tmp_path):
    bad = tmp_path / 'bad.pcap'
    bad.write_bytes(os.urandom(1000))
    alone = baleen.run(tmp_path, '-r', baleen.SAMPLE).ledger['wire']
    done = fails(tmp_path, '-r', baleen.SAMPLE, '-r', bad, '-r', baleen.SAMPLE, status=1, words=['bad.pcap'])
    assert done.ledger['wire'] == 2 * alone


def test_corrupted_captures_never_crash(tmp_path):
    generator = random.Random(seed())
    whole = baleen.SAMPLE.read_bytes()
    for _ in range(30):
        damaged = bytearray(whole[:100_000])
        for _ in range(generator.randrange(1, 200)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        capture = tmp_path / 'damaged.pcap'
        capture.write_bytes(damaged)
        done = baleen.Run(tmp_path, '-r', capture, settings=['ring.size=256KiB'])
        assert done.finish() in (0, 1), done.stderr
        assert done.ledger['balanced'], done.ledger


@pytest.mark.parametrize('text, words', [
    ('[flow]\nidel_timeout = "5s"\n', ['bad.toml:2:', "did you mean 'flow.idle_timeout'"]),
    ('[flow]\nidle_timeout = 5\n', ['bad.toml:2:', 'wrong type', 'duration']),
    ('[flow\n', ['bad.toml:1:']),
    ('[worker]\ncount = 0\nburst = 1000\n', ['worker.count', 'too small', 'worker.burst', 'too large']),
])
def test_configuration_errors_say_what_where_and_how(tmp_path, text, words):
    config = tmp_path / 'bad.toml'
    config.write_text(text)
    fails(tmp_path, '-c', config, '-r', baleen.SAMPLE, status=2, words=words)


def test_configuration_of_random_bytes_is_refused(tmp_path):
    generator = random.Random(seed())
    config = tmp_path / 'random.toml'
    for _ in range(20):
        config.write_bytes(generator.randbytes(200))
        checked = baleen.command('config', 'check', config)
        assert checked.returncode == 2 and 'random.toml' in checked.stderr


def test_wrong_capture_filter_has_libpcaps_own_words(tmp_path):
    fails(tmp_path, '-r', baleen.SAMPLE, '-f', 'prot tcp', status=2, words=["'prot tcp'", 'syntax error'])


def test_absent_device_lists_those_there_are(tmp_path):
    fails(tmp_path, '-i', 'absent0', status=1, words=["no interface 'absent0'", 'lo'])


def test_wrong_vdev_is_one_sentence(tmp_path, as_root):
    fails(tmp_path, '-i', 'net_absent0,foo=1', status=1, words=["device 'net_absent0,foo=1' does not work"])


@pytest.mark.parametrize('text, words', [
    ('ip.adr == 1.2.3.4', ["unknown field 'ip.adr'", "did you mean 'ip.addr'", '^']),
    ('ip.addr == 1.2.3', ["'1.2.3' is not an address"]),
    ('tcp.port == ', ['a value is missing']),
    ('(tcp', ['closing )']),
    ('tcp udp', ["'udp' was not expected"]),
])
def test_wrong_flow_filter_points_at_the_place(tmp_path, text, words):
    store = baleen.run(tmp_path, '-r', baleen.SAMPLE).store
    listed = baleen.command('flows', '--data', store, text)
    assert listed.returncode == 2
    for word in words:
        assert word in listed.stderr
    assert listed.stderr.splitlines()[1] == text


def test_damaged_slice_costs_itself_only(tmp_path):
    done = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    count = len(done.flows())
    (done.store / 'flows-20010101T000000Z.sqlite').write_bytes(os.urandom(8192))
    listed = baleen.command('flows', '--data', done.store, '--json')
    assert listed.returncode == 1 and 'flows-20010101' in listed.stderr
    assert len(listed.stdout.splitlines()) == count


def test_damaged_slice_in_the_way_is_set_aside(tmp_path):
    done = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    flows = done.flows()
    slices = sorted(done.store.glob('*.sqlite'))
    for path in slices:
        path.write_bytes(struct.pack('<Q', 42) * 1000)
    again = baleen.Run(tmp_path, '-r', baleen.SAMPLE)
    assert again.finish() == 0, again.stderr
    assert len(again.flows()) == len(flows)
    assert len(list(done.store.glob('*.damaged'))) == len(slices)


def test_no_store_says_how_to_make_one(tmp_path):
    listed = baleen.command('flows', '--data', tmp_path / 'nowhere')
    assert listed.returncode == 1 and 'baleen run' in listed.stderr
