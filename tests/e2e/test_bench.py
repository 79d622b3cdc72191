"""`baleen bench`: what it prints; how fast things are is not for a test to say."""
import json
import os
import subprocess
import xml.etree.ElementTree

import pytest

import baleen
from conftest import needs


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


# As small as it gets: one round of a millisecond.
TINY = ('--rounds', 1, '--slice', '1ms')


def pipeline(*arguments):
    done = baleen.command('bench', *arguments, '--json', *TINY)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_pipeline_tells_each_case_beside_the_memory_floor():
    result = pipeline('pipeline', '--size', '64,imix', '--flows', '1k,20k', '--new', '0,200k')
    for fact in ('cpu', 'kernel', 'build', 'seed', 'hugepages'):
        assert result[fact], fact
    cases = result['cases']
    assert [(case['packet_size'], case['flows'], case['new_flows_per_s']) for case in cases] == [
        (size, flows, new) for size in (64, 'imix') for flows in (1000, 20_000) for new in (0, 200_000)]
    for case in cases:
        assert case['workers'] == 1 and case['kernel']
        assert set(case['stages']) == {'rx', 'parse', 'flow', 'protocol', 'match', 'capture', 'record', 'ring'}
        assert all(time > 0 for stage, time in case['stages'].items() if stage not in ('match', 'capture'))
        assert case['longest_poll_us'] >= case['poll_us_p999'] > 0
        assert case['floor_ratio'] == pytest.approx(case['mpps'] / case['floor_mpps'], rel=0.02, abs=0.002)
        assert case['mpps_low'] <= case['mpps'] <= case['mpps_high']
        assert case['rx_only_mpps'] > 0
        assert case['flows_evicted'] == 0, 'the table is as large as its flows need'


def test_pipeline_has_as_many_flows_as_asked():
    steady, changing = pipeline('--flows', '30k', '--new', '0,500k')['cases']
    assert steady['flows_active'] == steady['flows_created'] == 30_000
    assert steady['records'] == 0
    # Those alive, and those that wait: for their timeout of a second and for half a sweep.
    assert 30_000 + 500_000 < changing['flows_active'] < 30_000 + 500_000 * 2.25
    assert changing['flows_created'] > 30_000 + 500_000
    assert changing['records'] > 0, 'flows end while it is measured'
    assert changing['flows_created'] == changing['flows_active'] + changing['records']
    assert changing['table_bytes'] > steady['table_bytes']


def test_pipeline_counts_the_bytes_of_its_sizes():
    small, large = pipeline('--size', '64,1500', '--flows', '1k')['cases']
    assert small['gbit_per_s'] / small['mpps'] == pytest.approx(64 * 8 / 1000, rel=0.01)
    # The handshakes of the first two rounds are short; some may still be among the packets counted.
    assert large['gbit_per_s'] / large['mpps'] == pytest.approx(1500 * 8 / 1000, rel=0.05)


def test_pipeline_is_what_bench_does_and_runs_every_kernel():
    kernels = [case['kernel'] for case in pipeline('--flows', '1k', '--kernel', 'all')['cases']]
    assert 'scalar' in kernels and len(set(kernels)) == len(kernels)
    [best] = pipeline('--flows', '1k')['cases']
    assert best['kernel'] == kernels[-1]


def test_pipeline_plays_a_capture():
    [case] = pipeline('-r', baleen.SAMPLE)['cases']
    assert case['packet_size'] == 'capture'
    assert case['flows'] > 100 and case['flows_active'] > 0 and case['mpps'] > 0


def test_pipeline_runs_several_workers():
    needs(len(os.sched_getaffinity(0)) > 1, 'needs two cores')
    [case] = pipeline('--flows', '10001', '--workers', 2)['cases']
    assert case['workers'] == 2 and case['flows_active'] == 10_001


def test_pipeline_prints_a_table():
    done = baleen.command('bench', '--flows', '1k', '--size', '512', *TINY)
    assert done.returncode == 0, done.stderr
    head, row = done.stdout.splitlines()[-2:]
    assert head.split()[:4] == ['size', 'flows', 'new/s', 'w']
    assert row.split()[:4] == ['512', '1k', '0', '1']


