"""The metrics of a real run, read out of its shared memory, beside what the same run's ledger says."""
import re
import shutil
import subprocess
import uuid

import baleen
from conftest import needs

WRITE_METRICS = baleen.BUILD / 'tests/support/write_metrics'


def series(text):
    """{'name{labels}': value}"""
    return {name: float(value) for name, value in re.findall(r'^(\w+(?:\{.*\})?) (\S+)$', text, re.M)}


def metrics_of_a_run(folder, *settings):
    """Data plane and control process as under systemd, with a third process that only looks."""
    socket = '@baleen-test-' + uuid.uuid4().hex
    options = [word for setting in ('run.socket="%s"' % socket, 'run.control_socket=""', *settings) for word in ('--set', setting)]
    dataplane = subprocess.Popen([baleen.BUILD / 'baleen-dataplane', *options])
    watch = subprocess.Popen([WRITE_METRICS, 'run', socket], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert watch.stderr.readline() == 'attached\n'
    # The data plane waits for the one who takes its records.
    control = subprocess.run([baleen.BUILD / 'baleen-control', '--once', *options, '--set', 'store.directory="%s"' % folder],
                             timeout=baleen.TIMEOUT_S)
    assert control.returncode == 0 and dataplane.wait(timeout=baleen.TIMEOUT_S) == 0
    text, _ = watch.communicate(timeout=baleen.TIMEOUT_S)
    assert watch.returncode == 0
    return text


def test_metrics_say_what_the_ledger_says(tmp_path):
    ledger = baleen.run(tmp_path, '-r', baleen.SAMPLE, '--workers', 2).ledger
    text = metrics_of_a_run(tmp_path / 'again', 'source.files="%s"' % baleen.SAMPLE, 'worker.count=2')
    told = series(text)
    for term in ('not_ip', 'malformed', 'shed', 'flows_ended', 'note'):
        for cause, count in ledger['causes'][term].items():
            name = 'flows_ended' if term == 'flows_ended' else term + '_packets'
            assert told['baleen_%s_total{cause="%s"}' % (name, cause)] == count, (term, cause)
    assert told['baleen_received_packets_total'] == ledger['received'] > 0
    assert told['baleen_records_made_frames_total'] == ledger['records_made'] > 0
    assert told['baleen_port_wire_packets_total{port="%s"}' % ledger['ports'][0]['name']] == ledger['wire']
    assert told['baleen_ledger_imbalances'] == told['baleen_run_attached'] == told['baleen_run_live'] == 0
    by_worker = [value for name, value in told.items() if name.startswith('baleen_worker_packets_total{')]
    assert sum(by_worker) == ledger['received']
    consumed = [value for name, value in told.items() if name.startswith('baleen_ring_consumed_frames_total{')]
    assert sum(consumed) == ledger['records_consumed'] and len(consumed) == 2

    needs(shutil.which('promtool'), 'promtool (package prometheus) is not installed')
    checked = subprocess.run(['promtool', 'check', 'metrics'], input=text, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, '', '')
