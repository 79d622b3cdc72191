"""New rules while packets come: none is lost, and no match of a rule that stays is lost or told twice."""
import collections
import json
import os
import pty
import re
import signal
import struct
import subprocess
import threading

import pytest

import baleen

RELOADS = 20
BATCH_FLOWS = 40  # that are open at the same time

ETHERNET = b'\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0'
SYN, ACK, FIN = 2, 16, 1

# Seen in two segments, of which the second may come under other rules.
STAYS, COMES_AND_GOES, DATAGRAM = b'the mark that stays', b'the mark that comes and goes', b'a datagram with a mark'


def rule(number, text, protocol='tcp'):
    return '[[rule]]\nid = %d\nname = "rule %d"\nprotocol = "%s"\nliterals = ["%s"]\n' % (number, number, protocol, text.decode())


def ip(protocol, source, destination, payload):
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, source, destination)
    return ETHERNET + header + payload


def segment(client, to_server, sequence, acknowledged, flags, payload=b''):
    source, destination = (client, b'\xc0\0\2\1') if to_server else (b'\xc0\0\2\1', client)
    ports = (40000, 80) if to_server else (80, 40000)
    return ip(6, source, destination,
              struct.pack('>HHIIBBHHH', *ports, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0) + payload)


def sessions(first, count):
    """Packets of `count` TCP flows that go on side by side, and a datagram of each client."""
    clients = [b'\x0a' + struct.pack('>I', first + i)[1:] for i in range(count)]
    text = b'POST / HTTP/1.1\r\n\r\n' + STAYS + b' ... ' + COMES_AND_GOES + b' .'
    cut = text.index(STAYS) + 7
    steps = (
        lambda c: segment(c, True, 100, 0, SYN),
        lambda c: segment(c, False, 500, 101, SYN | ACK),
        lambda c: segment(c, True, 101, 501, ACK, text[:cut]),
        lambda c: segment(c, True, 101, 501, ACK, text[:cut]),  # sent again
        lambda c: ip(17, c, b'\xc0\0\2\1', struct.pack('>HHHH', 5000, 5001, 8 + len(DATAGRAM), 0) + DATAGRAM),
        lambda c: segment(c, True, 101 + cut, 501, ACK, text[cut:]),
        lambda c: segment(c, True, 101 + len(text), 501, FIN | ACK),
        lambda c: segment(c, False, 501, 102 + len(text), FIN | ACK),
    )
    return [step(client) for step in steps for client in clients]


class Feeder:
    """Writes a capture into a pipe for as long as it is asked to, in a thread of its own."""

    def __init__(self, pipe):
        self.pipe, self.flows, self.packets, self.stopped = pipe, 0, 0, threading.Event()
        self.thread = threading.Thread(target=self.feed)
        self.thread.start()

    def feed(self):
        self.pipe.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        while not self.stopped.is_set():
            out = bytearray()
            for frame in sessions(self.flows, BATCH_FLOWS):
                seconds, microseconds = divmod(self.packets * 10, 1_000_000)
                out += struct.pack('<IIII', 1_700_000_000 + seconds, microseconds, len(frame), len(frame)) + frame
                self.packets += 1
            self.pipe.write(out)
            self.flows += BATCH_FLOWS
        self.pipe.close()

    def stop(self):
        self.stopped.set()
        self.thread.join()


def events(store):
    listed = baleen.command('events', '--data', store, '--format', 'eve')
    assert listed.returncode == 0, listed.stderr
    return [json.loads(line) for line in listed.stdout.splitlines()]