@pytest.mark.parametrize('arguments, words', [
    (('--flows', '1000M'), ('memory', 'fewer flows')),
    (('--flows', '0'), ('0 flows', 'take 1')),
    (('--flows', 'many'), ('--flows', "'many'")),
    (('--size', '63'), ('--size 63', '64 to 1518')),
    (('--new', '8M'), ('half', '--rate')),
    (('--kernel', 'mmx'), ('--kernel', 'mmx', 'scalar')),
    (('--workers', '1000'), ('1000 workers', 'core')),
    (('--slice', '1ns'), ('--slice', '100us')),
    (('-r', 'x', '--size', '64'), ('-r', '--size')),
])
def test_pipeline_says_why_it_cannot(arguments, words):
    done = baleen.command('bench', 'pipeline', *arguments)
    assert done.returncode == 2
    for word in words:
        assert word in done.stderr


def bench_match(tmp_path, *arguments, patterns=('1:/GET/', '2:/HTTP.1/i', '3:/never to be seen/', '4:/[a-f]+zz$/s')):
    file = tmp_path / 'patterns.txt'
    file.write_text('\n'.join(patterns) + '\n')
    return baleen.command('bench', 'match', '--patterns', file, '-r', baleen.SAMPLE, *arguments)


def test_match_scans_what_bare_hyperscan_scans(tmp_path):
    done = bench_match(tmp_path, '--count', '2,all', '--cache', tmp_path / 'cache', '--json', *TINY)
    assert done.returncode == 0, done.stderr
    cases = json.loads(done.stdout)['cases']
    assert [(case['patterns'], case['mode']) for case in cases] == [
        (count, mode) for count in (2, 4) for mode in ('block', 'stream', 'pipeline')]
    for case in cases:
        assert case['gbps'] > 0 and case['bare_gbps'] > 0 and case['ratio'] > 0
        assert case['shortages'] == 0
        if case['mode'] == 'pipeline':
            assert case['mpps'] > 0 and case['no_rules_mpps'] > 0 and case['no_matcher_mpps'] > 0
            continue
        # Every round, not the first alone: a capture that is played again is no retransmission.
        assert case['scanned_bytes'] == case['payload_bytes'] > 0
        if case['patterns'] == 2:
            assert case['hits'] == case['bare_hits'] > 0
    assert {case['streams'] > 0 for case in cases if case['mode'] != 'block'} == {True}


def test_match_prints_a_table(tmp_path):
    done = bench_match(tmp_path, '--mode', 'block', *TINY)
    assert done.returncode == 0, done.stderr
    head, row = done.stdout.splitlines()[-2:]
    assert head.split()[:4] == ['mode', 'patterns', 'Gbit/s', 'bare']
    assert row.split()[:2] == ['block', '4']


@pytest.mark.parametrize('arguments, patterns, status, words', [
    (('--count', '9'), ('1:/a/',), 2, ('--count 9', '1 patterns')),
    (('--count', '0'), ('1:/a/',), 2, ('--count 0',)),
    (('--slice', 'x'), ('1:/a/',), 2, ('--slice',)),
    ((), ('no pattern',), 2, ('patterns.txt:1',)),
    ((), (), 2, ('no patterns',)),
    (('-r', '/absent'), ('1:/a/',), 1, ('/absent',)),
])
def test_match_says_why_it_cannot(tmp_path, arguments, patterns, status, words):
    done = bench_match(tmp_path, *arguments, patterns=patterns)
    assert done.returncode == status, done.stderr
    for word in words:
        assert word in done.stderr


def test_capture_tells_its_pace_beside_dd_and_a_copy(tmp_path):
    done = baleen.command('bench', 'capture', '--dir', tmp_path, '--rounds', 1, '--slice', '200ms', '--json')
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result['ratio'] == pytest.approx(result['bytes_per_s'] / result['dd_bytes_per_s'], rel=0.01)
    assert result['null_ratio'] == pytest.approx(result['null_bytes_per_s'] / result['copy_bytes_per_s'], rel=0.01)
    assert 0 < result['index_core_share'] < 1 and result['packets_per_s'] > 0
    assert list(tmp_path.iterdir()) == [], 'nothing is left behind'
    (tmp_path / 'file').write_text('no folder')
    done = baleen.command('bench', 'capture', '--dir', tmp_path / 'file/nowhere', '--rounds', 1)
    assert done.returncode == 1 and done.stderr


