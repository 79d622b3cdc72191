"""What one model of network card goes through, and what has to be true afterwards.

Two runs of `baleen run` in one machine. The first captures real traffic, between whose halves the link goes down:
each packet that was put on the wire is in the ledger, and the records are those that the file gives. The second
captures while the data plane is halted for a moment, so that the card fills up: what is lost then is told in the
ledger. That a port opens a second time is tested on the way.
"""
import json
import re

import baleen
from machine import PORT_ADDRESS, SENDER_ADDRESS, LabError

# Slow enough for a card that is emulated, on a host that has other work: nothing may be lost at this rate.
PACKETS_PER_S = 1000

# Autonegotiation takes cards of the e1000 family half a second after start and after each change of the link, and what
# comes before is lost on the wire. Nothing in the guest shows the end of it.
LINK_WAIT_S = 3

# A table and a ring for the sample, in a machine that has little memory.
SETTINGS = ('flow.max_flows=20000', 'ring.size=4MiB')


class Outcome:
    """What was seen of one model."""

    def __init__(self, model):
        self.model = model
        self.problems = []
        self.notices = []
        self.sent = self.wire = self.records = self.halted_sent = self.halted_lost = self.halted_missed = 0
        self.seconds = 0.0
        self.skipped = ''

    def check(self, holds, problem):
        if not holds:
            self.problems.append(problem)

    def verdict(self):
        return 'FAILED' if self.problems else 'SKIPPED' if self.skipped else 'passed'


class Capture:
    """A `baleen run` in the guest."""

    def __init__(self, machine, workers):
        self.machine = machine
        settings = ' '.join('--set %s' % setting for setting in SETTINGS)
        machine.run('rm -rf /tmp/store /tmp/ledger.json')
        command = 'baleen run -i %s --workers %d %s' % (PORT_ADDRESS, workers, settings)
        files = '--data /tmp/store --ledger /tmp/ledger.json >/tmp/run.log 2>&1'
        self.pid = machine.run('%s %s & echo $!' % (command, files)).strip()
        # It has opened the port when it names it.
        machine.wait_until('grep -q "^baleen: %s" /tmp/run.log || ! kill -0 %s' % (PORT_ADDRESS, self.pid),
                           'the port to open')
        if machine.try_run('kill -0 %s' % self.pid)[0] != 0:
            self.finish()
        machine.run('sleep %d' % LINK_WAIT_S)

    def finish(self):
        """Ends the run, which has to end well: its ledger."""
        status, _ = self.machine.try_run('kill -TERM %s; wait %s' % (self.pid, self.pid))
        self.log = self.machine.run('cat /tmp/run.log')
        if status != 0:
            raise LabError('baleen run: %s' % (self.log.strip() or 'status %d' % status))
        return json.loads(self.machine.run('cat /tmp/ledger.json'))

    def notices(self):
        return re.findall(r'^baleen: (.*)$', self.log, re.MULTILINE)

    def flows(self):
        return [json.loads(line) for line in self.machine.run('baleen flows --data /tmp/store --json').splitlines()]

    def halt(self):
        self.machine.run('kill -STOP $(pidof baleen-dataplane)')

    def go_on(self):
        self.machine.run('kill -CONT $(pidof baleen-dataplane)')


def send(machine, name, rate=PACKETS_PER_S):
    """Sends a capture by the port that the kernel drives."""
    said = machine.run('tcpreplay --pps=%d -i %s /captures/%s.pcap' % (rate, machine.sender, name))
    return int(re.search(r'Successful packets:\s+(\d+)', said)[1])


def check_ledger(outcome, ledger, run):
    outcome.check(ledger['balanced'], '%s: the ledger does not balance: %s' % (run, ledger['imbalances']))
    received = sum(ledger[term] for term in ('counted', 'not_ip', 'malformed', 'filtered', 'shed'))
    outcome.check(ledger['received'] == received, '%s: received is not the sum of its terms' % run)
    lost = ledger['nic_missed'] + ledger['no_mbuf']
    outcome.check(ledger['wire'] == lost + received, '%s: wire is not the sum of its terms' % run)


