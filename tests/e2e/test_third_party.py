"""A reader that knows the headers and the ring library only: no DPDK."""
import subprocess
import uuid

import baleen

READER = baleen.BUILD / 'tests/support/third_party_reader'


def test_reads_all_records_of_a_run(tmp_path):
    expected = baleen.run(tmp_path, '-r', baleen.SAMPLE, '--workers', 2).ledger
    socket = '@baleen-test-' + uuid.uuid4().hex
    dataplane = subprocess.Popen(
        [baleen.BUILD / 'baleen-dataplane', '--set', 'run.socket="%s"' % socket, '--set', 'source.files="%s"' % baleen.SAMPLE,
         '--set', 'worker.count=2'])
    counted = subprocess.run([READER, socket], capture_output=True, text=True, timeout=baleen.TIMEOUT_S)
    assert dataplane.wait(timeout=baleen.TIMEOUT_S) == 0
    assert counted.stdout == '%d records, %d packets\n' % (expected['records_made'], expected['counted'])


def test_needs_no_dpdk():
    for program in (READER, baleen.BUILD / 'baleen-control'):
        libraries = subprocess.run(['ldd', program], capture_output=True, text=True, check=True).stdout
        assert 'librte_' not in libraries


def test_says_when_there_is_no_data_plane():
    refused = subprocess.run([READER, '@baleen-absent'], capture_output=True, text=True, timeout=baleen.TIMEOUT_S)
    assert refused.returncode == 1 and 'no data plane' in refused.stderr
