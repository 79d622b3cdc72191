"""What parsers of application protocols tell, against others: tools/protocol-check and tools/application-check for every
capture of the corpus, and the real program against tests/support/protocol_dump, from which those tools have their events."""
import json
import os
import subprocess
import sys
from collections import Counter

import pytest

import baleen

# Here no flow ends early, and none comes again after its end: the dump knows of no timeouts.
CAPTURES = ['mix/1kxun.pcap', 'mix/tls2.pcap', 'mix/emix.pcap', 'arkime/quic43.pcap', 'ndpi/dns-google-nsid.pcapng',
            'zeek/tls/dtls1_0.pcap', 'suricata-verify/bug-4903-bug-4903-04.pcap', 'zeek/vlan-collisions.pcap']
TIMEOUTS = ['flow.idle_timeout=1h']
HEAD = {'capture', 'packet', 'app_proto', 'from', 'to', 'proto', 'flow'}


@pytest.mark.parametrize('tool', ['protocol-check', 'application-check'])
def test_every_difference_is_explained(corpus, tool):
    compared = subprocess.run([baleen.ROOT / 'tools' / tool, '--build', baleen.BUILD], capture_output=True,
                              text=True, env={**os.environ, 'BALEEN_CORPUS': str(corpus)})
    sys.stdout.write(compared.stdout)
    assert compared.returncode == 0, compared.stdout + compared.stderr


def dumped(capture):
    """Protocol and fields of each event, as a dump prints them."""
    done = subprocess.run([baleen.BUILD / 'tests/support/protocol_dump', capture], capture_output=True, check=True)
    told = map(json.loads, done.stdout.splitlines())
    return Counter(as_key(event['app_proto'], {name: event[name] for name in event.keys() - HEAD})
                   for event in told if 'flow' not in event)


def as_key(app_proto, fields):
    return app_proto, json.dumps(fields, sort_keys=True)


@pytest.mark.parametrize('capture', CAPTURES)
def test_the_program_tells_what_the_dump_tells(corpus, tmp_path, capture):
    expected = dumped(corpus / capture)
    store = baleen.run(tmp_path, '-r', corpus / capture, settings=TIMEOUTS).store
    done = baleen.command('events', '--data', store, '--type', 'all', '--format', 'eve')
    told = [json.loads(line) for line in done.stdout.splitlines()]
    sections = {name for _, fields in expected for name in json.loads(fields)}
    stored = Counter(as_key(event['app_proto'], {name: event[name] for name in event.keys() & sections}) for event in told)
    assert expected and stored == expected
