"""Baleen against the model, flow by flow; the model against tshark, packet by packet."""
import collections
import json
import pathlib
import subprocess
import tempfile

from . import capture, model

OFF = [word for name in ('idle', 'active', 'tcp_end') for word in ('--set', 'flow.%s_timeout=off' % name)]
FLOW_FIELDS = ('pkts', 'bytes', 'ip_bytes', 'payload_bytes', 'size_min', 'size_max')


def baleen_flows(build, path):
    """TCP flows of `baleen run`, in the model's words."""
    with tempfile.TemporaryDirectory() as folder:
        store = pathlib.Path(folder) / 'store'
        run = subprocess.run([build / 'baleen', 'run', '-q', '-r', path, '--data', store, '--set', 'ring.size=1MiB',
                              '--set', 'store.slice=off', *OFF], capture_output=True, text=True)
        listed = subprocess.run([build / 'baleen', 'flows', '--data', store, '--json'], capture_output=True, text=True)
        # A damaged file fails behind its last packet, and what was told before is there.
        if listed.returncode != 0:
            raise RuntimeError('%s: %s%s' % (path, run.stderr, listed.stderr))
    records = [json.loads(line) for line in listed.stdout.splitlines()]
    return [record for record in records if record['proto'] == 'TCP' and 'src_port' in record]


def key_of(record):
    sides = sorted(((record['src_ip'], record['src_port']), (record['dest_ip'], record['dest_port'])))
    return tuple(record.get('vlan', ())[:2]), *sides


def flow_differences(record, expected):
    """[(field, Baleen's, the model's)]"""
    tcp = record.get('tcp', {})
    found = [(name, ours, expected[name]) for name, ours in (
        ('src', (record['src_ip'], record['src_port'])), ('start_ns', record['flow']['start_ns']),
        ('conn_state', tcp.get('conn_state')), ('history', tcp.get('history')),
        ('rtt_server_ns', tcp.get('rtt_server_ns')), ('rtt_client_ns', tcp.get('rtt_client_ns')))
        if ours != expected[name]]
    for name, value in expected.items():
        field, _, side = name.rpartition('_')
        if side not in ('toserver', 'toclient'):
            continue
        ours = (record['flow'] if field in FLOW_FIELDS else tcp).get(name)
        if ours != value:
            found.append((name, ours, value))
    return found


# Flows that are not compared, and why.
def unlike(records, flows):
    packets = [packet for flow in flows for packet, _ in flow.packets]
    if any(record['flow'].get('fragments') for record in records) or any(packet.is_fragment for packet in packets):
        return 'fragments'
    if any(packet.is_damaged for packet in packets):
        return 'damaged-headers'
    return None if records else 'not-opened'


def compare_flows(records, flows):
    """Flows told alike, [(flow key, field, Baleen's, the model's)] and {why: flows that are not compared}."""
    theirs, ours = collections.defaultdict(list), collections.defaultdict(list)
    for flow in flows:
        theirs[flow.packets[0][0].flow].append(flow)
    for record in records:
        ours[key_of(record)].append(record)
    equal, rows, left_out = 0, [], collections.Counter()
    for key in sorted(set(ours) | set(theirs)):
        why = unlike(ours[key], theirs[key])
        if why:
            left_out[why] += max(len(ours[key]), len(theirs[key]))
            continue
        if len(ours[key]) != len(theirs[key]):
            rows.append((key, 'flows', len(ours[key]), len(theirs[key])))
            continue
        told = sorted(ours[key], key=lambda record: record['flow']['start_ns'])
        for record, flow in zip(told, theirs[key]):
            found = flow_differences(record, flow.told())
            rows += [(key, *difference) for difference in found]
            equal += not found
    return equal, rows, left_out