@pytest.mark.parametrize('workers', [1, 2])
def test_reloads_under_load_lose_no_packet_and_no_match(workers, tmp_path):
    rules, socket = tmp_path / 'rules.toml', '@baleen-test-reload-%d' % os.getpid()
    with_both = rule(1, STAYS) + rule(2, COMES_AND_GOES) + rule(3, DATAGRAM, 'udp')
    without = rule(1, STAYS) + rule(3, DATAGRAM, 'udp')
    rules.write_text(with_both)
    reading, writing = os.pipe()
    started = baleen.Run(tmp_path, '-r', '-', '--workers', str(workers), stdin=reading, settings=(
        'rules.files=["%s"]' % rules, 'run.control_socket="%s"' % socket, 'match.events_per_second=1000000000'))
    os.close(reading)
    feeder = Feeder(os.fdopen(writing, 'wb', buffering=0))
    try:
        started.child('baleen-control')
        # The first rules are read when they are, and are the ones with both.
        answers = [baleen.wait_for(lambda: reload(socket), 'the first rules')['generation']]
        for turn in range(RELOADS):
            rules.write_text(without if turn % 2 == 0 else with_both)
            answer = baleen.wait_for(lambda: reload(socket), 'a reload')
            assert answer['in_use'], answer
            assert [answer['added']['ids'], answer['removed']['ids']] == ([[], ['1:2']] if turn % 2 == 0 else [['1:2'], []])
            answers.append(answer['generation'])
    finally:
        feeder.stop()
    assert started.finish() == 0, started.stderr
    baleen.assert_balanced(started)
    ledger = started.ledger
    assert ledger['received'] == ledger['counted'] == feeder.packets and ledger['events_dropped'] == 0
    assert answers == list(range(2, RELOADS + 3))

    told = collections.defaultdict(list)
    for event in events(started.store):
        told[event['alert']['signature_id']].append(event)
    for number in (1, 3):
        assert len(told[number]) == feeder.flows, 'each flow once, whichever rules it ran under'
        assert len({event['flow_id'] for event in told[number]}) == feeder.flows
        assert len({event['match']['generation'] for event in told[number]}) > RELOADS // 2
    assert 0 < len(told[2]) < feeder.flows
    generations = {event['match']['generation'] for event in told[2]}
    assert all(number == 1 or number % 2 == 0 for number in generations), 'only under the rules that have it'


def reload(socket):
    done = baleen.command('rules', 'reload', '--socket', socket, '--json')
    return json.loads(done.stdout) if done.stdout else None


def test_a_reload_that_cannot_be_leaves_the_rules_in_use(tmp_path):
    rules, socket = tmp_path / 'rules.toml', '@baleen-test-kept-%d' % os.getpid()
    rules.write_text(rule(1, STAYS))
    reading, writing = os.pipe()
    started = baleen.Run(tmp_path, '-r', '-', stdin=reading,
                         settings=('rules.files=["%s"]' % rules, 'run.control_socket="%s"' % socket))
    os.close(reading)
    control = started.child('baleen-control')
    assert baleen.wait_for(lambda: reload(socket), 'a reload')['generation'] == 2
    for text, reason in (('', 'no rule'), ('[[rule]]\nid = 1\npattern = "("\n', 'rule'), ('this is no TOML', 'rule')):
        rules.write_text(text)
        answer = reload(socket)
        assert not answer['in_use'] and answer['generation'] == 2 and reason in answer['reason'], answer
    rules.write_text(rule(1, STAYS))
    told = baleen.command('rules', 'reload', '--socket', socket)
    assert told.returncode == 0 and told.stdout.startswith('rules, generation 3: 1 rules'), told
    rules.write_text(rule(1, STAYS) + rule(2, COMES_AND_GOES))
    os.kill(control, signal.SIGHUP)  # as `systemctl reload` does
    feeder = Feeder(os.fdopen(writing, 'wb', buffering=0))
    baleen.wait_for(lambda: feeder.flows > 2000, 'packets')
    feeder.stop()
    assert started.finish() == 0, started.stderr
    assert 'generation 4' in started.stderr and 'the rules in use stay (generation 2)' in started.stderr
    assert {event['alert']['signature_id'] for event in events(started.store)} >= {1}