def test_store_tells_its_pace_beside_bare_inserts_and_what_a_question_waits(tmp_path):
    done = baleen.command('bench', 'store', '--records', '30k', '--rounds', 1, '--json', env={**os.environ, 'TMPDIR': str(tmp_path)})
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for rate in ('records_per_s', 'bare_records_per_s', 'events_per_s'):
        assert result[rate] > 0, rate
    assert result['ratio'] == pytest.approx(result['records_per_s'] / result['bare_records_per_s'], rel=0.01)
    assert result['query_p99_ms'] >= result['query_p50_ms'] > 0
    assert result['query_found'] > 0, 'the questions are about what is stored'
    assert list(tmp_path.iterdir()) == [], 'nothing is left behind'
    assert {question['name'] for question in result['questions']} > {'newest_500', 'top_hosts_of_store'}
    assert result['query_p99_ms'] == max(question['p99_ms'] for question in result['questions'])
    rows = baleen.command('bench', 'store', '--records', '1k', '--rounds', 1).stdout.splitlines()
    assert rows[2].split()[0] == '1000' and rows[-1].split()[0] == 'series_of_store'


def test_a_store_that_is_kept_is_asked_again(tmp_path):
    kept = ('bench', 'store', '--records', '2k', '--rounds', 1, '--alone', '--json', '--keep', tmp_path / 'kept')
    made = json.loads(baleen.command(*kept).stdout)
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / 'kept').rglob('*.sqlite')}
    asked = json.loads(baleen.command(*kept).stdout)
    assert made['records_per_s'] > 0 and asked['records_per_s'] == 0 and files
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / 'kept').rglob('*.sqlite')} == files
    assert [(q['name'], q['rows']) for q in asked['questions']] == [(q['name'], q['rows']) for q in made['questions']]
    (tmp_path / 'file').write_text('')
    done = baleen.command('bench', 'store', '--records', '2k', '--keep', tmp_path / 'file')
    assert done.returncode == 1 and '--keep' in done.stderr


def test_store_says_why_it_cannot():
    for records in ('0', 'many', '200M'):
        done = baleen.command('bench', 'store', '--records', records)
        assert done.returncode == 2 and '--records' in done.stderr


def result_file(path, **mpps):
    cases = [{'packet_size': 64, 'flows': int(flows[1:]), 'new_flows_per_s': 0, 'workers': 1, 'kernel': 'scalar',
              'mpps': value, 'floor_mpps': 50.0, 'floor_ratio': value / 50} for flows, value in mpps.items()]
    path.write_text(json.dumps({'cpu': 'one', 'kernel': 'Linux', 'build': 'b', 'seed': 1, 'cases': cases}))
    return path


def test_compare_says_what_got_slower(tmp_path):
    before = result_file(tmp_path / 'before.json', f1000=20.0, f2000=10.0, f3000=10.0)
    after = result_file(tmp_path / 'after.json', f1000=18.0, f2000=10.1, f4000=1.0)
    done = baleen.command('bench', 'compare', before, after)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    [row] = [line for line in lines if line.endswith(' slower')]
    assert '1000 flows' in row and '0.900' in row
    assert [line for line in lines if line.startswith('slower: ')] == ['slower: size 64, 1000 flows, 0 new/s, 1 workers, scalar']
    assert any('3000 flows' in line and 'only in' in line and 'before' in line for line in lines)
    assert any('4000 flows' in line and 'only in' in line and 'after' in line for line in lines)
    assert baleen.command('bench', 'compare', '--check', before, after).returncode == 1
    assert baleen.command('bench', 'compare', '--check', '--tolerance', 20, before, after).returncode == 0
    assert 'nothing got slower' in baleen.command('bench', 'compare', after, after).stdout


