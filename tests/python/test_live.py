"""sniff() off a wire between two namespaces."""
import json
import os
import subprocess

import pytest

import baleen
import namespaces
from conftest import PACKAGE, SAMPLE, tshark_fields

DEVICE = 'net_af_packet0,iface=wire1,blocksz=65536,framesz=2048,framecnt=4096'
SNIFF = '''
import json, sys, time
import baleen
begun = time.monotonic()
packets = baleen.sniff(iface=sys.argv[1], started_callback=lambda: print('ready', flush=True), **json.loads(sys.argv[2]))
print(json.dumps({'seconds': time.monotonic() - begun, 'fields': [packet.raw.get('fields') for packet in packets],
                  'summaries': [packet.summary() for packet in packets]}))
'''


@pytest.fixture
def link(as_root):
    sender, receiver = namespaces.Namespace(), namespaces.Namespace()
    namespaces.wire(sender, 'wire0', receiver, 'wire1')
    yield sender, receiver
    sender.delete()
    receiver.delete()


@pytest.fixture
def sendable(tmp_path):
    kept = tmp_path / 'sendable.pcap'
    subprocess.run(['tshark', '-n', '-F', 'pcap', '-r', SAMPLE, '-Y', 'frame.len <= 1514', '-w', kept], check=True,
                   capture_output=True)
    return kept


def sniff(link, capture, **arguments):
    """What sniff() gives of a capture that is sent once the port is open."""
    sender, receiver = link
    process = subprocess.Popen([*receiver.prefix(), '/usr/bin/python3', '-c', SNIFF, DEVICE, json.dumps(arguments)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, 'PYTHONPATH': str(PACKAGE)})
    try:
        assert process.stdout.readline() == 'ready\n', process.stderr.read()
        sender.run('tcpreplay', '-q', '--pps=5000', '-i', 'wire0', capture, check=False)
        out, errors = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, errors
    return json.loads(out)


def test_summaries_are_those_of_the_file(link, sendable):
    sent = [packet.summary() for packet in baleen.rdpcap(sendable)]
    told = sniff(link, sendable, count=len(sent), timeout=30)
    assert told['summaries'] == sent


def test_ends_after_its_time_which_begins_when_the_port_is_open(link, sendable):
    told = sniff(link, sendable, filter='udp port 53', fields=['dns.rrname'], timeout=4)
    assert 4 <= told['seconds'] < 20
    names = tshark_fields(sendable, 'dns.qry.name', display_filter='udp.port == 53 && !icmp && !icmpv6 && !vlan')
    assert [[fields['dns.rrname'][0]] for fields in told['fields'] if fields] == names != []


def test_an_interface_that_is_not_there_is_an_error(as_root):
    with pytest.raises(baleen.ProgramError, match='nosuch0'):
        baleen.sniff(iface='nosuch0', timeout=5)
