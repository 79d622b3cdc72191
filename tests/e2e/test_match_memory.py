"""Matching with less memory than its flows want: what does not fit is put aside or counted, never silently missed."""
import struct

import baleen
from test_reload import ACK, STAYS, SYN, events, rule, segment

FLOWS = 12000
CUT = 9


def capture(path):
    """Flows that are all open at a time: everyone's first half of the mark, then everyone's second half."""
    clients = [b'\x0a' + struct.pack('>I', i)[1:] for i in range(FLOWS)]
    steps = (
        lambda c: segment(c, True, 100, 0, SYN),
        lambda c: segment(c, False, 500, 101, SYN | ACK),
        lambda c: segment(c, True, 101, 501, ACK, STAYS[:CUT]),
        lambda c: segment(c, True, 101 + CUT, 501, ACK, STAYS[CUT:]),
    )
    with open(path, 'wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number, frame in enumerate(step(client) for step in steps for client in clients):
            out.write(struct.pack('<IIII', 1_700_000_000, number, len(frame), len(frame)) + frame)


def matched(folder, *settings):
    folder.mkdir(exist_ok=True)
    (folder / 'rules.toml').write_text(rule(1, STAYS))
    capture(folder / 'flows.pcap')
    done = baleen.run(folder, '-r', folder / 'flows.pcap', settings=(
        'rules.files=["%s"]' % (folder / 'rules.toml'), 'match.events_per_second=1000000000', *settings))
    return len(events(done.store)), done.ledger['causes']['match']


def test_with_memory_for_all_every_flow_hits(tmp_path):
    found, counts = matched(tmp_path)
    assert found == FLOWS == counts['hits'] and counts['shelved'] == counts['states_full'] == counts['streams_full'] == 0


def test_idle_streams_are_put_aside_and_found_again(tmp_path):
    found, counts = matched(tmp_path, 'match.state_memory="1MiB"')
    assert counts['shelved'] > 0
    assert found == FLOWS - counts['states_full'] and counts['states_full'] < FLOWS // 4


def test_flows_without_a_stream_are_scanned_segment_by_segment_and_counted(tmp_path):
    found, counts = matched(tmp_path, 'match.streams=1000')
    assert counts['streams_full'] == FLOWS - 1000 and found == 1000


def test_a_piece_is_not_taken_for_the_start_of_a_stream(tmp_path):
    """A rule for the start must not hit in the middle, wherever Hyperscan begins anew."""
    (tmp_path / 'rules.toml').write_text(
        '[[rule]]\nid = 1\nname = "start"\nprotocol = "tcp"\nliterals = [{ text = "%s", depth = %d }]\n'
        % (STAYS[CUT:].decode(), len(STAYS[CUT:])))
    capture(tmp_path / 'flows.pcap')
    for setting in ('match.streams=1', 'match.state_memory="1MiB"'):
        done = baleen.run(tmp_path / setting[6:12], '-r', tmp_path / 'flows.pcap', settings=(
            'rules.files=["%s"]' % (tmp_path / 'rules.toml'), 'match.events_per_second=1000000000', setting))
        # It counts from the start, so every packet is judged as well; that is one hit a flow, and no more.
        assert {event['stream'] for event in events(done.store)} == {0}
        assert len(events(done.store)) == FLOWS