def test_a_reload_names_the_files_that_it_goes_without(tmp_path):
    rules, missing, socket = tmp_path / 'rules.toml', tmp_path / 'missing.toml', '@baleen-test-missing-%d' % os.getpid()
    rules.write_text(rule(1, STAYS))
    reading, writing = os.pipe()
    started = baleen.Run(tmp_path, '-r', '-', stdin=reading,
                         settings=('rules.files=["%s", "%s"]' % (rules, missing), 'run.control_socket="%s"' % socket))
    os.close(reading)
    answer = baleen.wait_for(lambda: reload(socket), 'a reload')
    line = '%s: cannot be read; check the path and its permissions' % missing
    assert answer['in_use'] and answer['rules'] == 1 and answer['problems'] == {'count': 1, 'lines': [line]}, answer
    assert baleen.command('rules', 'reload', '--socket', socket).stderr == line + '\n'
    missing.write_text(rule(2, STAYS))
    assert reload(socket)['problems'] == {'count': 0, 'lines': []}
    os.close(writing)
    started.finish()  # fails: nothing came that was a capture
    assert line in started.stderr


def test_a_reload_shows_how_far_it_is_on_a_terminal(tmp_path):
    rules, socket = tmp_path / 'rules.toml', '@baleen-test-progress-%d' % os.getpid()
    rules.write_text(rule(1, STAYS))
    reading, writing = os.pipe()
    started = baleen.Run(tmp_path, '-r', '-', stdin=reading,
                         settings=('rules.files=["%s"]' % rules, 'run.control_socket="%s"' % socket))
    os.close(reading)
    baleen.wait_for(lambda: reload(socket), 'a reload')
    rules.write_text(rule(1, STAYS) + rule(3, DATAGRAM, 'udp'))
    terminal, their_end = pty.openpty()
    done = subprocess.run([baleen.BUILD / 'baleen', 'rules', 'reload', '--socket', socket, '--json'], stdout=subprocess.PIPE,
                          stderr=their_end, text=True, timeout=baleen.TIMEOUT_S)
    os.close(their_end)
    shown = os.read(terminal, 4096).decode()
    os.close(terminal)
    answer = json.loads(done.stdout)
    assert done.returncode == 0 and answer['in_use'] and answer['rules'] == 2, done
    count = answer['databases']
    assert re.findall(r'(\d+) of (\d+) databases, \d+ s', shown) == [(str(i), str(count)) for i in range(1, count + 1)], shown
    rules.write_text(rule(1, STAYS))
    told = baleen.command('rules', 'reload', '--socket', socket)
    assert told.returncode == 0 and told.stderr == '' and told.stdout.count('\n') == 1, told
    os.close(writing)
    started.finish()


def test_a_control_process_of_its_own_hands_rules_to_every_data_plane(tmp_path):
    """As two services: the control process stays, data planes come and go."""
    (tmp_path / 'rules.toml').write_text(rule(3, DATAGRAM, 'udp'))
    frames = sessions(0, 5)
    (tmp_path / 'some.pcap').write_bytes(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1) + b''.join(
        struct.pack('<IIII', 1_700_000_000, i, len(frame), len(frame)) + frame for i, frame in enumerate(frames)))
    settings = [word for setting in (
        'rules.files=["%s"]' % (tmp_path / 'rules.toml'), 'run.socket="@baleen-test-services-%d"' % os.getpid(),
        'run.control_socket=""', 'store.directory="%s"' % (tmp_path / 'store')) for word in ('--set', setting)]
    control = subprocess.Popen([baleen.BUILD / 'baleen-control', *settings], stderr=subprocess.PIPE, text=True)
    try:
        for run in (1, 2):
            done = subprocess.run([baleen.BUILD / 'baleen-dataplane', *settings, '--set', 'source.files=["%s"]' % (
                tmp_path / 'some.pcap')], capture_output=True, text=True, timeout=baleen.TIMEOUT_S)
            assert done.returncode == 0, done.stderr
            baleen.wait_for(lambda: len(events(tmp_path / 'store')) == 5 * run, 'the events of run %d' % run)
    finally:
        control.terminate()
        control.communicate(timeout=baleen.TIMEOUT_S)


def test_without_a_run_it_says_so():
    done = baleen.command('rules', 'reload', '--socket', '@baleen-test-nobody')
    assert done.returncode == 1 and 'run.control_socket' in done.stderr