def check_records(outcome, flows, reference):
    outcome.records = len(flows)
    outcome.check(len(flows) == len(reference), '%d records, and %d of the file' % (len(flows), len(reference)))
    told, expected = baleen.five_tuples(flows), baleen.five_tuples(reference)
    different = [key for key in {*told, *expected} if told.get(key) != expected.get(key)]
    outcome.check(not different, 'records differ from those of the file: %s' % different[:3])


def check_rss(outcome, ledger):
    """Where the card has RSS, it is proven, and packets come to every queue, each to its own. Elsewhere no such claim
    is made."""
    proven = any('RSS keeps both directions of a flow together (proven)' in notice for notice in outcome.notices)
    outcome.check(proven == outcome.model.spreads, 'RSS is %ssaid to be proven' % ('' if proven else 'not '))
    queues = ledger['ports'][0]['queues']
    outcome.check(sum(queues) == ledger['received'], 'queues have %s of %d packets' % (queues, ledger['received']))
    if outcome.model.spreads:
        outcome.check(len(queues) == outcome.model.workers and all(queues), 'queues are empty: %s' % queues)
    misplaced = ledger['causes']['note']['rss_misplaced']
    outcome.check(misplaced == 0, '%d packets came to a queue that is not their flow\'s' % misplaced)


def check_link_told(outcome, ledger):
    port = ledger['ports'][0]
    outcome.check(port['link_down'] >= 1 and port['link_up'] >= 1 and not port['absent'],
                  'the link went down and up, and the port says %s' % port)


def capture_across_link_loss(machine, outcome, packets, reference):
    capture = Capture(machine, outcome.model.workers)
    send(machine, 'first')
    machine.set_link('port', False)
    machine.run('sleep %d' % LINK_WAIT_S)
    send(machine, 'cut')
    machine.set_link('port', True)
    machine.run('sleep %d' % LINK_WAIT_S)
    send(machine, 'second')
    machine.run('sleep 1')
    ledger = capture.finish()
    outcome.notices = capture.notices()
    check_rss(outcome, ledger)
    check_link_told(outcome, ledger)
    outcome.sent = packets['whole'] + (packets['cut'] if outcome.model.cut_wire_holds else 0)
    outcome.wire = ledger['wire']
    check_ledger(outcome, ledger, 'link down and up')
    outcome.check(ledger['wire'] == outcome.sent,
                  'link down and up: %d packets sent, %d in the ledger' % (outcome.sent, ledger['wire']))
    outcome.check(ledger['nic_missed'] + ledger['no_mbuf'] + ledger['shed'] == 0, 'packets were lost without need')
    check_records(outcome, capture.flows(), reference)


def capture_while_halted(machine, outcome, packets):
    capture = Capture(machine, outcome.model.workers)
    capture.halt()
    sent = send(machine, 'whole') + send(machine, 'whole')
    capture.go_on()
    machine.run('sleep 2')
    ledger = capture.finish()
    lost = sent - ledger['received']
    outcome.halted_sent, outcome.halted_lost, outcome.halted_missed = sent, lost, ledger['nic_missed']
    outcome.check(sent == 2 * packets['whole'], 'halted: not everything was sent')
    check_ledger(outcome, ledger, 'halted')
    told = ledger['nic_missed'] + ledger['no_mbuf']
    expected = {'told': told == lost,
                'repeated': told % lost == 0 if lost else told == 0,
                'untold': told in (0, lost)}[outcome.model.missed]
    outcome.check(expected, 'halted: %d packets lost, %d in the ledger' % (lost, told))


def play(machine, outcome, packets, reference):
    machine.run('take_over %s' % PORT_ADDRESS)
    machine.sender = machine.run('kernel_interface %s' % SENDER_ADDRESS).strip()
    machine.run('sleep %d' % LINK_WAIT_S)
    capture_across_link_loss(machine, outcome, packets, reference)
    capture_while_halted(machine, outcome, packets)
