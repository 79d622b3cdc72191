"""Packets to disk: what `baleen run -W` writes is what came, in files that other programs read without complaint."""
import json
import re
import subprocess

import pytest

import baleen
import packet_files
import packets
from conftest import needs

RULE = '''
[[rule]]
id = 4711
name = "the word that is looked for"
pattern = "needle"
action = "capture"
'''


def capture(folder, *arguments, settings=(), **options):
    """A whole run that writes, with everything that was chosen accounted for."""
    run = baleen.run(folder, *arguments, '-W', folder / 'packets', settings=settings, **options)
    ledger, causes = run.ledger, run.ledger['causes']
    assert ledger['captured'] == ledger['capture_written'] + ledger['capture_shed']
    assert causes['capture_written']['files'] == len(packet_files.files(folder / 'packets'))
    run.packets = packet_files.written(folder / 'packets')
    assert ledger['capture_written'] == len(run.packets)
    return run


def read_by_others(file):
    """tshark, capinfos and tcpdump: none of them says anything but the number of packets."""
    if file.suffix == '.zst':
        # Wireshark 4.0 does not find frames of zstd beyond the first 128 KiB of a file.
        file.with_suffix('').write_bytes(packet_files.contents(file))
        file = file.with_suffix('')
    commands = [['tshark', '-n', '-r', file, '-T', 'fields', '-e', 'frame.number'], ['capinfos', '-c', '-T', '-r', '-M', file]]
    if file.suffix != '.lz4':
        commands.append(['tcpdump', '-n', '-r', file])
    counts = []
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        said = [line for line in done.stderr.splitlines() if 'Running as user' not in line and
                not line.startswith('reading from file')]
        assert not said, (command, said)
        counts.append(int(done.stdout.split()[-1]) if command[0] == 'capinfos' else len(done.stdout.splitlines()))
    return counts


def several(corpus):
    """Captures of different kinds: link types, tunnels, fragments, several interfaces."""
    names = ['mix/iot-home.pcap', 'mix/many-protocols.pcap', 'zeek/tunnels/gre-sample.pcap']
    found = [corpus / name for name in names if (corpus / name).is_file()]
    others = sorted(path for path in corpus.rglob('*.pcapng') if path.stat().st_size < 1 << 20)[:8]
    return found + others


def test_writes_what_came(tmp_path):
    run = capture(tmp_path, '-r', baleen.SAMPLE)
    expected = packet_files.packets(baleen.SAMPLE)
    assert run.packets == expected
    (file,) = packet_files.files(tmp_path / 'packets')
    assert set(read_by_others(file)) <= {len(expected)} | set(read_by_others(baleen.SAMPLE))


def test_writes_what_came_of_real_captures(tmp_path, corpus):
    for number, path in enumerate(several(corpus)):
        run = capture(tmp_path / str(number), '-r', path)
        expected = packet_files.packets(path)
        assert [p._replace(comment='') for p in expected] == run.packets, path


@pytest.mark.parametrize('workers', [1, 3])
def test_writes_the_same_packets_with_any_number_of_workers(tmp_path, workers):
    run = capture(tmp_path, '-r', baleen.SAMPLE, '--workers', workers, settings=['capture.writers=2'])
    assert sorted(run.packets) == sorted(packet_files.packets(baleen.SAMPLE))


@pytest.mark.parametrize('settings', [['capture.compression=zstd'], ['capture.compression=lz4'],
                                      ['capture.format=pcap'], ['capture.comments=false']])
def test_writes_every_format(tmp_path, settings):
    run = capture(tmp_path, '-r', baleen.SAMPLE, settings=settings)
    expected = packet_files.packets(baleen.SAMPLE)
    assert run.packets == expected
    for file in packet_files.files(tmp_path / 'packets'):
        assert len(expected) in read_by_others(file)


