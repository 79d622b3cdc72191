"""The real programs, run as people run them, and what they leave behind."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get('BALEEN_BUILD', ROOT / 'build'))
SAMPLE = ROOT / 'tests/captures/sample.pcap'
CORPUS = pathlib.Path(os.environ['BALEEN_CORPUS']) if os.environ.get('BALEEN_CORPUS') else None

# A run that takes longer hangs; the machine may be busy with other work.
TIMEOUT_S = 120


def command(*arguments, **options):
    """`baleen ARGUMENTS`, finished: returncode, stdout and stderr as text."""
    options.setdefault('text', True)
    return subprocess.run([BUILD / 'baleen', *map(str, arguments)], capture_output=True, timeout=TIMEOUT_S, **options)


class Run:
    """One `baleen run`, in the background until finish(); end_all() ends what a failed test left running."""

    unfinished = []

    def __init__(self, folder, *arguments, settings=(), store=None, stdin=None, prefix=()):
        folder.mkdir(exist_ok=True)
        self.store = store or folder / 'store'
        self.ledger_path = folder / 'ledger.json'
        # Two runs may go on at a time, and have one usual address.
        settings = [*settings, *([] if any(s.startswith('api.listen') for s in settings) else ['api.listen='])]
        options = [word for setting in settings for word in ('--set', setting)]
        self.process = subprocess.Popen(
            [*prefix, BUILD / 'baleen', 'run', *map(str, arguments), '--data', self.store, '--ledger', self.ledger_path,
             *options], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        Run.unfinished.append(self)

    @staticmethod
    def end_all():
        for run in Run.unfinished:
            if run.process.poll() is None:
                run.process.kill()  # the data plane ends with its supervisor, and control with the data plane
                run.process.communicate()
        Run.unfinished.clear()

    def child(self, name):
        """The process id of baleen-dataplane or baleen-control below this run; waits until it is there."""
        def find():
            for entry in pathlib.Path('/proc').iterdir():
                if not entry.name.isdigit():
                    continue
                try:
                    stat = (entry / 'stat').read_text()
                    executable = os.path.basename(os.readlink(entry / 'exe'))
                except OSError:
                    continue
                parent = int(stat[stat.rindex(')') + 2:].split()[1])
                if parent == self.process.pid and executable == name and stat[stat.rindex(')') + 2] != 'Z':
                    return int(entry.name)
            return None
        return wait_for(find, '%s to start' % name)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def finish(self):
        """Waits for the end: the exit status."""
        self.stdout, self.stderr = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode

    @property
    def ledger(self):
        return json.loads(self.ledger_path.read_text())

    def flows(self, *arguments):
        return flows(self.store, *arguments)


def run(folder, *arguments, settings=(), **options):
    """A whole run that has to succeed with a balanced ledger."""
    if (folder / 'store').exists():
        shutil.rmtree(folder / 'store')
    started = Run(folder, *arguments, settings=settings, **options)
    status = started.finish()
    assert status == 0, started.stderr
    assert_balanced(started)
    return started


def assert_balanced(finished):
    """Conservation, checked again here and not taken from the program's own word."""
    ledger = finished.ledger
    assert ledger['balanced'] and not ledger['imbalances'], ledger
    assert ledger['wire'] == ledger['nic_missed'] + ledger['no_mbuf'] + ledger['shunted'] + ledger['received']
    assert ledger['received'] == sum(ledger[term] for term in ('counted', 'not_ip', 'malformed', 'filtered', 'shed'))
    for term in ('not_ip', 'malformed', 'shed', 'records_dropped'):
        assert ledger[term] == sum(ledger['causes'][term].values()), term
    made, dropped = ledger['records_made'] + ledger['events_made'], ledger['records_dropped'] + ledger['events_dropped']
    assert made == ledger['records_consumed'] + dropped
    if ledger['records_dropped'] == 0 and ledger['causes']['records']['made'] > 0 and finished.store.exists():
        stored = finished.flows()
        assert len(stored) == ledger['records_consumed'] - (ledger['events_made'] - ledger['events_dropped'])
        told = sum(f['flow']['pkts_toserver'] + f['flow']['pkts_toclient'] for f in stored)
        assert told == ledger['counted'], 'packets over all records'


def flows(store, *arguments):
    listed = command('flows', '--data', store, '--json', *arguments)
    assert listed.returncode == 0, listed.stderr
    return [json.loads(line) for line in listed.stdout.splitlines()]


def five_tuples(records):
    """{5-tuple, one direction: [packets, wire bytes]} over all records."""
    table = {}
    for record in records:
        a = (record['src_ip'], record.get('src_port'))
        b = (record['dest_ip'], record.get('dest_port'))
        flow = record['flow']
        vlan = tuple(record.get('vlan', ()))
        for key, packets, size in (((record['proto'], vlan, a, b), flow['pkts_toserver'], flow['bytes_toserver']),
                                   ((record['proto'], vlan, b, a), flow['pkts_toclient'], flow['bytes_toclient'])):
            if packets:
                entry = table.setdefault(key, [0, 0])
                entry[0] += packets
                entry[1] += size
    return table


def wait_for(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError('waited %d s for %s' % (seconds, what))
