"""Captures in, records out: `baleen run -r`."""
import os
import subprocess

import pytest

import baleen


def test_replays_the_sample_and_prints_the_ledger(tmp_path):
    done = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    assert 'balanced' in done.stdout and 'NOT' not in done.stdout
    assert done.ledger['records_made'] > 0
    assert done.ledger['records_consumed'] == done.ledger['records_made'] + done.ledger['events_made']
    protocols = {flow['proto'] for flow in done.flows()}
    assert {'TCP', 'UDP', 'ICMP', 'IPV6-ICMP'} <= protocols
    assert any(flow.get('vlan') for flow in done.flows())
    assert {flow['ip_v'] for flow in done.flows()} == {4, 6}


def test_counts_what_tcpdump_counts(tmp_path):
    done = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    counted = subprocess.run(['tcpdump', '--count', '-nr', baleen.SAMPLE], capture_output=True, text=True)
    assert done.ledger['wire'] == int(counted.stdout.split()[0])


@pytest.mark.parametrize('expression', ['tcp', 'port 53', 'ip6', 'vlan and tcp', 'less 100', 'not ip and not ip6'])
def test_filters_as_tcpdump_does(tmp_path, expression):
    done = baleen.run(tmp_path, '-r', baleen.SAMPLE, '-f', expression)
    counted = subprocess.run(['tcpdump', '--count', '-nr', baleen.SAMPLE, expression], capture_output=True, text=True)
    assert done.ledger['wire'] - done.ledger['filtered'] == int(counted.stdout.split()[0])
    assert done.ledger['filtered'] > 0


def test_reads_several_files_and_folders_one_after_the_other(tmp_path):
    folder = tmp_path / 'captures'
    folder.mkdir()
    for name in ('a.pcap', 'b.pcap'):
        (folder / name).write_bytes(baleen.SAMPLE.read_bytes())
    (folder / 'notes.txt').write_text('not a capture')
    once = baleen.run(tmp_path, '-r', baleen.SAMPLE).ledger['wire']
    assert baleen.run(tmp_path, '-r', folder).ledger['wire'] == 2 * once
    assert baleen.run(tmp_path, '-r', baleen.SAMPLE, '-r', folder).ledger['wire'] == 3 * once


@pytest.mark.parametrize('workers', [1, 3])
def test_reads_standard_input_from_a_pipe(tmp_path, workers):
    from_file = baleen.run(tmp_path, '-r', baleen.SAMPLE).flows()
    reader, writer = os.pipe()
    with subprocess.Popen(['cat', baleen.SAMPLE], stdout=writer):
        os.close(writer)
        done = baleen.run(tmp_path, '-r', '-', '--workers', workers, stdin=reader)
        os.close(reader)
    for flow in from_file:
        flow['in_iface'] = 'standard input'
    assert done.flows() == from_file


def test_reads_pcapng_and_gzip_as_it_reads_pcap(tmp_path):
    flows = baleen.run(tmp_path, '-r', baleen.SAMPLE).flows()
    pcapng = tmp_path / 'sample.pcapng'
    subprocess.run(['editcap', '-F', 'pcapng', baleen.SAMPLE, pcapng], check=True)
    packed = tmp_path / 'sample.pcap.gz'
    packed.write_bytes(subprocess.run(['gzip', '-c', baleen.SAMPLE], capture_output=True, check=True).stdout)
    for capture in (pcapng, packed):
        told = baleen.run(tmp_path, '-r', capture).flows()
        assert [{**flow, 'in_iface': ''} for flow in told] == [{**flow, 'in_iface': ''} for flow in flows]


def test_stores_a_second_run_beside_the_first(tmp_path):
    first = baleen.run(tmp_path, '-r', baleen.SAMPLE)
    count = len(first.flows())
    second = baleen.Run(tmp_path, '-r', baleen.SAMPLE)
    assert second.finish() == 0
    assert len(second.flows()) == 2 * count
    assert len(second.flows('--last-run')) == count


def test_keeps_the_store_within_its_budget(tmp_path):
    # Slices of one second; the budget is met at the next start by deleting the oldest.
    settings = ['store.slice=1s', 'store.retention_bytes=1MiB']
    done = baleen.run(tmp_path, '-r', baleen.SAMPLE, settings=['store.slice=1s'])
    for name in ('flows-20000101T000000Z.sqlite', 'flows-20000101T000001Z.sqlite'):
        (done.store / name).write_bytes(bytes(3 << 20))
    again = baleen.Run(tmp_path, '-r', baleen.SAMPLE, settings=settings)
    assert again.finish() == 0
    left = [path.name for path in again.store.iterdir() if path.name.startswith('flows-2000')]
    assert left == [], 'the oldest slices go first'
    assert 'retention_bytes' in again.stderr