def test_names_flows_in_comments(tmp_path):
    run = capture(tmp_path, '-r', baleen.SAMPLE)
    (file,) = packet_files.files(tmp_path / 'packets')
    told = {}
    for packet in packet_files.packets(file):
        if packet.comment:
            flow_id = int(re.fullmatch(r'flow=(\d+)', packet.comment)[1])
            told[flow_id] = told.get(flow_id, 0) + 1
    expected = {}
    for flow in run.flows():
        packet_count = flow['flow']['pkts_toserver'] + flow['flow']['pkts_toclient']
        expected[flow['flow_id']] = expected.get(flow['flow_id'], 0) + packet_count
    assert told == expected


def test_a_flow_leads_to_its_packets_in_one_step(tmp_path):
    run = capture(tmp_path, '-r', baleen.SAMPLE, settings=['capture.compression=lz4'])
    (file,) = packet_files.files(tmp_path / 'packets')
    for flow in sorted(run.flows(), key=lambda flow: -flow['flow']['pkts_toserver'])[:5]:
        count = flow['flow']['pkts_toserver'] + flow['flow']['pkts_toclient']
        out = tmp_path / 'flow.pcapng'
        found = baleen.command('extract', '--data', tmp_path, '--flow', flow['flow_id'], '--where', '-w', out)
        assert found.returncode == 0, found.stderr
        (place,) = map(json.loads, found.stdout.splitlines())
        assert place['file'] == str(file) and place['packets'] == count and place['offset'] % 4096 == 0
        assert len(packet_files.packets(out)) == count


def test_tells_configuration_and_ledger_in_the_section_header(tmp_path):
    run = capture(tmp_path, '-r', baleen.SAMPLE)
    (file,) = packet_files.files(tmp_path / 'packets')
    said = subprocess.run(['capinfos', file], capture_output=True, text=True, check=True).stdout
    assert '"captured": %d' % len(run.packets) in said and '"capture_written": %d' % len(run.packets) in said
    assert 'compression = "none"' in said and 'Baleen' in said


def test_begins_new_files_by_size_and_keeps_so_many_bytes(tmp_path):
    writer = packets.Writer()
    for number in range(6000):
        packets.Udp(writer, 1000 + number % 50).send(bytes(1000))
    source = writer.save(tmp_path / 'source.pcap')
    run = capture(tmp_path / 'all', '-r', source, settings=['capture.rotate_bytes=1MiB'])
    assert run.packets == packet_files.packets(source)
    assert len(packet_files.files(tmp_path / 'all/packets')) >= 5
    few = baleen.run(tmp_path / 'few', '-r', source, '-W', tmp_path / 'few/packets',
                     settings=['capture.rotate_bytes=1MiB', 'capture.retention_bytes=3MiB'])
    kept = packet_files.files(tmp_path / 'few/packets')
    assert 1 <= len(kept) <= 3
    assert packet_files.written(tmp_path / 'few/packets') == run.packets[-len(packet_files.written(tmp_path / 'few/packets')):]
    assert few.ledger['capture_written'] == len(run.packets), 'deleted later'


def by_flow(found):
    groups = {}
    for packet in found:
        key = tuple(sorted((packet.data[26:30] + packet.data[34:36], packet.data[30:34] + packet.data[36:38])))
        groups.setdefault(key, []).append(packet)
    return groups


def test_takes_the_first_packets_of_each_flow(tmp_path):
    writer = packets.Writer()
    for number in range(300):
        packets.Udp(writer, 1000 + number % 30).send(bytes(100))
    source = writer.save(tmp_path / 'source.pcap')
    run = capture(tmp_path, '-r', source, settings=['capture.flow_packets=3'])
    expected = {key: group[:3] for key, group in by_flow(packet_files.packets(source)).items()}
    assert by_flow(run.packets) == expected


