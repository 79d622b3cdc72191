"""The same capture gives the same records, whatever the number of workers, the size of bursts and the parser's kernel."""
import itertools
import pathlib

import pytest

import baleen

# Timeouts short enough that captures of some seconds are cut in every way.
SHORT = ['flow.idle_timeout=2s', 'flow.active_timeout=5s', 'flow.tcp_end_timeout=500ms']
WORKERS = (1, 2, 4)
BURSTS = (1, 32, 64)
KERNELS = ['scalar', *(name for name, flag in (('avx2', ' avx2 '), ('avx512', ' avx512_vbmi '))
                       if flag in pathlib.Path('/proc/cpuinfo').read_text())]


def outputs(folder, capture):
    ways = [(workers, burst, 'auto') for workers, burst in itertools.product(WORKERS, BURSTS)]
    for workers, burst, kernel in ways + [(1, 64, kernel) for kernel in KERNELS]:
        done = baleen.run(folder, '-r', capture, '--workers', workers,
                          settings=[*SHORT, 'worker.burst=%d' % burst, 'ring.size=1MiB', 'parse.kernel=' + kernel])
        yield (workers, burst, kernel), baleen.command('flows', '--data', done.store, '--json').stdout


def assert_all_equal(folder, capture):
    (_, first), *others = outputs(folder, capture)
    assert first
    for setting, output in others:
        assert output == first, 'workers, burst, kernel = %s' % (setting,)


def test_sample_is_told_the_same_in_every_way(tmp_path):
    assert_all_equal(tmp_path, baleen.SAMPLE)


@pytest.mark.parametrize('name', ['mix/iot-home.pcap', 'mix/emix.pcap', 'mix/many-protocols.pcap',
                                  'pcapplusplus/ip4_fragments.pcap', 'tcpdump/isakmp4500.pcap',
                                  # fragments of tunnels: later ones show other hosts than the flow inside
                                  'zeek/tunnels/gtp/gtp2_different_udp_port.pcap'])
def test_real_mixes_are_told_the_same_in_every_way(tmp_path, corpus, name):
    assert_all_equal(tmp_path, corpus / name)
