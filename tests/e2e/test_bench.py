"""`baleen bench`: what it prints; how fast things are is not for a test to say."""
import json

import baleen


def test_parse_tells_every_kernel_traffic_and_place_in_one_object():
    done = baleen.command('bench', 'parse', '--json', '-r', baleen.SAMPLE)
    assert done.returncode == 0, done.stderr
    cases = json.loads(done.stdout)['cases']
    kernels = {case['kernel'] for case in cases}
    assert 'scalar' in kernels
    assert {case['residency'] for case in cases} == {'L1', 'L2/L3', 'DRAM'}
    assert {case['traffic'] for case in cases} == {'udp-64', 'tcp-64', 'imix', 'tunnels', 'capture'}
    assert len(cases) == len(kernels) * 3 * 5
    for case in cases:
        assert case['ns_per_packet'] > 0 and case['scalar_ns_per_packet'] > 0 and case['speedup'] > 0
        assert case['kernel'] != 'scalar' or case['speedup'] == 1


def test_what_it_cannot_read_is_said(tmp_path):
    done = baleen.command('bench', 'parse', '-r', tmp_path / 'absent.pcap')
    assert done.returncode == 1
    assert 'absent.pcap' in done.stderr
