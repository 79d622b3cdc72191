"""`baleen bench ndr`: that it ends, adds up and leaves nothing behind; how fast things are is not for a test to say."""
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

import baleen

TINY = ['--duration', '100ms', '--resolution', '0.5']


def assert_sane(case, pair):
    assert case['pair'] == pair and case['packet_size'] == '64' and case['flows'] == 100
    assert 0 <= case['ndr_pps'] <= case['pdr_pps'] <= case['max_pps']
    assert case['ndr_gbit_per_s'] == pytest.approx(case['ndr_pps'] * 84 * 8 / 1e9, abs=0.001)
    trials = case['trials']
    assert 2 <= len(trials) <= 1 + 2 * 18
    assert trials[0]['asked_pps'] == 0 and trials[0]['not_sent'] == 0
    for trial in trials:
        assert trial['offered'] == trial['sent'] + trial['not_sent']
        assert trial['lost'] == sum(trial['losses'].values())
        assert trial['lost'] == trial['offered'] - trial['received'], 'each packet is somewhere'
        assert trial['loss'] == pytest.approx(trial['lost'] / trial['offered'], abs=1e-6)
    lossy = [trial for trial in trials[1:] if trial['lost']]
    if lossy:
        assert case['first_loss'] in min(lossy, key=lambda trial: trial['asked_pps'])['losses']
    passed = [trial['asked_pps'] for trial in trials[1:] if not trial['lost']]
    assert case['ndr_pps'] in [*passed, 0]


@pytest.mark.parametrize('pair', ['memif', 'vhost', 'veth'])
def test_ends_with_rates_and_trials_that_add_up(as_root, tmp_path, pair):
    done = subprocess.run([baleen.BUILD / 'baleen', 'bench', 'ndr', '--pair', pair, '--flows', '100', '--json', *TINY],
                          capture_output=True, text=True, timeout=300, env={**os.environ, 'TMPDIR': str(tmp_path)})
    assert done.returncode == 0, done.stderr
    cases = json.loads(done.stdout)['cases']
    assert len(cases) == 1
    assert_sane(cases[0], pair)
    assert not list(tmp_path.iterdir()), 'folder of sockets and ledgers'
    assert 'baleen-gen' not in pathlib.Path('/proc/net/dev').read_text()


def test_an_interrupt_ends_the_children_and_leaves_nothing(as_root, tmp_path):
    process = subprocess.Popen([baleen.BUILD / 'baleen', 'bench', 'ndr', '--pair', 'veth', '--duration', '30s'],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, 'TMPDIR': str(tmp_path)})
    children = baleen.wait_for(lambda: len(children_of(process.pid)) == 2 and children_of(process.pid),
                               'capture and generator')
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert 'veth: interrupted' in stderr
    assert not any(pathlib.Path('/proc/%d' % child).exists() for child in children)
    assert not list(tmp_path.iterdir())


def children_of(pid):
    return [int(word) for word in pathlib.Path('/proc/%d/task/%d/children' % (pid, pid)).read_text().split()]


@pytest.mark.parametrize('arguments, status, sentence', [
    (['--pair', 'memif0'], 1, "'memif0' is not a pair"),
    (['--pair', 'a,b,c'], 1, "'a,b,c' is not a pair"),
    (['--pair', 'nowhere0,nowhere1'], 1, 'nowhere0,nowhere1: the capture does not run'),
    (['--size', '9000'], 2, "'9000' is not a frame size"),
    (['--duration', 'off'], 2, '--duration takes'),
    (['--set', 'worker.burst=0'], 1, 'memif: the capture does not run'),
])
def test_what_is_impossible_is_refused_with_one_sentence(as_root, arguments, status, sentence):
    done = baleen.command('bench', 'ndr', *arguments)
    assert done.returncode == status, done.stderr
    assert sentence in done.stderr