def test_compare_refuses_what_is_no_result(tmp_path):
    good = result_file(tmp_path / 'good.json', f1000=1.0)
    for name, content in (('text', 'no'), ('list', '[]'), ('cases', '{"cases":[{"mpps":1}]}')):
        wrong = tmp_path / name
        wrong.write_text(content)
        done = baleen.command('bench', 'compare', good, wrong)
        assert done.returncode == 1 and str(wrong) in done.stderr and 'not a result' in done.stderr
    assert 'cannot be read' in baleen.command('bench', 'compare', tmp_path / 'absent', good).stderr


def script(name, *arguments, **options):
    return subprocess.run([baleen.ROOT / 'bench' / name, *map(str, arguments)], capture_output=True, text=True,
                          timeout=baleen.TIMEOUT_S, **options)


def test_plot_draws_a_curve_for_each_series_and_its_floor(tmp_path):
    done = baleen.command('bench', '--flows', '1k,10k', '--size', '64,imix', '--json', *TINY)
    (tmp_path / 'result.json').write_text(done.stdout)
    drawn = script('plot', tmp_path / 'result.json', '-o', tmp_path / 'curve.svg')
    assert drawn.returncode == 0, drawn.stderr
    picture = xml.etree.ElementTree.parse(tmp_path / 'curve.svg').getroot()
    lines = picture.findall('{*}polyline')
    assert len([line for line in lines if 'stroke-dasharray' not in line.attrib]) == 2
    assert len([line for line in lines if 'stroke-dasharray' in line.attrib]) == 1
    width, height = float(picture.get('width')), float(picture.get('height'))
    for line in lines:
        points = [tuple(map(float, point.split(','))) for point in line.get('points').split()]
        assert len(points) == 2 and points[0][0] < points[1][0]
        assert all(0 < x < width and 0 < y < height for x, y in points)
    assert any(text.text.startswith('imix B, 0 new/s') for text in picture.findall('{*}text'))


def test_plot_refuses_what_is_no_result(tmp_path):
    (tmp_path / 'none.json').write_text('{"cases": []}')
    drawn = script('plot', tmp_path / 'none.json')
    assert drawn.returncode == 1 and 'not a result' in drawn.stderr


def fake_build(folder, mpps):
    """A build folder whose program claims a speed."""
    folder.mkdir()
    result = result_file(folder / 'result.json', f1000=mpps)
    (folder / 'baleen').write_text('#!/bin/sh\necho run >> %s/runs\ncat %s\n' % (folder, result))
    (folder / 'baleen').chmod(0o755)
    return folder


def test_regress_compares_builds_by_interleaved_runs(tmp_path):
    fast, slow = fake_build(tmp_path / 'fast', 20.0), fake_build(tmp_path / 'slow', 16.0)
    done = script('regress', '--build-a', fast, '--build-b', slow, '--runs', 3)
    assert done.returncode == 1, done.stderr
    assert '0.800' in done.stdout and '1 of 1 cases got slower' in done.stdout
    assert len((fast / 'runs').read_text().split()) == len((slow / 'runs').read_text().split()) == 3
    assert script('regress', '--build-a', slow, '--build-b', fast, '--runs', 1).returncode == 0


def test_regress_runs_the_real_program():
    done = script('regress', '--build-a', baleen.BUILD, '--build-b', baleen.BUILD, '--runs', 2, '--tolerance', 99, '--',
                  '--flows', '1k', *TINY)
    assert done.returncode == 0, done.stderr
    assert '0 of 1 cases' in done.stdout


def test_regress_says_what_it_lacks(tmp_path):
    assert 'no commit nonsense' in script('regress', 'nonsense').stderr
    assert 'no program' in script('regress', '--build-a', tmp_path, '--build-b', tmp_path).stderr


def test_compare_with_other_exporters_still_runs():
    needs((baleen.BUILD / 'bench/synth_capture').is_file(), 'needs a build with -Dbench=true')
    environment = {name: value for name, value in os.environ.items() if name != 'BALEEN_CORPUS'}
    done = script('compare', '--build', baleen.BUILD, '--packets', 20_000, '--runs', 1, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count('baleen, records into the ring') == 2