def test_slices_by_application(tmp_path, corpus):
    source = corpus / 'mix/tls2.pcap'
    needs(source.is_file(), 'no mix/tls2.pcap')
    whole = packet_files.packets(source)
    run = capture(tmp_path, '-r', source, settings=['capture.slices=["tls:100"]'])
    assert [p.wire_length for p in run.packets] == [p.wire_length for p in whole]
    cut = [p for p in run.packets if len(p.data) < p.wire_length]
    assert cut and {len(p.data) for p in cut} == {100}
    (file,) = packet_files.files(tmp_path / 'packets')
    names = {flow['flow_id']: flow.get('app_proto') for flow in run.flows()}
    for packet in packet_files.packets(file):
        if len(packet.data) < packet.wire_length:
            assert names[int(packet.comment.removeprefix('flow='))] == 'tls'


def test_cuts_to_a_snap_length_and_obeys_a_filter(tmp_path):
    run = capture(tmp_path, '-r', baleen.SAMPLE, settings=['capture.snaplen=60', 'capture.filter=tcp'])
    expected = [p for p in packet_files.packets(baleen.SAMPLE)]
    tcp = subprocess.run(['tcpdump', '-n', '-r', baleen.SAMPLE, 'tcp'], capture_output=True, text=True, check=True).stdout
    assert len(run.packets) == len(tcp.splitlines())
    assert set(run.packets) <= {p._replace(data=p.data[:60]) for p in expected}


def needle_capture(folder):
    """Ten conversations in turn; in three of them something is said that a rule looks for, late."""
    writer = packets.Writer()
    talks = [packets.Tcp(writer, 1000 + number) for number in range(10)]
    for turn in range(20):
        for number, talk in enumerate(talks):
            talk.send(b'a needle here' if turn == 12 and number in (2, 5, 7) else b'nothing but hay')
    (folder / 'rules.toml').write_text(RULE)
    return writer.save(folder / 'source.pcap')


@pytest.mark.parametrize('history', [False, True])
@pytest.mark.parametrize('workers', [1, 2])
def test_writes_flows_that_a_rule_has_chosen(tmp_path, history, workers):
    source = needle_capture(tmp_path)
    run = capture(tmp_path / 'run', '-r', source, '--rules', tmp_path / 'rules.toml', '--workers', workers,
                  settings=['capture.select=rules', 'capture.history=%s' % ('256MiB' if history else '0B')])
    chosen = {key: group for key, group in by_flow(packet_files.packets(source)).items()
              if any(b'needle' in p.data for p in group)}
    assert len(chosen) == 3
    found = by_flow(run.packets)
    assert found.keys() == chosen.keys()
    for key, group in chosen.items():
        if history:
            assert sorted(found[key]) == sorted(group), 'from the handshake on, each packet once'
        else:
            assert len(found[key]) < len(group) and found[key] == group[-len(found[key]):]
            assert any(b'needle' in p.data for p in found[key]), 'the packet that triggered'
    past = run.ledger['causes']['captured']['past']
    assert (past > 0) == history
    told = [p.comment for file in packet_files.files(tmp_path / 'run/packets') for p in packet_files.packets(file)]
    assert any(comment.endswith(' rule=4711') for comment in told)


def test_says_what_cannot_be(tmp_path):
    for settings, sentence in ((['capture.select=none'], 'nothing would be written'),
                               (['capture.select=rules'], 'no rules.files'),
                               (['capture.slices=["tsl:100"]'], 'did you mean tls'),
                               (['capture.filter=hots 10.0.0.1'], 'capture.filter'),
                               (['capture.format=pcap', 'capture.compression=lz4'], 'not for pcap')):
        options = [word for setting in settings for word in ('--set', setting)]
        done = baleen.command('run', '-r', baleen.SAMPLE, '-W', tmp_path / 'packets', '--data', tmp_path / 'store', *options)
        assert done.returncode != 0 and sentence in done.stderr, done.stderr
    done = baleen.command('run', '-r', baleen.SAMPLE, '--data', tmp_path / 'store', '--set', 'capture.history=64MiB')
    assert done.returncode != 0 and 'capture.directory' in done.stderr
    done = baleen.command('capture', 'trigger', '--socket', '@nobody', '--host', '10.0.0.1')
    assert done.returncode != 0 and 'capture.history' in done.stderr
